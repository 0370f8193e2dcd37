// Which lane was on which core: from the moments at which the operating system saw it there.

import { lastAtMost } from "../lib/search.js";
import { RUNNING } from "../trace/constants.js";

/** @typedef {import("../trace/fold.js").Fold} Fold */
/** @typedef {import("../trace/lane.js").Lane} Lane */
/** @typedef {import("../trace/lane.js").Hold} Hold */

/**
 * Per core, who was on it and when. A lane is on a core from where it was seen there until it stops to run, is seen on
 * another, or another lane is seen on this one.
 * @param {Fold} fold
 * @returns {Map<number, Hold[]>} by the number of the core, ascending
 */
export function coresOf(fold) {
  const { ns, lane: places, cpu } = fold.onCpu;
  const lanes = [...fold.lanes.values()];
  /** @type {Map<number, Hold[]>} */
  const cores = new Map();
  /** @type {Map<string, Hold>} lane -> where it is */
  const last = new Map();
  for (let i = 0; i < ns.length; i += 1) {
    const lane = lanes[places.data[i] - 1];
    const holds = cores.get(cpu.data[i]) ?? [];
    cores.set(cpu.data[i], holds);
    endAt(holds.at(-1), ns.data[i]);
    endAt(last.get(lane.key), ns.data[i]);
    /** @type {Hold} */
    const hold = [lane.key, ns.data[i], runsUntil(lane, ns.data[i])];
    holds.push(hold);
    last.set(lane.key, hold);
  }
  return new Map([...cores].sort(([a], [b]) => a - b));
}

/** @param {Hold | undefined} hold @param {number} ns */
function endAt(hold, ns) {
  if (hold && (hold[2] === null || hold[2] > ns)) hold[2] = ns;
}

/** When a lane that runs at an instant stops; null while it does not. @param {Lane} lane @param {number} ns */
function runsUntil({ startNs, state }, ns) {
  const span = lastAtMost(startNs.data, startNs.length, ns);
  if (span < 0 || state.data[span] !== RUNNING) return ns;
  return span + 1 < startNs.length ? startNs.data[span + 1] : null;
}
