// Who must have held a process's GIL: while threads of it wait for the GIL and one alone runs, that one has it.

import { lastAtMost } from "../lib/search.js";
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
    const isKnown = this.waiting.size > 0 && this.running.size === 1;
    const holder = isKnown ? this.running.values().next().value : undefined;
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
  }

  /** Take in a span; they come in the order of their time. @param {Lane} lane @param {number} span @param {number} ns */
  take(lane, span, ns) {
    if (lane.kind === "task") return;
    const state = lane.state.data[span];
    const waits = state === RUNNABLE && lane.reason.data[span] === GIL;
    const story = this.stories.get(lane.pid) ?? (waits ? this.#begin(lane.pid, ns) : undefined);
    story?.step(ns, lane.key, state === RUNNING, waits);
  }

  /** Most processes never wait for it: their spans cost next to nothing. @param {number} pid @param {number} ns */
  #begin(pid, ns) {
    const story = new GilStory();
    for (const other of this.fold.lanes.values()) {
      if (other.pid === pid && other.kind !== "task" && runsAt(other, ns)) story.running.add(other.key);
    }
    this.stories.set(pid, story);
    return story;
  }
}

/** @param {Lane} lane @param {number} ns */
function runsAt({ startNs, state }, ns) {
  const span = lastAtMost(startNs.data, startNs.length, ns);
  return span >= 0 && state.data[span] === RUNNING;
}
