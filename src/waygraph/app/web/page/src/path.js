// A learning path: the question, the plan, its drawing, and what is known of it.
import { get, query } from "./api.js";
import { button, count, field, h, isolated, say, show } from "./dom.js";
import { drawing } from "./drawing.js";
import { confirmed } from "./effect.js";
import { concept, into, nothing, quote, sureness, to } from "./parts.js";
import { picker } from "./picker.js";
import { reading } from "./concept.js";

const UNSURE = new Map(Object.entries({
  "likely requires": "likely requires", "likely requiredBy": "is likely required by",
  "helps requires": "is helped by", "helps requiredBy": "helps with",
}));
const RELATIONS = new Map(Object.entries({
  requires: "requires", requiredBy: "is required by", broader: "is a kind of", narrower: "has as a kind",
  partOf: "is part of", hasPart: "has as a part", related: "is related to", uses: "uses", usedBy: "is used by",
}));

/** The question of an address, as the API takes it. */
export function question(params) {
  return {
    goal: params.get("goal") ?? "",
    from: params.getAll("from").filter(Boolean),
    known: params.getAll("known").filter(Boolean),
    minutes: params.get("minutes") || null,
    alternatives: params.get("alternatives") || null,
  };
}

export async function view(page, params, signal) {
  const asked = question(params);
  const result = h("div", { class: "result" });
  page.append(
    h("h1", { "data-title": asked.goal ? `Path to ${asked.goal}` : "Path" }, "Learning path"),
    form(asked), result,
  );
  const ask = (changed) => { location.hash = to("path", { ...asked, ...changed }).slice(1); };
  if (!asked.goal) return show(result, nothing("Name what you want to learn."));
  say("Searching");
  await into(result, async () => {
    try {
      return answer(await get("/path", asked, signal), asked, ask, signal);
    } catch (error) {
      if (error.status !== 404 || error.nearest?.length || !asked.from.length) throw error;
      return [await bridges(error, asked, signal)];
    }
  }, (label) => ask({ goal: label }));
}

/** The form of a question; it leads to `view` at an address. */
export function form(asked, view = "path", extra = [], also = () => ({})) {
  const known = new Set(asked.known);
  const chips = h("ul", { class: "chips", "aria-label": "Known" });
  const draw = () => show(chips, [...known].map((label) => h("li", {}, isolated(label),
    button("×", () => { known.delete(label); draw(); }, { "aria-label": `${label} is not known` }))));
  draw();
  const goal = picker({ text: "What to learn", value: asked.goal, choose: () => {}, enter: () => send() });
  const from = picker({ text: "From", value: asked.from[0] ?? "", hint: "what I know", choose: () => {}, enter: () => send() });
  const knows = picker({
    text: "Also known", hint: "add a concept",
    choose: (item) => { known.add(item.label); knows.input.value = ""; draw(); },
    enter: (text) => { known.add(text); knows.input.value = ""; draw(); },
  });
  knows.append(chips);
  const minutes = h("input", { type: "number", min: 0, step: "any", value: asked.minutes ?? "", placeholder: "any" });
  const others = h("input", { type: "number", min: 0, max: 20, value: asked.alternatives ?? "", placeholder: "0" });
  const send = () => {
    const address = to(view, {
      goal: goal.input.value.trim(), from: from.input.value.trim(), known: [...known],
      minutes: minutes.value, alternatives: others.value, ...also(),
    });
    if (location.hash === address) dispatchEvent(new HashChangeEvent("hashchange"));
    else location.hash = address.slice(1);
  };
  return h("form", { class: "ask", onsubmit: (event) => { event.preventDefault(); send(); } },
    goal, from, knows, view === "path" ? [number("Minutes", minutes), number("Alternatives", others)] : null, extra,
    h("button", { class: "main" }, view === "path" ? "Find the path" : "Watch the search"));
}

function number(text, input) {
  const made = field(text, input);
  made.classList.add("number");
  return made;
}

