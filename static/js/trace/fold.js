// Events -> lanes with their spans, flows, resources and output: concurrency_lab/trace/fold.py, in JavaScript.
// tests/golden/ pins both to the same result. Feed it events in order; its result is right after every one.

import { Column, SmallColumn, Texts } from "../lib/column.js";
import { BLOCKED, DEAD, NEW, REASONS, RUNNABLE, RUNNING, SOURCES, TRANSITIONS } from "./constants.js";
import { CHANNELS } from "./fold_channels.js";
import { MANAGERS } from "./fold_managers.js";
import { PROCESSES } from "./fold_processes.js";
import { RESOURCES } from "./fold_resources.js";
import { TASKS } from "./fold_tasks.js";
import { THREADS } from "./fold_threads.js";
import { VARIABLES } from "./fold_variables.js";
import { Lane } from "./lane.js";

/** @typedef {Record<string, any>} TraceEvent */
/** @typedef {[laneKey: string, ns: number]} Origin */
/** @typedef {[kind: string, from: string, fromNs: number, to: string, toNs: number, obj: string]} Flow */
/**
 * @typedef {[startNs: number, id: string, laneKey: string, fn: string, value: string, endNs: number | null,
 *   ok: boolean | null]} PoolTask
 */
/**
 * @typedef {[tsNs: number, code: string, laneKeys: string[], text: string, args: Record<string, any>]} Finding
 */
/** @typedef {(fold: Fold, event: TraceEvent, lane: Lane) => void} Handler */
/** @typedef {import("./lane.js").Resource} Resource */
/**
 * @template T
 * @typedef {import("./pending.js").Pending<T>} Pending
 */

const REASON_CODES = new Map(REASONS.map((name, code) => [name, code]));
const SOURCE_CODES = new Map(SOURCES.map((name, code) => [name, code]));

/** @type {Map<string, Handler>} what the parts of the fold (fold_*.js) do about each kind; of any other, its lane ran */
const HANDLERS = new Map(
  Object.entries({
    ...PROCESSES,
    ...THREADS,
    ...TASKS,
    ...RESOURCES,
    ...CHANNELS,
    ...MANAGERS,
    ...VARIABLES,
    "warning.raised": (fold, event) => fold.onRun(event.kind, event),
    "run.events_dropped": (fold, event) => fold.onRun(event.kind, event),
  }),
);

export class Fold {
  constructor() {
    this.texts = new Texts();
    /** @type {Map<string, Lane>} */
    this.lanes = new Map();
    /** @type {Flow[]} */
    this.flows = [];
    /** @type {Map<string, Resource>} */
    this.resources = new Map();
    /** @type {[tsNs: number, laneKey: string, stream: number, text: string][]} */
    this.output = [];
    /** @type {Map<string, PoolTask>} */
    this.tasks = new Map();
    /** @type {Map<string, import("./fold_variables.js").Variable>} "pid name" -> globals, in the order they were seen in */
    this.variables = new Map();
    /** @type {[tsNs: number, code: string, text: string][]} */
    this.warnings = [];
    /** @type {Finding[]} what the trace itself says to have gone wrong */
    this.findings = [];
    /** @type {Map<string, string>} path -> text, beyond what the header holds */
    this.sources = new Map();
    /** @type {TraceEvent | null} */
    this.ended = null;
    this.endNs = 0;
    this.dropped = 0;
    this.illegal = 0;
    /** How often the lab held a lane between its read and its write of a variable (step mode). */
    this.handedOver = 0;
    /** @type {Map<number, Map<number, Lane>>} pid -> tid -> lane */
    this.byTid = new Map();
    /** @type {Map<number, Origin>} */
    this.forks = new Map();
    /** @type {Map<string, Origin>} */
    this.launches = new Map();
    /** @type {Map<string, number>} "lane obj" -> ns */
    this.notifies = new Map();
    /** @type {Map<string, Origin>} condition -> who notified last, and when */
    this.lastNotify = new Map();
    /** @type {Map<string, Origin>} */
    this.sets = new Map();
    /** @type {Map<string, Origin>} call to a manager -> who asked or answered last, and when */
    this.calls = new Map();
    /** @type {Map<string, string>} lane -> the call that it waits for */
    this.asked = new Map();
    /** @type {Map<string, string>} task of a pool -> its future */
    this.futures = new Map();
    /** @type {Map<string, Origin>} */
    this.puts = new Map();
    /** @type {Map<string, Pending<string>>} */
    this.unsent = new Map();
    /** @type {Map<string, Pending<Origin>>} */
    this.earlyGets = new Map();
    /** @type {Map<string, Origin>} "pid signal" -> who sent it */
    this.signals = new Map();
    /** @type {Map<string, string>} an end of a pipe -> the end at which it is received */
    this.peers = new Map();
    /** @type {Map<string, Pending<{from: Origin, bytes: number, drawn: boolean, guessed: boolean}>>} an end -> what is not yet read */
    this.inPipe = new Map();
    /** @type {Map<string, number>} */
    this.owed = new Map();
    /** @type {Map<string, [laneKey: string, ns: number, obj: string]>} task -> who made it ready, when, by what */
    this.wakes = new Map();
    /** @type {Map<number, number>} */
    this.forkFlows = new Map();
    /** @type {Set<string>} */
    this.reaped = new Set();
    this.children = 0;
    /** When each event was, in the order of their seq; and its lane's place among the lanes, from 1: 0 = of no lane. */
    this.eventNs = new Column(Float64Array);
    this.eventLane = new SmallColumn();
    /** When which lane (its place) was seen on which core: for drawing alone, so fold.py has no such thing. */
    this.onCpu = {
      ns: new Column(Float64Array),
      lane: new Column(Uint32Array),
      cpu: new Column(Uint16Array),
    };
  }

