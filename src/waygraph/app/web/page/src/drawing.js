// A learning path as a drawing: steps from top to bottom, arcs for why each is there.
import { svg } from "./dom.js";

const ROW = 46;
const LEFT = 132;
const WIDTH = 420;
const LONGEST = 34;

/** The drawing of a plan; `pick(at)` is called with the number of the step that is chosen. */
export function drawing(plan, pick) {
  const rows = new Map(plan.steps.map((step, at) => [step.concept.iri, at]));
  const y = (at) => ROW / 2 + at * ROW;
  const height = Math.max(1, plan.steps.length) * ROW;
  const arcs = plan.steps.flatMap((step, at) => {
    const end = step.to ? rows.get(step.to.iri) : undefined;
    return end === undefined || end === at ? [] : [arc(y(at), y(end), step)];
  });
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, class: "path-drawing", role: "group", "aria-label": `The path to ${plan.goal.label}, drawn` },
    svg("g", { class: "arcs" }, arcs),
    plan.steps.map((step, at) => node(step, at, y(at), plan, () => pick(at))));
}

function arc(from, end, step) {
  const reach = Math.min(LEFT - 20, 18 + Math.abs(from - end) / 4);
  return svg("path", {
    d: `M${LEFT} ${from} C${LEFT - reach} ${from} ${LEFT - reach} ${end} ${LEFT} ${end}`,
    class: step.spine ? "arc spine" : "arc", "stroke-width": 1 + 2 * step.confidence,
  }, svg("title", {}, `${step.concept.label} ${step.relation} ${step.to.label}`));
}

function node(step, at, y, plan, chosen) {
  const { iri, label } = step.concept;
  const kind = iri === plan.goal.iri ? "goal" : step.spine ? "spine" : "first";
  return svg("g", {
    class: `node ${kind}`, role: "button", tabindex: 0, "aria-label": `Step ${at + 1}: ${label}`, onclick: chosen,
    onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); chosen(); } },
  },
    svg("rect", { x: LEFT - 16, y: y - 17, width: WIDTH - LEFT + 14, height: 34, rx: 8 }),
    svg("circle", { cx: LEFT, cy: y, r: kind === "goal" ? 9 : 7 }),
    svg("text", { x: LEFT + 18, y: y + 5 }, shortened(label)));
}

/** A label that fits, in its own writing direction. */
export function shortened(label, longest = LONGEST) {
  const letters = [...label];
  const text = letters.length > longest ? `${letters.slice(0, longest - 1).join("")}…` : label;
  return `\u2068${text}\u2069`; // what <bdi> is to HTML
}
