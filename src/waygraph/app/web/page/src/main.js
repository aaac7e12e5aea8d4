// The page: which view stands at which address, the search above all of them, the ingest below.
import { Fault } from "./api.js";
import { h, say, show } from "./dom.js";
import { fault, to } from "./parts.js";
import { picker } from "./picker.js";
import { watchJobs } from "./job.js";

// A view: what the address calls it, its title, what shows it (into, params, signal).
const VIEWS = new Map(Object.entries({
  "": { title: "Start", load: () => import("./home.js") },
  search: { title: "Search", load: () => import("./search.js") },
  concept: { title: "Concept", load: () => import("./concept.js") },
  document: { title: "Document", load: () => import("./document.js") },
  path: { title: "Path", nav: true, load: () => import("./path.js") },
  replay: { title: "Replay", nav: true, load: () => import("./replay.js") },
  explore: { title: "Explore", nav: true, load: () => import("./explore.js") },
  curate: { title: "Curate", nav: true, load: () => import("./curate.js") },
  days: { title: "Days", nav: true, load: () => import("./days.js") },
}));

const main = document.getElementById("main");
let shown = new AbortController();
let first = true; // who has just come hears the title of the page

async function route() {
  if (location.hash && !location.hash.startsWith("#/")) return; // the link that skips to the content
  const [name, search = ""] = location.hash.slice(2).split(/\?(.*)/s);
  const view = VIEWS.get(name) ?? VIEWS.get("");
  shown.abort();
  shown = new AbortController();
  const { signal } = shown;
  const here = location.hash;
  const fresh = first;
  first = false;
  main.setAttribute("aria-busy", "true");
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${view.title} · waygraph`;
  const { view: fill } = await view.load();
  if (signal.aborted) return;
  const page = h("div", { class: `view ${name || "home"}` });
  show(main, page);
  try {
    await fill(page, new URLSearchParams(search), signal);
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof Fault)) throw error;
    page.append(fault(error));
  }
  if (signal.aborted) return;
  main.removeAttribute("aria-busy");
  main.dataset.shown = here;
  const heading = page.querySelector("h1");
  if (heading?.dataset.title) document.title = `${heading.dataset.title} · waygraph`;
  if (!fresh && !page.contains(document.activeElement)) main.focus({ preventScroll: true });
  if (!fresh) say(document.title);
}

const go = (address) => { location.hash = address.slice(1); };
const search = picker({
  text: "Search concepts", hidden: true, hint: "Search concepts",
  choose: (item) => go(to("concept", { iri: item.iri })),
  enter: (text) => go(to("search", { q: text })),
});
document.getElementById("search").append(search);
document.getElementById("nav").append(h("ul", {}, [...VIEWS].filter(([, view]) => view.nav).map(([name, view]) =>
  h("li", {}, h("a", { href: to(name), "data-view": name }, view.title)))));
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    search.input.focus();
    search.input.select();
  }
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener("hashchange", route);
watchJobs();
route();
