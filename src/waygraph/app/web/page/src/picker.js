// A field that names a concept: it searches as one types, by label and then by meaning.
import { get } from "./api.js";
import { count, h, isolated, say, show } from "./dom.js";

const PAUSE = 120;
const MEANING_PAUSE = 350;
const SHOWN = 7;
let made = 0;

/** A combobox. `choose(concept)` is called with what is picked (`iri`, `label`); `enter(text)`
 * when Enter is pressed with nothing picked. Gives the element; `element.input` is its field. */
export function picker({ text, choose, enter = null, value = "", hint = "", hidden = false, name = null }) {
  const id = `picker-${++made}`;
  const list = h("div", { id: `${id}-list`, role: "listbox", class: "options", "aria-label": text, hidden: true });
  const input = h("input", {
    id, type: "text", name, value, autocomplete: "off", spellcheck: "false", dir: "auto", role: "combobox",
    "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list", placeholder: hint,
  });
  const state = { input, list, active: -1, waits: null, asked: null, choose };
  input.addEventListener("input", () => later(state));
  input.addEventListener("keydown", (event) => key(state, event, enter));
  input.addEventListener("blur", () => close(state));
  const element = h("div", { class: "picker field" },
    h("label", { for: id, class: hidden ? "hidden" : null }, text), input, list);
  element.input = input;
  return element;
}

function later(state) {
  clearTimeout(state.waits);
  state.asked?.abort();
  if (!state.input.value.trim()) return close(state);
  state.waits = setTimeout(() => look(state).catch(() => close(state)), PAUSE);
}

async function look(state) {
  const typed = state.input.value.trim();
  state.asked = new AbortController();
  const { signal } = state.asked;
  const byLabel = await get("/concepts", { q: typed, limit: SHOWN }, signal);
  offer(state, byLabel.items, []);
  say(count(byLabel.total, "concept"));
  if (typed.length < 3) return;
  await new Promise((done) => setTimeout(done, MEANING_PAUSE));
  if (signal.aborted) return;
  const near = await get("/concepts", { q: typed, meaning: true, limit: SHOWN }, signal);
  const there = new Set(byLabel.items.map((item) => item.iri));
  const others = near.items.filter((item) => !there.has(item.iri)).slice(0, 4);
  offer(state, byLabel.items, others);
  say(`${count(byLabel.total, "concept")} by label, ${others.length} by meaning`);
}

function offer(state, byLabel, byMeaning) {
  if (document.activeElement !== state.input) return;
  const kept = state.list.children.length ? active(state)?.dataset.iri : null;
  const groups = [["By label", byLabel], ["By meaning", byMeaning]].filter(([, items]) => items.length);
  show(state.list, groups.map(([title, items]) =>
    h("div", { role: "group", "aria-label": title },
      h("span", { class: "group", "aria-hidden": "true" }, title), items.map((item) => option(state, item)))));
  if (!groups.length) show(state.list, h("div", { role: "option", "aria-disabled": "true", class: "none" }, "nothing so far"));
  state.active = options(state).findIndex((one) => one.dataset.iri === kept);
  state.list.hidden = false;
  state.input.setAttribute("aria-expanded", "true");
  mark(state);
}

function option(state, item) {
  return h("div", {
    role: "option", id: `${state.list.id}-${encodeURIComponent(item.iri)}`,
    "data-iri": item.iri, "aria-selected": "false",
    onmousedown: (event) => { event.preventDefault(); pick(state, item); },
  }, h("strong", {}, isolated(item.label)), item.definition ? h("small", {}, isolated(item.definition)) : null);
}

const options = (state) => [...state.list.querySelectorAll("[role=option][data-iri]")];
const active = (state) => options(state)[state.active];

function mark(state) {
  options(state).forEach((one, at) => one.setAttribute("aria-selected", String(at === state.active)));
  const chosen = active(state);
  if (chosen) {
    state.input.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  } else state.input.removeAttribute("aria-activedescendant");
}

function key(state, event, enter) {
  const size = options(state).length;
  if (event.key === "Escape" && !state.list.hidden) {
    event.preventDefault();
    close(state);
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && size) {
    event.preventDefault();
    const next = event.key === "ArrowDown" ? state.active + 1 : state.active - 1;
    state.active = (Math.max(next, event.key === "ArrowDown" ? 0 : -1) + size) % size;
    mark(state);
  } else if (event.key === "Enter") {
    const chosen = state.list.hidden ? null : active(state);
    if (chosen) {
      event.preventDefault();
      pick(state, { iri: chosen.dataset.iri, label: chosen.querySelector("bdi").textContent });
    } else if (enter && state.input.value.trim()) {
      event.preventDefault();
      const typed = state.input.value.trim();
      close(state);
      enter(typed);
    }
  }
}

function pick(state, item) {
  state.input.value = item.label;
  close(state);
  state.choose(item);
}

function close(state) {
  clearTimeout(state.waits);
  state.asked?.abort();
  state.list.hidden = true;
  state.active = -1;
  state.input.setAttribute("aria-expanded", "false");
  state.input.removeAttribute("aria-activedescendant");
}
