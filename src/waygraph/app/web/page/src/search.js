// All that fits what was typed: by label, and by meaning.
import { get } from "./api.js";
import { button, count, h, isolated, percent } from "./dom.js";
import { concept, into, nothing } from "./parts.js";

const PAGE = 20;

export async function view(page, params, signal) {
  const typed = params.get("q") ?? "";
  page.append(h("h1", { "data-title": `Search: ${typed}` }, typed ? ["“", isolated(typed), "”"] : "All concepts"));
  const columns = [["By label", {}], ...(typed ? [["By meaning", { meaning: true }]] : [])];
  const lists = columns.map(([title, how]) => {
    const list = h("div", {});
    const section = h("section", {}, h("h2", {}, title), list);
    return { section, filled: into(list, () => results({ q: typed, ...how }, signal)) };
  });
  page.append(h("div", { class: "columns" }, lists.map((one) => one.section)));
  await Promise.all(lists.map((one) => one.filled));
}

async function results(asked, signal) {
  const list = h("ul", { class: "results" });
  const more = button("Show more", () => into(status, async () => { await add(); }));
  const status = h("div", {});
  let total = 0;
  const add = async () => {
    const found = await get("/concepts", { ...asked, limit: PAGE, offset: list.children.length }, signal);
    total = found.total;
    list.append(...found.items.map(result));
    more.hidden = list.children.length >= total;
  };
  await add();
  if (!total) return nothing("Nothing fits.");
  return [h("p", { class: "quiet" }, asked.meaning ? "the nearest first" : count(total, "concept")), list, more, status];
}

const result = (item) =>
  h("li", {}, concept(item), item.cosine === null ? null : h("small", {}, ` ${percent(item.cosine)} alike`),
    item.definition ? h("p", {}, isolated(item.definition)) : null);
