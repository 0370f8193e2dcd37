// The instant that the panels speak of, and what to call what is in it. Pure: reads the fold, touches no DOM.

export { depthAt, holderAt, isAlive, lineAt, pathBefore, spanAt, stateAt } from "../trace/at.js";

/** @typedef {import("../trace/fold.js").Fold} Fold */
/** @typedef {import("../trace/lane.js").Lane} Lane */
/** @typedef {{lane: Lane, label: string, depth: number}} Row a lane as the timeline shows it */
/**
 * @typedef {object} Moment what the panels show
 * @property {Fold} fold
 * @property {number} ns
 * @property {boolean} live ns is the newest instant
 * @property {Row[]} rows the lanes shown, in the timeline's order
 */

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

/** The program itself, not a file that it imports; "" while nothing of it is known. @param {Fold} fold */
export function mainFile(fold) {
  for (const lane of fold.lanes.values()) {
    if (lane.pathNs.length) return fold.texts.byIndex[lane.pathFile.data[0]];
  }
  return "";
}
