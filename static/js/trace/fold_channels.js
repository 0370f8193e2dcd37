// The fold's part about what goes from one lane to another: items, bytes, a pool's tasks; and output.

import { onResourceCreated } from "./fold_resources.js";
import { pendingOf, take } from "./pending.js";

/** @typedef {import("./fold.js").Fold} Fold */
/** @typedef {import("./fold.js").TraceEvent} TraceEvent */
/** @typedef {import("./fold.js").Handler} Handler */
/** @typedef {import("./lane.js").Lane} Lane */

/** @type {Handler} */
function onQueuePut(fold, event, lane) {
  depth(fold, event);
  if (event.item !== undefined) fold.puts.set(event.item, [lane.key, event.ts_ns]);
  fold.ran(lane, event);
}

/** @type {Handler} */
function onQueueSent(fold, event) {
  const item = event.item ?? "";
  const early = fold.earlyGets.get(event.obj)?.take();
  if (early) putGot(fold, item, event.obj, early[0], early[1]);
  else pendingOf(fold.unsent, event.obj).add(item);
}

/** @type {Handler} */
function onQueueGot(fold, event, lane) {
  depth(fold, event);
  // A queue between processes is a pipe: the n-th item sent is the n-th got.
  const item = event.item ?? fold.unsent.get(event.obj)?.take();
  if (item !== undefined) putGot(fold, item, event.obj, lane.key, event.ts_ns);
  // Its reader may be quicker than its sender's word of it.
  else pendingOf(fold.earlyGets, event.obj).add([lane.key, event.ts_ns]);
  fold.ran(lane, event);
}

/**
 * @param {Fold} fold
 * @param {string} item
 * @param {string} obj
 * @param {string} laneKey
 * @param {number} ts
 */
function putGot(fold, item, obj, laneKey, ts) {
  const origin = take(fold.puts, item);
  if (origin) fold.flow("put_got", origin, laneKey, ts, obj);
}

/**
 * @param {Fold} fold
 * @param {TraceEvent} event
 */
function depth(fold, event) {
  const resource = fold.resources.get(event.obj);
  if (!resource) return;
  resource.depthNs.push(event.ts_ns);
  resource.depth.push(event.depth);
}

/** @type {Handler} */
function onPipeCreated(fold, event, lane) {
  const peer = event.peer ?? event.obj;
  if (peer !== event.obj && !fold.peers.has(event.obj)) {
    // Whoever connects may send before the other side has accepted, and can say where it goes.
    const early = pendingOf(fold.inPipe, event.obj);
    fold.inPipe.delete(event.obj);
    for (let message = early.take(); message; message = early.take()) {
      pendingOf(fold.inPipe, message.guessed ? peer : event.obj).add(message);
    }
  }
  fold.peers.set(event.obj, peer);
  onResourceCreated(fold, event, lane);
}

/** @type {Handler} */
function onPipeSent(fold, event, lane) {
  const end = fold.peers.get(event.obj) ?? event.obj;
  // Its reader may be quicker than its sender's word of it.
  const early = Math.min(fold.owed.get(end) ?? 0, event.bytes);
  fold.owed.set(end, (fold.owed.get(end) ?? 0) - early);
  const bytes = event.bytes - early;
  const guessed = !fold.peers.has(event.obj);
  pendingOf(fold.inPipe, end).add({ from: [lane.key, event.ts_ns], bytes, drawn: early > 0, guessed });
  fold.ran(lane, event);
}

/**
 * A pipe is a stream: who wrote the bytes that are read is known by counting them.
 * @type {Handler}
 */
function onPipeReceived(fold, event, lane) {
  const waiting = pendingOf(fold.inPipe, event.obj);
  let left = event.bytes;
  for (let message = waiting.first(); left && message; message = waiting.first()) {
    if (!message.drawn) fold.flow("sent", message.from, lane.key, event.ts_ns, event.obj);
    message.drawn = true;
    const taken = Math.min(left, message.bytes);
    left -= taken;
    message.bytes -= taken;
    if (!message.bytes) waiting.take();
  }
  if (left) fold.owed.set(event.obj, (fold.owed.get(event.obj) ?? 0) + left);
  fold.ran(lane, event);
}

/** @type {Handler} */
function onPoolTaskSubmitted(fold, event, lane) {
  fold.puts.set(`task ${event.task_id}`, [lane.key, event.ts_ns]);
  if (event.future !== undefined) fold.futures.set(event.task_id, event.future);
  fold.ran(lane, event);
}

/** @type {Handler} */
function onPoolTaskStarted(fold, event, lane) {
  const id = event.task_id;
  fold.tasks.set(id, [event.ts_ns, id, lane.key, event.function, event.value ?? "", null, null]);
  const origin = take(fold.puts, `task ${id}`);
  if (origin) fold.flow("task", origin, lane.key, event.ts_ns, id);
  fold.ran(lane, event);
}

/** @type {Handler} */
function onPoolTaskEnded(fold, event, lane) {
  const task = fold.tasks.get(event.task_id);
  if (task) {
    task[5] = event.ts_ns;
    task[6] = event.ok;
  }
  const future = take(fold.futures, event.task_id);
  if (future !== undefined) fold.sets.set(future, [lane.key, event.ts_ns]);
  fold.ran(lane, event);
}

/** @type {Handler} */
function onOutputWritten(fold, event, lane) {
  fold.output.push([event.ts_ns, lane.key, event.stream, event.text]);
  fold.ran(lane, event);
}

/** @type {Record<string, Handler>} */
export const CHANNELS = {
  "queue.put": onQueuePut,
  "queue.sent": onQueueSent,
  "queue.got": onQueueGot,
  "pipe.created": onPipeCreated,
  "pipe.sent": onPipeSent,
  "pipe.received": onPipeReceived,
  "pool.task_submitted": onPoolTaskSubmitted,
  "pool.task_started": onPoolTaskStarted,
  "pool.task_ended": onPoolTaskEnded,
  "output.written": onOutputWritten,
};
