// The review queue: one question after another, answered by keys or by mouse.
import { get } from "./api.js";
import { button, count, h, isolated, say, show } from "./dom.js";
import { confirmed, undo, write } from "./effect.js";
import { inContext, nothing, sureness } from "./parts.js";

const PAGE = 20;
const KEYS = new Map(Object.entries({ y: "yes", n: "no", s: "skip", u: "undo" }));

export async function review(body, _, signal) {
  const careful = h("input", { type: "checkbox", checked: true });
  const state = { card: h("div", { class: "question" }), effect: h("div", {}), queue: [], skipped: 0, total: 0, busy: false, careful, signal };
  body.append(
    h("p", { class: "quiet" }, "What would change most comes first. Keys: ", [...KEYS].map(([key, name]) => [h("kbd", {}, key), ` ${name}  `])),
    h("label", { class: "inline" }, careful, "Show the effect on paths before a decision is written"),
    h("div", { class: "outcome" }), state.card, state.effect,
  );
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input[type=text], textarea, select")) return;
    const action = KEYS.get(event.key);
    if (action) act(state, action);
  }, { signal });
  await fill(state);
  ask(state);
}

async function fill(state) {
  const { items, total } = await get("/review", { limit: PAGE, offset: state.skipped }, state.signal);
  state.queue = items;
  state.total = total;
}

function ask(state) {
  const question = state.queue[0];
  if (!question) return show(state.card, nothing(state.skipped ? "No other question is open." : "No question is open: all is decided."));
  const answer = (name, key, props) => button([name, " ", h("kbd", { "aria-hidden": "true" }, key)], () => act(state, KEYS.get(key)), { "aria-keyshortcuts": key, ...props });
  show(state.card,
    h("h2", {}, isolated(question.text), "?"),
    h("p", { class: "quiet" }, sureness(question.confidence), ` sure · may change ${count(question.reach, "plan or place", "plans or places")} · `,
      count(state.total, "question")),
    h("p", { class: "actions" }, answer("Yes", "y", { class: "main" }), answer("No", "n"), answer("Skip", "s"), answer("Undo the last", "u")),
    h("div", { class: "rows" }, once(question.evidence).map(inContext)));
  say(question.text);
}

/** Evidence that several claims share, shown once. */
const once = (evidence) =>
  [...new Map(evidence.map((one) => [`${one.quote.source} ${one.quote.start} ${one.quote.end}`, one])).values()];

async function act(state, action) {
  if (state.busy) return;
  state.busy = true;
  try {
    if (action === "undo") await takeBack(state);
    else if (state.queue.length) await answered(state, action);
  } finally {
    state.busy = false;
  }
}

async function takeBack(state) {
  if (!(await undo(state.effect))) return;
  await fill(state);
  ask(state);
}

async function answered(state, action) {
  const question = state.queue[0];
  if (action === "skip") state.skipped += 1;
  else {
    const { verb, terms, relation, note, statement } = question[action];
    const ruling = { verb, terms, relation, note };
    const done = state.careful.checked
      ? await confirmed(state.effect, ruling, statement, { signal: state.signal })
      : await write(show(state.effect), ruling);
    if (!done) return;
    state.total -= 1;
  }
  state.queue.shift();
  if (!state.queue.length) await fill(state);
  ask(state);
}
