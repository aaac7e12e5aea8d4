// The decisions in force, taken back one by one; and two people's decisions beside each other.
import { get, post } from "./api.js";
import { button, count, field, h, isolated, show } from "./dom.js";
import { undo } from "./effect.js";
import { into, nothing } from "./parts.js";

export async function decided(body, _, signal) {
  const list = h("div", {});
  const status = h("div", {});
  const fill = () => into(list, async () => table(await get("/decisions", {}, signal), async (one) => {
    const { verb, terms, relation, note } = one;
    if (await undo(show(status), { verb, terms, relation, note })) await fill();
  }));
  body.append(h("div", { class: "outcome" }), status, list);
  await fill();
}

function table({ items, total }, takeBack) {
  if (!items.length) return nothing("Nothing was decided yet.");
  return [
    h("p", { class: "quiet" }, `${count(total, "decision")} in force`),
    h("div", { class: "wide", role: "region", "aria-label": "Decisions", tabindex: 0 }, h("table", {},
      h("thead", {}, h("tr", {}, ["Decision", "Who", "When", "Why", ""].map((title) => title ? h("th", { scope: "col" }, title) : h("td", {})))),
      h("tbody", {}, items.map((one) => h("tr", {},
        h("th", { scope: "row" }, isolated(one.statement)), h("td", {}, isolated(one.who)), h("td", {}, one.when.slice(0, 10)),
        h("td", {}, isolated(one.why)),
        h("td", {}, button("Undo", () => takeBack(one), { "aria-label": `Undo ${one.statement}` }))))))),
  ];
}

export async function compared(body, params, signal) {
  const { people } = await get("/decisions", { all: true }, signal);
  if (!people.length) return body.append(nothing("Nobody has decided anything yet."));
  const select = (at) => h("select", {}, people.map((name, number) =>
    h("option", { value: name, selected: number === Math.min(at, people.length - 1) }, name)));
  const [one, two] = [select(0), select(1)];
  const file = h("input", { type: "file", accept: ".decisions,text/plain" });
  const result = h("div", {});
  const send = () => into(result, async () => {
    const text = file.files[0] ? await file.files[0].text() : "";
    return told(await post("/agreement", { one: one.value, two: text ? "" : two.value, text }, signal), one.value, text ? file.files[0].name : two.value);
  });
  body.append(
    h("form", { class: "ask", onsubmit: (event) => { event.preventDefault(); send(); } },
      field("One", one), field("The other", two), field("Or their decisions file", file), h("button", { class: "main" }, "Compare")),
    result,
  );
}

function told(found, one, two) {
  const kappa = found.kappa === null ? "not defined" : found.kappa.toFixed(2);
  return [
    h("dl", { class: "figures" }, [["Cohen's kappa", kappa], ["agreed", `${found.agreed} of ${found.matters}`],
      ["by chance", found.expected.toFixed(2)], [`only ${one}`, found.only_one], [`only ${two}`, found.only_two]]
      .map(([name, value]) => h("div", {}, h("dt", {}, isolated(name)), h("dd", {}, String(value))))),
    found.disagreements.length
      ? h("div", { class: "wide", role: "region", "aria-label": "Disagreements", tabindex: 0 }, h("table", {},
          h("thead", {}, h("tr", {}, [one, two].map((name) => h("th", { scope: "col" }, isolated(name))))),
          h("tbody", {}, found.disagreements.map((pair) => h("tr", {}, [pair.one, pair.two].map((decision) =>
            h("td", {}, isolated([decision.verb, ...decision.terms].join(" · ")), decision.why ? h("p", { class: "quiet" }, isolated(decision.why)) : null)))))))
      : nothing("They agree on everything that both decided."),
  ];
}
