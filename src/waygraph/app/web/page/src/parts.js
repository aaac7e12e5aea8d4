// What several views show: concepts, quotes with their places, faults.
import { button, h, isolated, percent, show } from "./dom.js";
import { query } from "./api.js";

/** A link to a view. */
export const to = (view, params = {}) => `#/${view}${query(params)}`;

/** A concept (`iri`, `label`) as a link to its card. */
export const concept = (named) =>
  h("a", { class: "concept", href: to("concept", { iri: named.iri }) }, isolated(named.label));

/** A link that opens a document at a line. */
export function place(source, line) {
  const text = line ? `${source}:${line}` : source;
  return h("a", { class: "place", href: to("document", { address: source, line }) }, isolated(text));
}

/** Evidence: the words, and where they stand. A decision is quoted without extent. */
export function quote(evidence) {
  if (!evidence.source) return null;
  const decision = evidence.line > 0 && evidence.start === evidence.end;
  return h(
    "figure",
    { class: "quote" },
    h("blockquote", { dir: "auto" }, isolated(evidence.text || evidence.quote)),
    h("figcaption", {}, decision
      ? ["a decision, ", isolated(`${evidence.source}:${evidence.line}`), ": ", isolated(evidence.quote)]
      : place(evidence.source, evidence.line)),
  );
}

/** Words in the line they stand in, marked. */
export function inContext({ quote: found, context }) {
  const at = context.indexOf(found.quote);
  const text = at < 0
    ? isolated(context.trim() || found.text)
    : h("bdi", {}, context.slice(0, at).trimStart(), h("mark", {}, found.quote),
        context.slice(at + found.quote.length).trimEnd());
  return h("figure", { class: "quote" }, h("blockquote", { dir: "auto" }, text),
    h("figcaption", {}, place(found.source, found.line)));
}

/** How sure something is: a bar for the eye, a number for all. */
export function sureness(confidence) {
  return h("span", { class: "sure" },
    h("meter", { min: 0, max: 1, value: confidence, "aria-hidden": "true" }), percent(confidence));
}

/** What went wrong, with what to do; `retry(label)` is offered the nearest labels. */
export function fault(error, retry = null) {
  return h("div", { class: "fault", role: "alert" },
    h("p", {}, isolated(error.message), error.field ? h("small", {}, ` (${error.field})`) : null),
    error.hint ? h("p", {}, isolated(error.hint)) : null,
    retry && error.nearest?.length
      ? h("p", {}, "Did you mean ", error.nearest.map((label) => [button(isolated(label), () => retry(label)), " "]))
      : null);
}

/** A line that says that there is nothing, and what to do. */
export const nothing = (...said) => h("p", { class: "nothing" }, said);

/** Run `make` and put what it gives into `element`; a fault is shown there. */
export async function into(element, make, retry = null) {
  element.setAttribute("aria-busy", "true");
  try {
    const made = await make();
    if (made !== undefined) show(element, made);
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!("nearest" in error)) throw error;
    element.replaceChildren(fault(error, retry));
  } finally {
    element.removeAttribute("aria-busy");
  }
}
