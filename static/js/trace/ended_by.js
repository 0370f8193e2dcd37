// Who ended a wait: the lane that gave the lock back, notified, put the item, ended, ... From what the trace says alone.

import { lineAt, spanAt } from "./at.js";
import { BLOCKED, DEAD, REASONS, ZOMBIE } from "./constants.js";

/** @typedef {import("./event_index.js").EventIndex} EventIndex */
/** @typedef {import("./event_index.js").Told} Told */
/** @typedef {import("./fold.js").Flow} Flow */
/** @typedef {import("./lane.js").Lane} Lane */
/**
 * @typedef {object} Cause
 * @property {string} form how it ended; with nobody to name: time, timeout, death, still or unknown
 * @property {string} laneKey who did it; "" nobody, or not known
 * @property {number} ns when
 * @property {number} line where; 0 unknown
 * @property {string} obj
 * @property {string} text the item or task, as the trace writes it
 * @property {number | null} heldNs how long the lock had been held
 */

/** By which flows a wait of some reason ends, and what such an end is called. @type {Record<string, Record<string, string>>} */
const FLOWS = {
  queue_get: { put_got: "queue_get", task: "task" },
  join: { joined: "join" },
  waitpid: { joined: "join" },
  condition: { notified: "condition" },
  event: { notified: "event" },
  future: { notified: "future", joined: "join" },
  io: { sent: "io" },
  manager: { sent: "manager" },
};
/** What another lane does to the resource just before such a wait ends. @type {Record<string, {kind: string, form: string, fits?: (told: Told) => boolean}>} */
const DEEDS = {
  lock: { kind: "lock.released", form: "lock" },
  semaphore: { kind: "semaphore.released", form: "semaphore" },
  barrier: { kind: "barrier.passed", form: "barrier" },
  queue_put: { kind: "queue.got", form: "queue_put" },
  join: { kind: "queue.task_done", form: "queue_join", fits: ({ number }) => number === 0 },
  condition: { kind: "condition.notified", form: "condition", fits: ({ number }) => number !== 0 },
  event: { kind: "event.set", form: "event" },
};
const NOBODY = { laneKey: "", line: 0, obj: "", text: "", heldNs: null };

/**
 * @param {EventIndex} index
 * @param {Lane} lane
 * @param {number} span one in which it waits
 * @returns {Cause}
 */
export function endedBy(index, lane, span) {
  const { fold } = index;
  const fromNs = lane.startNs.data[span];
  if (span + 1 >= lane.startNs.length) return { ...NOBODY, form: "still", ns: fold.endNs };
  const toNs = lane.startNs.data[span + 1];
  const wait = {
    reason: REASONS[lane.reason.data[span]],
    obj: fold.texts.byIndex[lane.obj.data[span]],
    fromNs,
    toNs,
    // What tells of it may come a moment after the lane goes on, but not after its next wait is over.
    untilNs: span + 2 < lane.startNs.length ? lane.startNs.data[span + 2] : fold.endNs,
  };
  const after = lane.state.data[span + 1];
  if (after === ZOMBIE || after === DEAD) return byDeath(index, lane, wait);
  if (timedOut(index, lane, span)) return { ...NOBODY, form: "timeout", ns: toNs };
  if (wait.reason === "sleep") return { ...NOBODY, form: "time", ns: toNs };
  return (
    byFlow(index, lane, wait) ??
    byDeed(index, lane, wait) ??
    byEnd(index, wait) ??
    bySchedule(index, lane, wait) ?? { ...NOBODY, form: "unknown", ns: toNs, obj: wait.obj }
  );
}

/** @typedef {{reason: string, obj: string, fromNs: number, toNs: number, untilNs: number}} Wait */

/** @param {EventIndex} index @param {Lane} lane @param {Wait} wait @returns {Cause} */
function byDeath(index, lane, { toNs }) {
  const killer = index.fold.flows.find(
    ([kind, , , to, ns]) => kind === "signal" && to === lane.key && ns === toNs,
  );
  if (!killer) return { ...NOBODY, form: "death", ns: toNs };
  return causeOf(index, "killed", killer[1], killer[2]);
}

