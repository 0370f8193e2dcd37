// The buttons in a lesson's prose: moments of the run on the screen, and tries. One that cannot be used says why.

import { make } from "./dom.js";

/**
 * @typedef {object} ProseActions
 * @property {(id: string) => void} onMoment
 * @property {(id: string) => void} onTry
 * @property {(id: string) => string} whyNoMoment the key of the reason why it cannot be shown; "" = it can
 * @property {(id: string) => string} whyNoTry
 * @property {() => string} currentCase the case on the screen
 */

export class ProseView {
  /** @param {HTMLElement} host filled by the server @param {import("./words.js").Words} words @param {ProseActions} actions */
  constructor(host, words, actions) {
    this.host = host;
    this.words = words;
    this.actions = actions;
    host.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (button) this.#press(button);
    });
    this.refresh();
  }

  /** @param {HTMLButtonElement} button */
  #press(button) {
    this.#forgetReason();
    const { moment, try: tryId } = button.dataset;
    if (!moment && !tryId) return;
    // Not the disabled attribute: a button that cannot be reached cannot say why either.
    if (button.getAttribute("aria-disabled") === "true") {
      const reason = make("span", "prose-reason", button.title);
      reason.setAttribute("role", "status");
      button.after(reason);
    } else if (moment) {
      this.actions.onMoment(moment);
    } else if (tryId) {
      this.actions.onTry(tryId);
    }
  }

  #forgetReason() {
    for (const reason of this.host.querySelectorAll(".prose-reason")) reason.remove();
  }

  /** What can be pressed now. */
  refresh() {
    const { actions } = this;
    this.#forgetReason();
    for (const button of this.host.querySelectorAll("button[data-moment]")) {
      this.#allow(button, actions.whyNoMoment(/** @type {HTMLElement} */ (button).dataset.moment ?? ""));
    }
    for (const button of this.host.querySelectorAll("button[data-try]")) {
      const id = /** @type {HTMLElement} */ (button).dataset.try ?? "";
      this.#allow(button, actions.whyNoTry(id));
      button.toggleAttribute("data-current", id === actions.currentCase());
    }
  }

  /** @param {Element} button @param {string} whyNot */
  #allow(button, whyNot) {
    if (whyNot) {
      button.setAttribute("aria-disabled", "true");
      button.setAttribute("title", this.words.t(whyNot));
    } else {
      button.removeAttribute("aria-disabled");
      button.removeAttribute("title");
    }
  }
}
