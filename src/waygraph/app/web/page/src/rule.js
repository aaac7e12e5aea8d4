// A decision of one's own: merge, split, rename, accept, reject, relate, require, know.
import { get } from "./api.js";
import { field, h, show } from "./dom.js";
import { confirmed } from "./effect.js";
import { picker } from "./picker.js";

// What a verb is said of: [label of the first, of the second (null for none), with a relation].
const VERBS = new Map(Object.entries({
  merge: ["One name", "Another name of the same", false],
  split: ["One name", "The name of something else", false],
  rename: ["Concept", "Its new name", false],
  relate: ["Concept", "Other concept", true],
  require: ["Concept", "What it requires", false],
  accept: ["Concept", null, false],
  reject: ["Concept", null, false],
  know: ["Concept", null, false],
}));
const MEANING = {
  merge: "Two names name one concept.", split: "Two names that were taken for one name two concepts.",
  rename: "A concept goes by another name.", relate: "A relation holds between two concepts.",
  require: "Who wants to learn one needs the other first.", accept: "It is a concept.",
  reject: "It is no concept.", know: "You know it.",
};

export async function rule(body, params, signal) {
  const { relation_names: relations } = await get("/status", {}, signal);
  const verb = h("select", {}, [...VERBS.keys()].map((name) => h("option", { value: name, selected: name === params.get("verb") }, name)));
  const relation = field("Relation", h("select", {}, relations.map((name) => h("option", {}, name))));
  const why = h("input", { type: "text", placeholder: "kept beside it" });
  const means = h("p", { class: "quiet" });
  const places = h("div", { class: "terms" });
  const effect = h("div", {});
  let terms = [];
  const draw = () => {
    const [one, two, related] = VERBS.get(verb.value);
    const kept = terms.length ? terms.map((term) => term.input.value) : [params.get("one") ?? "", params.get("two") ?? ""];
    terms = [one, two].filter(Boolean).map((text, at) => picker({ text, value: kept[at] ?? "", choose: () => {}, enter: () => send() }));
    relation.hidden = !related;
    means.textContent = MEANING[verb.value];
    show(places, terms);
  };
  const send = async () => {
    const said = terms.map((term) => term.input.value.trim());
    const empty = terms.find((term) => !term.input.value.trim());
    if (empty) return empty.input.focus();
    const related = relation.hidden ? "" : relation.querySelector("select").value;
    const statement = [verb.value, said[0], related, said[1]].filter(Boolean).join(" · ");
    const done = await confirmed(effect, { verb: verb.value, terms: said, relation: related }, statement, { why: why.value, signal });
    if (done) { terms.forEach((term) => { term.input.value = ""; }); why.value = ""; }
  };
  verb.addEventListener("change", draw);
  draw();
  body.append(
    h("form", { class: "ask", onsubmit: (event) => { event.preventDefault(); send(); } },
      field("Decision", verb), places, relation, field("Why", why), h("button", { class: "main" }, "Show the effect")),
    means, h("div", { class: "outcome" }), effect,
  );
}