  /**
   * When and where an event was.
   * @param {number} seq
   * @returns {{ns: number, laneKey: string | null} | null} null: it has not been fed
   */
  placeOf(seq) {
    if (seq < 0 || seq >= this.eventNs.length) return null;
    const place = this.eventLane.data[seq];
    return { ns: this.eventNs.data[seq], laneKey: place ? [...this.lanes.keys()][place - 1] : null };
  }

  /** So many events are to come in all. @param {number} events */
  expect(events) {
    this.eventNs.reserve(events);
    this.eventLane.reserve(events);
  }

  /**
   * Take in more events, in order; return this.
   * @param {Iterable<TraceEvent>} events
   */
  feed(events) {
    for (const event of events) this.feedOne(event);
    return this;
  }

  /** @param {TraceEvent} event */
  feedOne(event) {
    const ts = event.ts_ns;
    if (ts > this.endNs) this.endNs = ts;
    const at = this.eventNs.extend();
    this.eventNs.data[at] = ts;
    if (event.pid === undefined) {
      this.eventLane.push(0);
      this.onRun(event.kind, event);
      return;
    }
    const lane = this.laneOf(event);
    this.eventLane.push(lane ? lane.place : 0);
    if (!lane) return;
    if (event.line && event.by === "probe") this.step(lane, ts, event.file ?? "", event.line);
    if (lane.kind === "task") this.ran(/** @type {Lane} */ (this.lanes.get(lane.parent ?? "")), event);
    const handler = HANDLERS.get(event.kind);
    if (handler) handler(this, event, lane);
    else this.ran(lane, event);
  }

  /**
   * @param {Lane} lane
   * @param {number} ts
   * @param {string} file
   * @param {number} line
   */
  step(lane, ts, file, line) {
    const fileIndex = this.texts.indexOf(file);
    if (lane.atLine !== line || lane.atFile !== fileIndex) lane.addStep(ts, fileIndex, line);
  }

  // -- lanes -----------------------------------------------------------------------------------------

  /**
   * Return the lane an event is about; undefined for a thread of which only the OS knows (yet).
   * @param {TraceEvent} event
   * @returns {Lane | undefined}
   */
  laneOf(event) {
    const pid = event.pid;
    if (event.task !== undefined) return this.taskLane(event);
    const tid = event.tid ?? pid;
    if (event.kind === "thread.started") {
      const created = this.lanes.get(event.obj);
      // Also when the id is known: the OS gives the number of a dead thread to a new one.
      if (created) return this.bind(created, pid, tid);
    }
    const lane = this.laneWith(pid, tid);
    if (lane) return lane;
    if (tid === pid) return this.process(pid, event);
    if (event.by !== "probe") return undefined;
    const unnamed = this.add(`${pid}/${tid}`, "thread", pid, `thread ${tid}`, String(pid), event);
    unnamed.unwatched = event.kind !== "thread.started";
    return this.bind(unnamed, pid, tid);
  }

  /**
   * @param {Lane} lane
   * @param {number} pid
   * @param {number} tid
   */
  bind(lane, pid, tid) {
    lane.tid = tid;
    const ofProcess = this.byTid.get(pid);
    if (ofProcess) ofProcess.set(tid, lane);
    else this.byTid.set(pid, new Map([[tid, lane]]));
    return lane;
  }

  /** The thread that has this number now. @param {number} pid @param {number} tid */
  laneWith(pid, tid) {
    return this.byTid.get(pid)?.get(tid);
  }

