// The Export menu: the view as a picture, drawn here; the run in other formats, made by the server where there is one.

import { canvasOf, svgOf } from "../timeline/picture.js";
import { byId, setText } from "./dom.js";
import { Menu } from "./menu.js";

/** What the server makes of a run, in the order of the menu: concurrency_lab/export/. */
const SERVED = ["html", "perfetto", "csv", "ndjson"];
/** Sharp in print and on a projector. */
const PNG_RATIO = 2;
// What no system takes in the name of a file.
// eslint-disable-next-line no-control-regex
const UNFIT = /[\x00-\x1f\x7f<>:"/\\|?*\s\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

export class ExportMenu {
  /**
   * @param {import("./words.js").Words} words
   * @param {import("./lab.js").Lab} lab
   * @param {{served: boolean, about?: string}} options served: there is a server that can be asked; about: the button's title, by its key
   */
  constructor(words, lab, { served, about = "export.about" }) {
    this.words = words;
    this.lab = lab;
    this.served = served;
    this.about = about;
    this.button = byId("export-open");
    this.menu = new Menu({ button: this.button });
    this.menu.list.classList.add("export-menu");
    document.body.append(this.menu.list);
    this.button.addEventListener("click", () => this.open());
  }

  open() {
    this.menu.open(this.words.t("export.open"), this.#items());
  }

  /** @returns {import("./menu.js").Item[]} */
  #items() {
    const { words, lab } = this;
    const item = (/** @type {string} */ name, /** @type {() => void} */ act) => ({
      text: words.t(`export.${name}`),
      hint: `.${name === "perfetto" ? "json" : name}`,
      act,
    });
    const pictures = [item("svg", () => this.saveSvg()), item("png", () => this.savePng())];
    if (!this.served || !lab.shown.id) return pictures;
    return [...pictures, ...SERVED.map((name) => item(name, () => this.#fetch(name)))];
  }

  /** What stands above the lanes in a picture. @returns {import("../timeline/picture.js").About} */
  #about() {
    const { lab } = this;
    const names = [byId("lesson-name").textContent ?? "", lab.runs.length === 1 ? lab.nameOf(lab.shown) : ""];
    // A lesson's first program goes by the lesson's own title.
    const title = [...new Set(names.filter(Boolean))].join(" · ");
    return { title, note: lab.runBar.sentence(lab.facts) };
  }

  saveSvg() {
    const { timeline } = this.lab;
    timeline.takeIn();
    const text = svgOf(timeline.scene, this.#about(), measurer(document));
    this.#save(new Blob([text], { type: "image/svg+xml" }), "svg");
  }

  savePng() {
    const { timeline } = this.lab;
    timeline.takeIn();
    canvasOf(document, timeline.scene, this.#about(), PNG_RATIO).toBlob((blob) => {
      if (blob) this.#save(blob, "png");
    });
  }

  /** @param {string} format */
  #fetch(format) {
    const url = `/api/runs/${encodeURIComponent(this.lab.shown.id)}/export/${format}?lang=${this.words.lang}`;
    follow(url, "");
  }

  /** @param {Blob} blob @param {string} suffix */
  #save(blob, suffix) {
    const name = `${byId("lesson-name").textContent} ${this.lab.shown.id}`.replace(UNFIT, " ").trim();
    const url = URL.createObjectURL(blob);
    follow(url, `${name.replaceAll(" ", "-") || "timeline"}.${suffix}`);
    // The browser has its own copy once it has begun.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  translate() {
    this.button.title = this.words.t(this.about);
    const text = this.button.querySelector("[data-t]");
    if (text) setText(text, this.words.t("export.open"));
  }
}

/** @param {string} url @param {string} name of the file; "": as the server says */
function follow(url, name) {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}

/** Texts as this browser sets them. @param {Document} document @returns {import("../timeline/svg_context.js").Measure} */
function measurer(document) {
  const context = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  /** @type {Map<string, number>} */
  const drops = new Map();
  return (font, text) => {
    context.font = font;
    context.textBaseline = "alphabetic";
    const { width, fontBoundingBoxAscent: ascent } = context.measureText(text);
    if (!drops.has(font)) {
      context.textBaseline = "middle";
      drops.set(font, ascent - context.measureText("x").fontBoundingBoxAscent);
    }
    return { width, drop: drops.get(font) ?? 0 };
  };
}
