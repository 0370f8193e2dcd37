// The palette with its words: each entry also hides or shows its state in the timeline.

import { LOOKS } from "../trace/constants.js";
import { make, setText } from "./dom.js";

export class LegendView {
  /**
   * @param {HTMLElement} host
   * @param {HTMLElement} meanings a list for the help: what each state means
   * @param {import("./words.js").Words} words
   * @param {{onHidden: (hidden: Set<string>) => void, onInternal: (shown: boolean) => void}} actions
   */
  constructor(host, meanings, words, actions) {
    this.words = words;
    this.actions = actions;
    /** @type {Set<string>} */
    this.hidden = new Set();
    this.buttons = new Map(LOOKS.map((look) => [look, this.#button(look)]));
    this.internal = make("button", "legend-item internal");
    this.internal.type = "button";
    this.internal.hidden = true;
    this.internal.setAttribute("aria-pressed", "false");
    this.internal.addEventListener("click", () => this.#toggleInternal());
    host.replaceChildren(...this.buttons.values(), this.internal);
    this.meanings = new Map(LOOKS.map((look) => [look, make("dd")]));
    meanings.replaceChildren(...LOOKS.map((look) => this.#meaning(look)));
    this.translate();
  }

  get showsInternal() {
    return this.internal.getAttribute("aria-pressed") === "true";
  }

  /** Offer to show library lanes only when there are some. @param {boolean} some */
  setInternal(some) {
    this.internal.hidden = !some;
  }

  /** @param {string} look */
  #button(look) {
    const button = make("button", "legend-item");
    button.type = "button";
    button.setAttribute("aria-pressed", "true");
    button.append(make("span", `swatch swatch-${look}`), make("span"));
    button.addEventListener("click", () => this.#toggle(look));
    return button;
  }

  /** @param {string} look */
  #meaning(look) {
    const row = make("div");
    const term = make("dt");
    term.append(make("span", `swatch swatch-${look}`), make("span"));
    row.append(term, /** @type {HTMLElement} */ (this.meanings.get(look)));
    return row;
  }

  /** @param {string} look */
  #toggle(look) {
    const hide = !this.hidden.has(look);
    if (hide) this.hidden.add(look);
    else this.hidden.delete(look);
    this.buttons.get(look)?.setAttribute("aria-pressed", String(!hide));
    this.actions.onHidden(new Set(this.hidden));
  }

  #toggleInternal() {
    this.internal.setAttribute("aria-pressed", String(!this.showsInternal));
    this.actions.onInternal(this.showsInternal);
  }

  translate() {
    for (const [look, button] of this.buttons) {
      setText(button.children[1], this.words.t(`look.${look}`));
      button.title = this.words.t(`about.${look}`);
    }
    for (const [look, meaning] of this.meanings) {
      setText(meaning, this.words.t(`about.${look}`));
      const name = meaning.previousElementSibling?.lastElementChild;
      if (name) setText(name, this.words.t(`look.${look}`));
    }
    setText(this.internal, this.words.t("timeline.internal"));
    this.internal.title = this.words.t("timeline.internal_about");
  }
}
