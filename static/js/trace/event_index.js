// What each event of a run was, in flat columns beside the fold: 21 bytes an event. Event i is the i-th that was fed;
// when and of which lane it was, the fold's own columns say. Texts are kept once.

import { Column, Texts } from "../lib/column.js";
import { callText } from "../lib/format.js";
import { lastAtMost } from "../lib/search.js";
import { KINDS } from "./constants.js";
import { Pending, pendingOf, take } from "./pending.js";

/** @typedef {import("./fold.js").Fold} Fold */
/** @typedef {import("./fold.js").TraceEvent} TraceEvent */
/** @typedef {import("./lane.js").Lane} Lane */
/**
 * @typedef {object} Told one event, for whoever puts it into words
 * @property {number} i
 * @property {string} kind
 * @property {number} ns
 * @property {Lane | null} lane
 * @property {string} obj
 * @property {number} line
 * @property {number} number what FIELDS names first; -1: nothing
 * @property {string} text what FIELDS names second
 */
/**
 * @typedef {object} Wanted which events are steps
 * @property {string} [laneKey] only this lane's
 * @property {string} [obj] only those about this resource
 * @property {boolean} [internal] also those of a library's own lanes
 */

/** What is kept of a kind beyond its lane, obj and line: a number, and a text. @type {Record<string, [string, string]>} */
const FIELDS = {
  "run.ended": ["exit_code", "status"],
  "run.limited": ["value", "limit"],
  "run.events_dropped": ["count", ""],
  "warning.raised": ["", "text"],
  "process.started": ["ppid", "name"],
  "process.forked": ["child", ""],
  "process.spawned": ["child", "name"],
  "process.exit_called": ["code", ""],
  "process.exited": ["code", ""],
  "process.killed": ["signal", ""],
  "process.reaped": ["child", ""],
  "process.orphaned": ["ppid", ""],
  "process.exec'd": ["", "path"],
  "process.named": ["", "name"],
  "thread.created": ["", "name"],
  "thread.named": ["", "name"],
  "thread.crashed": ["", "error"],
  "task.created": ["", "name"],
  "task.named": ["", "name"],
  "task.switched": ["running", "awaits"],
  "task.ended": ["", "result"],
  "lane.blocked": ["", "reason"],
  "lane.unblocked": ["result", ""],
  "lane.on_cpu": ["cpu", ""],
  "lane.off_cpu": ["", "reason"],
  "lock.acquired": ["depth", ""],
  "lock.released": ["depth", ""],
  "condition.waited": ["waiters", ""],
  "condition.notified": ["waiters", ""],
  "condition.woken": ["waker", ""],
  "event.set": ["waiters", ""],
  "semaphore.created": ["permits", ""],
  "semaphore.acquired": ["permits", ""],
  "semaphore.released": ["permits", ""],
  "barrier.created": ["parties", ""],
  "barrier.passed": ["index", ""],
  "queue.created": ["maxsize", ""],
  "queue.put": ["depth", "value"],
  "queue.got": ["depth", "value"],
  "queue.task_done": ["unfinished", ""],
  "pipe.sent": ["bytes", "value"],
  "pipe.received": ["bytes", "value"],
  "shared.written": ["", "value"],
  "shared.read": ["", "value"],
  "resource.named": ["", "name"],
  "manager.called": ["", "method"],
  "manager.served": ["", "method"],
  "signal.sent": ["signal", "target"],
  "signal.received": ["signal", ""],
  "pool.created": ["size", ""],
  "pool.task_submitted": ["", "function"],
  "pool.task_started": ["", "function"],
  "pool.task_ended": ["ok", "task_id"],
  "future.resolved": ["ok", ""],
  "variable.changed": ["", "value"],
  "variable.read": ["", "name"],
  "variable.written": ["", "name"],
  "finding.made": ["", "code"],
};

/** What the operating system was seen to do now and then, and what only analysis needs: no steps of a program. */
const NO_STEPS = new Set(
  [
    "lane.on_cpu",
    "lane.off_cpu",
    "lane.measured",
    "gil.waited",
    "gil.taken",
    "gil.dropped",
    "source.loaded",
    "variable.watched",
    "order.released",
    "order.acquired",
  ].map((kind) => KINDS.indexOf(kind)),
);
const KIND_CODES = new Map(KINDS.map((kind, code) => [kind, code]));
const NOTED = [
  "output.written",
  "process.started",
  "pool.task_submitted",
  "queue.put",
  "queue.sent",
  "queue.got",
];
/** All that is to be known of a kind, in one look-up: a trace may have millions of events. */
const HOW = new Map(
  KINDS.map((kind, code) => {
    const [number, text] = FIELDS[kind] ?? ["", ""];
    return [kind, { code, number, text, also: NOTED.includes(kind) ? kind : "" }];
  }),
);
const OUTPUT = KINDS.indexOf("output.written");
const UNKNOWN = 255;
const NOTHING = -1;
const UNTOLD = { code: UNKNOWN, number: "", text: "", also: "" };

