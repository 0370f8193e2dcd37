// The fold's part about resources: that they are there, and who holds a lock or wakes whom.

import { BLOCKED, RUNNING } from "./constants.js";
import { Resource } from "./lane.js";

/** @typedef {import("./fold.js").Fold} Fold */
/** @typedef {import("./fold.js").TraceEvent} TraceEvent */
/** @typedef {import("./fold.js").Handler} Handler */
/** @typedef {import("./lane.js").Lane} Lane */

/** @type {Handler} */
export function onResourceCreated(fold, event, lane) {
  const noun = event.kind.split(".", 1)[0];
  const resource = new Resource(event.obj, noun, event.type ?? noun, event.name ?? "", event.ts_ns);
  resource.file = event.file ?? "";
  resource.line = event.line ?? 0;
  fold.resources.set(event.obj, resource);
  fold.ran(lane, event);
}

/** @type {Handler} */
function onSharedAttached(fold, event, lane) {
  if (fold.resources.has(event.obj)) fold.ran(lane, event);
  else onResourceCreated(fold, event, lane);
}

/** @type {Handler} */
function onResourceNamed(fold, event, lane) {
  const resource = fold.resources.get(event.obj);
  if (resource) resource.name = event.name;
  fold.ran(lane, event);
}

/** @type {Handler} */
function onLockAcquired(fold, event, lane) {
  const resource = fold.resources.get(event.obj);
  if (resource && event.depth <= 1) {
    /** @type {import("./lane.js").Hold} */
    const hold = [lane.key, event.ts_ns, null];
    resource.holds.push(hold);
    resource.openHolds.push(hold);
  }
  fold.ran(lane, event);
}

/** @type {Handler} */
function onLockReleased(fold, event, lane) {
  const resource = fold.resources.get(event.obj);
  if (resource && event.depth === 0 && resource.openHolds.length) {
    // A plain Lock may be released by another lane than the one that took it.
    const own = resource.openHolds.filter((hold) => hold[0] === lane.key);
    const candidates = own.length ? own : resource.openHolds;
    resource.endHold(candidates[candidates.length - 1], event.ts_ns);
  }
  fold.ran(lane, event);
}

/** @type {Handler} */
function onConditionNotified(fold, event, lane) {
  fold.notifies.set(`${lane.key} ${event.obj}`, event.ts_ns);
  fold.lastNotify.set(event.obj, [lane.key, event.ts_ns]);
  fold.ran(lane, event);
}

/** @type {Handler} */
function onConditionWoken(fold, event, lane) {
  const waker = fold.laneWith(event.pid, event.waker);
  const notifiedNs = waker && fold.notifies.get(`${waker.key} ${event.obj}`);
  const last = fold.lastNotify.get(event.obj);
  if (waker && notifiedNs !== undefined) {
    fold.flow("notified", [waker.key, notifiedNs], lane.key, event.ts_ns, event.obj);
  } else if (!event.waker && last) {
    fold.flow("notified", last, lane.key, event.ts_ns, event.obj);
  }
  if (lane.now === BLOCKED) fold.become(lane, event, RUNNING);
}

/** @type {Handler} */
function onEventSet(fold, event, lane) {
  fold.sets.set(event.obj, [lane.key, event.ts_ns]);
  fold.ran(lane, event);
}

/** @type {Record<string, Handler>} */
export const RESOURCES = {
  "lock.created": onResourceCreated,
  "condition.created": onResourceCreated,
  "event.created": onResourceCreated,
  "semaphore.created": onResourceCreated,
  "barrier.created": onResourceCreated,
  "queue.created": onResourceCreated,
  "pool.created": onResourceCreated,
  "shared.created": onResourceCreated,
  "shared.attached": onSharedAttached,
  "resource.named": onResourceNamed,
  "lock.acquired": onLockAcquired,
  "lock.released": onLockReleased,
  "condition.notified": onConditionNotified,
  "condition.woken": onConditionWoken,
  "event.set": onEventSet,
  "future.resolved": onEventSet,
};
