// What a drag on the timeline is for: a range of time on the ruler (anywhere with Shift), a lane's place by its label,
// else a pan.

import { headHeight, rowAt } from "./layout.js";
import { rangeBetween } from "./range.js";

/** @typedef {import("./layout.js").Scene} Scene */
/** @typedef {import("./range.js").Range} Range */
/** @typedef {"pan" | "range" | "lane"} DragKind */

/** So near to an end of the range, a drag moves that end. */
const EDGE_PX = 6;

/**
 * @param {Scene} scene
 * @param {number} x
 * @param {number} y
 * @param {boolean} shift
 * @returns {DragKind}
 */
export function dragKind(scene, x, y, shift) {
  if (x < scene.size.labels) return rowAt(scene, y) ? "lane" : "pan";
  return shift || isOnRuler(scene, x, y) ? "range" : "pan";
}

/** @param {Scene} scene @param {number} x @param {number} y */
export function isOnRuler(scene, x, y) {
  return x >= scene.size.labels && y < headHeight(scene);
}

/**
 * The instant that a range's drag leaves where it is: the far end when it began at the near one.
 * @param {Scene} scene
 * @param {number} x
 */
export function anchorOf(scene, x) {
  const { range } = scene;
  if (range && Math.abs(xOf(scene, range.fromNs) - x) <= EDGE_PX) return range.toNs;
  if (range && Math.abs(xOf(scene, range.toNs) - x) <= EDGE_PX) return range.fromNs;
  return timeAt(scene, x);
}

/** Is a point on the ruler at an end of the range? @param {Scene} scene @param {number} x */
export function isOnEdge(scene, x) {
  return scene.range !== null && anchorOf(scene, x) !== timeAt(scene, x);
}

/**
 * The range from a drag's anchor to where the pointer is.
 * @param {Scene} scene
 * @param {number} anchorNs
 * @param {number} x
 * @returns {Range}
 */
export function rangeTo(scene, anchorNs, x) {
  return rangeBetween(anchorNs, timeAt(scene, x), scene.model.endNs);
}

/** @param {Scene} scene @param {number} x from the canvas's left edge */
export function timeAt({ viewport, size }, x) {
  return viewport.tForX(x - size.labels);
}

/** @param {Scene} scene @param {number} ns */
function xOf({ viewport, size }, ns) {
  return size.labels + viewport.xForT(ns);
}