export class EventIndex {
  /** @param {Fold} fold which is fed the same events, before this is */
  constructor(fold) {
    this.fold = fold;
    this.texts = new Texts();
    this.kind = new Column(Uint8Array);
    this.obj = new Column(Uint32Array);
    this.line = new Column(Uint32Array);
    this.number = new Column(Int32Array);
    this.text = new Column(Uint32Array);
    /** Of a get: the put of the same item, counted from 1; 0 = unknown. */
    this.pair = new Column(Uint32Array);
    /** @type {Map<string, Column<Uint32Array>>} resource -> its events */
    this.ofObj = new Map();
    /** @type {Map<string, string>} future -> the pool's task that its result comes from */
    this.taskOf = new Map();
    /** @type {Map<number, number>} process -> its parent, as it said at its start */
    this.ppidOf = new Map();
    this.outputs = 0;
    /** @type {Map<string, number>} item -> its put, until it is got */
    this.puts = new Map();
    /** @type {Map<string, Pending<string>>} queue -> items sent and not yet got */
    this.sent = new Map();
    /** @type {Map<string, Pending<number>>} queue -> gets that were told before what they got was */
    this.early = new Map();
    /** @type {Lane[]} by their place in the fold */
    this.lanes = [];
  }

  get length() {
    return this.kind.length;
  }

  /** So many events are to come in all. @param {number} events */
  expect(events) {
    for (const column of [this.kind, this.obj, this.line, this.number, this.text, this.pair])
      column.reserve(events);
  }

  /** @param {Iterable<TraceEvent>} events */
  feed(events) {
    for (const event of events) this.feedOne(event);
  }

  /** @param {TraceEvent} event */
  feedOne(event) {
    const { code, number, text, also } = HOW.get(event.kind) ?? UNTOLD;
    const i = this.kind.extend();
    this.kind.data[i] = code;
    this.line.extend();
    this.line.data[i] = event.line ?? 0;
    this.number.extend();
    this.number.data[i] = number ? Number(event[number] ?? NOTHING) : NOTHING;
    this.text.extend();
    this.text.data[i] = text ? this.texts.indexOf(textOf(event, text)) : 0;
    this.pair.extend();
    const { obj } = event;
    this.obj.extend();
    this.obj.data[i] = obj ? this.texts.indexOf(obj) : 0;
    if (obj) this.#list(obj, i);
    if (also) this.#note(also, event, i);
  }

