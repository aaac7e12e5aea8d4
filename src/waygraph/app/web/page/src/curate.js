// Curating: the review queue, decisions of one's own, those made, and how far two people agree.
import { h } from "./dom.js";
import { to } from "./parts.js";
import { review } from "./review.js";
import { rule } from "./rule.js";
import { compared, decided } from "./decided.js";

const TABS = new Map(Object.entries({
  review: ["Review", review],
  decide: ["Decide", rule],
  decisions: ["Decisions", decided],
  agreement: ["Agreement", compared],
}));

export async function view(page, params, signal) {
  const name = TABS.has(params.get("tab")) ? params.get("tab") : "review";
  const body = h("div", { class: `tab ${name}` });
  page.append(
    h("h1", { "data-title": `Curate: ${TABS.get(name)[0]}` }, "Curate"),
    h("nav", { class: "tabs", "aria-label": "Curate" }, [...TABS].map(([key, [title]]) =>
      h("a", { href: to("curate", { tab: key }), "aria-current": key === name ? "page" : null }, title))),
    body,
  );
  await TABS.get(name)[1](body, params, signal);
}
