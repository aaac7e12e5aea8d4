// One concept: what it is, how it relates and who says so, where it is named.
import { get, post } from "./api.js";
import { add, button, count, h, isolated, say } from "./dom.js";
import { concept, fault, inContext, into, nothing, place, quote, sureness, to } from "./parts.js";

const PAGE = 20;

export async function view(page, params, signal) {
  const which = params.has("iri") ? { iri: params.get("iri") } : { label: params.get("label") };
  const card = await get("/concept", { ...which, limit: PAGE }, signal);
  add(page,
    h("h1", { "data-title": card.label }, isolated(card.label)),
    card.aliases.length
      ? h("p", { class: "quiet" }, "also ", card.aliases.map((alias, at) => [at ? ", " : "", isolated(alias)]))
      : null,
    h("p", { class: "lead", dir: "auto" }, card.definition ? isolated(card.definition) : "No note defines it."),
    card.why
      ? h("p", { class: "quiet" }, `taken for a concept (${card.score.toFixed(2)}): `, isolated(card.why))
      : null,
    card.introduction.source ? h("p", {}, "defined in ", place(card.introduction.source, card.introduction.line)) : null,
    actions(card),
    neighbours(card),
    paged("Relations", card, card.relations, card.relations_total, relation, signal, "relations"),
    paged("Mentions", card, card.mentions, card.mentions_total, mention, signal, "mentions"),
    readings(card), merges(card), same(card),
  );
}

function actions(card) {
  const said = h("span", {});
  const know = button(card.known ? "You know this" : "I know this", async () => {
    try {
      await post("/decide", { verb: "know", terms: [card.label] });
      know.disabled = true;
      said.textContent = "Written down; the next ingest applies it.";
      say(said.textContent);
    } catch (error) {
      said.replaceChildren(fault(error));
    }
  }, { disabled: card.known });
  return h("p", { class: "actions" },
    h("a", { class: "button main", href: to("path", { goal: card.label }) }, "Path to it"),
    h("a", { class: "button", href: to("path", { from: card.label }) }, "Path from it"),
    h("a", { class: "button", href: to("explore", { iri: card.iri }) }, "Explore"),
    h("a", { class: "button", href: to("curate", { tab: "decide", verb: "rename", one: card.label }) }, "Correct"),
    know, said);
}

function neighbours({ requires, leads_to }) {
  const list = (title, linked, none) =>
    h("section", {}, h("h2", {}, title), linked.length
      ? h("ul", { class: "plain" }, linked.map((one) => h("li", {}, concept(one.concept), " ", h("small", {}, one.strength), " ", sureness(one.confidence))))
      : nothing(none));
  return h("div", { class: "columns" },
    list("Learn first", requires, "It requires nothing."), list("Leads to", leads_to, "Nothing requires it."));
}

function paged(title, card, items, total, row, signal, name) {
  const list = h("ul", { class: "rows" }, items.map(row));
  const status = h("div", {});
  const more = button("Show more", () => into(status, async () => {
    const next = await get("/concept", { iri: card.iri, limit: PAGE, offset: list.children.length }, signal);
    list.append(...next[name].map(row));
    more.hidden = list.children.length >= total;
  }), { hidden: items.length >= total });
  return h("section", { class: name }, h("h2", {}, title, h("small", {}, ` ${total.toLocaleString("en")}`)),
    total ? list : nothing("None yet."), more, status);
}

const relation = (one) =>
  h("li", {},
    h("details", {},
      h("summary", {}, h("span", { class: "reads" }, one.reads), " ", isolated(one.other.label), " ", sureness(one.confidence),
        h("small", {}, count(one.support, "claim"))),
      one.basis ? h("p", {}, isolated(one.basis)) : null, quote(one.evidence), h("p", {}, "Open ", concept(one.other))));

const mention = (one) => h("li", {}, inContext(one));

function readings({ readings: found }) {
  if (!found.length) return null;
  return h("section", {}, h("h2", {}, "To read"), h("ul", { class: "plain" }, found.map((one) => h("li", {}, reading(one)))));
}

/** A section to read, with its minutes. */
export const reading = (one) => [
  h("a", { href: to("document", { address: one.source, heading: one.heading }) },
    isolated(one.heading || one.source)),
  h("small", {}, " ", isolated(one.heading ? one.source : ""), ` about ${one.minutes} min`),
];

function merges({ merges: found }) {
  if (!found.length) return null;
  return h("section", {}, h("h2", {}, "Why these are one"), h("ul", { class: "plain" }, found.map((one) =>
    h("li", {}, isolated(one.alias), " ", sureness(one.confidence), h("small", {}, " ", isolated(one.why)), quote(one.evidence)))));
}

function same({ same_as: found }) {
  if (!found.length) return null;
  return h("section", {}, h("h2", {}, "Elsewhere"), h("ul", { class: "plain" }, found.map((iri) =>
    h("li", {}, h("a", { href: iri, rel: "noreferrer nofollow" }, isolated(iri))))));
}