  /** What the few kinds need that are more than a row. @param {string} kind @param {TraceEvent} event @param {number} i */
  #note(kind, event, i) {
    if (kind === "output.written") this.number.data[i] = this.#output(i);
    else if (kind === "process.started") this.ppidOf.set(event.pid, event.ppid);
    else if (kind !== "pool.task_submitted") this.#pairUp(event, i);
    else if (event.future !== undefined) this.taskOf.set(event.future, event.task_id);
  }

  /** @param {string} obj @param {number} i */
  #list(obj, i) {
    let list = this.ofObj.get(obj);
    if (!list) {
      list = new Column(Uint32Array);
      this.ofObj.set(obj, list);
    }
    const at = list.extend();
    list.data[at] = i;
  }

  /** The place of what was written in the fold's output. @param {number} i */
  #output(i) {
    if (!this.fold.eventLane.data[i]) return NOTHING;
    this.outputs += 1;
    return this.outputs - 1;
  }

  /** @param {TraceEvent} event @param {number} i */
  #pairUp(event, i) {
    const { kind, obj, item } = event;
    if (kind === "queue.put" && item !== undefined) this.puts.set(item, i);
    if (kind === "queue.sent" && item !== undefined) {
      // A queue between processes is a pipe: the n-th item sent is the n-th got; its reader may be told of earlier.
      const early = this.early.get(obj)?.take();
      if (early === undefined) pendingOf(this.sent, obj).add(item);
      else this.#pair(early, item);
    }
    if (kind !== "queue.got") return;
    const got = item ?? this.sent.get(obj)?.take();
    if (got === undefined) pendingOf(this.early, obj).add(i);
    else this.#pair(i, got);
  }

  /** @param {number} got @param {string} item */
  #pair(got, item) {
    const put = take(this.puts, item);
    if (put !== undefined) this.pair.data[got] = put + 1;
  }

  // -- questions ---------------------------------------------------------------------------------------

  /** @param {number} i @returns {Told} */
  tell(i) {
    return {
      i,
      kind: this.kindOf(i),
      ns: this.fold.eventNs.data[i],
      lane: this.laneOf(i),
      obj: this.texts.byIndex[this.obj.data[i]],
      line: this.line.data[i],
      number: this.number.data[i],
      text: this.texts.byIndex[this.text.data[i]],
    };
  }

  /** @param {number} i */
  kindOf(i) {
    return KINDS[this.kind.data[i]] ?? "";
  }

  /** @param {number} i */
  laneOf(i) {
    const place = this.fold.eventLane.data[i];
    if (!place) return null;
    if (this.lanes.length < this.fold.lanes.size) this.lanes = [...this.fold.lanes.values()];
    return this.lanes[place - 1] ?? null;
  }

  /** The last event at an instant or before it; -1: none. @param {number} ns */
  lastAt(ns) {
    return lastAtMost(this.fold.eventNs.data, this.length, ns);
  }

  /**
   * The nearest step at `from` or beyond it.
   * @param {number} from an event's number
   * @param {1 | -1} direction
   * @param {Wanted} wanted
   * @returns {number} -1: there is none
   */
  seek(from, direction, wanted) {
    const lane = wanted.laneKey === undefined ? 0 : (this.fold.lanes.get(wanted.laneKey)?.place ?? -1);
    const obj = wanted.obj === undefined ? -1 : (this.texts.indices.get(wanted.obj) ?? -2);
    const { data: places } = this.fold.eventLane;
    for (let i = from; i >= 0 && i < this.length; i += direction) {
      if (lane && places[i] !== lane) continue;
      if (obj !== -1 && this.obj.data[i] !== obj) continue;
      if (this.isStep(i, wanted.internal ?? false)) return i;
    }
    return -1;
  }

  /** @param {number} i @param {boolean} internal */
  isStep(i, internal) {
    const kind = this.kind.data[i];
    if (kind === UNKNOWN || NO_STEPS.has(kind)) return false;
    // print() writes the end of a line on its own.
    if (kind === OUTPUT && !this.fold.output[this.number.data[i]]?.[3].trim()) return false;
    return internal || !this.laneOf(i)?.internal;
  }

  /**
   * Call `visit` with a resource's events up to an instant, in order; stop when it says false.
   * @param {string} obj
   * @param {number} ns
   * @param {(told: Told) => boolean | void} visit
   */
  eachOf(obj, ns, visit) {
    const list = this.ofObj.get(obj);
    for (let n = 0; list && n < list.length; n += 1) {
      if (this.fold.eventNs.data[list.data[n]] > ns) return;
      if (visit(this.tell(list.data[n])) === false) return;
    }
  }

  /**
   * The newest event of these kinds about a resource in (afterNs, ns].
   * @param {string} obj
   * @param {string[]} kinds
   * @param {number} ns
   * @param {number} [afterNs]
   * @param {(told: Told) => boolean} [fits]
   * @returns {Told | null}
   */
  newestOf(obj, kinds, ns, afterNs = -Infinity, fits = () => true) {
    const list = this.ofObj.get(obj);
    if (!list) return null;
    const codes = kinds.map((kind) => KIND_CODES.get(kind));
    const { data: times } = this.fold.eventNs;
    const last = lastAtMost(list.data, list.length, this.lastAt(ns));
    for (let n = last; n >= 0 && times[list.data[n]] > afterNs; n -= 1) {
      if (!codes.includes(this.kind.data[list.data[n]])) continue;
      const told = this.tell(list.data[n]);
      if (fits(told)) return told;
    }
    return null;
  }

  /**
   * The first event of these kinds about a resource in [ns, untilNs].
   * @param {string} obj
   * @param {string[]} kinds
   * @param {number} ns
   * @param {number} untilNs
   * @param {(told: Told) => boolean} [fits]
   * @returns {Told | null}
   */
  firstOf(obj, kinds, ns, untilNs, fits = () => true) {
    const list = this.ofObj.get(obj);
    if (!list) return null;
    const codes = kinds.map((kind) => KIND_CODES.get(kind));
    const { data: times } = this.fold.eventNs;
    for (let n = Math.max(0, lastAtMost(list.data, list.length, this.lastAt(ns))); n < list.length; n += 1) {
      const at = times[list.data[n]];
      if (at > untilNs) return null;
      if (at < ns || !codes.includes(this.kind.data[list.data[n]])) continue;
      const told = this.tell(list.data[n]);
      if (fits(told)) return told;
    }
    return null;
  }
}

/** @param {TraceEvent} event @param {string} field */
function textOf(event, field) {
  const value = event[field] ?? "";
  const text = typeof value === "string" ? value : String(value);
  if (field === "function") return callText(text, event.value ?? "()");
  if (field === "value" && event.name) return `${event.name} = ${text}`;
  return text;
}
