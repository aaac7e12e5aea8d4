// The drawing of a neighbourhood: graphology holds it, sigma draws it, a worker lays it out.
import Graph from "graphology";
import Sigma from "sigma";
import { EdgeArrowProgram, EdgeLineProgram, NodePointProgram } from "sigma/rendering";
import { spiral } from "./layout.js";

// With more arcs than these, all are thin lines, and none is drawn while the drawing is moved.
const MANY = 3000;

/** A drawing in `stage`; `chosen(iri)` is called when a concept is clicked. It ends with `signal`. */
export function canvas(stage, chosen, signal) {
  const graph = new Graph({ type: "directed", multi: true });
  const state = { graph, colours: colours(), chosen: null, near: new Set(), over: null };
  const renderer = new Sigma(graph, stage, options(state));
  stage.renderer = renderer;
  const places = settler(graph, signal);
  renderer.on("clickNode", ({ node }) => chosen(node));
  renderer.on("enterNode", ({ node }) => { state.over = node; stage.classList.add("over"); renderer.refresh({ skipIndexation: true }); });
  renderer.on("leaveNode", () => { state.over = null; stage.classList.remove("over"); renderer.refresh({ skipIndexation: true }); });
  const theme = matchMedia("(prefers-color-scheme: dark)");
  const recolour = () => {
    state.colours = colours();
    renderer.setSetting("labelColor", { color: state.colours.text });
    renderer.refresh();
  };
  theme.addEventListener("change", recolour, { signal });
  signal.addEventListener("abort", () => renderer.kill());
  return {
    clear: () => graph.clear(),
    keep: (iris) => graph.filterNodes((iri) => !iris.has(iri)).forEach((iri) => graph.dropNode(iri)),
    add: (found, middle, most = Infinity) => {
      if (!add(graph, found, middle, most)) return;
      renderer.setSetting("hideEdgesOnMove", graph.size > MANY);
      places();
    },
    select: (iri) => select(state, renderer, iri),
    has: (iri) => graph.hasNode(iri),
    first: () => graph.nodes()[0],
    label: (iri) => graph.getNodeAttribute(iri, "own"),
    beside: (iri) => beside(graph, iri),
    all: () => graph.mapNodes((iri, { own }) => ({ iri, label: own })),
    size: () => graph.order,
    arcs: () => graph.size,
  };
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  const named = (name) => style.getPropertyValue(name).trim();
  return { node: named("--node"), chosen: named("--accent"), arc: named("--arc"), text: named("--text"),
    faint: named("--faint"), paper: named("--card") };
}

function options(state) {
  return {
    allowInvalidContainer: true, // while its view is being put into the page
    zIndex: true, defaultEdgeType: "arrow", edgeProgramClasses: { arrow: EdgeArrowProgram, thin: EdgeLineProgram }, nodeProgramClasses: { circle: NodePointProgram },
    labelFont: getComputedStyle(document.body).fontFamily, labelSize: 13, labelColor: { color: state.colours.text },
    labelRenderedSizeThreshold: 5, labelDensity: 0.7, hideLabelsOnMove: true,
    stagePadding: 60, minCameraRatio: 0.02, maxCameraRatio: 4,
    defaultDrawNodeHover: (context, data, settings) => hover(context, data, settings, state.colours),
    nodeReducer: (iri, data) => node(state, iri, data),
    edgeReducer: (arc, data) => edge(state, arc, data),
  };
}

function node({ colours: colour, chosen, near, over, graph }, iri, data) {
  const marked = iri === chosen || near.has(iri) || iri === over;
  const faint = chosen && graph.order > 1 && !marked;
  const scale = iri === chosen ? 1 : Math.max(0.3, Math.min(1, 15 / Math.sqrt(graph.order)));
  return { ...data, size: scale * data.size, color: iri === chosen ? colour.chosen : faint ? colour.faint : colour.node,
    forceLabel: iri === chosen || (near.has(iri) && near.size < 40), zIndex: marked ? 1 : 0 };
}

