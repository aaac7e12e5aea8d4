// The force layout in a thread of its own, so that the drawing stays smooth while it settles.
import Graph from "graphology";
import { settle } from "./layout.js";

const AT_ONCE = 5;
let run = 0;

onmessage = ({ data: { places, arcs, iterations } }) => {
  const mine = ++run;
  const graph = new Graph({ type: "undirected", multi: false });
  for (let at = 0; at < places.length / 2; at++) graph.addNode(at, { x: places[2 * at], y: places[2 * at + 1] });
  for (let at = 0; at < arcs.length; at += 2) graph.mergeEdge(arcs[at], arcs[at + 1]);
  let left = iterations;
  const step = () => {
    if (mine !== run) return; // another graph came
    settle(graph, Math.min(AT_ONCE, left));
    left -= AT_ONCE;
    const moved = new Float32Array(2 * graph.order);
    graph.forEachNode((node, { x, y }) => { moved[2 * node] = x; moved[2 * node + 1] = y; });
    postMessage({ moved, left: Math.max(0, left) }, [moved.buffer]);
    if (left > 0) setTimeout(step);
  };
  step();
};
