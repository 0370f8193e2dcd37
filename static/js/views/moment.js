// What a lane, a lock or a queue was at one instant of the run. Pure: reads the fold, touches no DOM.

import { lastAtMost } from "../lib/search.js";
import { DEAD, NEW, ZOMBIE } from "../trace/constants.js";

/** @typedef {import("../trace/fold.js").Fold} Fold */
/** @typedef {import("../trace/lane.js").Lane} Lane */
/** @typedef {import("../trace/lane.js").Resource} Resource */
/** @typedef {{lane: Lane, label: string, depth: number}} Row a lane as the timeline shows it */
/**
 * @typedef {object} Moment what the panels show
 * @property {Fold} fold
 * @property {number} ns
 * @property {boolean} live ns is the newest instant
 * @property {Row[]} rows the lanes shown, in the timeline's order
 */

/** The span that a lane is in, or -1 before its first. @param {Lane} lane @param {number} ns */
export function spanAt(lane, ns) {
  return lastAtMost(lane.startNs.data, lane.startNs.length, ns);
}

/** @param {Lane} lane @param {number} ns */
export function stateAt(lane, ns) {
  const span = spanAt(lane, ns);
  return span < 0 ? NEW : lane.state.data[span];
}

/** @param {number} state */
export function isAlive(state) {
  return state !== NEW && state !== ZOMBIE && state !== DEAD;
}

/**
 * The source line that a lane was last seen at.
 * @param {Fold} fold @param {Lane} lane @param {number} ns
 * @returns {{file: string, line: number} | null}
 */
export function lineAt(fold, lane, ns) {
  const step = lastAtMost(lane.pathNs.data, lane.pathNs.length, ns);
  if (step < 0) return null;
  return { file: fold.texts.byIndex[lane.pathFile.data[step]], line: lane.pathLine.data[step] };
}

/** Who holds a lock, or "". @param {Resource} resource @param {number} ns */
export function holderAt(resource, ns) {
  for (let i = resource.holds.length - 1; i >= 0; i -= 1) {
    const [lane, fromNs, toNs] = resource.holds[i];
    if (fromNs > ns) continue;
    return toNs === null || toNs > ns ? lane : "";
  }
  return "";
}

/** How many items a queue had; -1: unknown. @param {Resource} resource @param {number} ns */
export function depthAt(resource, ns) {
  const step = lastAtMost(resource.depthNs.data, resource.depthNs.length, ns);
  return step < 0 ? -1 : resource.depth.data[step];
}

/** What to call a lane: as the timeline does. @param {Moment} moment @param {string} key */
export function labelOf({ fold, rows }, key) {
  return rows.find((row) => row.lane.key === key)?.label ?? fold.lanes.get(key)?.name ?? key;
}

/** What to call a lock, a queue, a lane that an event speaks of. @param {Fold} fold @param {string} obj */
export function nameOf(fold, obj) {
  const resource = fold.resources.get(obj);
  if (resource) return resource.name || resource.type;
  return fold.lanes.get(obj)?.name ?? "";
}

/** The last part of a path: what people call the file. @param {string} path */
export function fileName(path) {
  return path.slice(path.lastIndexOf("/") + 1);
}