function edge({ colours: colour, chosen, graph }, arc, data) {
  const touches = chosen && graph.extremities(arc).includes(chosen);
  return { ...data, color: touches ? colour.chosen : colour.arc, zIndex: touches ? 1 : 0,
    type: graph.size > MANY && !touches ? "thin" : "arrow" };
}

function hover(context, data, settings, colour) {
  const text = data.label ?? "";
  context.font = `${settings.labelSize}px ${settings.labelFont}`;
  const width = context.measureText(text).width + 16;
  const left = data.x + data.size + 2;
  context.fillStyle = colour.paper;
  context.strokeStyle = colour.chosen;
  context.beginPath();
  context.roundRect(left, data.y - 12, width, 24, 6);
  context.fill();
  context.stroke();
  context.fillStyle = colour.text;
  context.fillText(text, left + 8, data.y + settings.labelSize / 3);
}

function select(state, renderer, iri) {
  state.chosen = state.graph.hasNode(iri) ? iri : null;
  state.near = new Set(state.chosen ? state.graph.neighbors(iri) : []);
  renderer.refresh({ skipIndexation: true });
}

/** Put what was found into the graph; whether anything is new. Fresh ones begin near `middle`. */
function add(graph, { nodes, arcs }, middle, most) {
  const before = graph.order + graph.size;
  const start = graph.hasNode(middle) ? graph.getNodeAttributes(middle) : { x: 0, y: 0 };
  nodes.forEach(({ iri, label, degree, day }, at) => {
    if (graph.hasNode(iri) || graph.order >= most) return;
    const { x, y } = spiral(at);
    graph.addNode(iri, { own: label, label: `\u2068${label}\u2069`, day, size: 3 + 2 * Math.log2(1 + degree / 3), x: start.x + x, y: start.y + y });
  });
  const kept = new Set(arcs.map(key));
  const both = new Set(nodes.map((one) => one.iri));
  for (const arc of graph.edges()) { // what a filter has taken away between these
    if (graph.extremities(arc).every((iri) => both.has(iri)) && !kept.has(arc)) graph.dropEdge(arc);
  }
  for (const arc of arcs) {
    if (!graph.hasNode(arc.source) || !graph.hasNode(arc.target) || graph.hasEdge(key(arc))) continue;
    graph.addEdgeWithKey(key(arc), arc.source, arc.target, { relation: arc.relation, size: 0.6 + 1.4 * arc.confidence });
  }
  return graph.order + graph.size !== before;
}

const key = ({ source, target, relation }) => `${relation} ${source} ${target}`;

function beside(graph, iri) {
  return graph.mapEdges(iri, (_, { relation }, source, target) => {
    const other = source === iri ? target : source;
    return { iri: other, relation: source === iri ? `${relation} →` : `← ${relation}`, label: graph.getNodeAttribute(other, "own") };
  });
}

/** Lays a graph out in a worker whenever it is called; the places move as they come. */
function settler(graph, signal) {
  const worker = new Worker("/layout-worker.js", { type: "module" });
  let order = [];
  signal.addEventListener("abort", () => worker.terminate());
  worker.onmessage = ({ data: { moved } }) => {
    const at = new Map(order.map((iri, number) => [iri, number]));
    graph.updateEachNodeAttributes((iri, place) => {
      const number = at.get(iri);
      if (number === undefined) return place;
      place.x = moved[2 * number];
      place.y = moved[2 * number + 1];
      return place;
    }, { attributes: ["x", "y"] });
  };
  return () => {
    order = graph.nodes();
    const at = new Map(order.map((iri, number) => [iri, number]));
    const places = Float32Array.from(order.flatMap((iri) => {
      const { x, y } = graph.getNodeAttributes(iri);
      return [x, y];
    }));
    const arcs = Uint32Array.from(graph.mapEdges((_, __, one, other) => [at.get(one), at.get(other)]).flat());
    const iterations = Math.round(Math.max(60, Math.min(300, 60_000 / graph.order)));
    worker.postMessage({ places, arcs, iterations });
  };
}
