// What a drag on the timeline is for: a range of time on the ruler (anywhere with Shift), a lane's place by its label,
// else a pan.

import { labelAt } from "./hit.js";
import { headHeight, rowAt } from "./layout.js";
import { rangeBetween } from "./range.js";

/** @typedef {import("./layout.js").Scene} Scene */
/** @typedef {import("./range.js").Range} Range */
/** @typedef {"pan" | "range" | "lane"} DragKind */

/** So near to an end of the range, a drag moves that end. */
const EDGE_PX = 6;

/** Drags and clicks that choose a range, place a mark or arrange lanes; x and y are CSS pixels from the canvas's corner. */
export class Gestures {
  /** @param {import("./timeline.js").Timeline} timeline */
  constructor(timeline) {
    this.timeline = timeline;
    /** The end of a range that stays while the other one is dragged. */
    this.anchorNs = 0;
    /** The lane whose label is dragged. */
    this.draggedKey = "";
  }

  get scene() {
    return this.timeline.scene;
  }

  /**
   * What a drag that begins here does.
   * @param {number} x
   * @param {number} y
   * @param {boolean} shift
   */
  begin(x, y, shift) {
    this.anchorNs = anchorOf(this.scene, x);
    this.draggedKey = labelAt(this.scene, x, y)?.row.key ?? "";
    return dragKind(this.scene, x, y, shift);
  }

  /** @param {number} x @param {boolean} done */
  dragRange(x, done) {
    this.timeline.onRange(rangeTo(this.scene, this.anchorNs, x), done);
  }

  /** Have the lane that is dragged by its label where the pointer is. @param {number} y */
  dragLane(y) {
    const row = this.scene.model.rowOf(this.draggedKey);
    const target = rowAt(this.scene, y);
    if (!row || !target || target === row || target.group !== row.group) return;
    row.group.moveTo(row.lane.key, target.lane.key);
    this.timeline.changed();
  }

  /** @param {number} x @param {number} y */
  doubleClickAt(x, y) {
    if (isOnRuler(this.scene, x, y)) this.timeline.onMark(timeAt(this.scene, x));
    else if (x >= this.scene.size.labels) this.timeline.fit();
  }

  /** @param {number} x @param {number} y @returns {boolean} whether there is a label */
  clickLabel(x, y) {
    const label = labelAt(this.scene, x, y);
    if (!label) return false;
    const { row, onTriangle } = label;
    if (onTriangle) this.timeline.arrange(row.group, (all) => all.toggleCollapsed(row.lane.key));
    else this.timeline.select(row.key, this.scene.cursorNs ?? row.group.fold.endNs);
    return true;
  }

  /** What the pointer looks like. @param {number} x @param {number} y @param {boolean} found something is under it */
  cursorAt(x, y, found) {
    if (isOnRuler(this.scene, x, y)) return isOnEdge(this.scene, x) ? "ew-resize" : "crosshair";
    return found || labelAt(this.scene, x, y)?.onTriangle ? "pointer" : "default";
  }
}

/**
 * @param {Scene} scene
 * @param {number} x
 * @param {number} y
 * @param {boolean} shift
 * @returns {DragKind}
 */
function dragKind(scene, x, y, shift) {
  if (x < scene.size.labels) return rowAt(scene, y) ? "lane" : "pan";
  return shift || isOnRuler(scene, x, y) ? "range" : "pan";
}

/** @param {Scene} scene @param {number} x @param {number} y */
function isOnRuler(scene, x, y) {
  return x >= scene.size.labels && y < headHeight(scene);
}

/**
 * The instant that a range's drag leaves where it is: the far end when it began at the near one.
 * @param {Scene} scene
 * @param {number} x
 */
function anchorOf(scene, x) {
  const { range } = scene;
  if (range && Math.abs(xOf(scene, range.fromNs) - x) <= EDGE_PX) return range.toNs;
  if (range && Math.abs(xOf(scene, range.toNs) - x) <= EDGE_PX) return range.fromNs;
  return timeAt(scene, x);
}

/** Is a point on the ruler at an end of the range? @param {Scene} scene @param {number} x */
function isOnEdge(scene, x) {
  return scene.range !== null && anchorOf(scene, x) !== timeAt(scene, x);
}

/**
 * The range from a drag's anchor to where the pointer is.
 * @param {Scene} scene
 * @param {number} anchorNs
 * @param {number} x
 * @returns {Range}
 */
function rangeTo(scene, anchorNs, x) {
  return rangeBetween(anchorNs, timeAt(scene, x), scene.model.endNs);
}

/** @param {Scene} scene @param {number} x from the canvas's left edge */
function timeAt({ viewport, size }, x) {
  return viewport.tForX(x - size.labels);
}

/** @param {Scene} scene @param {number} ns */
function xOf({ viewport, size }, ns) {
  return size.labels + viewport.xForT(ns);
}
