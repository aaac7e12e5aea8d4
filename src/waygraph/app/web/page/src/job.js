// The ingest: started, watched by server-sent events, cancelled; shown above every view.
import { get, post, remove } from "./api.js";
import { button, count, h, isolated, say, show } from "./dom.js";
import { fault } from "./parts.js";

const box = document.getElementById("job");
let events = null;

/** Go on watching an ingest that is under way. */
export async function watchJobs() {
  try {
    const { items } = await get("/jobs");
    const running = items.find((job) => job.state === "running");
    if (running) watch(running);
  } catch (error) {
    box.hidden = false;
    show(box, fault(error));
  }
}

/** Start an ingest; `paths` null for the notes, [] for decisions alone. */
export async function ingest(paths) {
  try {
    watch(await post("/ingest", { paths }));
  } catch (error) {
    box.hidden = false;
    show(box, fault(error), done());
  }
}

function watch(job) {
  events?.close();
  const bar = progress(job);
  box.hidden = false;
  show(box, bar.element);
  say("The ingest has begun");
  events = new EventSource(`/api/jobs/${encodeURIComponent(job.id)}/events`);
  events.addEventListener("progress", (event) => bar.tell(JSON.parse(event.data)));
  events.addEventListener("end", (event) => {
    events.close();
    ended(JSON.parse(event.data));
  });
}

function progress(job) {
  const bar = h("progress", { id: "progress", max: 1, "aria-label": "Progress of the ingest" });
  const stage = h("span", { class: "stage" });
  const told = h("span", { class: "told" });
  const cancel = button("Cancel", () => {
    cancel.disabled = true;
    told.textContent = "cancelling…";
    remove(`/jobs/${encodeURIComponent(job.id)}`).catch((error) => show(told, error.message));
  });
  const tell = (now) => {
    stage.textContent = now.stage ? `Ingest: ${now.stage}` : "Ingest: beginning";
    if (now.total) bar.value = now.done / now.total;
    else bar.removeAttribute("value");
    if (!cancel.disabled) told.textContent = pace(now);
  };
  tell(job);
  return { element: h("div", { class: "progress" }, stage, bar, told, cancel), tell };
}

function pace({ done: did, total, rate, remaining, seconds }) {
  const parts = [];
  if (total) parts.push(`${did.toLocaleString("en")} of ${total.toLocaleString("en")}`);
  if (rate) parts.push(`${(rate < 10 ? rate : Math.round(rate)).toLocaleString("en")} a second`);
  if (remaining !== null && did < total) parts.push(`about ${Math.ceil(remaining)} s left`);
  else parts.push(`${Math.round(seconds)} s`);
  return parts.join(" · ");
}

function ended(job) {
  const said = outcome(job);
  show(box, h("div", { class: "progress" }, h("span", {}, said), done()), job.report ? problems(job.report) : null);
  say(said);
  dispatchEvent(new CustomEvent("ingested", { detail: job }));
}

function outcome({ state, report, error, hint, seconds }) {
  if (state === "done") {
    return `Ingested: ${count(report.documents, "document")} (${report.read} read, ${report.dropped} dropped), `
      + `${count(report.concepts, "concept")}, in ${report.seconds} s`;
  }
  if (state === "cancelled") return `Cancelled after ${seconds} s; what is done is kept, and the next ingest goes on from there.`;
  return [`The ingest failed: ${error}`, hint].filter(Boolean).join(". ");
}

function problems({ failures, warnings }) {
  const all = [...failures, ...warnings];
  if (!all.length) return null;
  return h("details", {}, h("summary", {}, `${count(failures.length, "fault")}, ${count(warnings.length, "warning")}`),
    h("ul", {}, all.slice(0, 50).map((one) =>
      h("li", {}, isolated(one.line ? `${one.address}:${one.line}` : one.address), ": ", isolated(one.reason)))));
}

const done = () => button("Close", () => { box.hidden = true; show(box); });
