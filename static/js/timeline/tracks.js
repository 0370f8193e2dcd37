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

/**
 * What lanes share: all that one ever waited for, and queues.
 * @param {Group} group
 * @returns {Resource[]}
 */
function thingsOf({ fold, wanted }) {
  return [...fold.resources.values()]
    .filter(({ kind, obj, depth }) => KINDS.has(kind) && (wanted.objs.has(obj) || depth.length > 0))
    .slice(0, MOST_THINGS);
}

/** The processes in which much time went by with waiting for the GIL. @param {Group} group */
function gilPids({ fold, rowOf }) {
  /** @type {Map<number, number>} */
  const waited = new Map();
  for (const { lane, index } of rowOf.values()) {
    if (index.gilNs) waited.set(lane.pid, (waited.get(lane.pid) ?? 0) + index.gilNs);
  }
  return [...waited].flatMap(([pid, ns]) => (ns >= GIL_SHARE * fold.endNs ? [pid] : []));
}

/** How many rows `thingTracks` would have. @param {Group} group */
export function countThings(group) {
  return thingsOf(group).length + gilPids(group).length;
}

/** @param {Group} group @returns {Track[]} of what lanes share */
export function thingTracks(group) {
  group.tellStories();
  const things = thingsOf(group).map((resource) => ({
    ...trackOf(group, "thing", resource.obj),
    resource,
    holds: resource.holds.length ? resource.holds : null,
    curve: group.waits.curves.get(resource.obj) ?? null,
  }));
  const gils = gilPids(group).flatMap((pid) => {
    const story = group.gils.stories.get(pid);
    const known = { number: pid, holds: story?.holds ?? null, curve: story?.curve ?? null, inferred: true };
    return story ? [{ ...trackOf(group, "gil", String(pid)), ...known }] : [];
  });
  return [...things, ...gils];
}

/** @param {Group} group @param {TrackKind} kind @param {string} id @returns {Track} one of which nothing is known yet */
function trackOf(group, kind, id) {
  const key = group.keyOf(`${kind} ${id}`);
  return { key, kind, group, resource: null, number: 0, holds: null, curve: null, inferred: false };
}

/** @param {Group} group @returns {Track[]} a row per core that a lane was seen on */
export function coreTracks(group) {
  return group.cores.update().map(([number, holds]) => ({
    ...trackOf(group, "core", String(number)),
    number,
    holds,
  }));
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
