// What a shared thing held at one instant: a queue its items, a semaphore its permits, and who stood in line for it.

import { spanAt } from "./at.js";
import { BLOCKED, KINDS } from "./constants.js";
import { lastAtMost } from "../lib/search.js";

/** @typedef {import("./event_index.js").EventIndex} EventIndex */
/** @typedef {import("./lane.js").Lane} Lane */

// A queue with more is drawn by its length alone: nobody reads the rest.
const ITEMS_SHOWN = 12;
const PUT = KINDS.indexOf("queue.put");
const GOT = KINDS.indexOf("queue.got");

/**
 * Who is blocked for each resource, in the order in which they began to wait.
 * @param {EventIndex} index
 * @param {number} ns
 * @returns {Map<string, Lane[]>}
 */
export function waitersAt({ fold }, ns) {
  /** @type {Map<string, [lane: Lane, sinceNs: number][]>} */
  const found = new Map();
  for (const lane of fold.lanes.values()) {
    const span = spanAt(lane, ns);
    if (span < 0 || lane.state.data[span] !== BLOCKED || !lane.obj.data[span]) continue;
    const obj = fold.texts.byIndex[lane.obj.data[span]];
    const waiters = found.get(obj) ?? [];
    waiters.push([lane, lane.startNs.data[span]]);
    found.set(obj, waiters);
  }
  return new Map(
    [...found].map(([obj, waiters]) => [obj, waiters.sort((a, b) => a[1] - b[1]).map(([lane]) => lane)]),
  );
}

/**
 * What was in a queue: put, and not yet got. Between processes an item counts from its put on.
 * @param {EventIndex} index
 * @param {string} obj
 * @param {number} ns
 * @returns {{values: string[], more: number}} the next to come out first, as far as the queue is first in, first out
 */
export function itemsAt(index, obj, ns) {
  const list = index.ofObj.get(obj);
  if (!list) return { values: [], more: 0 };
  const past = lastAtMost(list.data, list.length, index.lastAt(ns)) + 1;
  const { items } = replay(index, obj, list.data, past);
  const values = [...items].slice(0, ITEMS_SHOWN).map((i) => index.tell(i).text);
  return { values, more: items.size - values.length };
}

/** @typedef {{done: number, items: Set<number>, unpaired: number[]}} Replay how far a queue's events were gone through */
/** A cursor mostly goes on: then only what is new is gone through. @type {WeakMap<EventIndex, Map<string, Replay>>} */
const replays = new WeakMap();

/**
 * Put and take out again what a queue's first `past` events put and took out.
 * @param {EventIndex} index @param {string} obj @param {Uint32Array} list @param {number} past
 */
function replay(index, obj, list, past) {
  const ofIndex = replays.get(index) ?? new Map();
  replays.set(index, ofIndex);
  /** @type {Replay} */
  let state = ofIndex.get(obj) ?? { done: 0, items: new Set(), unpaired: [] };
  if (state.done > past) state = { done: 0, items: new Set(), unpaired: [] };
  ofIndex.set(obj, state);
  const { data: kinds } = index.kind;
  const { data: pairs } = index.pair;
  for (; state.done < past; state.done += 1) {
    const i = list[state.done];
    if (kinds[i] === PUT) state.items.add(i);
    else if (kinds[i] === GOT && !(pairs[i] && state.items.delete(pairs[i] - 1))) state.unpaired.push(i);
  }
  // Which item it was may have been told later than that it was got.
  takeOut(state, pairs);
  return state;
}

/** @param {Replay} state @param {Uint32Array} pairs */
function takeOut(state, pairs) {
  if (state.unpaired.length === 0) return;
  state.unpaired = state.unpaired.filter((got) => !pairs[got] || !state.items.delete(pairs[got] - 1));
}

/** How many permits were free; -1: not known. @param {EventIndex} index @param {string} obj @param {number} ns */
export function permitsAt(index, obj, ns) {
  const kinds = ["semaphore.created", "semaphore.acquired", "semaphore.released"];
  const told = index.newestOf(obj, kinds, ns);
  if (told && told.number >= 0) return told.number;
  // Between processes nobody counts aloud: from what was free at first, by what was taken and given.
  const created = index.newestOf(obj, ["semaphore.created"], ns);
  if (!created) return -1;
  let permits = created.number;
  index.eachOf(obj, ns, ({ kind }) => {
    if (kind === "semaphore.acquired") permits -= 1;
    if (kind === "semaphore.released") permits += 1;
  });
  return permits;
}

/** @param {EventIndex} index @param {string} obj @param {number} ns */
export function isSetAt(index, obj, ns) {
  return index.newestOf(obj, ["event.set", "event.cleared"], ns)?.kind === "event.set";
}

/** How many a barrier waits for in all; -1: not known. @param {EventIndex} index @param {string} obj @param {number} ns */
export function partiesAt(index, obj, ns) {
  return index.newestOf(obj, ["barrier.created"], ns)?.number ?? -1;
}

/** Whether a barrier is of no use any more. @param {EventIndex} index @param {string} obj @param {number} ns */
export function isBrokenAt(index, obj, ns) {
  return index.newestOf(obj, ["barrier.broken"], ns) !== null;
}

/** Items of a queue for which task_done() is still to come; -1: nobody counts them. @param {EventIndex} index @param {string} obj @param {number} ns */
export function unfinishedAt(index, obj, ns) {
  return index.newestOf(obj, ["queue.task_done"], ns)?.number ?? -1;
}

/** What was last written into a shared value, by item of it. @param {EventIndex} index @param {string} obj @param {number} ns */
export function writtenAt(index, obj, ns) {
  return index.newestOf(obj, ["shared.written"], ns)?.text ?? "";
}

/** A pool's tasks that are being worked on. @param {EventIndex} index @param {string} obj @param {number} ns */
export function workAt(index, obj, ns) {
  let submitted = 0;
  let begun = 0;
  let ended = 0;
  index.eachOf(obj, ns, ({ kind }) => {
    if (kind === "pool.task_submitted") submitted += 1;
    if (kind === "pool.task_started") begun += 1;
    if (kind === "pool.task_ended") ended += 1;
  });
  return { waiting: Math.max(submitted - begun, 0), running: Math.max(begun - ended, 0), ended };
}
