// All lanes of a run as one small picture, a few pixels for each; made in slices, so that no frame waits for it.

import {
  LOOK_COUNT,
  LOOK_DEAD,
  LOOK_LOCKED,
  LOOK_NEW,
  LOOK_RUNNING,
  LOOK_ZOMBIE,
  lookOf,
} from "../trace/looks.js";
import { COVERED, LaneColumns, NOTHING } from "./columns.js";
import { pixelOf } from "./raster.js";
import { SHAPES } from "./tokens.js";

/** @typedef {import("./group.js").Row} Row */
/**
 * @typedef {object} Job
 * @property {Row[]} rows
 * @property {import("./minimap_range.js").MinimapScale} scale
 * @property {number} height
 * @property {number} hiddenLooks
 * @property {string[]} colours
 */

const MOST_LANE_PX = 7;
/** A lane of fewer pixels has no room for a gap, nor for heights that differ. */
const SHAPED_PX = 3;
const SLICE_MS = 4;
/** Where lanes share a pixel: which look is shown. The first of these, else whichever is there. */
const RANKS = new Uint8Array(256);
[LOOK_RUNNING, LOOK_LOCKED, LOOK_ZOMBIE].forEach((look, at) => (RANKS[look] = at + 2));
for (let look = 0; look < LOOK_COUNT; look += 1) RANKS[look] ||= 1;

export class MinimapRaster {
  /** @param {Document} document */
  constructor(document) {
    this.canvas = document.createElement("canvas");
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    /** @type {WeakMap<Row, LaneColumns>} */
    this.columns = new WeakMap();
    /** @type {Job | null} */
    this.job = null;
    this.at = 0;
    this.codes = new Uint8Array(0);
    /** @type {import("./minimap_range.js").MinimapScale | null} that of the picture on the canvas */
    this.scale = null;
  }

  /** Begin a picture; the one before stays until it is done. @param {Job} job */
  begin(job) {
    this.job = job;
    this.at = 0;
    const length = job.scale.widthPx * job.height;
    if (this.codes.length !== length) this.codes = new Uint8Array(length);
    this.codes.fill(NOTHING);
  }

  /** Work for some milliseconds; true when the picture is done. */
  step() {
    const { job } = this;
    if (!job) return true;
    const until = performance.now() + SLICE_MS;
    while (this.at < job.rows.length) {
      this.#write(job, this.at);
      this.at += 1;
      if (performance.now() > until && this.at < job.rows.length) return false;
    }
    this.#show(job);
    this.job = null;
    return true;
  }

  /** @param {Row} row @param {Job} job */
  #columnsOf(row, job) {
    let columns = this.columns.get(row);
    if (!columns) this.columns.set(row, (columns = new LaneColumns(row.index)));
    columns.update(job.scale, row.group.fold.endNs, job.hiddenLooks);
    return columns;
  }

  /** @param {Job} job @param {number} at */
  #write(job, at) {
    const { top, tall } = laneBand(at, job.rows.length, job.height);
    const { lane } = job.rows[at];
    const columns = this.#columnsOf(job.rows[at], job);
    const { look, mark, origin } = columns;
    for (const span of columns.wide) {
      const code = lookOf(lane.state.data[span], lane.reason.data[span]);
      const to = Math.min(columns.endColumn(span) - origin, look.length);
      for (let x = Math.max(0, columns.firstColumn(span) - origin); x < to; x += 1) {
        this.#paint(x, top, tall, code, look.length);
      }
    }
    for (let x = 0; x < look.length; x += 1) {
      if (look[x] >= COVERED) continue;
      this.#paint(x, top, tall, look[x], look.length);
      if (mark[x] < COVERED && tall > 1) this.#paint(x, top + tall - 1, 1, mark[x], look.length, true);
    }
  }

  /**
   * @param {number} x
   * @param {number} top
   * @param {number} tall
   * @param {number} code
   * @param {number} width
   * @param {boolean} [over] whatever is there
   */
  #paint(x, top, tall, code, width, over = false) {
    // What has not begun or is over is no more than the background.
    if (code === LOOK_DEAD || code === LOOK_NEW) return;
    const high = tall < SHAPED_PX ? tall : Math.max(1, Math.round(SHAPES[code].height * tall));
    for (let y = top + tall - high; y < top + tall; y += 1) {
      const place = y * width + x;
      const before = this.codes[place];
      if (over || before === NOTHING || RANKS[code] > RANKS[before]) this.codes[place] = code;
    }
  }

  /** @param {Job} job */
  #show({ scale, height, colours }) {
    const pixels = new Uint32Array(256);
    colours.forEach((colour, look) => (pixels[look] = pixelOf(colour)));
    const image = new ImageData(scale.widthPx, height);
    const out = new Uint32Array(image.data.buffer);
    for (let i = 0; i < out.length; i += 1) out[i] = pixels[this.codes[i]];
    this.canvas.width = scale.widthPx;
    this.canvas.height = height;
    this.context.putImageData(image, 0, 0);
    this.scale = scale;
  }
}

/**
 * The pixels of a lane: a few where there is room, a shared one where there are more lanes than pixels.
 * @param {number} at
 * @param {number} count
 * @param {number} height
 */
export function laneBand(at, count, height) {
  const pitch = Math.min(height / count, MOST_LANE_PX + 1);
  const above = (height - pitch * count) / 2;
  const top = Math.floor(above + at * pitch);
  const bottom = Math.floor(above + (at + 1) * pitch);
  const gap = pitch > SHAPED_PX ? 1 : 0;
  return { top: Math.min(top, height - 1), tall: Math.max(1, bottom - top - gap) };
}
