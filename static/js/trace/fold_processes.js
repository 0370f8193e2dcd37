// The fold's part about processes: how they begin and end, and the signals that they send.

import { DEAD, RUNNABLE, RUNNING, ZOMBIE } from "./constants.js";
import { take } from "./pending.js";

/** @typedef {import("./fold.js").Fold} Fold */
/** @typedef {import("./fold.js").TraceEvent} TraceEvent */
/** @typedef {import("./fold.js").Handler} Handler */
/** @typedef {import("./lane.js").Lane} Lane */

/** @type {Handler} */
function onProcessForked(fold, event, lane) {
  fold.forks.set(event.child, [lane.key, event.ts_ns]);
  const known = fold.lanes.has(String(event.child));
  const child = fold.process(event.child, event, lane.key);
  child.method ||= "fork";
  // The child may have spoken, or even ended, before fork returned in the parent.
  child.parent ||= lane.key;
  if (known) forked(fold, child);
  else fold.become(child, { ...event, line: 0 }, RUNNABLE);
  fold.ran(lane, event);
}

/** @type {Handler} */
function onProcessSpawned(fold, event, lane) {
  // Also when a fork was seen: a forkserver forks for somebody else, who is the one to show.
  if (fold.forks.get(event.child)?.[0] !== lane.key) onProcessForked(fold, event, lane);
  const target = /** @type {Lane} */ (fold.lanes.get(String(event.child)));
  target.method = event.method;
  target.parent = lane.key;
  if (event.name) target.name = event.name;
  target.internal = Boolean(event.internal ?? target.internal);
  fold.ran(lane, event);
}

/** @type {Handler} */
function onProcessStarted(fold, event, lane) {
  lane.internal = Boolean(event.internal ?? lane.internal);
  if (event.name) lane.name = event.name;
  if (!lane.method || event.method !== "fork") lane.method = event.method;
  if (lane.parent === null && fold.lanes.has(String(event.ppid))) lane.parent = String(event.ppid);
  fold.become(lane, event, RUNNING);
  forked(fold, lane);
}

/**
 * @param {Fold} fold
 * @param {Lane} child
 */
function forked(fold, child) {
  const origin = fold.forks.get(child.pid);
  const first = child.firstOf(RUNNING);
  if (!origin || first < 0) return;
  const startedNs = child.startNs.data[first];
  // The child may have run before fork returned in the parent.
  const fromNs = Math.min(origin[1], startedNs);
  const index = fold.forkFlows.get(child.pid) ?? fold.flows.length;
  fold.forkFlows.set(child.pid, index);
  fold.flows[index] = ["forked", origin[0], fromNs, child.key, startedNs, child.key];
}

/** @type {Handler} */
function onProcessNamed(fold, event, lane) {
  fold.laneOr(event, lane).name = event.name;
}

/** @type {Handler} */
function onProcessExited(fold, event, lane) {
  endProcess(fold, event, lane, { code: event.code });
}

/** @type {Handler} */
function onProcessKilled(fold, event, lane) {
  signalFlow(fold, event, lane);
  endProcess(fold, event, lane, { signal: event.signal });
}

/**
 * Its threads are gone, at its end as when another program takes its place.
 * @type {Handler}
 */
function onProcessExecd(fold, event, lane) {
  for (const other of fold.lanes.values()) {
    if (other.pid === lane.pid && other.kind !== "process") {
      fold.become(other, event, DEAD);
      releaseAll(fold, other.key, event.ts_ns);
    }
  }
}

/**
 * @param {Fold} fold
 * @param {TraceEvent} event
 * @param {Lane} lane
 * @param {{code?: number, signal?: number}} how
 */
function endProcess(fold, event, lane, how) {
  onProcessExecd(fold, event, lane);
  releaseAll(fold, lane.key, event.ts_ns);
  lane.exit = how;
  fold.become(lane, event, ZOMBIE);
}

/**
 * Forget the locks of a dead process; those that it shared with others stay as they are: taken for ever.
 * @param {Fold} fold
 * @param {string} key
 * @param {number} ts
 */
function releaseAll(fold, key, ts) {
  for (const resource of fold.resources.values()) {
    if (resource.isShared) continue;
    for (const hold of resource.openHolds.filter((open) => open[0] === key)) resource.endHold(hold, ts);
  }
}

/** @type {Handler} */
function onProcessReaped(fold, event, lane) {
  const child = fold.lanes.get(String(event.child));
  if (child) {
    fold.become(child, { ...event, line: 0 }, DEAD);
    // The OS may have missed it in the process table before its parent's wait returned.
    if (child !== lane && !fold.reaped.has(child.key)) {
      fold.reaped.add(child.key);
      fold.flow("joined", [child.key, child.endedNs], lane.key, event.ts_ns, child.key);
    }
  }
  fold.ran(lane, event);
}

/** @type {Handler} */
function onProcessOrphaned(fold, event, lane) {
  lane.orphaned.push([event.ts_ns, event.ppid]);
}

/** @type {Handler} */
function onSignalSent(fold, event, lane) {
  fold.signals.set(`${Math.abs(event.target)} ${event.signal}`, [lane.key, event.ts_ns]);
  fold.ran(lane, event);
}

/** @type {Handler} */
function onSignalReceived(fold, event, lane) {
  signalFlow(fold, event, lane);
  fold.ran(lane, event);
}

/** @type {Handler} */
function signalFlow(fold, event, lane) {
  const origin = take(fold.signals, `${event.pid} ${event.signal}`);
  if (origin) fold.flow("signal", origin, lane.key, event.ts_ns, lane.key);
}

/** @type {Record<string, Handler>} */
export const PROCESSES = {
  "process.forked": onProcessForked,
  "process.spawned": onProcessSpawned,
  "process.started": onProcessStarted,
  "process.named": onProcessNamed,
  "process.exited": onProcessExited,
  "process.killed": onProcessKilled,
  "process.exec'd": onProcessExecd,
  "process.reaped": onProcessReaped,
  "process.orphaned": onProcessOrphaned,
  "signal.sent": onSignalSent,
  "signal.received": onSignalReceived,
};
