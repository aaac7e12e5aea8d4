// Elements made of data. Whatever comes from notes becomes a text node: nothing is parsed as
// markup, no attribute that runs code can be set, and links lead only where links may.

const SVG = "http://www.w3.org/2000/svg";
const LINK = /^(?:#|\/(?![/\\])|https?:\/\/)/i;

/** An HTML element. `props`: attributes; a function `onclick` listens; true, false and null
 * set or leave out an attribute. Children: nodes, text, lists of them; null is passed over. */
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for a drawing. */
export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) put(element, name, value);
  return add(element, children);
}

/** Put children into an element, behind those that are there. */
export function add(element, ...children) {
  element.append(...given(children));
  return element;
}

const given = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined);

function put(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) {
    if (typeof value !== "function") throw new TypeError(`${name} takes a function`);
    element.addEventListener(name.slice(2), value);
  } else if (name === "href") {
    if (LINK.test(value)) element.setAttribute(name, value);
  } else if (name === "value") {
    element.value = value;
  } else if (["src", "srcdoc", "style", "action", "formaction", "innerHTML"].includes(name)) {
    throw new TypeError(`${name} is not set here`);
  } else {
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Text of a note: isolated, so that its writing direction stays its own. */
export const isolated = (text) => h("bdi", {}, text);

/** Put other children into an element. */
export function show(element, ...children) {
  element.replaceChildren(...given(children));
  return element;
}

/** A button. */
export const button = (text, onclick, props = {}) =>
  h("button", { type: "button", ...props, onclick }, text);

/** A field with its label. */
export function field(text, input, hint = null) {
  return h("label", { class: "field" }, h("span", {}, text), input, hint && h("small", {}, hint));
}

/** Tell screen readers. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

/** "1 step", "3 steps". */
export const count = (number, one, many = `${one}s`) =>
  `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

/** A share in [0, 1] as a percentage. */
export const percent = (share) => `${Math.round(100 * share)} %`;
