// Who must have held a process's GIL: while threads of it wait for the GIL and one alone runs, that one has it.

import { REASONS, RUNNABLE, RUNNING } from "../trace/constants.js";
import { WaitCurve } from "./waits.js";

/** @typedef {import("../trace/fold.js").Fold} Fold */
/** @typedef {import("../trace/lane.js").Lane} Lane */
/** @typedef {import("../trace/lane.js").Hold} Hold */

const GIL = REASONS.indexOf("gil");

/** One process's: nobody says who takes it, so all of this is inferred. */
export class GilStory {
  constructor() {
    /** @type {Hold[]} */
    this.holds = [];
    this.curve = new WaitCurve();
    /** @type {Set<string>} */
    this.running = new Set();
    /** @type {Set<string>} */
    this.waiting = new Set();
  }

  /** @param {number} ns @param {string} key of a lane @param {boolean} runs @param {boolean} waits */
  step(ns, key, runs, waits) {
    if (waits !== this.waiting.has(key)) this.curve.step(ns, waits ? 1 : -1);
    toggle(this.running, key, runs);
    toggle(this.waiting, key, waits);
    const [first] = this.running;
    const holder = this.waiting.size && this.running.size === 1 ? first : "";
    const open = this.holds.at(-1);
    if (open && open[2] === null) {
      if (open[0] === holder) return;
      open[2] = ns;
    }
    if (holder) this.holds.push([holder, ns, null]);
  }
}

/** @param {Set<string>} set @param {string} key @param {boolean} isIn */
function toggle(set, key, isIn) {
  if (isIn) set.add(key);
  else set.delete(key);
}

/** The stories of one run's processes. */
export class Gils {
  /** @param {Fold} fold */
  constructor(fold) {
    this.fold = fold;
    /** @type {Map<number, GilStory>} by pid; only of processes in which a thread ever waited for it */
    this.stories = new Map();
    /** @type {Map<Lane, number>} how many of its spans are told */
    this.seen = new Map();
    /** @type {Set<number>} the processes in which one waits for it, now if not before */
    this.pids = new Set();
  }

  #findWaits() {
    for (const lane of this.fold.lanes.values()) {
      if (lane.kind === "task" || this.pids.has(lane.pid)) continue;
      const { data } = lane.reason;
      const from = this.seen.get(lane) ?? 0;
      if (data.subarray(from, lane.reason.length).includes(GIL)) this.pids.add(lane.pid);
    }
  }

  /** Take in the spans that are new. */
  update() {
    this.#findWaits();
    /** @type {[ns: number, lane: Lane, span: number][]} */
    const steps = [];
    for (const lane of this.fold.lanes.values()) {
      if (lane.kind === "task") continue;
      // Most processes never wait for it: their spans cost nothing here.
      if (!this.pids.has(lane.pid)) {
        this.seen.set(lane, lane.startNs.length);
        continue;
      }
      for (let span = this.seen.get(lane) ?? 0; span < lane.startNs.length; span += 1) {
        steps.push([lane.startNs.data[span], lane, span]);
      }
      this.seen.set(lane, lane.startNs.length);
    }
    steps.sort((a, b) => a[0] - b[0]);
    for (const [ns, lane, span] of steps) this.#step(ns, lane, span);
  }

  /** @param {number} ns @param {Lane} lane @param {number} span */
  #step(ns, lane, span) {
    const state = lane.state.data[span];
    const waits = state === RUNNABLE && lane.reason.data[span] === GIL;
    let story = this.stories.get(lane.pid);
    if (!story) {
      if (!waits) return;
      story = new GilStory();
      for (const other of this.fold.lanes.values()) {
        if (other.pid === lane.pid && other.kind !== "task" && runsAt(other, ns))
          story.running.add(other.key);
      }
      this.stories.set(lane.pid, story);
    }
    story.step(ns, lane.key, state === RUNNING, waits);
  }
}

/** @param {Lane} lane @param {number} ns */
function runsAt({ startNs, state }, ns) {
  let span = startNs.length - 1;
  while (span >= 0 && startNs.data[span] > ns) span -= 1;
  return span >= 0 && state.data[span] === RUNNING;
}
