// The patterns that tell the looks apart without colour, as small tiles.

import { LOOKS } from "../trace/constants.js";
import { SHAPES } from "./tokens.js";

/** @typedef {import("./tokens.js").Theme} Theme */
/** @typedef {import("./tokens.js").Size} Size */

const LAPTOP_LANE = 34;

/** The tiles of one theme, size and pixel ratio. */
export class Patterns {
  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Theme} theme
   * @param {Size} size
   * @param {number} ratio
   */
  constructor(context, theme, size, ratio) {
    this.ratio = ratio;
    // Larger lanes get larger patterns: from the back row, too, a hatch must be one.
    this.tile = Math.round(7 * Math.max(1, size.lane / LAPTOP_LANE));
    this.patterns = LOOKS.map((_, look) => this.make(context, theme, SHAPES[look].pattern));
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Theme} theme
   * @param {import("./tokens.js").Pattern} pattern
   */
  make(context, theme, pattern) {
    const draw = TILES[pattern];
    if (!draw) return null;
    const canvas = context.canvas.ownerDocument.createElement("canvas");
    canvas.width = canvas.height = Math.round(this.tile * this.ratio);
    const tile = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    tile.scale(canvas.width / this.tile, canvas.height / this.tile);
    tile.strokeStyle = tile.fillStyle = theme.background;
    draw(tile, this.tile);
    return context.createPattern(canvas, "repeat");
  }

  /**
   * The pattern of a look, moved along with the content so that it does not swim under a pan.
   * @param {number} look
   * @param {number} x
   * @param {number} y
   */
  at(look, x, y) {
    const pattern = this.patterns[look];
    const scale = this.tile / Math.round(this.tile * this.ratio);
    pattern?.setTransform({ a: scale, d: scale, e: x % this.tile, f: y % this.tile });
    return pattern;
  }
}

/** @type {Partial<Record<import("./tokens.js").Pattern, (context: CanvasRenderingContext2D, tile: number) => void>>} */
const TILES = {
  lines(context, tile) {
    context.fillRect(0, tile * 0.4, tile, tile * 0.24);
  },
  hatch(context, tile) {
    context.lineWidth = tile * 0.24;
    stroke(context, [-1, tile + 1, tile + 1, -1], [-1, 1, 1, -1], [tile - 1, tile + 1, tile + 1, tile - 1]);
  },
  dots(context, tile) {
    for (const [x, y] of [
      [tile * 0.25, tile * 0.25],
      [tile * 0.75, tile * 0.75],
    ]) {
      context.beginPath();
      context.arc(x, y, tile * 0.14, 0, Math.PI * 2);
      context.fill();
    }
  },
  cross(context, tile) {
    context.lineWidth = tile * 0.22;
    stroke(context, [-1, tile + 1, tile + 1, -1], [-1, -1, tile + 1, tile + 1]);
  },
};

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number[][]} lines
 */
function stroke(context, ...lines) {
  context.beginPath();
  for (const [x1, y1, x2, y2] of lines) {
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
  }
  context.stroke();
}
