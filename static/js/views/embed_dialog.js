// The dialog that writes what another page needs to show this lesson or run, and shows what that looks like.

import { addressOf, elementMarkup, frameMarkup } from "../lib/embedding.js";
import { byId, make, setText } from "./dom.js";

/** @typedef {{lesson: string, run: string, title: string}} Shown what the page shows: slug, id ("" = none), title */

const PREVIEW_LEAST_PX = 160;
const PREVIEW_MOST_PX = 2000;

export class EmbedDialog {
  /** @param {import("./words.js").Words} words @param {() => Shown} shown */
  constructor(words, shown) {
    this.words = words;
    this.shown = shown;
    this.dialog = /** @type {HTMLDialogElement} */ (byId("embed-dialog"));
    this.markup = /** @type {HTMLTextAreaElement} */ (byId("embed-markup"));
    this.preview = byId("embed-preview");
    byId("embed-open").addEventListener("click", () => this.open());
    byId("embed-copy").addEventListener("click", () => this.copy());
    this.dialog.addEventListener("change", () => this.update());
    // A lab that nobody sees need not run.
    this.dialog.addEventListener("close", () => this.preview.replaceChildren());
  }

  open() {
    const { lesson, run } = this.shown();
    const what = field("what");
    const [lessonOption, runOption] = what.options;
    lessonOption.disabled = !lesson;
    runOption.disabled = !run;
    what.value = run && (!lesson || !document.getElementById("run")) ? "run" : "lesson";
    this.dialog.showModal();
    this.update();
  }

  /** @returns {import("../lib/embedding.js").Embedding} */
  get wanted() {
    const { lesson, run, title } = this.shown();
    const panels = [...this.dialog.querySelectorAll("[name=embed-panel]:checked")];
    const autoplay = /** @type {HTMLInputElement} */ (byId("embed-autoplay")).checked;
    const height = Math.round(Number(/** @type {HTMLInputElement} */ (byId("embed-height")).value)) || 0;
    return {
      origin: location.origin,
      lesson,
      run: field("what").value === "run" ? run : "",
      title,
      lang: field("lang").value,
      theme: field("theme").value,
      panels: panels.map((box) => /** @type {HTMLInputElement} */ (box).value),
      controls: field("controls").value,
      autoplay,
      height: height && Math.max(PREVIEW_LEAST_PX, Math.min(PREVIEW_MOST_PX, height)),
    };
  }

  update() {
    const { wanted } = this;
    this.markup.value = field("form").value === "element" ? elementMarkup(wanted) : frameMarkup(wanted);
    setText(byId("embed-copied"), "");
    const address = addressOf(wanted);
    const [before] = this.preview.children;
    const frame = before instanceof HTMLIFrameElement ? before : make("iframe");
    frame.title = this.words.t("embed.preview");
    frame.style.height = `${wanted.height || PREVIEW_LEAST_PX * 3}px`;
    if (frame.src === address) return;
    frame.src = address;
    this.preview.replaceChildren(frame);
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.markup.value);
      setText(byId("embed-copied"), this.words.t("embed.copied"));
    } catch {
      // A page that is not served from this computer itself may not write to the clipboard.
      this.markup.focus();
      this.markup.select();
      setText(byId("embed-copied"), this.words.t("embed.by_hand"));
    }
  }
}

/** @param {string} name @returns {HTMLSelectElement} */
function field(name) {
  return /** @type {HTMLSelectElement} */ (byId(`embed-${name}`));
}
