// What went wrong, as far as the trace proves it: one sentence each, in the page's language.

import { make } from "./dom.js";

/** @typedef {import("../trace/fold.js").Fold} Fold */
/** @typedef {import("../trace/fold.js").Finding} Finding */
/** @typedef {import("./words.js").Words} Words */

export class FindingsView {
  /**
   * @param {HTMLElement} host hidden while there is nothing to say
   * @param {Words} words
   * @param {(laneKey: string, ns: number) => void} onChoose
   */
  constructor(host, words, onChoose) {
    this.host = host;
    this.words = words;
    this.onChoose = onChoose;
    this.shown = 0;
  }

  /** @param {Fold} fold */
  update(fold) {
    if (fold.findings.length === this.shown) return;
    this.shown = fold.findings.length;
    this.host.hidden = this.shown === 0;
    this.host.replaceChildren(...fold.findings.map((finding) => this.#item(finding)));
  }

  /** @param {Finding} finding */
  #item(finding) {
    const [ns, code, lanes] = finding;
    const item = make("li");
    const button = make("button", "finding");
    button.type = "button";
    button.append(
      make("strong", "", nameOfFinding(this.words, code)),
      make("span", "", findingText(this.words, finding)),
    );
    button.addEventListener("click", () => this.onChoose(lanes[0] ?? "", ns));
    item.append(button);
    return item;
  }

  /** Say it again, in another language or about another run. */
  refresh() {
    this.shown = -1;
  }
}

/** @param {Words} words @param {string} code */
export function nameOfFinding(words, code) {
  const key = `finding.name_${code.replaceAll("-", "_")}`;
  return key in words.strings ? words.t(key) : code;
}

/** One sentence; a form that this page does not know is said as the trace says it. @param {Words} words @param {Finding} finding */
export function findingText(words, [, , , text, args]) {
  return `finding.${args.form}` in words.strings ? sentence(words, args) : text;
}

/** @param {Words} words @param {Record<string, any>} args @returns {string} */
function sentence(words, args) {
  const { names, steps, line, file } = args;
  const at = file ? "finding.at_file" : "finding.at";
  const values = { ...args, at: line ? words.t(at, { line, file }) : "" };
  for (const [name, value] of Object.entries(args)) {
    // A value that has a form is a sentence itself.
    if (value?.form) Object.assign(values, { [name]: sentence(words, value) });
  }
  if (names) Object.assign(values, { names: names.join(words.t("finding.and")) });
  if (steps) {
    const parts = steps.map((/** @type {Record<string, any>} */ step) => sentence(words, step));
    Object.assign(values, { steps: parts.join(words.t("finding.then")) });
  }
  return words.t(`finding.${args.form}`, values);
}
