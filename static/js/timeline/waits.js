// Who waited for what: per shared thing, how many lanes were waiting for it at each moment, and for how long in all.

import { Column } from "../lib/column.js";
import { lastAtMost } from "../lib/search.js";
import { BLOCKED, REASONS, RUNNABLE } from "../trace/constants.js";

/** @typedef {import("../trace/fold.js").Fold} Fold */
/** @typedef {import("../trace/lane.js").Lane} Lane */
/** @typedef {{lane: Lane, sinceNs: number}} Waiter */

const GIL = REASONS.indexOf("gil");

/** How many lanes wait for one thing, as steps. */
export class WaitCurve {
  constructor() {
    this.ns = new Column(Float64Array);
    this.count = new Column(Int32Array);
    /** Time waited by all lanes together before each step. */
    this.area = new Column(Float64Array);
    /** How many waits had begun at each step. */
    this.begun = new Column(Uint32Array);
    this.most = 0;
  }

  /** @param {number} ns @param {1 | -1} by */
  step(ns, by) {
    const lastNs = this.ns.last() ?? ns;
    const count = this.count.last() ?? 0;
    // Events come in the order of their time; should one ever not, no sum must shrink.
    const atNs = Math.max(ns, lastNs);
    this.area.push((this.area.last() ?? 0) + count * (atNs - lastNs));
    this.begun.push((this.begun.last() ?? 0) + (by > 0 ? 1 : 0));
    this.ns.push(atNs);
    this.count.push(count + by);
    this.most = Math.max(this.most, count + by);
  }

  /** How many wait at an instant. @param {number} ns */
  at(ns) {
    const step = lastAtMost(this.ns.data, this.ns.length, ns);
    return step < 0 ? 0 : this.count.data[step];
  }

  /** Time waited by all lanes together in [fromNs, toNs). @param {number} fromNs @param {number} toNs */
  waitedBetween(fromNs, toNs) {
    return this.#waitedBefore(toNs) - this.#waitedBefore(fromNs);
  }

  /** How many waits began in [fromNs, toNs], with those that went on at its beginning. @param {number} fromNs @param {number} toNs */
  waitsBetween(fromNs, toNs) {
    const from = lastAtMost(this.ns.data, this.ns.length, fromNs);
    const to = lastAtMost(this.ns.data, this.ns.length, toNs);
    if (to < 0) return 0;
    const before = from < 0 ? 0 : this.begun.data[from] - this.count.data[from];
    return this.begun.data[to] - before;
  }

  /** @param {number} fromNs @param {number} toNs */
  mostBetween(fromNs, toNs) {
    const from = lastAtMost(this.ns.data, this.ns.length, fromNs);
    let most = 0;
    for (let i = Math.max(from, 0); i < this.ns.length && this.ns.data[i] < toNs; i += 1) {
      most = Math.max(most, this.count.data[i]);
    }
    return most;
  }

  /** @param {number} ns */
  #waitedBefore(ns) {
    const step = lastAtMost(this.ns.data, this.ns.length, ns);
    return step < 0 ? 0 : this.area.data[step] + this.count.data[step] * (ns - this.ns.data[step]);
  }
}

/** What was ever waited for: a set is all that it costs to know this of a million spans. */
export class Wanted {
  /** @param {Fold} fold */
  constructor(fold) {
    this.fold = fold;
    /** @type {Set<string>} */
    this.objs = new Set();
    /** @type {Map<Lane, number>} how many of its spans were looked at */
    this.seen = new Map();
  }

  /** Look at the spans that are new. */
  update() {
    for (const lane of this.fold.lanes.values()) {
      const { length } = lane.startNs;
      for (let span = this.seen.get(lane) ?? 0; span < length; span += 1) {
        const obj = waitedFor(lane, span);
        if (obj) this.objs.add(obj);
      }
      this.seen.set(lane, length);
    }
  }
}

/** The curves of one run, from its lanes' spans. */
export class Waits {
  constructor() {
    /** @type {Map<string, WaitCurve>} resource -> curve; only of what was ever waited for */
    this.curves = new Map();
  }

  /** Take in a span; they come in the order of their time. @param {Lane} lane @param {number} span @param {number} ns */
  take(lane, span, ns) {
    const before = span > 0 ? waitedFor(lane, span - 1) : "";
    const now = waitedFor(lane, span);
    if (before) this.#curve(before).step(ns, -1);
    if (now) this.#curve(now).step(ns, 1);
  }

  /** @param {string} obj */
  #curve(obj) {
    let curve = this.curves.get(obj);
    if (!curve) {
      curve = new WaitCurve();
      this.curves.set(obj, curve);
    }
    return curve;
  }
}

/** @param {Lane} lane @param {number} span @param {number} pid */
function wantsGil(lane, span, pid) {
  return (
    lane.pid === pid &&
    lane.kind !== "task" &&
    lane.state.data[span] === RUNNABLE &&
    lane.reason.data[span] === GIL
  );
}

/**
 * What a lane waits for in a span; "" when it does not, or not for a thing.
 * @param {Lane} lane
 * @param {number} span
 */
function waitedFor(lane, span) {
  return lane.state.data[span] === BLOCKED ? lane.texts.byIndex[lane.obj.data[span]] : "";
}

/**
 * The lanes that wait for a thing, or for a process's GIL, at an instant; the one that came first in front.
 * @param {Fold} fold
 * @param {string | {pid: number}} what
 * @param {number} ns
 * @returns {Waiter[]}
 */
export function waitersAt(fold, what, ns) {
  const waiters = [];
  for (const lane of fold.lanes.values()) {
    const span = lastAtMost(lane.startNs.data, lane.startNs.length, ns);
    if (span < 0) continue;
    const waits = typeof what === "string" ? waitedFor(lane, span) === what : wantsGil(lane, span, what.pid);
    if (waits) waiters.push({ lane, sinceNs: lane.startNs.data[span] });
  }
  return waiters.sort((a, b) => a.sinceNs - b.sinceNs);
}
