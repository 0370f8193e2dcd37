// What the reader marked on the time axis: the chosen range with its length, and the named instants.

import { formatDuration } from "../lib/format.js";
import { headHeight, plotWidth } from "./layout.js";
import { fontOf, plate, PLATE_EXTRA, widthOf } from "./text.js";

/** @typedef {import("./layout.js").Scene} Scene */
/** @typedef {{name: string, ns: number}} Mark */

/**
 * The chosen time behind the spans: their colours stay what they are.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function paintRangeBand(context, scene) {
  const edges = edgesOf(scene);
  if (!edges) return;
  context.globalAlpha = 0.14;
  context.fillStyle = scene.theme.accent;
  context.fillRect(scene.size.labels + edges.left, headHeight(scene), edges.right - edges.left, scene.height);
  context.globalAlpha = 1;
}

/**
 * Its ends through all lanes, and its length on the ruler.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function paintRange(context, scene) {
  const { theme, size, height, range, rangeBeginNs } = scene;
  context.fillStyle = theme.accent;
  if (rangeBeginNs !== null) paintEnd(context, scene, rangeBeginNs);
  const edges = edgesOf(scene);
  if (!range || !edges) return;
  paintEnd(context, scene, range.fromNs);
  paintEnd(context, scene, range.toNs);
  context.fillRect(size.labels + edges.left, size.ruler - 3, edges.right - edges.left, 3);
  context.font = fontOf(size.small, 600);
  const text = formatDuration(range.toNs - range.fromNs, scene.locale);
  const width = widthOf(context, text) + PLATE_EXTRA;
  const x = placeFor(scene, edges, width);
  const style = { ink: theme.accent, border: theme.accent, plate: theme.background };
  if (x !== null) plate(context, scene, text, size.labels + x, height - size.small, style);
}

/** Beside the cursor rather than below it. @param {Scene} scene @param {{left: number, right: number}} edges @param {number} width */
function placeFor({ viewport, cursorNs }, { left, right }, width) {
  if (right - left < width + 2) return null;
  const middle = (left + right - width) / 2;
  const cursor = cursorNs === null ? -1 : viewport.xForT(cursorNs);
  return Math.abs(cursor - middle - width / 2) > width / 2 ? middle : Math.max(left, cursor - width - 4);
}

/** The part of the range in sight, from the plot's left edge. @param {Scene} scene */
function edgesOf(scene) {
  const { range, viewport } = scene;
  if (!range) return null;
  const left = Math.max(0, viewport.xForT(range.fromNs));
  const right = Math.min(plotWidth(scene), viewport.xForT(range.toNs));
  return right > left ? { left, right } : null;
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {number} ns */
function paintEnd(context, scene, ns) {
  const x = scene.viewport.xForT(ns);
  if (x < 0 || x > plotWidth(scene)) return;
  context.fillRect(scene.size.labels + Math.round(x), scene.size.ruler / 2, 1, scene.height);
}

/**
 * The named instants: a dashed line, and the name on the ruler.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function paintMarks(context, scene) {
  const { theme, size, viewport, marks, height } = scene;
  context.font = fontOf(size.small, 700);
  for (const { name, ns } of marks) {
    const x = viewport.xForT(ns);
    if (x < 0 || x > plotWidth(scene)) continue;
    const left = size.labels + Math.round(x);
    context.strokeStyle = theme.alarm;
    context.lineWidth = 1;
    context.setLineDash([4, 4]);
    context.beginPath();
    context.moveTo(left + 0.5, size.ruler);
    context.lineTo(left + 0.5, height);
    context.stroke();
    context.setLineDash([]);
    plate(context, scene, name, left, size.ruler / 2, { ink: theme.background, plate: theme.alarm });
  }
}
