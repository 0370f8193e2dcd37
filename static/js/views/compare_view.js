// The runs of a lesson's variants beside each other, in numbers.

import { differences } from "../lib/compare.js";
import { formatDuration, formatNumber } from "../lib/format.js";
import { make } from "./dom.js";

/** @typedef {import("../lib/compare.js").Row} Row */
/** @typedef {{title: string, numbers: import("../lib/compare.js").Numbers | null}} Compared null: not known yet */

export class CompareView {
  /** @param {HTMLElement} host @param {import("./words.js").Words} words */
  constructor(host, words) {
    this.host = host;
    this.words = words;
    this.signature = "";
  }

  /** @param {Compared[]} runs */
  update(runs) {
    const signature = JSON.stringify([this.words.lang, runs]);
    if (signature === this.signature) return;
    this.signature = signature;
    const known = runs.filter((run) => run.numbers !== null);
    if (known.length < 2) {
      this.host.replaceChildren(make("p", "more-note", this.words.t("compare.empty")));
      return;
    }
    const numbers = known.flatMap((run) => run.numbers ?? []);
    this.host.replaceChildren(this.#table(known, differences(numbers)));
  }

  /** @param {Compared[]} runs @param {Row[]} rows */
  #table(runs, rows) {
    const { words } = this;
    const table = make("table", "compare-table");
    table.createCaption().textContent = words.t("compare.caption");
    const head = table.createTHead().insertRow();
    head.append(make("td"), ...runs.map(({ title }) => heading(title, "col")));
    const body = table.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      line.append(heading(this.#nameOf(row), "row"));
      row.values.forEach((value, at) => line.append(this.#value(row, value, row.best.includes(at))));
    }
    return table;
  }

  /** @param {Row} row @param {number | string | null} value @param {boolean} isBest */
  #value(row, value, isBest) {
    const td = make("td", row.unit === "text" ? "printed" : "number", this.#format(row, value));
    // A sign and a word, not a colour alone.
    if (isBest) {
      td.classList.add("best");
      td.append(make("span", "best-sign", "★"), make("span", "hidden", ` (${this.words.t("compare.best")})`));
      td.children[0].setAttribute("aria-hidden", "true");
    }
    return td;
  }

  /** @param {Row} row */
  #nameOf({ name, state }) {
    const { words } = this;
    if (name !== "state") return words.t(`compare.${name}`);
    const reason = /^blocked\((.*)\)$/.exec(state)?.[1];
    const key = reason ? `brief.${reason}` : `look.${state}`;
    return words.t("compare.state", { state: key in words.strings ? words.t(key) : state });
  }

  /** @param {Row} row @param {number | string | null} value */
  #format({ unit }, value) {
    const { locale } = this.words;
    if (value === null) return this.words.t("compare.unknown");
    if (unit === "ms") return formatDuration(Number(value) * 1e6, locale);
    if (unit === "text") return String(value) || "–";
    return formatNumber(Number(value), locale);
  }
}

/** @param {string} text @param {"col" | "row"} scope */
function heading(text, scope) {
  const element = make("th", "", text);
  element.scope = scope;
  return element;
}
