// Rows that are no lanes: what lanes share (locks, queues, the GIL, ...) and the cores they ran on. No geometry, no DOM.

import { waitersAt } from "./waits.js";

/** @typedef {import("./group.js").Group} Group */
/** @typedef {import("./waits.js").WaitCurve} WaitCurve */
/** @typedef {import("../trace/lane.js").Hold} Hold */
/** @typedef {import("../trace/lane.js").Resource} Resource */
/** @typedef {"thing" | "gil" | "core"} TrackKind */
/**
 * @typedef {object} Track
 * @property {string} key unlike any other row's
 * @property {TrackKind} kind
 * @property {Group} group
 * @property {Resource | null} resource
 * @property {number} number the pid of a GIL, the number of a core
 * @property {Hold[] | null} holds who had it and when, in the order of time; null: nobody can hold it
 * @property {WaitCurve | null} curve how many waited for it
 * @property {boolean} inferred
 */
/**
 * @typedef {object} TrackInfo what is at an instant of a track
 * @property {Track} track
 * @property {Group} group
 * @property {string} key
 * @property {number} atNs
 * @property {Hold | null} hold
 * @property {{key: string, sinceNs: number}[]} waiters in the order of their coming
 * @property {number} items of a queue; -1: it has no content
 */
/** @typedef {"auto" | "on" | "off"} ThingsShown */

const KINDS = new Set(["lock", "condition", "event", "semaphore", "barrier", "queue"]);
/** More than these are shown only when asked for: they would push the lanes out of sight. */
export const FEW_THINGS = 3;
const MOST_THINGS = 24;
/** Less waiting for the GIL than this share of the run is not worth a row. */
const GIL_SHARE = 0.02;

/** @param {Group} group @returns {Track[]} of what lanes share: all that one ever waited for, and queues */
export function thingTracks(group) {
  /** @type {Track[]} */
  const tracks = [];
  for (const [obj, resource] of group.fold.resources) {
    const curve = group.waits.curves.get(obj) ?? null;
    if (!KINDS.has(resource.kind) || (!curve && !resource.depth.length)) continue;
    const holds = resource.holds.length ? resource.holds : null;
    const key = group.keyOf(`thing ${obj}`);
    tracks.push({ key, kind: "thing", group, resource, number: 0, holds, curve, inferred: false });
    if (tracks.length === MOST_THINGS) break;
  }
  for (const [pid, { holds, curve }] of group.gils.stories) {
    if (curve.waitedBetween(0, group.fold.endNs) < GIL_SHARE * group.fold.endNs) continue;
    const key = group.keyOf(`gil ${pid}`);
    tracks.push({ key, kind: "gil", group, resource: null, number: pid, holds, curve, inferred: true });
  }
  return tracks;
}

/** @param {Group} group @returns {Track[]} a row per core that a lane was seen on */
export function coreTracks(group) {
  return group.cores.update().map(([number, holds]) => {
    const key = group.keyOf(`core ${number}`);
    return { key, kind: "core", group, resource: null, number, holds, curve: null, inferred: false };
  });
}

/** @param {Track} track @param {number} ns @returns {TrackInfo | null} null where the run was not yet, or no longer */
export function trackInfo(track, ns) {
  const { group, resource, holds } = track;
  if (ns < 0 || ns > group.fold.endNs) return null;
  return {
    track,
    group,
    key: track.key,
    atNs: ns,
    hold: holds ? holdAt(holds, ns) : null,
    waiters: waitersOf(track, ns),
    items: resource ? itemsAt(resource, ns) : -1,
  };
}

/** @param {Hold[]} holds @param {number} ns */
function holdAt(holds, ns) {
  return holds.findLast(([, fromNs, toNs]) => fromNs <= ns && (toNs === null || ns < toNs)) ?? null;
}

/** @param {Track} track @param {number} ns */
function waitersOf({ kind, group, resource, number }, ns) {
  const { fold } = group;
  const waiters =
    kind === "gil" ? waitersAt(fold, { pid: number }, ns) : resource ? waitersAt(fold, resource.obj, ns) : [];
  return waiters.map(({ lane, sinceNs }) => ({ key: lane.key, sinceNs }));
}

/** @param {Resource} resource @param {number} ns */
function itemsAt({ depthNs, depth }, ns) {
  if (!depth.length) return -1;
  let step = depth.length - 1;
  while (step >= 0 && depthNs.data[step] > ns) step -= 1;
  return step < 0 ? 0 : depth.data[step];
}
