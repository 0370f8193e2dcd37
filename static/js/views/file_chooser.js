// A trace file from the reader's disk: chosen by a button, or dropped anywhere on a page.

import { make } from "./dom.js";

/** @param {(file: File) => void} onFile what to do with a file that was chosen on this page, if it has the button */
export function bindChooser(onFile) {
  const button = document.getElementById("choose-file");
  const input = /** @type {HTMLInputElement | null} */ (document.getElementById("file"));
  if (!button || !input) return;
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) onFile(file);
    // The same one can be chosen again.
    input.value = "";
  });
}

/** Shows that a file may be dropped while one is dragged over the page. */
export class DropZone {
  /** @param {import("./words.js").Words} words @param {(file: File) => void} onFile */
  constructor(words, onFile) {
    this.words = words;
    this.onFile = onFile;
    this.sign = make("div", "drop-sign");
    this.sign.hidden = true;
    document.body.append(this.sign);
    addEventListener("dragenter", (event) => this.#over(event));
    addEventListener("dragover", (event) => this.#over(event));
    addEventListener("dragleave", (event) => {
      // From one element of the page to another is not out of it.
      if (!event.relatedTarget) this.sign.hidden = true;
    });
    addEventListener("drop", (event) => this.#drop(event));
  }

  /** @param {DragEvent} event */
  #over(event) {
    if (!hasFile(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    if (!this.sign.hidden) return;
    const { words } = this;
    this.sign.replaceChildren(
      make("strong", "", words.t("file.drop")),
      make("span", "", words.t("file.drop_about")),
    );
    this.sign.hidden = false;
  }

  /** @param {DragEvent} event */
  #drop(event) {
    if (!hasFile(event)) return;
    event.preventDefault();
    this.sign.hidden = true;
    const file = event.dataTransfer?.files[0];
    if (file) this.onFile(file);
  }
}

/** A text that is dragged is none of ours. @param {DragEvent} event */
function hasFile(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}
