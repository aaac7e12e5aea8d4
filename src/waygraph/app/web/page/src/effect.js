// What a decision would change, shown before it is confirmed; and the decision, once it is.
import { post } from "./api.js";
import { button, count, h, isolated, say, show } from "./dom.js";
import { ingest } from "./job.js";
import { fault } from "./parts.js";

/** Show what a ruling would change, with the buttons that confirm it and leave it.
 * Resolves to whether it was decided, once one of them is pressed. */
export function confirmed(box, ruling, statement, { why = "", signal }) {
  const paths = h("div", { class: "effects", "aria-busy": "true" }, h("p", { class: "quiet" }, "Computing the effect on paths, in a copy…"));
  return new Promise((resolve) => {
    const stopped = new AbortController();
    const end = (answer) => { stopped.abort(); box.replaceChildren(); resolve(answer); };
    const yes = button("Confirm", async () => {
      yes.disabled = true;
      if (await write(box, { ...ruling, why })) end(true);
    }, { class: "main", "aria-keyshortcuts": "Enter" });
    const no = button("Leave it", () => end(false), { "aria-keyshortcuts": "Escape" });
    show(box, h("section", { class: "effect", "aria-label": "Effect of the decision" },
      h("h2", {}, isolated(statement)), paths, h("p", { class: "actions" }, yes, no)));
    box.onkeydown = (event) => { if (event.key === "Escape") end(false); };
    signal.addEventListener("abort", () => end(false), { once: true });
    yes.focus();
    effects(paths, ruling, AbortSignal.any([signal, stopped.signal]));
  });
}

async function effects(paths, ruling, signal) {
  try {
    const found = await post("/preview", { rulings: [ruling] }, signal);
    show(paths, told(found));
    say(found.effects.some((one) => one.changed) ? "Paths would change" : "No path would change");
  } catch (error) {
    if (error.name === "AbortError") return;
    show(paths, fault(error));
  }
  paths.removeAttribute("aria-busy");
}

function told({ concepts_before: before, concepts_after: after, warnings, effects: found }) {
  const changed = found.filter((one) => one.changed);
  return [
    warnings.map((warning) => h("p", { class: "note" }, isolated(warning))),
    h("p", {}, before === after ? `${count(before, "concept")}, as before. ` : `${count(before, "concept")} become ${after}. `,
      changed.length ? `${changed.length} of ${count(found.length, "path")} would change.` : `None of ${count(found.length, "path")} would change.`),
    changed.map((one) => h("div", { class: "before-after" }, h("h3", {}, "Path to ", isolated(one.goal)),
      side("Now", one.before, one.none_before, one.after), side("Then", one.after, one.none_after, one.before))),
  ];
}

function side(title, plan, none, other) {
  const there = new Set(other?.steps.map((step) => step.concept.label));
  return h("div", {}, h("h4", {}, title), plan
    ? [h("ol", {}, plan.steps.map((step) => h("li", { class: there.has(step.concept.label) ? null : "differs" }, isolated(step.concept.label)))),
      h("p", { class: "quiet" }, `${plan.minutes} minutes, cost ${plan.cost.toFixed(3)}`)]
    : h("p", { class: "quiet" }, isolated(none)));
}

/** Write a decision down; whether that could be done. What went wrong is shown in `box`. */
export async function write(box, ruling) {
  try {
    const { statement } = await post("/decide", ruling);
    said(`Decided: ${statement}`);
    return true;
  } catch (error) {
    box.append(fault(error));
    return false;
  }
}

/** Take a decision back, the latest without one. */
export async function undo(box, ruling = null) {
  try {
    const { statement } = await post("/undo", { ruling });
    said(`Taken back: ${statement}`);
    return true;
  } catch (error) {
    box.append(fault(error));
    return false;
  }
}

/** Decisions wait for an ingest: say so, with the button that starts it. */
export const applied = (told) =>
  h("p", { class: "note" }, isolated(told), " · applied by the next ingest ", button("Apply now", () => ingest([])));

function said(text) {
  say(text);
  const place = document.querySelector(".outcome");
  if (place) show(place, applied(text));
}
