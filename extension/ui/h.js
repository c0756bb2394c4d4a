/**
 * Elements without HTML text: `h("p", { class: "muted" }, "Hello ", name)`.
 *
 * Text is only ever a text node. A function among the children, or as an attribute, is drawn again
 * when a signal that it reads changes.
 */
import { effect } from "./signals.js";

/** @typedef {Node | string | number | null | undefined | false | Child[] | (() => Child)} Child */

/** @param {Child} child @returns {Node[]} */
function nodes(child) {
  if (child === null || child === undefined || child === false) return [];
  if (Array.isArray(child)) return child.flatMap(nodes);
  if (typeof child === "function") return region(child);
  return [child instanceof Node ? child : document.createTextNode(String(child))];
}

/** What lies between two marks, so that regions inside regions go with them. @param {() => Child} draw @returns {Node[]} */
function region(draw) {
  const start = document.createComment("");
  const end = document.createComment("");
  document.createDocumentFragment().append(start, end);
  effect(() => {
    const next = nodes(draw());
    while (start.nextSibling && start.nextSibling !== end) start.nextSibling.remove();
    for (const node of next) end.parentNode?.insertBefore(node, end);
  });
  return [.../** @type {DocumentFragment} */ (start.parentNode).childNodes];
}

/** @param {Element} element @param {string} name @param {unknown} value */
function set(element, name, value) {
  if (name === "value" || name === "checked" || name === "disabled" || name === "open") {
    Object.assign(element, { [name]: value });
  } else if (value === null || value === undefined || value === false) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, unknown> | null} [attributes] @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (typeof value === "function") effect(() => set(element, name, value()));
    else set(element, name, value);
  }
  element.append(...children.flatMap(nodes));
  return element;
}

/** @param {Element} place @param {...Child} children */
export const draw = (place, ...children) => place.replaceChildren(...children.flatMap(nodes));
