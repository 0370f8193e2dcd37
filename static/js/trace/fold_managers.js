// The fold's part about managers: who asked whom, and who answered.

import { take } from "./pending.js";

/** @typedef {import("./fold.js").Fold} Fold */
/** @typedef {import("./fold.js").TraceEvent} TraceEvent */
/** @typedef {import("./fold.js").Handler} Handler */
/** @typedef {import("./lane.js").Lane} Lane */

/** @type {Handler} */
function onManagerCalled(fold, event, lane) {
  if (event.call !== undefined) {
    fold.calls.set(event.call, [lane.key, event.ts_ns]);
    fold.asked.set(lane.key, event.call);
  }
  fold.ran(lane, event);
}

/** @type {Handler} */
function onManagerServed(fold, event, lane) {
  const origin = take(fold.calls, event.call ?? "");
  if (origin) fold.flow("sent", origin, lane.key, event.ts_ns, event.obj);
  fold.ran(lane, event);
}

/** @type {Handler} */
function onManagerAnswered(fold, event, lane) {
  fold.calls.set(event.call ?? "", [lane.key, event.ts_ns]);
  fold.ran(lane, event);
}

/**
 * The lane goes on: if it waited for a manager, it has the answer.
 * @param {Fold} fold
 * @param {TraceEvent} event
 * @param {Lane} lane
 */
export function answered(fold, event, lane) {
  const origin = take(fold.calls, take(fold.asked, lane.key) ?? "");
  if (origin && origin[0] !== lane.key) fold.flow("sent", origin, lane.key, event.ts_ns, event.obj ?? "");
}

/** @type {Record<string, Handler>} */
export const MANAGERS = {
  "manager.called": onManagerCalled,
  "manager.served": onManagerServed,
  "manager.answered": onManagerAnswered,
};
