// Which of several runs the panels speak of: the same choice above the program, the console, the lanes and the table.

import { make } from "./dom.js";

const PANELS = ["panel-source", "panel-console", "panel-table", "panel-lanes", "panel-variables"];

export class RunTabs {
  /** @param {import("./words.js").Words} words @param {(index: number) => void} onChoose */
  constructor(words, onChoose) {
    this.words = words;
    this.onChoose = onChoose;
    this.signature = "";
    this.bars = PANELS.map((id) => {
      const bar = make("div", "run-tabs");
      bar.setAttribute("role", "group");
      bar.hidden = true;
      document.querySelector(`#${id} > .panel-body`)?.before(bar);
      return bar;
    });
  }

  /** @param {string[]} titles of the runs on the screen @param {number} front */
  update(titles, front) {
    const signature = [this.words.lang, front, ...titles].join("\n");
    if (signature === this.signature) return;
    this.signature = signature;
    for (const bar of this.bars) {
      bar.hidden = titles.length < 2;
      bar.setAttribute("aria-label", this.words.t("runs.choose"));
      while (bar.childElementCount > titles.length) bar.lastElementChild?.remove();
      titles.forEach((title, index) => this.#write(bar, index, title, index === front));
    }
  }

  /** The buttons stay: one that has the focus keeps it. @param {HTMLElement} bar @param {number} index @param {string} title @param {boolean} isFront */
  #write(bar, index, title, isFront) {
    let button = bar.children[index];
    if (!button) {
      button = make("button", "run-tab");
      button.setAttribute("type", "button");
      button.addEventListener("click", () => this.onChoose(index));
      bar.append(button);
    }
    button.textContent = title;
    button.setAttribute("title", title);
    button.setAttribute("aria-pressed", String(isFront));
  }
}
