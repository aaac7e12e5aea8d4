// Where concepts are drawn: a force layout that gives the same places for the same graph.
import forceAtlas2 from "graphology-layout-forceatlas2";

/** A place on a spiral, so that what was there first is in the middle. */
export function spiral(at) {
  const turn = at * 2.399963;
  const far = 10 * Math.sqrt(at + 0.5);
  return { x: far * Math.cos(turn), y: far * Math.sin(turn) };
}

/** The settings of the layout for a graph of this many concepts. */
export const settings = (size) => ({
  barnesHutOptimize: size > 300, barnesHutTheta: 0.8, adjustSizes: false,
  gravity: 1, scalingRatio: 8, slowDown: 1 + Math.log(size + 1), strongGravityMode: false,
});

/** Move the concepts of a graphology graph that have an `x` and `y`. */
export function settle(graph, iterations) {
  if (graph.order > 1) forceAtlas2.assign(graph, { iterations, settings: settings(graph.order) });
}
