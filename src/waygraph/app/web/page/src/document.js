// A document as it was read: its source as text, line by line.
import { get } from "./api.js";
import { button, h, isolated, show } from "./dom.js";
import { into, to } from "./parts.js";

const AROUND = 100;

export async function view(page, params, signal) {
  const address = params.get("address") ?? "";
  const heading = params.get("heading") ?? "";
  const line = Number(params.get("line")) || null;
  const found = await get("/document", { address, line, around: AROUND }, signal);
  const here = line ?? lineOf(found.lines, heading);
  const text = h("div", { class: "source", role: "list", "aria-label": "Lines of the document" }, lines(found, here));
  const whole = button("Show all lines", () => into(rest, async () => {
    const all = await get("/document", { address }, signal);
    show(text, lines(all, here));
    whole.hidden = true;
  }), { hidden: found.lines.length >= found.total });
  const rest = h("div", {});
  page.append(
    h("h1", { "data-title": found.title || address, dir: "auto" }, isolated(found.title || address)),
    h("p", { class: "quiet" }, isolated(address), found.date ? ` · ${found.date}` : "",
      found.day === null ? "" : ` · day ${found.day}`, ` · ${found.total.toLocaleString("en")} lines`),
    whole, rest, text,
  );
  text.querySelector(".here")?.scrollIntoView({ block: "center" });
}

function lines(found, here) {
  return found.lines.map(({ number, text }) =>
    h("div", { class: number === here ? "line here" : "line", role: "listitem", id: `line-${number}`,
      "aria-current": number === here ? "true" : null },
      h("a", { class: "number", href: to("document", { address: found.address, line: number }), "aria-label": `Line ${number}` },
        String(number)),
      h("bdi", { dir: "auto" }, text || " ")));
}

/** The line of a heading, null if none is it. */
function lineOf(all, heading) {
  if (!heading) return null;
  const marks = /^\s*[#*=]+\s*|\s*[#=]+\s*$/g;
  const found = all.find(({ text }) => /^\s*[#*=]/.test(text) && text.replace(marks, "") === heading);
  return found?.number ?? null;
}
