// The page's words in the language of the moment, and how it writes numbers and times.

import { formatNumber } from "../lib/format.js";

/** @typedef {Record<string, string>} Strings */

export class Words {
  /** @param {string} lang "en" or "zh" @param {Strings} strings */
  constructor(lang, strings) {
    this.lang = lang;
    this.strings = strings;
    this.locale = localeOf(lang);
    this.plural = new Intl.PluralRules(this.locale);
    this.number = new Intl.NumberFormat(this.locale);
  }

  /** Change the language; whoever holds this object speaks it from its next word on. @param {string} lang @param {Strings} strings */
  use(lang, strings) {
    Object.assign(this, new Words(lang, strings));
  }

  /** @param {string} key @param {Record<string, string | number>} [values] */
  t(key, values = {}) {
    const text = this.strings[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  }

  /** A text that counts something: the key has a `.one` and an `.other`. @param {string} key @param {number} n */
  count(key, n) {
    return this.t(`${key}.${this.plural.select(n)}`, { n: this.number.format(n) });
  }

  /** Several things as part of a sentence. @param {string[]} items */
  list(items) {
    return new Intl.ListFormat(this.locale).format(items);
  }

  /** What was measured: a number as this language writes it, any other text as it is. @param {string} text */
  value(text) {
    const number = Number(text);
    return text.trim() !== "" && Number.isFinite(number) ? formatNumber(number, this.locale) : text;
  }

  /** A moment of the run, to the millisecond: columns of these stay aligned. @param {number} ns */
  moment(ns) {
    return (ns / 1e9).toFixed(3);
  }
}

/** @param {string} lang */
function localeOf(lang) {
  return lang === "zh" ? "zh-CN" : "en";
}

/**
 * Put the words into server-rendered markup: `data-t` is the element's text, `data-t-label` its accessible
 * name and tooltip, `data-t-placeholder` what an empty field says.
 * @param {ParentNode} root
 * @param {Words} words
 */
export function translate(root, words) {
  for (const element of root.querySelectorAll("[data-t]")) {
    element.textContent = words.t(/** @type {HTMLElement} */ (element).dataset.t ?? "");
  }
  for (const element of root.querySelectorAll("[data-t-placeholder]")) {
    const key = /** @type {HTMLElement} */ (element).dataset.tPlaceholder ?? "";
    element.setAttribute("placeholder", words.t(key));
  }
  for (const element of root.querySelectorAll("[data-t-label]")) {
    const label = words.t(/** @type {HTMLElement} */ (element).dataset.tLabel ?? "");
    element.setAttribute("aria-label", label);
    if (element.matches("button, a, summary")) element.setAttribute("title", label);
  }
}
