// What is under a point: a flow or a span, as facts for the page.

import { gallop, lastAtMost } from "../lib/search.js";
import { LOOKS, REASONS, SOURCES, STATES } from "../trace/constants.js";
import { LOOK_COUNT, lookOf } from "../trace/looks.js";
import { COVERED, NOTHING } from "./columns.js";
import { arrowOf, labelLeft, plotWidth, rowAt, trackAt, triangleRoom, visibleFlows } from "./layout.js";
import { trackInfo } from "./tracks.js";

/** @typedef {import("./layout.js").Scene} Scene */
/** @typedef {import("./layout.js").Arrow} Arrow */
/** @typedef {import("./group.js").Group} Group */
/** @typedef {import("./group.js").Row} Row */

/**
 * @typedef {object} SpanInfo
 * @property {Group} group the run that the lane belongs to
 * @property {string} key the row's
 * @property {string} laneKey
 * @property {string} label
 * @property {string} state
 * @property {string} look
 * @property {string} reason "" where there is none
 * @property {string} source probe, os or inferred
 * @property {number} span its number within the lane
 * @property {number} atNs the instant pointed at
 * @property {number} fromNs
 * @property {number | null} toNs null: it has not ended
 * @property {string} file where the lane was at that instant; "" unknown
 * @property {number} line 0 unknown
 * @property {string} obj the resource, thread or process it waits for; "" none
 * @property {string[]} holds the locks that the lane holds at that instant
 * @property {Record<string, number>} [share] ns per look, where one pixel merges many spans
 */
/** @typedef {import("./tracks.js").TrackInfo} TrackInfo */
/** @typedef {SpanInfo | TrackInfo | Arrow} Info */

/**
 * @param {Scene} scene
 * @param {number} x in CSS pixels from the canvas's left edge
 * @param {number} y
 * @returns {Info | null}
 */
export function hit(scene, x, y) {
  const plotX = x - scene.size.labels;
  if (plotX < 0 || plotX > plotWidth(scene)) return null;
  const arrow = arrowAt(scene, x, y);
  if (arrow) return arrow;
  const ns = scene.viewport.tForX(plotX);
  const row = rowAt(scene, y);
  if (row) return spanInfo(row, ns, Math.floor(plotX));
  const track = trackAt(scene, y);
  return track ? trackInfo(track, ns) : null;
}

/**
 * The row whose label is under a point, and whether its triangle is.
 * @param {Scene} scene
 * @param {number} x
 * @param {number} y
 * @returns {{row: Row, onTriangle: boolean} | null}
 */
export function labelAt(scene, x, y) {
  const row = x < scene.size.labels ? rowAt(scene, y) : undefined;
  if (!row) return null;
  const left = labelLeft(scene, row);
  return { row, onTriangle: row.hasBelow && x >= left - 8 && x < left + triangleRoom(scene) };
}

/**
 * @param {Scene} scene
 * @param {number} x
 * @param {number} y
 */
function arrowAt(scene, x, y) {
  let nearest = scene.size.reach;
  /** @type {Arrow | null} */
  let found = null;
  for (const arrow of visibleFlows(scene).arrows ?? []) {
    const corners = arrowOf(scene, arrow);
    const distance = corners ? distanceToPath(corners, x, y) : Infinity;
    if (distance < nearest) {
      nearest = distance;
      found = arrow;
    }
  }
  return found;
}

/**
 * @param {[x: number, y: number][]} corners
 * @param {number} x
 * @param {number} y
 */
function distanceToPath(corners, x, y) {
  let nearest = Infinity;
  for (let i = 1; i < corners.length; i += 1) {
    nearest = Math.min(nearest, distanceToSegment(corners[i - 1], corners[i], x, y));
  }
  return nearest;
}

/**
 * @param {[x: number, y: number]} from
 * @param {[x: number, y: number]} to
 * @param {number} x
 * @param {number} y
 */
function distanceToSegment([x1, y1], [x2, y2], x, y) {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const along = length === 0 ? 0 : ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length;
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(x - (x1 + t * (x2 - x1)), y - (y1 + t * (y2 - y1)));
}

/**
 * The span of a lane at an instant; null before its first and after the run's end.
 * @param {Row} row
 * @param {number} ns
 * @param {number} [column] the pixel column pointed at, for the shares of what it merges
 * @returns {SpanInfo | null}
 */
export function spanInfo(row, ns, column) {
  const { lane, columns, label, group } = row;
  const { startNs, state, reason, source, obj, texts } = lane;
  const merged = column !== undefined && columns.look[column] < COVERED;
  // A pixel at the beginning of a lane or at its end reaches beyond it.
  const at = merged ? Math.min(Math.max(ns, startNs.data[0]), group.fold.endNs) : ns;
  const span = lastAtMost(startNs.data, startNs.length, at);
  if (span < 0 || at > group.fold.endNs) return null;
  const look = LOOKS[lookOf(state.data[span], reason.data[span])];
  const share = merged ? shareOf(row, /** @type {number} */ (column)) : undefined;
  return {
    group,
    key: row.key,
    laneKey: lane.key,
    label,
    state: STATES[state.data[span]],
    look,
    reason: REASONS[reason.data[span]],
    source: SOURCES[source.data[span]],
    span,
    atNs: at,
    fromNs: startNs.data[span],
    toNs: span + 1 < startNs.length ? startNs.data[span + 1] : null,
    ...placeAt(row, at, span),
    obj: texts.byIndex[obj.data[span]],
    holds: holdsAt(row, at),
    ...(share && { share }),
  };
}

/**
 * Where the lane was in the source at an instant.
 * @param {Row} row
 * @param {number} ns
 * @param {number} span
 */
function placeAt({ lane }, ns, span) {
  const step = lastAtMost(lane.pathNs.data, lane.pathNs.length, ns);
  if (step < 0) return { file: "", line: lane.line.data[span] };
  return { file: lane.texts.byIndex[lane.pathFile.data[step]], line: lane.pathLine.data[step] };
}

/**
 * @param {Row} row
 * @param {number} ns
 */
function holdsAt(row, ns) {
  const held = [];
  for (const [obj, holds] of row.holds) {
    // The list has no overlaps; runs have some thousand holds of a lock at most, and this is for one point.
    if (holds.some((hold) => hold[1] <= ns && ns < (hold[2] ?? Infinity))) held.push(obj);
  }
  return held;
}

/**
 * @param {Row} row
 * @param {number} column
 */
function shareOf({ columns }, column) {
  if (columns.look[column] === NOTHING) return undefined;
  const absolute = column + columns.origin;
  const { startNs } = columns.index.lane;
  const out = new Float64Array(LOOK_COUNT);
  columns.shares(absolute, gallop(startNs.data, startNs.length, absolute * columns.nsPerPx, -1), out);
  /** @type {Record<string, number>} */
  const share = {};
  out.forEach((ns, look) => {
    if (ns > 0) share[LOOKS[look]] = ns;
  });
  return Object.keys(share).length > 1 ? share : undefined;
}
