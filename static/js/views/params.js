// The parameters' form: reads it, checks it against the bounds, and says what is wrong beside each field.

/** @typedef {{name: string, type: "int" | "float" | "bool" | "choice", default: any, min?: number, max?: number,
 *   step?: number, choices?: any[], label?: string}} Param */

/**
 * What a text is as a parameter's value, or the key of the sentence that says why it is none.
 * @param {Param} param
 * @param {string} text
 * @returns {{value: unknown} | {wrong: string}}
 */
export function parse(param, text) {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) return { wrong: "params.wrong_number" };
  if (param.type === "int" && !Number.isInteger(value)) return { wrong: "params.wrong_int" };
  if (value < (param.min ?? -Infinity) || value > (param.max ?? Infinity))
    return { wrong: "params.wrong_range" };
  return { value };
}

export class ParamsView {
  /** @param {HTMLFormElement | null} form @param {Param[]} params @param {import("./words.js").Words} words @param {() => void} onSubmit */
  constructor(form, params, words, onSubmit) {
    this.form = form;
    this.params = form ? params : [];
    this.words = words;
    /** @type {Map<string, string>} name -> sentence key, for the next language */
    this.wrong = new Map();
    form?.addEventListener("submit", (event) => {
      event.preventDefault();
      onSubmit();
    });
    form?.addEventListener("input", (event) => {
      if (event.target instanceof HTMLElement) this.#clear(event.target.closest("[data-param]"));
    });
  }

  /** The values to run with, or null when one is wrong: then it is said beside it. */
  read() {
    /** @type {Record<string, unknown>} */
    const values = {};
    this.wrong.clear();
    for (const param of this.params) {
      const field = this.#field(param.name);
      if (!field) continue;
      const result = valueOf(param, field);
      if ("value" in result) values[param.name] = result.value;
      else this.wrong.set(param.name, result.wrong);
    }
    this.#sayWrong();
    return this.wrong.size ? null : values;
  }

  /** Show what the server found wrong. @param {{name: string, detail: string}[]} errors */
  show(errors) {
    for (const { name, detail } of errors) this.#say(name, detail);
    this.#focusFirst();
  }

  /** @param {Record<string, unknown>} values those of a recorded run */
  write(values) {
    for (const [name, value] of Object.entries(values)) {
      const field = this.#field(name);
      if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = Boolean(value);
      else if (field) field.value = String(value);
    }
  }

  /** @param {Param[]} params the same, in another language */
  translate(params) {
    for (const param of params) {
      const label = this.form?.querySelector(`label[for="param-${CSS.escape(param.name)}"]`);
      if (label) label.textContent = param.label || param.name;
    }
    this.#sayWrong();
  }

  #sayWrong() {
    for (const param of this.params) {
      const key = this.wrong.get(param.name);
      this.#say(param.name, key ? this.words.t(key, this.#bounds(param)) : "");
    }
    if (this.wrong.size) this.#focusFirst();
  }

  /** Large ones are read by their groups of digits. @param {Param} param */
  #bounds({ min, max }) {
    const { number } = this.words;
    return {
      min: min === undefined ? "" : number.format(min),
      max: max === undefined ? "" : number.format(max),
    };
  }

  /** @param {string} name @param {string} sentence "" = nothing is wrong */
  #say(name, sentence) {
    const field = this.#field(name);
    const place = document.getElementById(`param-${name}-wrong`);
    if (!field || !place) return;
    place.textContent = sentence;
    place.hidden = !sentence;
    field.toggleAttribute("aria-invalid", Boolean(sentence));
    if (sentence) field.setAttribute("aria-invalid", "true");
    const described = [sentence ? place.id : "", document.getElementById(`param-${name}-hint`)?.id ?? ""];
    field.setAttribute("aria-describedby", described.filter(Boolean).join(" "));
  }

  /** @param {Element | null} row */
  #clear(row) {
    const name = row instanceof HTMLElement ? row.dataset.param : undefined;
    if (!name) return;
    this.wrong.delete(name);
    this.#say(name, "");
  }

  #focusFirst() {
    const first = this.form?.querySelector('[aria-invalid="true"]');
    if (first instanceof HTMLElement) first.focus();
  }

  /** @param {string} name @returns {HTMLInputElement | HTMLSelectElement | null} */
  #field(name) {
    const field = this.form?.elements.namedItem(name);
    return field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field : null;
  }
}

/** @param {Param} param @param {HTMLInputElement | HTMLSelectElement} field */
function valueOf(param, field) {
  if (param.type === "bool") return { value: /** @type {HTMLInputElement} */ (field).checked };
  if (param.type === "choice")
    return { value: (param.choices ?? [])[/** @type {HTMLSelectElement} */ (field).selectedIndex] };
  return parse(param, field.value);
}
