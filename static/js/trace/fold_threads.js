// The fold's part about threads, and about what lanes of all kinds wait for and run on.

import { BLOCKED, DEAD, NEW, REASONS, RUNNABLE, RUNNING, ZOMBIE } from "./constants.js";
import { answered } from "./fold_managers.js";

/** @typedef {import("./fold.js").Fold} Fold */
/** @typedef {import("./fold.js").TraceEvent} TraceEvent */
/** @typedef {import("./fold.js").Handler} Handler */
/** @typedef {import("./lane.js").Lane} Lane */

const STEP = REASONS.indexOf("step");
// What is waited for until somebody sets it, once for all.
const SET = new Set(["event", "future"].map((name) => REASONS.indexOf(name)));

/** @type {Handler} */
function onThreadCreated(fold, event, lane) {
  const thread = fold.add(event.obj, "thread", lane.pid, event.name, String(lane.pid), event);
  thread.internal = Boolean(event.internal);
  thread.daemon = event.daemon;
  fold.become(thread, { ...event, line: 0 }, NEW);
  fold.ran(lane, event);
}

/** @type {Handler} */
function onThreadLaunched(fold, event, lane) {
  fold.launches.set(event.obj, [lane.key, event.ts_ns]);
  const thread = fold.lanes.get(event.obj);
  if (thread) thread.daemon = Boolean(event.daemon ?? thread.daemon);
  if (thread && thread.now === NEW) fold.become(thread, { ...event, by: "inferred", line: 0 }, RUNNABLE);
  fold.ran(lane, event);
}

/** @type {Handler} */
function onThreadStarted(fold, event, lane) {
  fold.become(lane, event, RUNNING);
  const origin = fold.launches.get(event.obj ?? "");
  if (origin) fold.flow("started", origin, lane.key, event.ts_ns, lane.key);
}

/** @type {Handler} */
function onThreadEnded(fold, event, lane) {
  if (lane.kind === "thread") fold.become(lane, event, DEAD);
}

/** @type {Handler} */
function onThreadJoined(fold, event, lane) {
  const thread = fold.lanes.get(event.obj);
  if (thread && thread.now === DEAD) {
    const ended = /** @type {number} */ (thread.startNs.last());
    fold.flow("joined", [thread.key, ended], lane.key, event.ts_ns, thread.key);
  }
  fold.ran(lane, event);
}

/** @type {Handler} */
function onThreadNamed(fold, event, lane) {
  fold.laneOr(event, lane).name = event.name;
}

/** @type {Handler} */
function onLaneBlocked(fold, event, lane) {
  // In a task this is no await: the whole event loop stands still.
  for (const each of withThread(fold, lane)) fold.become(each, event, BLOCKED, event.reason);
}

/** @type {Handler} */
function onLaneUnblocked(fold, event, lane) {
  const wasSignal = lane.now === BLOCKED && SET.has(lane.reason.last() ?? 0);
  const origin = fold.sets.get(event.obj);
  if (wasSignal && event.result && origin) fold.flow("notified", origin, lane.key, event.ts_ns, event.obj);
  if (fold.asked.has(lane.key)) answered(fold, event, lane);
  for (const each of withThread(fold, lane)) {
    if (each.now !== ZOMBIE && each.now !== DEAD) fold.become(each, event, RUNNING);
  }
}

/**
 * Return the lanes that stand still or go on with this one: of a task's, also its thread.
 * @param {Fold} fold
 * @param {Lane} lane
 */
function withThread(fold, lane) {
  const thread = lane.kind === "task" ? fold.lanes.get(lane.parent ?? "") : undefined;
  return thread ? [lane, thread] : [lane];
}

/** @type {Handler} */
function onStepHandedOver(fold, event, lane) {
  fold.handedOver += 1;
  const other = fold.laneWith(lane.pid, event.other);
  if (!other || lane.now !== BLOCKED || lane.reason.last() !== STEP) return;
  const heldNs = /** @type {number} */ (lane.startNs.last());
  fold.flow("overtaken", [lane.key, heldNs], other.key, event.ts_ns - event.age_ns, event.obj);
}

/** @type {Handler} */
function onLaneOnCpu(fold, event, lane) {
  if (event.cpu >= 0) {
    fold.onCpu.ns.push(event.ts_ns);
    fold.onCpu.lane.push(lane.place);
    fold.onCpu.cpu.push(event.cpu);
  }
  if (lane.now === NEW || lane.now === RUNNABLE || lane.onlySeenBlocked) fold.become(lane, event, RUNNING);
}

/** @type {Handler} */
function onLaneOffCpu(fold, event, lane) {
  if (lane.now !== RUNNING && lane.now !== RUNNABLE && !lane.onlySeenBlocked) return;
  const ready = event.reason === "gil" || event.reason === "cpu";
  fold.become(lane, event, ready ? RUNNABLE : BLOCKED, event.reason);
}

/** @type {Handler} */
function onLaneMeasured(fold, event, lane) {
  lane.cpuNs = event.cpu_ns;
}

/** @type {Record<string, Handler>} */
export const THREADS = {
  "thread.created": onThreadCreated,
  "thread.launched": onThreadLaunched,
  "thread.started": onThreadStarted,
  "thread.ended": onThreadEnded,
  "thread.joined": onThreadJoined,
  "thread.named": onThreadNamed,
  "lane.blocked": onLaneBlocked,
  "lane.unblocked": onLaneUnblocked,
  "step.handed_over": onStepHandedOver,
  "lane.on_cpu": onLaneOnCpu,
  "lane.off_cpu": onLaneOffCpu,
  "lane.measured": onLaneMeasured,
};
