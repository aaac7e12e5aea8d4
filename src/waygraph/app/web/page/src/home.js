// The start: what the workspace holds, and what can be learned now.
import { get } from "./api.js";
import { count, h, isolated } from "./dom.js";
import { concept, into, nothing, to } from "./parts.js";

export async function view(page, _, signal) {
  const facts = h("div", { class: "facts" });
  const next = h("section", {}, h("h2", {}, "What you can learn now"));
  const learnable = h("div", {});
  next.append(learnable);
  page.append(
    h("h1", { "data-title": "Start" }, "From what you know to what you want to learn"),
    h("p", { class: "lead" }, "Search a concept above (press ", h("kbd", {}, "/"), "), ask for a ",
      h("a", { href: to("path") }, "path"), ", or ", h("a", { href: to("explore") }, "look around"), "."),
    facts, next,
  );
  await Promise.all([
    into(facts, () => holds(signal)),
    into(learnable, () => canLearn(signal)),
  ]);
}

async function holds(signal) {
  const status = await get("/status", {}, signal);
  const figures = ["documents", "concepts", "relations", "mentions"];
  return [
    h("dl", { class: "figures" }, figures.map((name) =>
      h("div", {}, h("dt", {}, name), h("dd", {}, status[name].toLocaleString("en"))))),
    status.outdated ? h("p", { class: "note" }, isolated(status.outdated), " ", h("a", { href: to("days") }, "Ingest")) : null,
    status.failures.length
      ? h("details", {}, h("summary", {}, count(status.failures.length, "file could not be used", "files could not be used")),
          h("ul", {}, status.failures.map((one) => h("li", {}, isolated(one.address), ": ", isolated(one.reason)))))
      : null,
  ];
}

async function canLearn(signal) {
  const { items } = await get("/next", { limit: 12 }, signal);
  if (!items.length) return nothing("Nothing is open: ", h("a", { href: to("path") }, "ask for a path"), ".");
  return h("ul", { class: "cards" }, items.map((item) =>
    h("li", {}, concept(item.concept),
      h("small", {}, item.opens ? `opens ${count(item.opens, "concept")}` : "opens nothing yet"),
      h("a", { class: "quiet", href: to("path", { goal: item.concept.label }), "aria-label": `Path to ${item.concept.label}` }, "path"))));
}
