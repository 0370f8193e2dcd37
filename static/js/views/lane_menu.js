// The menu of one lane: a button in its label, and the list that it opens. What is in it is its owner's business.

import { make } from "./dom.js";
import { Menu } from "./menu.js";

/** @typedef {import("./menu.js").Item} Item */

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
    this.button.addEventListener("click", () => this.open());
    this.button.addEventListener("keydown", (event) => this.#onButtonKey(event));
    this.menu = new Menu({
      button: this.button,
      onClose: owner.onClose,
      // To the canvas when the lane is gone.
      onLeave: () => {
        if (document.activeElement !== this.button) document.querySelector("canvas")?.focus();
      },
    });
    this.list = this.menu.list;
    this.translate();
  }

  get isOpen() {
    return this.menu.isOpen;
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
    if (!this.button.hidden) this.menu.open(this.button.title, this.owner.items());
  }

  close() {
    this.menu.close();
  }

  /** @param {KeyboardEvent} event */
  #onButtonKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") this.owner.onFold(event.key === "ArrowLeft");
    else if (event.key !== "Enter" && event.key !== " ") return;
    else this.open();
    event.preventDefault();
  }

  translate() {
    this.button.title = this.words.t("lane.menu", { lane: this.lane });
    this.button.setAttribute("aria-label", this.button.title);
  }
}
