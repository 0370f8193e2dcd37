// The fold's part about asyncio's tasks.

import { BLOCKED, DEAD, REASONS, RUNNABLE, RUNNING } from "./constants.js";
import { take } from "./pending.js";

/** @typedef {import("./fold.js").Fold} Fold */
/** @typedef {import("./fold.js").TraceEvent} TraceEvent */
/** @typedef {import("./fold.js").Handler} Handler */
/** @typedef {import("./lane.js").Lane} Lane */

// The names that asyncio gives to tasks.
const AUTOMATIC = /^Task-\d+$/;
const TOLD_OTHERWISE = new Set(["queue_get", "sleep", "io"].map((name) => REASONS.indexOf(name)));

/** @type {Handler} */
function onTaskCreated(fold, event, lane) {
  const coro = event.coro ?? "";
  const short = coro.slice(coro.lastIndexOf(".") + 1);
  const name = AUTOMATIC.test(event.name) && coro ? `${event.name} (${short})` : event.name;
  const parent = lane.kind === "task" ? lane.parent : lane.key;
  const task = fold.add(event.obj, "task", lane.pid, name, parent, event);
  task.tid = lane.tid;
  task.internal = Boolean(event.internal);
  fold.launches.set(event.obj, [lane.key, event.ts_ns]);
  fold.become(task, { ...event, line: 0 }, RUNNABLE);
  fold.ran(lane, event);
}

/** @type {Handler} */
function onTaskNamed(fold, event, lane) {
  fold.laneOr(event, lane).name = event.name;
}

/** @type {Handler} */
function onTaskStarted(fold, event, lane) {
  fold.become(lane, event, RUNNING);
  const origin = take(fold.launches, lane.key);
  if (origin) fold.flow("started", origin, lane.key, event.ts_ns, lane.key);
}

/** @type {Handler} */
function onTaskScheduled(fold, event, lane) {
  const task = fold.lanes.get(event.obj);
  if (task && task.now === BLOCKED) {
    const obj = fold.texts.byIndex[task.obj.last() ?? 0];
    // Items and results have arrows of their own; a timer's end is nobody's doing.
    const told = TOLD_OTHERWISE.has(task.reason.last() ?? 0) || fold.lanes.has(obj);
    if (lane.kind === "task" && lane !== task && !told) {
      fold.wakes.set(task.key, [lane.key, event.ts_ns, obj]);
    }
    fold.become(task, { ...event, line: 0 }, RUNNABLE);
  }
  fold.ran(lane, event);
}

/** @type {Handler} */
function onTaskSwitched(fold, event, lane) {
  if (event.running) {
    fold.become(lane, event, RUNNING);
    const wake = take(fold.wakes, lane.key);
    if (wake) fold.flow("notified", [wake[0], wake[1]], lane.key, event.ts_ns, wake[2]);
  } else if (event.reason !== undefined) {
    fold.become(lane, { ...event, obj: event.target ?? "" }, BLOCKED, event.reason);
  } else {
    fold.become(lane, event, RUNNABLE);
  }
}

/** @type {Handler} */
function onTaskJoined(fold, event, lane) {
  const task = fold.lanes.get(event.obj);
  if (task && task.now === DEAD) {
    fold.flow("joined", [task.key, task.startNs.last() ?? 0], lane.key, event.ts_ns, task.key);
  }
  fold.ran(lane, event);
}

/** @type {Handler} */
function onTaskEnded(fold, event, lane) {
  fold.become(lane, event, DEAD);
}

/** @type {Record<string, Handler>} */
export const TASKS = {
  "task.created": onTaskCreated,
  "task.named": onTaskNamed,
  "task.started": onTaskStarted,
  "task.scheduled": onTaskScheduled,
  "task.switched": onTaskSwitched,
  "task.joined": onTaskJoined,
  "task.ended": onTaskEnded,
};
