// The days: what each day's notes added, and the ingest that takes new notes in.
import { get } from "./api.js";
import { button, count, h, isolated, svg } from "./dom.js";
import { ingest } from "./job.js";
import { concept, into, nothing, place } from "./parts.js";

const PAGE = 200;
const HEIGHT = 90;

export async function view(page, _, signal) {
  const list = h("div", {});
  page.append(
    h("h1", { "data-title": "Days" }, "Days"),
    h("p", { class: "actions" },
      button("Ingest the notes", () => ingest(null), { class: "main" }), button("Apply decisions alone", () => ingest([]))),
    list,
  );
  const fill = () => into(list, () => timeline(signal));
  addEventListener("ingested", fill, { signal });
  await fill();
}

async function timeline(signal) {
  const { items, total } = await get("/days", { limit: PAGE }, signal);
  if (!items.length) return nothing("No note has a day yet.");
  const rows = h("ol", { class: "timeline" }, items.map(row));
  const status = h("div", {});
  const more = button("Show more", () => into(status, async () => {
    const next = await get("/days", { limit: PAGE, offset: rows.children.length }, signal);
    rows.append(...next.items.map(row));
    more.hidden = rows.children.length >= total;
  }), { hidden: items.length >= total });
  return [chart(items, rows), rows, more, status];
}

/** Bars of how many concepts each day named first. */
function chart(items, rows) {
  const first = items[0].day;
  const span = items.at(-1).day - first + 1;
  const most = Math.max(1, ...items.map((one) => one.concepts.length));
  const bars = items.map((one, at) => {
    const height = Math.max(2, (one.concepts.length / most) * HEIGHT);
    const open = () => {
      const details = rows.children[at].querySelector("details");
      details.open = true;
      details.scrollIntoView({ block: "center" });
      details.querySelector("summary").focus({ preventScroll: true });
    };
    return svg("rect", { x: ((one.day - first) / span) * 1000, y: HEIGHT - height, width: Math.max(2, 700 / span), height, rx: 2, onclick: open },
      svg("title", {}, `day ${one.day}: ${summary(one)}`));
  });
  return svg("svg", { viewBox: `0 0 1000 ${HEIGHT}`, class: "chart", role: "img", preserveAspectRatio: "none",
    "aria-label": `Concepts first named, from day ${first} to day ${items.at(-1).day}; the list below holds the same` }, bars);
}

const summary = (one) =>
  `${count(one.documents.length, "document")}, ${count(one.concepts.length, "new concept")}, ${count(one.relations, "new relation")}`;

const row = (one) =>
  h("li", {}, h("details", {}, h("summary", {}, h("strong", {}, `Day ${one.day}`), h("small", {}, summary(one))),
    h("p", {}, one.documents.map((address) => [place(address), " "])),
    one.concepts.length ? h("ul", { class: "chips" }, one.concepts.map((named) => h("li", {}, concept(named)))) : nothing("It named nothing new."),
    one.concepts.length === 0 ? null : h("p", { class: "quiet" }, isolated(`${one.relations} relations were claimed first on this day.`))));
