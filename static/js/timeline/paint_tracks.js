// The rows below the lanes: who had a lock, the GIL or a core, how many waited, how full a queue was.

import { gallop, lastAtMost } from "../lib/search.js";
import { LOOK_LOCKED, LOOK_RUNNABLE, LOOK_RUNNING, LOOK_WAITING } from "../trace/looks.js";
import { headHeight, plotWidth, trackTop } from "./layout.js";
import { forEachInSight } from "./paint_spans.js";
import { cut, fontOf, plate, PLATE_EXTRA, widthOf } from "./text.js";
import { waitersAt } from "./waits.js";

/** @typedef {import("./layout.js").Scene} Scene */
/** @typedef {import("./tracks.js").Track} Track */
/** @typedef {{ns: import("../lib/column.js").Column<Float64Array>, value: import("../lib/column.js").Column<Int32Array>, most: number}} Curve */

/** Of a track's height: who has it. What is left is for who waits. */
const HOLDER_SHARE = 0.6;
/** No name is legible in less. */
const NARROWEST_NAME_PX = 14;
const LOCK_LIKE = new Set(["lock", "semaphore"]);

/**
 * @param {Scene} scene
 * @param {(track: Track, top: number) => void} visit
 */
function forEachTrack(scene, visit) {
  scene.model.groups.forEach((group, index) => {
    group.tracks.forEach((track, at) => {
      const top = trackTop(scene, index, at);
      if (top + scene.size.lane > headHeight(scene) && top < scene.height) visit(track, top);
    });
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function paintTracks(context, scene) {
  const { theme, size } = scene;
  forEachTrack(scene, (track, top) => {
    const { lane } = size;
    context.fillStyle = theme.grid;
    context.fillRect(size.labels, top + lane, plotWidth(scene), 1);
    const holder = track.holds ? Math.round(lane * (track.curve ? HOLDER_SHARE : 1)) : 0;
    const depth = track.resource?.depth;
    if (track.resource && depth?.length) {
      const curve = { ns: track.resource.depthNs, value: depth, most: mostOf(depth) };
      paintCurve(context, scene, track, curve, top, lane, { colour: theme.muted, solid: true });
    } else if (track.curve) {
      const curve = { ns: track.curve.ns, value: track.curve.count, most: track.curve.most };
      const colour = theme.looks[curveLook(track)];
      paintCurve(context, scene, track, curve, top + holder + 2, lane - holder - 2, { colour, solid: false });
    }
    if (track.holds) paintTrackHolds(context, scene, track, top, holder);
    if (track.curve) paintWaiters(context, scene, track, top + lane - size.small / 2);
  });
}

/** @param {Track} track */
function curveLook({ kind, resource }) {
  if (kind === "gil") return LOOK_RUNNABLE;
  return LOCK_LIKE.has(resource?.kind ?? "") ? LOOK_LOCKED : LOOK_WAITING;
}

/** @param {import("../lib/column.js").Column<Int32Array>} column */
function mostOf({ data, length }) {
  let most = 0;
  for (let i = 0; i < length; i += 1) most = Math.max(most, data[i]);
  return most;
}

/**
 * A step curve as bars, one per stretch of pixels with the same value; in a pixel, the greatest.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {Track} track
 * @param {Curve} curve
 * @param {number} top
 * @param {number} height
 * @param {{colour: string, solid: boolean}} style
 */
function paintCurve(context, scene, { group }, { ns, value, most }, top, height, { colour, solid }) {
  const { viewport, size } = scene;
  const right = Math.min(plotWidth(scene), Math.ceil(viewport.xForT(group.fold.endNs)));
  let from = 0;
  let shown = 0;
  context.fillStyle = colour;
  const flush = (/** @type {number} */ x) => {
    const tall = shown > 0 ? Math.max(2, Math.round((height * shown) / Math.max(1, most))) : 0;
    if (!tall || x <= from) return;
    context.globalAlpha = solid ? 0.45 : 0.75;
    context.fillRect(size.labels + from, top + height - tall, x - from, tall);
    context.globalAlpha = 1;
    if (solid) context.fillRect(size.labels + from, top + height - tall, x - from, 1.5);
  };
  let step = lastAtMost(ns.data, ns.length, viewport.tForX(0));
  for (let x = 0; x < right; x += 1) {
    const next = gallop(ns.data, ns.length, viewport.tForX(x + 1), step);
    let greatest = step < 0 ? 0 : value.data[step];
    for (let i = step + 1; i <= next; i += 1) greatest = Math.max(greatest, value.data[i]);
    step = next;
    if (greatest === shown) continue;
    flush(x);
    from = x;
    shown = greatest;
  }
  flush(right);
}

/**
 * A block per holder, with its name where there is room; dashed where it was not observed.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {Track} track
 * @param {number} top
 * @param {number} height
 */
function paintTrackHolds(context, scene, { holds, group, kind, inferred }, top, height) {
  const { viewport, size, theme } = scene;
  context.font = fontOf(size.small, 600);
  context.lineWidth = 1;
  forEachInSight(
    holds ?? [],
    viewport,
    (hold) => hold[1],
    ([laneKey, fromNs, toNs]) => {
      const left = Math.max(viewport.xForT(fromNs), -2);
      const right = viewport.xForT(toNs ?? group.fold.endNs);
      const width = Math.max(1, Math.min(right, plotWidth(scene) + 2) - left);
      const x = size.labels + left;
      context.fillStyle = kind === "core" ? theme.looks[LOOK_RUNNING] : theme.ink;
      context.globalAlpha = inferred ? 0.25 : kind === "core" || width < 3 ? 1 : 0.5;
      context.fillRect(x, top, width, height);
      context.globalAlpha = 1;
      if (width > 4) {
        context.strokeStyle = kind === "core" ? theme.looks[LOOK_RUNNING] : theme.ink;
        context.setLineDash(inferred ? [3, 3] : []);
        context.strokeRect(x + 0.5, top + 0.5, width - 1, height - 1);
        context.setLineDash([]);
      }
      nameHold(context, scene, group.labelOf(laneKey), x, width, top + height / 2);
      return right;
    },
  );
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {string} name
 * @param {number} x
 * @param {number} width
 * @param {number} middle
 */
function nameHold(context, scene, name, x, width, middle) {
  const left = Math.max(x, scene.size.labels) + 2;
  const room = Math.min(x + width, scene.width) - left - PLATE_EXTRA - 2;
  if (room < NARROWEST_NAME_PX) return;
  const text = cut(context, name, room);
  if (text.length > 1 || text === name)
    plate(context, scene, text, left, middle, { height: scene.size.small + 3 });
}

/**
 * Who waits at the cursor, in the order of coming.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {Track} track
 * @param {number} y
 */
function paintWaiters(context, scene, { group, resource, number, curve }, y) {
  const { cursorNs, viewport, size, strings } = scene;
  if (cursorNs === null || !curve?.at(cursorNs)) return;
  const x = viewport.xForT(cursorNs);
  if (x < 0 || x > plotWidth(scene)) return;
  const waiters = waitersAt(group.fold, resource ? resource.obj : { pid: number }, cursorNs);
  const names = waiters.map(({ lane }) => group.labelOf(lane.key));
  context.font = fontOf(size.small, 600);
  const room = Math.max(x, plotWidth(scene) - x) - 12 - PLATE_EXTRA;
  const text = cut(context, strings.waiters(names), room);
  const width = widthOf(context, text) + PLATE_EXTRA;
  const left = x + 6 + width > plotWidth(scene) ? x - width - 6 : x + 6;
  plate(context, scene, text, size.labels + left, y, { border: scene.theme.border, height: size.small + 3 });
}

/**
 * Their names, beside the lanes' own; drawn after the label column.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function paintTrackLabels(context, scene) {
  const { theme, size, strings } = scene;
  context.save();
  context.beginPath();
  context.rect(0, headHeight(scene), scene.width, scene.height);
  context.clip();
  forEachTrack(scene, (track, top) => {
    if (track === track.group.tracks[0]) {
      context.fillStyle = theme.border;
      context.fillRect(0, Math.round(top - size.gap * 1.25), scene.width, 1);
    }
    if (scene.selection?.key === track.key) {
      context.fillStyle = theme.accent;
      context.fillRect(0, top, 4, size.lane);
    }
    const { name, note } = strings.track(track);
    const room = size.labels - 18;
    const offset = (size.font + size.small) / 4 + 0.5;
    const middle = top + size.lane / 2;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.font = fontOf(size.font);
    context.fillStyle = theme.text;
    context.fillText(cut(context, name, room), 10, middle - offset);
    context.font = fontOf(size.small);
    context.fillStyle = theme.muted;
    context.fillText(cut(context, note, room), 10, middle + offset);
  });
  context.restore();
}
