// What a lane, a lock or a queue was at one instant of the run. Reads the fold alone.

import { lastAtMost } from "../lib/search.js";
import { DEAD, NEW, ZOMBIE } from "./constants.js";

/** @typedef {import("./fold.js").Fold} Fold */
/** @typedef {import("./lane.js").Hold} Hold */
/** @typedef {import("./lane.js").Lane} Lane */
/** @typedef {import("./lane.js").Resource} Resource */

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

/**
 * The lines that a lane came from, the latest first, each once; without the one that it is at.
 * @param {Fold} fold @param {Lane} lane @param {number} ns @param {number} most
 * @returns {{file: string, line: number}[]}
 */
export function pathBefore(fold, lane, ns, most) {
  const found = [];
  const last = lastAtMost(lane.pathNs.data, lane.pathNs.length, ns);
  const seen = new Set();
  // A lane that turns in a small circle for ever has no other lines further back.
  const stop = Math.max(0, last - 20 * most);
  for (let step = last; step >= stop && found.length < most; step -= 1) {
    const [file, line] = [lane.pathFile.data[step], lane.pathLine.data[step]];
    const place = `${file} ${line}`;
    if (seen.has(place)) continue;
    seen.add(place);
    if (step < last) found.push({ file: fold.texts.byIndex[file], line });
  }
  return found;
}

/**
 * Who has a lock in hands, and since when. Holds are in the order of their beginning.
 * @param {Resource} resource @param {number} ns
 * @returns {Hold | null}
 */
export function holdAt({ holds }, ns) {
  let below = -1;
  let above = holds.length;
  while (above - below > 1) {
    const middle = (below + above) >>> 1;
    if (holds[middle][1] <= ns) below = middle;
    else above = middle;
  }
  const hold = holds[below];
  return hold && (hold[2] === null || hold[2] > ns) ? hold : null;
}

/** Who holds a lock, or "". @param {Resource} resource @param {number} ns */
export function holderAt(resource, ns) {
  return holdAt(resource, ns)?.[0] ?? "";
}

/** How many items a queue had; -1: unknown. @param {Resource} resource @param {number} ns */
export function depthAt(resource, ns) {
  const step = lastAtMost(resource.depthNs.data, resource.depthNs.length, ns);
  return step < 0 ? -1 : resource.depth.data[step];
}
