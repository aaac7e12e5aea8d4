// Looking around: what lies near a concept, drawn with WebGL, growing as one asks for more.
import { get } from "./api.js";
import { button, count, field, h, isolated, say, show } from "./dom.js";
import { canvas } from "./canvas.js";
import { concept, fault, nothing, to } from "./parts.js";
import { picker } from "./picker.js";

const MOST = 5000;
const PAUSE = 250;

export async function view(page, params, signal) {
  const [{ relation_names: relations }, days] = await Promise.all([
    get("/status", {}, signal),
    get("/days", { limit: 200 }, signal).catch(() => ({ items: [] })),
  ]);
  const state = { grown: [], drawn: null, chosen: null, signal, filters: null, asked: null };
  state.filters = filters(relations, days.items.map((one) => one.day), () => later(state));
  state.each = h("input", { type: "number", min: 5, max: 5000, value: params.get("limit") ?? 60 });
  const perTime = field("At once", state.each);
  perTime.classList.add("number");
  state.told = h("p", { class: "told quiet" });
  state.side = h("div", { class: "side" });
  state.list = h("ul", { class: "plain drawn-list" });
  const stage = h("div", { class: "stage-gl", role: "img", "aria-label": "The drawn neighbourhood; the list beside it holds the same" });
  state.middle = picker({ text: "Around", hint: "a concept", value: "", choose: (item) => restart(state, item.iri), enter: (text) => restart(state, text) });
  page.append(
    h("h1", { "data-title": "Explore" }, "Look around"),
    h("div", { class: "ask" }, state.middle, perTime, state.filters.element),
    h("div", { class: "explorer" }, h("div", {}, stage, state.told),
      h("div", {}, state.side, h("details", { class: "listed" }, h("summary", {}, "As a list"), state.list))),
  );
  state.drawn = canvas(stage, (iri) => choose(state, iri), signal);
  show(state.side, nothing("Name a concept: it is drawn with what lies around it. Choose one that is drawn to see more."));
  const first = params.get("iri");
  if (first) await restart(state, first, Number(params.get("hops")) || 1);
}

function filters(relations, days, changed) {
  const boxes = relations.map((name) => h("input", { type: "checkbox", value: name, checked: true, onchange: changed }));
  const sure = h("input", { type: "range", min: 0, max: 1, step: 0.05, value: 0, oninput: changed, "aria-label": "At least so sure" });
  const day = h("select", { onchange: changed }, h("option", { value: "" }, "all days"),
    days.map((one) => h("option", { value: one }, `up to day ${one}`)));
  const element = h("details", { class: "filters" }, h("summary", {}, "Filters"),
    h("fieldset", {}, h("legend", {}, "Relations"), boxes.map((box) => h("label", {}, box, box.value))),
    field("At least so sure", sure), field("Day", day));
  const values = () => {
    const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
    return { relation: chosen.length === boxes.length ? [] : chosen, confidence: sure.value, day: day.value, none: !chosen.length };
  };
  return { element, values };
}

function later(state) {
  clearTimeout(state.waits);
  state.waits = setTimeout(() => rebuild(state), PAUSE);
}

/** Begin anew around another concept. */
async function restart(state, iri, hops = 1) {
  state.grown = [{ iri, hops }];
  state.drawn.clear();
  await rebuild(state);
  const middle = state.drawn.first();
  if (!middle) return;
  state.middle.input.value = state.drawn.label(middle);
  await choose(state, middle, false);
}

/** Draw what was grown so far, as the filters have it now. */
async function rebuild(state) {
  state.asked?.abort();
  state.asked = new AbortController();
  const { signal } = state.asked;
  try {
    const found = [];
    for (const grown of state.grown) found.push(await around(state, grown, signal));
    state.drawn.keep(new Set(found.flatMap((one) => one.nodes.map((node) => node.iri))));
    found.forEach((one) => state.drawn.add(one, one.nodes[0].iri));
    tell(state, found.every((one) => one.whole));
  } catch (error) {
    if (error.name !== "AbortError") show(state.side, fault(error, (label) => restart(state, label)));
  }
}

async function around(state, { iri, hops }, signal) {
  const { none, ...asked } = state.filters.values();
  const limit = Math.max(1, Math.min(MOST, Number(state.each.value) || 60));
  const found = await get("/neighbourhood", { iri, hops: none ? 0 : hops, limit, ...asked }, signal);
  return none ? { ...found, arcs: [] } : found;
}

async function choose(state, iri, grows = true) {
  state.chosen = iri;
  state.drawn.select(iri);
  if (grows) await grow(state, iri);
  if (state.chosen !== iri || !state.drawn.has(iri)) return;
  const named = { iri, label: state.drawn.label(iri) };
  show(state.side, h("h2", {}, isolated(named.label)), h("p", { class: "definition quiet" }),
    h("p", { class: "actions" }, h("a", { class: "button main", href: to("concept", { iri }) }, "Open"),
      button("Grow", () => grow(state, iri)), button("Begin here", () => restart(state, iri))),
    h("h3", {}, "Drawn beside it"), h("ul", { class: "plain" }, state.drawn.beside(iri).slice(0, 30).map((one) =>
      h("li", {}, h("small", {}, one.relation, " "), button(isolated(one.label), () => choose(state, one.iri), { class: "link" })))));
  const card = await get("/concept", { iri, limit: 1 }, state.signal).catch(() => null);
  const place = state.side.querySelector(".definition");
  if (card && place && state.chosen === iri) place.append(isolated(card.definition));
}

async function grow(state, iri) {
  if (state.drawn.size() >= MOST) return show(state.told, `${count(state.drawn.size(), "concept")} are drawn, as many as may be: begin elsewhere, or filter.`);
  if (!state.grown.some((one) => one.iri === iri)) state.grown.push({ iri, hops: 1 });
  try {
    const found = await around(state, { iri, hops: 1 }, state.signal);
    state.drawn.add(found, iri, MOST);
    tell(state, found.whole);
  } catch (error) {
    if (error.name !== "AbortError") show(state.side, fault(error));
  }
}

function tell(state, whole) {
  const said = `${count(state.drawn.size(), "concept")}, ${count(state.drawn.arcs(), "relation")} drawn`
    + (whole ? "" : "; there is more: choose a concept to grow it");
  state.told.textContent = said;
  say(said);
  show(state.list, state.drawn.all().slice(0, 200).map((one) =>
    h("li", {}, button(isolated(one.label), () => choose(state, one.iri), { class: "link" }), " ", concept({ iri: one.iri, label: "open" }))));
}
