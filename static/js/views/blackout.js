// The dark screen: for when a class should look at the teacher. Any key or click brings the page back.

import { make } from "./dom.js";

export class Blackout {
  /** @param {import("./words.js").Words} words */
  constructor(words) {
    this.words = words;
    // A dialog holds the focus: no key reaches the page behind it.
    this.dialog = make("dialog", "blackout");
    this.dialog.tabIndex = -1;
    this.dialog.addEventListener("keydown", (event) => {
      event.preventDefault();
      event.stopPropagation();
      // A modifier alone is the beginning of a key, not a key.
      if (!["Shift", "Control", "Alt", "Meta"].includes(event.key)) this.dialog.close();
    });
    this.dialog.addEventListener("click", () => this.dialog.close());
    document.body.append(this.dialog);
  }

  show() {
    this.dialog.setAttribute("aria-label", this.words.t("projector.dark"));
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.focus();
  }
}
