// Merged columns as pixels: per lane six short rows of an image, stretched to the heights of the looks.
// Measured: 64 lanes of 1,900 columns cost 3 ms; a rectangle for each column would cost 40.

import { COVERED } from "./columns.js";
import { SHAPES } from "./tokens.js";

/** @typedef {import("./layout.js").Scene} Scene */
/** @typedef {import("./group.js").Row} Row */

/** Upper edges of the bands, as shares of the lane's height: where the set of looks that reach it changes. */
const BANDS = [1, 0.86, 0.72, 0.55, 0.28, 0.14];

export class Raster {
  /** @param {Document} document */
  constructor(document) {
    this.canvas = document.createElement("canvas");
    this.context = /** @type {CanvasRenderingContext2D} */ (
      this.canvas.getContext("2d", { willReadFrequently: true })
    );
    /** @type {ImageData | null} */
    this.image = null;
    /** @type {string[] | null} */
    this.colours = null;
    /** @type {{columns: object, version: number, merged: boolean}[]} what the image's rows were written from */
    this.written = [];
    /** Per band, the pixel of every code that a column can have; nothing for those that are no look. */
    this.tables = BANDS.map(() => new Uint32Array(256));
  }

  /**
   * @param {number} width
   * @param {number} rows
   * @param {string[]} colours
   */
  begin(width, rows, colours) {
    const height = rows * BANDS.length;
    if (!this.image || this.image.width !== width || this.image.height < height) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.image = this.context.createImageData(width, height);
      this.written = [];
    }
    if (colours !== this.colours) {
      this.colours = colours;
      this.written = [];
      this.fillTable(colours);
    }
    return new Uint32Array(this.image.data.buffer);
  }

  /** @param {string[]} colours */
  fillTable(colours) {
    for (const table of this.tables) table.fill(0);
    colours.forEach((colour, look) => {
      const bands = BANDS.findIndex((edge) => edge <= SHAPES[look].height + 1e-9);
      const first = bands < 0 ? BANDS.length - 1 : bands;
      for (let band = first; band < BANDS.length; band += 1) this.tables[band][look] = pixelOf(colour);
    });
  }

  /**
   * Draw the merged columns of the rows [first, end).
   * @param {CanvasRenderingContext2D} context
   * @param {Scene} scene
   * @param {Row[]} rows
   * @param {(at: number) => number} topOf the top of the lane of rows[at]
   */
  draw(context, scene, rows, topOf) {
    const width = rows[0]?.columns.look.length ?? 0;
    if (width === 0) return;
    const pixels = this.begin(width, rows.length, scene.theme.looks);
    let changed = false;
    rows.forEach(({ columns }, at) => {
      const before = this.written[at];
      if (before?.columns === columns && before.version === columns.version) return;
      changed = true;
      const merged = this.write(pixels, at * BANDS.length * width, columns);
      this.written[at] = { columns, version: columns.version, merged };
    });
    const image = /** @type {ImageData} */ (this.image);
    if (changed) this.context.putImageData(image, 0, 0, 0, 0, width, rows.length * BANDS.length);
    context.imageSmoothingEnabled = false;
    const { lane, labels } = scene.size;
    rows.forEach((_, at) => {
      if (!this.written[at].merged) return;
      for (let band = 0; band < BANDS.length; band += 1) {
        const top = topOf(at) + Math.round((1 - BANDS[band]) * lane);
        const bottom = topOf(at) + Math.round((1 - (BANDS[band + 1] ?? 0)) * lane);
        const source = at * BANDS.length + band;
        context.drawImage(this.canvas, 0, source, width, 1, labels, top, width, bottom - top);
      }
    });
  }

  /**
   * Write a row's pixels; false when it has no merged column.
   * @param {Uint32Array} pixels
   * @param {number} base
   * @param {import("./columns.js").LaneColumns} columns
   */
  write(pixels, base, { look, mark }) {
    const width = look.length;
    if (!look.some((code) => code < COVERED)) return false;
    const lowest = BANDS.length - 1;
    for (let band = 0; band < lowest; band += 1) {
      const table = this.tables[band];
      const from = base + band * width;
      for (let x = 0; x < width; x += 1) pixels[from + x] = table[look[x]];
    }
    // The mark is the lowest band: every look reaches it, so any mark differs from what is above.
    const table = this.tables[lowest];
    const from = base + lowest * width;
    for (let x = 0; x < width; x += 1) pixels[from + x] = table[mark[x] < COVERED ? mark[x] : look[x]];
    return true;
  }
}

/** @param {string} colour "#RRGGBB" -> the pixel as a little-endian 32-bit number */
export function pixelOf(colour) {
  const rgb = Number.parseInt(colour.slice(1), 16);
  return ((0xff << 24) | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0;
}
