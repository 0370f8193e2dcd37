// The theme: colours of the page by its tokens, and the legend's swatches drawn from the timeline's.

import { LOOKS } from "../trace/constants.js";
import { drawSwatch } from "./swatch.js";

/** @typedef {"light" | "dark" | "projector"} ThemeName */

const PREFERS_DARK = matchMedia("(prefers-color-scheme: dark)");

export class Theme {
  /** @param {(theme: ThemeName) => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    this.choice = document.documentElement.dataset.theme ?? "auto";
    PREFERS_DARK.addEventListener("change", () => this.#apply());
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        this.set(/** @type {HTMLElement} */ (button).dataset.themeChoice ?? "light");
      });
    }
    this.#apply();
  }

  /** @returns {ThemeName} what "auto" comes to */
  get name() {
    if (this.choice === "dark" || this.choice === "projector" || this.choice === "light") return this.choice;
    return PREFERS_DARK.matches ? "dark" : "light";
  }

  /** @param {string} choice */
  set(choice) {
    this.choice = choice;
    this.#apply();
  }

  #apply() {
    const root = document.documentElement;
    root.dataset.theme = this.choice;
    for (const look of LOOKS)
      root.style.setProperty(`--swatch-${look}`, `url(${drawSwatch(look, this.name)})`);
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      const { themeChoice } = /** @type {HTMLElement} */ (button).dataset;
      button.setAttribute("aria-pressed", String(themeChoice === this.name));
    }
    this.onChange(this.name);
  }
}
