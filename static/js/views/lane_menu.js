// The menu of one lane: a button in its label, and the list that it opens. What is in it is its owner's business.

import { make } from "./dom.js";

/** @typedef {{text: string, hint: string, act: () => void}} Item */

export class LaneMenu {
  /**
   * @param {import("./words.js").Words} words
   * @param {{items: () => Item[], onFold: (collapse: boolean) => void, onClose: () => void}} owner
   */
  constructor(words, owner) {
    this.words = words;
    this.owner = owner;
    this.lane = "";
    this.button = make("button", "lane-button", "⋯");
    this.button.type = "button";
    this.button.hidden = true;
    this.button.setAttribute("aria-haspopup", "menu");
    this.button.addEventListener("click", () => this.open());
    this.button.addEventListener("keydown", (event) => this.#onButtonKey(event));
    this.list = make("div", "lane-menu");
    this.list.setAttribute("role", "menu");
    this.list.hidden = true;
    this.list.addEventListener("keydown", (event) => this.#onKey(event));
    this.list.addEventListener("focusout", (event) => {
      if (!(event.relatedTarget instanceof Node && this.list.contains(event.relatedTarget))) this.close();
    });
    this.translate();
  }

  get isOpen() {
    return !this.list.hidden;
  }

  /** @param {{top: number, width: number, height: number} | null} box of the label; null: not in sight @param {string} lane */
  place(box, lane) {
    this.button.hidden = !box;
    if (lane !== this.lane) {
      this.lane = lane;
      this.translate();
    }
    if (!box) return;
    // No measuring here: this is called at every frame.
    const transform = `translate(${box.width - 4}px, ${box.top + box.height / 2}px) translate(-100%, -50%)`;
    if (this.button.style.transform !== transform) this.button.style.transform = transform;
  }

  open() {
    if (this.button.hidden) return;
    this.list.replaceChildren(...this.owner.items().map((item) => this.#entry(item)));
    this.list.setAttribute("aria-label", this.button.title);
    this.button.setAttribute("aria-expanded", "true");
    this.list.hidden = false;
    // Fixed, so that it may reach beyond the timeline; never beyond the window.
    const from = this.button.getBoundingClientRect();
    const { width, height } = this.list.getBoundingClientRect();
    this.list.style.left = `${Math.max(4, Math.min(from.left, innerWidth - width - 4))}px`;
    this.list.style.top = `${Math.max(4, Math.min(from.bottom + 2, innerHeight - height - 4))}px`;
    /** @type {HTMLElement | null} */ (this.list.firstElementChild)?.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.list.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    this.owner.onClose();
  }

  /** @param {Item} item */
  #entry({ text, hint, act }) {
    const entry = make("button", "lane-menu-item");
    entry.type = "button";
    entry.setAttribute("role", "menuitem");
    entry.append(make("span", "", text));
    if (hint) entry.append(make("kbd", "", hint));
    entry.tabIndex = -1;
    entry.addEventListener("click", () => {
      act();
      this.#leave();
    });
    return entry;
  }

  /** Back to where one came from, or to the canvas when the lane is gone. */
  #leave() {
    this.close();
    if (!this.button.hidden) this.button.focus();
    if (document.activeElement !== this.button) document.querySelector("canvas")?.focus();
  }

  /** @param {KeyboardEvent} event */
  #onButtonKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") this.owner.onFold(event.key === "ArrowLeft");
    else if (event.key !== "Enter" && event.key !== " ") return;
    else this.open();
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const entries = /** @type {HTMLElement[]} */ ([...this.list.children]);
    const at = entries.findIndex((entry) => entry === document.activeElement);
    /** @type {Record<string, number>} */
    const places = { ArrowDown: at + 1, ArrowUp: at - 1 + entries.length, Home: 0, End: entries.length - 1 };
    if (event.key in places) entries[places[event.key] % entries.length].focus();
    else if (event.key === "Escape" || event.key === "Tab") this.#leave();
    else if (event.key !== "Enter" && event.key !== " ") return;
    // Enter and the space bar press the entry: that must not run the program.
    event.stopPropagation();
    if (event.key !== "Enter" && event.key !== " ") event.preventDefault();
  }

  translate() {
    this.button.title = this.words.t("lane.menu", { lane: this.lane });
    this.button.setAttribute("aria-label", this.button.title);
  }
}
