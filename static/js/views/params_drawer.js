// Where there is little room (projector, phone), the parameters are behind a button; static/css decides where that is.

export class ParamsDrawer {
  constructor() {
    const button = document.getElementById("params-open");
    const form = document.getElementById("params");
    if (!button || !form) return;
    this.button = button;
    button.addEventListener("click", () => this.#open(!this.isOpen));
    form.addEventListener("submit", () => this.#open(false));
    document.addEventListener("pointerdown", (event) => {
      const target = /** @type {Node} */ (event.target);
      if (!form.contains(target) && !button.contains(target)) this.#open(false);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.isOpen) return;
      this.#open(false);
      button.focus();
    });
  }

  get isOpen() {
    return this.button?.getAttribute("aria-expanded") === "true";
  }

  /** @param {boolean} open */
  #open(open) {
    this.button?.setAttribute("aria-expanded", String(open));
  }
}
