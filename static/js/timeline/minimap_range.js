// Where the viewport's frame is on the minimap, what of it a pointer takes hold of, and what a drag makes of it. No DOM.

/** @typedef {{fromNs: number, toNs: number}} Range */
/** @typedef {{left: number, right: number}} Frame */
/** @typedef {"from" | "to" | "inside" | "outside"} Zone */

/** Free at both ends, so that the frame of the whole run can be seen and taken. */
export const PAD_PX = 6;
const LEAST_FRAME_PX = 8;

/** The minimap's scale: columns as in viewport.js. */
export class MinimapScale {
  /**
   * @param {Range} run what is shown
   * @param {number} widthPx
   */
  constructor({ fromNs, toNs }, widthPx) {
    this.widthPx = Math.max(1, Math.floor(widthPx));
    this.nsPerPx = Math.max(toNs - fromNs, 1) / Math.max(1, this.widthPx - 2 * PAD_PX);
    this.originColumn = Math.round(fromNs / this.nsPerPx) - PAD_PX;
  }

  /** @param {number} ns */
  xOf(ns) {
    return ns / this.nsPerPx - this.originColumn;
  }

  /** @param {number} x */
  nsOf(x) {
    return (x + this.originColumn) * this.nsPerPx;
  }

  /** What of a range is on the minimap: the timeline shows some room beyond. @param {Range} range @returns {Range} */
  clip({ fromNs, toNs }) {
    return { fromNs: Math.max(fromNs, this.nsOf(0)), toNs: Math.min(toNs, this.nsOf(this.widthPx)) };
  }

  /**
   * Never too narrow to be seen, and never at the very edge: there the panel's own edge is taken hold of.
   * @param {Range} range @returns {Frame}
   */
  frameOf({ fromNs, toNs }) {
    const clamp = (/** @type {number} */ x) => Math.max(PAD_PX, Math.min(x, this.widthPx - PAD_PX));
    let left = clamp(this.xOf(fromNs));
    let right = clamp(this.xOf(toNs));
    if (right - left < LEAST_FRAME_PX) {
      const most = this.widthPx - PAD_PX - LEAST_FRAME_PX;
      left = Math.min(Math.max(PAD_PX, (left + right - LEAST_FRAME_PX) / 2), most);
      right = left + LEAST_FRAME_PX;
    }
    return { left, right };
  }
}

/**
 * What of the frame is at x: an edge, its inside, or nothing of it.
 * @param {Frame} frame
 * @param {number} x
 * @param {number} reach how far from an edge it can still be taken
 * @returns {Zone}
 */
export function zoneAt({ left, right }, x, reach) {
  // A narrow frame is moved by its inside; its edges are taken from without.
  const within = right - left < 3 * reach ? 0 : reach;
  if (x >= left - reach && x < left + within) return "from";
  if (x > right - within && x <= right + reach) return "to";
  return x >= left && x <= right ? "inside" : "outside";
}

/**
 * The range after a drag.
 * @param {Zone} zone
 * @param {Range} range at the drag's beginning
 * @param {number} movedNs
 * @param {number} leastNs no edge comes closer to the other
 * @returns {Range}
 */
export function dragged(zone, { fromNs, toNs }, movedNs, leastNs) {
  if (zone === "from") return { fromNs: Math.min(fromNs + movedNs, toNs - leastNs), toNs };
  if (zone === "to") return { fromNs, toNs: Math.max(toNs + movedNs, fromNs + leastNs) };
  return { fromNs: fromNs + movedNs, toNs: toNs + movedNs };
}

/**
 * How far a key moves the range, in nanoseconds; undefined for every other key.
 * @param {string} key
 * @param {Range} range
 * @param {Range} run
 */
export function keyMove(key, range, run) {
  const spanNs = range.toNs - range.fromNs;
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return -spanNs / 10;
    case "ArrowRight":
    case "ArrowUp":
      return spanNs / 10;
    case "PageDown":
      return -spanNs;
    case "PageUp":
      return spanNs;
    case "Home":
      return run.fromNs - range.fromNs;
    case "End":
      return run.toNs - range.toNs;
    default:
      return undefined;
  }
}
