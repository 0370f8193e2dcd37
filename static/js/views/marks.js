// The instants that the reader named: M1, M2, ... as a list, to jump to and to remove.

import { formatDuration } from "../lib/format.js";
import { make, setText } from "./dom.js";

/** @typedef {import("../timeline/paint_range.js").Mark} Mark */

export class MarksView {
  /**
   * @param {HTMLElement} bar
   * @param {import("./words.js").Words} words
   * @param {{onPlace: () => void, onJump: (ns: number) => void, onChange: (marks: Mark[]) => void}} actions
   */
  constructor(bar, words, actions) {
    this.words = words;
    this.actions = actions;
    /** @type {Mark[]} in the order of their time */
    this.marks = [];
    this.placed = 0;
    this.list = make("ul", "marks-list");
    this.add = make("button", "button small");
    this.add.type = "button";
    this.add.addEventListener("click", actions.onPlace);
    bar.append(this.list, this.add);
    this.translate();
  }

  /** @param {number} ns */
  place(ns) {
    if (this.marks.some((mark) => mark.ns === ns)) return;
    this.placed += 1;
    this.#set([...this.marks, { name: `M${this.placed}`, ns }].sort((a, b) => a.ns - b.ns));
  }

  /** The mark after an instant, and after the last the first. @param {number} ns @returns {Mark | undefined} */
  next(ns) {
    return this.marks.find((mark) => mark.ns > ns) ?? this.marks[0];
  }

  clear() {
    this.placed = 0;
    this.#set([]);
  }

  /** @param {Mark[]} marks */
  #set(marks) {
    this.marks = marks;
    this.actions.onChange(marks);
    this.#write();
  }

  #write() {
    this.list.replaceChildren(...this.marks.map((mark) => this.#item(mark)));
  }

  /** @param {Mark} mark */
  #item(mark) {
    const { words, actions } = this;
    const item = make("li");
    const jump = make("button", "button small", `${mark.name} ${formatDuration(mark.ns, words.locale)}`);
    jump.title = words.t("mark.jump", { name: mark.name });
    jump.addEventListener("click", () => actions.onJump(mark.ns));
    const remove = make("button", "button small mark-remove", "×");
    remove.title = words.t("mark.remove", { name: mark.name });
    remove.setAttribute("aria-label", remove.title);
    remove.addEventListener("click", () => {
      this.#set(this.marks.filter((other) => other !== mark));
      this.add.focus();
    });
    jump.type = remove.type = "button";
    item.append(jump, remove);
    return item;
  }

  translate() {
    setText(this.add, this.words.t("mark.place"));
    this.add.title = this.words.t("mark.about");
    this.list.setAttribute("aria-label", this.words.t("mark.title"));
    this.#write();
  }
}
