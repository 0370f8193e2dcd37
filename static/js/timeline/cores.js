// Which lane was on which core: from the moments at which the operating system saw it there.

import { lastAtMost } from "../lib/search.js";
import { RUNNING } from "../trace/constants.js";

/** @typedef {import("../trace/fold.js").Fold} Fold */
/** @typedef {import("../trace/lane.js").Lane} Lane */
/** @typedef {import("../trace/lane.js").Hold} Hold */

/**
 * Per core, who was on it and when. A lane is on a core from where it was seen there until it stops to run, is seen on
 * another, or another lane is seen on this one.
 */
export class Cores {
  /** @param {Fold} fold */
  constructor(fold) {
    this.fold = fold;
    /** @type {Map<number, Hold[]>} by the number of the core */
    this.holds = new Map();
    this.seen = 0;
    /** @type {Lane[]} by their place */
    this.lanes = [];
    /** @type {Map<string, Hold>} lane -> where it is, or was last */
    this.last = new Map();
    /** @type {Set<Hold>} those that go on, as far as is known */
    this.open = new Set();
  }

  /** Take in what is new. @returns {[number: number, holds: Hold[]][]} ascending */
  update() {
    if (this.lanes.length !== this.fold.lanes.size) this.lanes = [...this.fold.lanes.values()];
    const { ns, lane, cpu } = this.fold.onCpu;
    for (; this.seen < ns.length; this.seen += 1) {
      this.#arrive(this.lanes[lane.data[this.seen] - 1], cpu.data[this.seen], ns.data[this.seen]);
    }
    for (const hold of this.open) {
      const until = runsUntil(/** @type {Lane} */ (this.fold.lanes.get(hold[0])), hold[1]);
      if (until === null) continue;
      endAt(hold, until);
      this.open.delete(hold);
    }
    return [...this.holds].sort(([a], [b]) => a - b);
  }

  /** @param {Lane} lane @param {number} core @param {number} ns */
  #arrive(lane, core, ns) {
    let holds = this.holds.get(core);
    if (!holds) this.holds.set(core, (holds = []));
    for (const before of [holds.at(-1), this.last.get(lane.key)]) {
      if (!before) continue;
      if (this.open.delete(before)) {
        endAt(before, runsUntil(/** @type {Lane} */ (this.fold.lanes.get(before[0])), before[1]) ?? ns);
      }
      endAt(before, ns);
    }
    /** @type {Hold} */
    const hold = [lane.key, ns, null];
    holds.push(hold);
    this.open.add(hold);
    this.last.set(lane.key, hold);
  }
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