function answer(plan, asked, ask, signal) {
  const steps = h("ol", { class: "plan" });
  const pick = (at) => {
    const step = steps.children[at];
    step.querySelector("details").open = true;
    step.scrollIntoView({ block: "center", behavior: "smooth" });
    step.querySelector("summary").focus({ preventScroll: true });
  };
  steps.append(...plan.steps.map((step, at) => item(step, asked, ask, rulings(step, plan.steps[at - 1], signal))));
  say(`${count(plan.steps.length, "step")}, about ${plan.minutes} minutes`);
  return [
    plan.nothing_before ? h("p", { class: "summary" }, "Nothing in your notes comes before ", isolated(plan.goal.label), ".")
      : h("p", { class: "summary" }, isolated(plan.from.label), " → ", isolated(plan.goal.label), ": ",
      h("strong", {}, count(plan.steps.length, "step")), `, about ${plan.minutes} minutes of reading, cost ${plan.cost.toFixed(3)} `,
      proof(plan), `, ${count(plan.expansions, "expansion")}`),
    plan.taken.map((taken) => h("p", { class: "note" }, "Taking ", h("em", {}, isolated(taken.concept.label)), " for “", isolated(taken.typed), "”",
      taken.others.length ? [". Or: ", taken.others.map((label) => [button(isolated(label), () => ask({ goal: label })), " "])] : null)),
    plan.notes.map((note) => h("p", { class: "note" }, isolated(note))),
    saved(asked),
    h("div", { class: "plan-and-drawing" },
      h("section", { "aria-label": "Plan" }, steps), h("section", { class: "drawn", "aria-label": "Drawing" }, drawing(plan, pick))),
    leftOut(plan), alternatives(plan),
  ];
}

const proof = ({ optimal, bound }) =>
  optimal ? "(optimal)" : bound ? `(at most ${bound} times the least)` : "(no bound is known)";

function saved(asked) {
  const link = (form, text) => h("a", { class: "button", href: `/api/path.${form}${query(asked)}`, download: true }, text);
  return h("p", { class: "actions" }, link("md", "Markdown"), link("ttl", "Turtle"), link("apkg", "Anki deck"),
    h("a", { class: "button", href: to("replay", asked) }, "Watch the search"));
}

/** What one may rule on a step: that it is needed or not, and that it comes before the one above. */
function rulings({ concept: { label }, to: other, relation }, above, signal) {
  const effect = h("div", {});
  const rule = (text, verb, terms, name = "") => button(text, () =>
    confirmed(effect, { verb, terms, relation: name }, [verb, terms[0], name, terms[1]].filter(Boolean).join(" · "), { signal }));
  const there = other && relation === "requiredBy";
  return h("div", { class: "rulings" }, h("p", { class: "actions" },
    there ? rule("Needed", "require", [other.label, label]) : null,
    there ? rule("Not needed", "reject", [other.label, label], "requires") : null,
    above ? rule("Before the step above", "require", [above.concept.label, label]) : null), effect);
}

function item(step, asked, ask, ruled) {
  const { concept: { label } } = step;
  const known = h("input", {
    type: "checkbox", checked: step.relation === "known" || asked.known.includes(label), "aria-label": `I know ${label}`,
    onchange: () => ask({ known: known.checked ? [...new Set([...asked.known, label])] : asked.known.filter((one) => one !== label) }),
  });
  return h("li", { class: step.spine ? "step spine" : "step" },
    h("div", { class: "what" }, concept(step.concept), h("label", { class: "known" }, known, "I know this")),
    h("details", {}, h("summary", {}, why(step)), quote(step.reason), step.to ? h("p", {}, sureness(step.confidence), " sure") : null, ruled),
    h("p", { class: "read" }, toRead(step)));
}

function why({ relation, concept: own, to: other, strength, basis }) {
  if (relation === "known") return "you know this";
  if (!other) return "begin here";
  const reads = UNSURE.get(`${strength} ${relation}`) ?? RELATIONS.get(relation) ?? relation;
  return [isolated(own.label), ` ${reads} `, isolated(other.label), basis ? ` (${basis})` : ""];
}

function toRead({ read, read_with: earlier }) {
  if (read.source) return ["read ", reading(read)];
  return earlier ? ["read with ", isolated(earlier.label)] : "no note explains it";
}

function leftOut({ left_out: left }) {
  if (!left.length) return null;
  return h("section", {}, h("h2", {}, "Left out"), h("ul", { class: "plain" },
    left.map((one) => h("li", {}, concept(one.concept), h("small", {}, " ", isolated(one.why))))));
}

function alternatives({ alternatives: others }) {
  if (!others.length) return null;
  return h("section", { class: "alternatives" }, h("h2", {}, "Other ways"), others.map((other, at) =>
    h("details", {}, h("summary", {}, `Alternative ${at + 1}: ${count(other.steps.length, "step")}, cost ${other.cost.toFixed(3)}`),
      h("p", {}, isolated(other.differs)),
      h("ol", {}, other.steps.map((step) => h("li", {}, concept(step.concept), " ", h("small", {}, why(step))))))));
}

async function bridges(error, asked, signal) {
  const { items } = await get("/bridge", { one: asked.from[0], two: asked.goal }, signal).catch(() => ({ items: [] }));
  if (!items.length) throw error;
  return h("div", { class: "fault", role: "alert" }, h("p", {}, isolated(error.message)), h("p", {}, isolated(error.hint)),
    h("h2", {}, "What would join them"), h("ul", { class: "plain" }, items.map((one) =>
      h("li", {}, concept(one.one), " and ", concept(one.two)))));
}
