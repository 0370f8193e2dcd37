// A list of things to do that opens below a button: by pointer, by arrow keys, closed by Escape. Knows no entry.

import { make } from "./dom.js";

/** @typedef {{text: string, hint: string, act: () => void}} Item */

export class Menu {
  /** @param {{button: HTMLElement, onClose?: () => void, onLeave?: () => void}} owner onLeave: by choosing or Escape */
  constructor({ button, onClose, onLeave }) {
    this.button = button;
    this.onClose = onClose;
    this.onLeave = onLeave;
    button.setAttribute("aria-haspopup", "menu");
    this.list = make("div", "lane-menu");
    this.list.setAttribute("role", "menu");
    this.list.hidden = true;
    this.list.addEventListener("keydown", (event) => this.#onKey(event));
    this.list.addEventListener("focusout", (event) => {
      if (!(event.relatedTarget instanceof Node && this.list.contains(event.relatedTarget))) this.close();
    });
  }

  get isOpen() {
    return !this.list.hidden;
  }

  /** @param {string} label @param {Item[]} items */
  open(label, items) {
    this.list.replaceChildren(...items.map((item) => this.#entry(item)));
    this.list.setAttribute("aria-label", label);
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
    this.onClose?.();
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

  /** Back to where one came from. */
  #leave() {
    this.close();
    if (!this.button.hidden) this.button.focus();
    this.onLeave?.();
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
}
