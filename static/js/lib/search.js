// Searching sorted columns.

/** @typedef {import("./column.js").Numbers} Numbers */

/**
 * Return the index of the last value <= `wanted` among data[0..length), or -1 when all are greater.
 * @param {Numbers} data
 * @param {number} length
 * @param {number} wanted
 * @param {number} [low] an index known to be small enough: the search begins behind it
 * @param {number} [high] one past the largest index that can be the answer
 * @returns {number}
 */
export function lastAtMost(data, length, wanted, low = -1, high = length) {
  let below = low;
  let above = high;
  while (above - below > 1) {
    const middle = (below + above) >>> 1;
    if (data[middle] <= wanted) below = middle;
    else above = middle;
  }
  return below;
}

/**
 * The same, for a caller who walks upwards: looks near `from` first, with steps that double, so that
 * a neighbour costs one comparison and a far answer still no more than a binary search.
 * @param {Numbers} data
 * @param {number} length
 * @param {number} wanted
 * @param {number} from an index whose value is <= wanted, or -1
 * @returns {number}
 */
export function gallop(data, length, wanted, from) {
  let below = from;
  let step = 1;
  while (below + step < length && data[below + step] <= wanted) {
    below += step;
    step *= 2;
  }
  return lastAtMost(data, length, wanted, below, Math.min(below + step, length));
}
