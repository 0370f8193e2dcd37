// Small helpers to make and find elements. Text always goes in as text, and as text that does nothing.

import { plain } from "../lib/plain.js";

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} [className]
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = plain(text);
  return element;
}

/** Find what the template promises. @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The template has no #${id}`);
  return element;
}

/** Write a text only if it changed: writing the same still costs layout. @param {Element} element @param {string} text */
export function setText(element, text) {
  const shown = plain(text);
  if (element.textContent !== shown) element.textContent = shown;
}
