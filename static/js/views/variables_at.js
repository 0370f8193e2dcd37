// What each global was last seen to be at one instant of the run. Pure: reads the fold, touches no DOM.

import { lastAtMost } from "../lib/search.js";

/** @typedef {import("../trace/fold.js").Fold} Fold */
/** @typedef {import("../trace/fold_variables.js").Variable} Variable */
/**
 * @typedef {object} Seen
 * @property {Variable} variable
 * @property {number} at which of its changes
 * @property {string} value "" = deleted
 * @property {string} lane who saw the change
 * @property {number} line 0 = at its end
 * @property {boolean} isChanged it was not like this before
 * @property {boolean} isNew the event at this instant is what it was told with
 */

// Lanes speak in turn: farther back than this, nobody looks for what one event was told with.
const FARTHEST = 500;

/** @param {Fold} fold @param {number} ns @returns {Seen[]} by process, in the order in which they were seen first */
export function variablesAt(fold, ns) {
  const text = (/** @type {number} */ index) => fold.texts.byIndex[index];
  /** @type {Seen[]} */
  const seen = [];
  for (const variable of fold.variables.values()) {
    const at = lastAtMost(variable.ns.data, variable.ns.length, ns);
    if (at < 0) continue;
    seen.push({
      variable,
      at,
      value: text(variable.value.data[at]),
      lane: text(variable.lane.data[at]),
      line: variable.line.data[at],
      isChanged: at > 0,
      isNew: false,
    });
  }
  markNew(fold, ns, seen);
  const pids = [...new Set(seen.map(({ variable }) => variable.pid))];
  return pids.flatMap((pid) => seen.filter(({ variable }) => variable.pid === pid));
}

/**
 * A lane tells of what has changed just before the event itself: so these are the changes that lie between the
 * event at this instant and the one that its lane told before.
 * @param {Fold} fold @param {number} ns @param {Seen[]} seen
 */
function markNew(fold, ns, seen) {
  const bySeq = new Map(seen.map((each) => [each.variable.seq.data[each.at], each]));
  const last = lastAtMost(fold.eventNs.data, fold.eventNs.length, ns);
  const lane = last < 0 ? 0 : fold.eventLane.data[last];
  for (let seq = last; seq >= 0 && last - seq < FARTHEST; seq -= 1) {
    if (fold.eventLane.data[seq] !== lane) continue;
    const change = bySeq.get(seq);
    if (change) change.isNew = true;
    else if (seq !== last) return;
  }
}