  /**
   * @param {string} key
   * @param {"process" | "thread" | "task"} kind
   * @param {number} pid
   * @param {string} name
   * @param {string | null} parent
   * @param {TraceEvent} event
   */
  add(key, kind, pid, name, parent, event) {
    const lane = new Lane(this.texts, key, kind, pid, name, parent, event.ts_ns);
    this.lanes.set(key, lane);
    lane.place = this.lanes.size;
    return lane;
  }

  /**
   * @param {number} pid
   * @param {TraceEvent} event
   * @param {string | null} [parent]
   */
  process(pid, event, parent = null) {
    const known = this.lanes.get(String(pid));
    if (known) return known;
    let name = "MainProcess";
    if (this.lanes.size) {
      this.children += 1;
      name = `child-${this.children}`;
    }
    return this.bind(this.add(String(pid), "process", pid, name, parent, event), pid, pid);
  }

  /** @param {TraceEvent} event */
  taskLane(event) {
    const known = this.lanes.get(event.task);
    if (known) return known;
    const thread = this.laneOf({ ...event, task: undefined });
    const lane = this.add(event.task, "task", event.pid, event.task, thread?.key ?? String(event.pid), event);
    lane.tid = event.tid ?? event.pid;
    return lane;
  }

  /**
   * @param {Lane} lane
   * @param {TraceEvent} event
   * @param {number} state
   * @param {string} [reason]
   */
  become(lane, event, state, reason = "") {
    const now = lane.now;
    if (lane.state.length && !TRANSITIONS[now].includes(state)) {
      // A dead lane's late words are no transition; anything else would be our mistake.
      if (now !== DEAD) this.illegal += 1;
      return;
    }
    const code = REASON_CODES.get(reason) ?? 0;
    const obj = this.texts.indexOf(state === BLOCKED ? (event.obj ?? "") : "");
    if (lane.state.length && now === state && lane.reason.last() === code && lane.obj.last() === obj) return;
    const by = lane.unwatched && state === RUNNING && event.by === "probe" ? "inferred" : event.by;
    lane.addSpan(event.ts_ns, state, code, SOURCE_CODES.get(by) ?? 0, event.line ?? 0, obj);
  }

  /**
   * Its own probe spoke: at this instant it was on a CPU.
   * @param {Lane} lane
   * @param {TraceEvent} event
   */
  ran(lane, event) {
    const now = lane.now;
    if (event.by === "probe" && (now === NEW || now === RUNNABLE || lane.onlySeenBlocked)) {
      this.become(lane, event, RUNNING);
    }
  }

  // -- the run ---------------------------------------------------------------------------------------

  /**
   * @param {string} kind
   * @param {TraceEvent} event
   */
  onRun(kind, event) {
    if (kind === "run.ended") {
      this.ended = event;
      this.dropped = Math.max(this.dropped, event.dropped ?? 0);
    } else if (kind === "run.events_dropped") {
      this.dropped += event.count;
    } else if (kind === "source.loaded") {
      this.sources.set(event.path, event.text);
    } else if (kind === "finding.made") {
      this.findings.push([event.ts_ns, event.code, event.lanes, event.text, event.args]);
      for (const key of event.lanes) this.lanes.get(key)?.findings.push(event.code);
    } else if (kind === "run.limited" || kind === "warning.raised") {
      this.warnings.push([event.ts_ns, event.code || (event.limit ?? ""), event.text]);
    }
  }

  /**
   * @param {TraceEvent} event
   * @param {Lane} lane
   */
  laneOr(event, lane) {
    return this.lanes.get(event.obj ?? "") ?? lane;
  }

  /**
   * @param {string} kind
   * @param {Origin} origin
   * @param {string} toLane
   * @param {number} toNs
   * @param {string} obj
   */
  flow(kind, origin, toLane, toNs, obj) {
    this.flows.push([kind, origin[0], origin[1], toLane, toNs, obj]);
  }

  /** Return everything as plain data, as Fold.to_dict() of Python does. */
  toDict() {
    return {
      lanes: [...this.lanes.values()].map((lane) => lane.toDict()),
      flows: this.flows,
      resources: [...this.resources.values()].map((resource) => resource.toDict()),
      tasks: [...this.tasks.values()],
      output: this.output,
      variables: [...this.variables.values()].map((variable) => variable.toDict()),
      warnings: this.warnings,
      findings: this.findings,
      end_ns: this.endNs,
      dropped: this.dropped,
      illegal: this.illegal,
      handed_over: this.handedOver,
    };
  }
}