/** @param {EventIndex} index @param {Lane} lane @param {Wait} wait @returns {Cause | null} */
function byFlow(index, lane, { reason, obj, fromNs, toNs, untilNs }) {
  const forms = FLOWS[reason];
  if (!forms) return null;
  /** @type {Flow | null} */
  let best = null;
  for (const flow of index.fold.flows) {
    const [kind, , , to, ns, about] = flow;
    if (to !== lane.key || !(kind in forms) || ns <= fromNs || ns > untilNs) continue;
    // An item of another queue that is got next is not what was waited for here.
    if (kind === "put_got" && obj && about !== obj) continue;
    if (kind === "joined" && obj && index.fold.lanes.has(obj) && about !== obj) continue;
    if (!best || Math.abs(ns - toNs) < Math.abs(best[4] - toNs)) best = flow;
  }
  if (!best) return null;
  const [kind, from, atNs, , ns, about] = best;
  const cause = causeOf(index, forms[kind], from, atNs, about);
  if (kind === "put_got") cause.text = index.newestOf(about, ["queue.got"], ns, ns - 1)?.text ?? "";
  if (kind === "task") cause.text = index.fold.tasks.get(about)?.[3] ?? "";
  return cause;
}

/** @param {EventIndex} index @param {Lane} lane @param {Wait} wait @returns {Cause | null} */
function byDeed(index, lane, { reason, obj, fromNs, toNs, untilNs }) {
  const deed = DEEDS[reason];
  if (!deed || !obj) return null;
  const fits = (/** @type {Told} */ told) =>
    told.lane !== null && told.lane !== lane && (deed.fits?.(told) ?? true);
  // A release is told before it is done, so it lies within the wait; a get is told after, so it may be late.
  const told =
    index.newestOf(obj, [deed.kind], toNs, fromNs - 1, fits) ??
    (reason === "lock" ? null : index.firstOf(obj, [deed.kind], toNs, untilNs, fits));
  if (!told?.lane) return null;
  const { ns, line, text } = told;
  return {
    form: deed.form,
    laneKey: told.lane.key,
    ns,
    line: line || lineOf(index, told.lane, ns),
    obj,
    text,
    heldNs: reason === "lock" ? heldNs(index, obj, ns) : null,
  };
}

/** How long the lock that is given back now was held. @param {EventIndex} index @param {string} obj @param {number} ns */
function heldNs(index, obj, ns) {
  const holds = index.fold.resources.get(obj)?.holds ?? [];
  const hold = holds.findLast(([, , toNs]) => toNs === ns);
  return hold ? ns - hold[1] : null;
}

/** It waited for a lane that had ended by then. @param {EventIndex} index @param {Wait} wait @returns {Cause | null} */
function byEnd(index, { reason, obj, toNs }) {
  const target = index.fold.lanes.get(obj);
  if (!target || !["join", "waitpid", "io"].includes(reason)) return null;
  const span = spanAt(target, toNs);
  const state = span < 0 ? -1 : target.state.data[span];
  if (state !== ZOMBIE && state !== DEAD) return null;
  return causeOf(index, "join", obj, target.endedNs);
}

/** A task was made ready by whoever ran then. @param {EventIndex} index @param {Lane} lane @param {Wait} wait @returns {Cause | null} */
function bySchedule(index, lane, { toNs }) {
  const told = index.newestOf(lane.key, ["task.scheduled"], toNs, toNs - 1);
  if (lane.kind !== "task" || !told?.lane || told.lane === lane) return null;
  return causeOf(index, "scheduled", told.lane.key, told.ns);
}

/** @param {EventIndex} index @param {string} form @param {string} laneKey @param {number} ns @param {string} [obj] @returns {Cause} */
function causeOf(index, form, laneKey, ns, obj = "") {
  const lane = index.fold.lanes.get(laneKey);
  return { ...NOBODY, form, laneKey, ns, obj, line: lane ? lineOf(index, lane, ns) : 0 };
}

/** Where a lane was. @param {EventIndex} index @param {Lane} lane @param {number} ns */
function lineOf(index, lane, ns) {
  return lineAt(index.fold, lane, ns)?.line ?? 0;
}

/** Whether it went on without what it waited for. @param {EventIndex} index @param {Lane} lane @param {number} span */
export function timedOut(index, lane, span) {
  if (span + 1 >= lane.startNs.length) return false;
  return eventAt(index, lane, lane.startNs.data[span + 1], "lane.unblocked")?.number === 0;
}

/** What a lane told at an instant. @param {EventIndex} index @param {Lane} lane @param {number} ns @param {string} kind */
function eventAt(index, lane, ns, kind) {
  const { data: times } = index.fold.eventNs;
  for (let i = index.lastAt(ns); i >= 0 && times[i] === ns; i -= 1) {
    if (index.laneOf(i) !== lane) continue;
    const told = index.tell(i);
    if (told.kind === kind) return told;
  }
  return null;
}

/** Whether a lane waits for something in this span. @param {Lane} lane @param {number} span */
export function isWait(lane, span) {
  return span >= 0 && lane.state.data[span] === BLOCKED;
}
