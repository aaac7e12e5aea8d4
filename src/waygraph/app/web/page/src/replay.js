// Two searches for the same path, expansion by expansion, side by side.
import Graph from "graphology";
import { get } from "./api.js";
import { button, count, field, h, isolated, say, show, svg } from "./dom.js";
import { shortened } from "./drawing.js";
import { settle, spiral } from "./layout.js";
import { into, nothing } from "./parts.js";
import { form, question } from "./path.js";

const DRAWN = 500;
const AROUND = 60;
const WIDTH = 640;
const HEIGHT = 460;
const EDGE = 46;

export async function view(page, params, signal) {
  const asked = question(params);
  const { algorithms } = await get("/status", {}, signal);
  const chosen = [params.get("one") ?? "uniform-cost", params.get("two") ?? "bidirectional-a-star"];
  const selects = chosen.map((name) => h("select", {},
    algorithms.map((one) => h("option", { value: one, selected: one === name }, one))));
  const extra = [field("One algorithm", selects[0]), field("The other", selects[1])];
  const result = h("div", { class: "result" });
  page.append(h("h1", { "data-title": "Replay" }, "Watch the search"),
    form(asked, "replay", extra, () => ({ one: selects[0].value, two: selects[1].value })), result);
  if (!asked.goal) return show(result, nothing("Name what you want to learn, and two algorithms to compare."));
  await into(result, () => replay(asked, chosen, signal));
}

async function replay(asked, names, signal) {
  const { goal, from, known } = asked;
  const traces = await Promise.all(names.map((algorithm) =>
    get("/trace", { goal, from, known, algorithm, limit: 5000 }, signal)));
  const graph = await drawn(traces, signal);
  const panels = traces.map((trace) => panel(trace, graph));
  const last = Math.max(...traces.map((trace) => trace.expansions.length));
  return [controls(panels, last, signal), legend(), h("div", { class: "panels" }, panels.map((one) => one.element))];
}

const legend = () => h("p", { class: "legend" }, h("span", {}, "expanded from the start"),
  h("span", { class: "goal" }, "expanded from the goal"), h("span", { class: "near" }, "near, not expanded"));

/** The graph that both searches are drawn on: what they expanded, their paths, what lies near. */
async function drawn(traces, signal) {
  const needed = new Map();
  for (const trace of traces) for (const one of [...trace.path, ...trace.expansions]) needed.set(one.iri, one.label);
  const middle = traces[0].path.at(-1) ?? traces[0].expansions[0];
  const around = await get("/neighbourhood", { iri: middle.iri, hops: 6, limit: 2000 }, signal);
  const wanted = new Map([...needed].slice(0, DRAWN));
  for (const node of around.nodes.slice(0, AROUND)) wanted.set(node.iri, node.label);
  const graph = new Graph({ type: "undirected" });
  for (const [iri, label] of wanted) graph.addNode(iri, { label, ...spiral(graph.order) });
  for (const { source, target } of around.arcs) {
    if (wanted.has(source) && wanted.has(target)) graph.mergeEdge(source, target);
  }
  settle(graph, 250);
  fit(graph);
  return graph;
}

/** Scale the places into the drawing. */
function fit(graph) {
  const all = graph.mapNodes((_, place) => place);
  const bounds = (axis) => {
    const values = all.map((place) => place[axis]);
    return [Math.min(...values), Math.max(...values)];
  };
  const [[left, right], [top, bottom]] = [bounds("x"), bounds("y")];
  const across = (WIDTH - 2 * EDGE) / (right - left || 1);
  const down = (HEIGHT - 2 * EDGE) / (bottom - top || 1);
  graph.updateEachNodeAttributes((_, place) => ({
    ...place, x: EDGE + (place.x - left) * across, y: EDGE + (place.y - top) * down,
  }));
}

function panel(trace, graph) {
  const dots = new Map();
  const onPath = new Map(trace.path.map((one, at) => [one.iri, at]));
  const lines = graph.mapEdges((_, __, one, other, a, b) => svg("line", {
    x1: a.x, y1: a.y, x2: b.x, y2: b.y,
    class: Math.abs((onPath.get(one) ?? -9) - (onPath.get(other) ?? 9)) === 1 ? "on-path" : null,
  }));
  graph.forEachNode((iri, { x, y, label }) => dots.set(iri, svg("circle", { cx: x, cy: y, r: 5 }, svg("title", {}, label))));
  const ends = [trace.path[0], trace.path.at(-1)].filter((one) => one && graph.hasNode(one.iri));
  const names = ends.map((one) => {
    const { x, y } = graph.getNodeAttributes(one.iri);
    return svg("text", { x, y: y - 12, "text-anchor": "middle" }, shortened(one.label, 26));
  });
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `What ${trace.algorithm} expands` },
    lines, [...dots.values()], names);
  const told = h("p", { class: "told" });
  const latest = h("p", { class: "latest quiet" });
  const element = h("section", { class: "panel" }, h("h2", {}, trace.algorithm), told, picture, latest);
  return { element, trace, to: (at) => advance({ trace, dots, onPath, told, latest, picture }, at) };
}

function advance({ trace, dots, onPath, told, latest, picture }, at) {
  const done = Math.min(at, trace.expansions.length);
  const last = trace.expansions[done - 1];
  const ends = new Map(trace.expansions.slice(0, done).map((one) => [one.iri, one.end]));
  for (const [iri, dot] of dots) {
    const end = ends.get(iri);
    const classes = [end ? `expanded from-${end}` : "", iri === last?.iri ? "last" : "", onPath.has(iri) ? "on-path" : ""];
    dot.setAttribute("class", classes.filter(Boolean).join(" "));
  }
  const whole = done === trace.expansions.length;
  picture.classList.toggle("found", whole);
  show(told, h("strong", {}, `${done.toLocaleString("en")} of ${trace.total.toLocaleString("en")}`), " expanded",
    whole ? `, ${count(trace.touched, "concept")} touched, cost ${trace.cost.toFixed(3)}${trace.optimal ? " (optimal)" : ""}` : "");
  show(latest, last ? ["last: ", isolated(last.label), ` (from the ${last.end}, path cost ${last.path_cost.toFixed(3)})`] : "not begun");
}

function controls(panels, last, signal) {
  const scrub = h("input", { type: "range", min: 0, max: last, value: 0, "aria-label": "Expansions so far" });
  const speed = h("input", { type: "range", min: 1, max: 60, value: 4 });
  const play = button("Play", () => (timer ? stop() : start()), { class: "main" });
  let at = 0;
  let timer = null;
  const set = (next) => {
    at = Math.max(0, Math.min(last, next));
    scrub.value = at;
    panels.forEach((one) => one.to(at));
  };
  const stop = () => {
    clearTimeout(timer);
    timer = null;
    play.textContent = "Play";
    say(panels.map(({ trace }) => `${trace.algorithm}: ${Math.min(at, trace.expansions.length)} of ${trace.total} expanded`).join("; "));
  };
  const tick = () => {
    set(at + 1);
    if (at >= last) stop();
    else timer = setTimeout(tick, 1000 / speed.value);
  };
  const start = () => {
    if (at >= last) set(0);
    play.textContent = "Pause";
    timer = setTimeout(tick, 1000 / speed.value);
  };
  const step = (by) => { if (timer) stop(); set(at + by); };
  scrub.addEventListener("input", () => step(Number(scrub.value) - at));
  signal.addEventListener("abort", () => clearTimeout(timer));
  set(0);
  return h("div", { class: "controls" }, play,
    button("Back", () => step(-1)), button("Step", () => step(1)), button("To the end", () => step(last)),
    scrub, field("Speed", speed));
}
