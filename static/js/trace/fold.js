// Events -> lanes with their spans, flows, resources and output: concurrency_lab/trace/fold.py, in JavaScript.
// tests/golden/ pins both to the same result. Feed it events in order; its result is right after every one.

import { Column, Texts } from "../lib/column.js";
import { BLOCKED, DEAD, NEW, REASONS, RUNNABLE, RUNNING, SOURCES, TRANSITIONS, ZOMBIE } from "./constants.js";
import { Lane, Resource } from "./lane.js";

/** @typedef {Record<string, any>} TraceEvent */
/** @typedef {[laneKey: string, ns: number]} Origin */
/** @typedef {[kind: string, from: string, fromNs: number, to: string, toNs: number, obj: string]} Flow */
/**
 * @typedef {[startNs: number, id: string, laneKey: string, fn: string, value: string, endNs: number | null,
 *   ok: boolean | null]} PoolTask
 */

const REASON_CODES = new Map(REASONS.map((name, code) => [name, code]));
const SOURCE_CODES = new Map(SOURCES.map((name, code) => [name, code]));
const REASON_EVENT = REASONS.indexOf("event");
const TOLD_OTHERWISE = new Set(["queue_get", "sleep", "io"].map((name) => REASONS.indexOf(name)));
// The names that asyncio gives to tasks.
const AUTOMATIC = /^Task-\d+$/;

/**
 * @typedef {[tsNs: number, code: string, laneKeys: string[], text: string, args: Record<string, any>]} Finding
 */

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
    /** @type {Map<string, Lane>} "pid/tid" -> lane */
    this.byTid = new Map();
    /** @type {Map<number, Origin>} */
    this.forks = new Map();
    /** @type {Map<string, Origin>} */
    this.launches = new Map();
    /** @type {Map<string, number>} "lane obj" -> ns */
    this.notifies = new Map();
    /** @type {Map<string, Origin>} */
    this.sets = new Map();
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
    /** @type {Map<string, Pending<{from: Origin, bytes: number, drawn: boolean}>>} an end -> what is not yet read */
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
    this.eventLane = new Column(Uint32Array);
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
    this.eventNs.push(ts);
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
    if (handler) handler.call(this, event, lane);
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
    if (lane.pathLine.last() === line && lane.pathFile.last() === fileIndex) return;
    lane.pathNs.push(ts);
    lane.pathFile.push(fileIndex);
    lane.pathLine.push(line);
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
    const lane = this.byTid.get(`${pid}/${tid}`);
    if (lane) return lane;
    if (tid === pid) return this.process(pid, event);
    if (event.by !== "probe") return undefined;
    return this.bind(this.add(`${pid}/${tid}`, "thread", pid, `thread ${tid}`, String(pid), event), pid, tid);
  }

  /**
   * @param {Lane} lane
   * @param {number} pid
   * @param {number} tid
   */
  bind(lane, pid, tid) {
    lane.tid = tid;
    this.byTid.set(`${pid}/${tid}`, lane);
    return lane;
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
    lane.startNs.push(event.ts_ns);
    lane.state.push(state);
    lane.reason.push(code);
    lane.source.push(SOURCE_CODES.get(event.by) ?? 0);
    lane.line.push(event.line ?? 0);
    lane.obj.push(obj);
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

  /** @param {TraceEvent} event */
  onWarningRaised(event) {
    this.warnings.push([event.ts_ns, event.code, event.text]);
  }

  /** @param {TraceEvent} event */
  onRunEventsDropped(event) {
    this.dropped += event.count;
  }

  // -- processes -------------------------------------------------------------------------------------

  /** @type {Handler} */
  onProcessForked(event, lane) {
    this.forks.set(event.child, [lane.key, event.ts_ns]);
    const known = this.lanes.has(String(event.child));
    const child = this.process(event.child, event, lane.key);
    child.method ||= "fork";
    // The child may have spoken, or even ended, before fork returned in the parent.
    child.parent ||= lane.key;
    if (known) this.forked(child);
    else this.become(child, { ...event, line: 0 }, RUNNABLE);
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onProcessSpawned(event, lane) {
    // Also when a fork was seen: a forkserver forks for somebody else, who is the one to show.
    if (this.forks.get(event.child)?.[0] !== lane.key) this.onProcessForked(event, lane);
    const target = /** @type {Lane} */ (this.lanes.get(String(event.child)));
    target.method = event.method;
    target.parent = lane.key;
    if (event.name) target.name = event.name;
    target.internal = Boolean(event.internal ?? target.internal);
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onProcessStarted(event, lane) {
    lane.internal = Boolean(event.internal ?? lane.internal);
    if (event.name) lane.name = event.name;
    if (!lane.method || event.method !== "fork") lane.method = event.method;
    if (lane.parent === null && this.lanes.has(String(event.ppid))) lane.parent = String(event.ppid);
    this.become(lane, event, RUNNING);
    this.forked(lane);
  }

  /** @param {Lane} child */
  forked(child) {
    const origin = this.forks.get(child.pid);
    const first = child.firstOf(RUNNING);
    if (!origin || first < 0) return;
    const startedNs = child.startNs.data[first];
    // The child may have run before fork returned in the parent.
    const fromNs = Math.min(origin[1], startedNs);
    const index = this.forkFlows.get(child.pid) ?? this.flows.length;
    this.forkFlows.set(child.pid, index);
    this.flows[index] = ["forked", origin[0], fromNs, child.key, startedNs, child.key];
  }

  /** @type {Handler} */
  onProcessNamed(event, lane) {
    this.laneOr(event, lane).name = event.name;
  }

  /** @type {Handler} */
  onProcessExited(event, lane) {
    this.endProcess(event, lane, { code: event.code });
  }

  /** @type {Handler} */
  onProcessKilled(event, lane) {
    this.signalFlow(event, lane);
    this.endProcess(event, lane, { signal: event.signal });
  }

  /**
   * Its threads are gone, at its end as when another program takes its place.
   * @type {Handler}
   */
  onProcessExecd(event, lane) {
    for (const other of this.lanes.values()) {
      if (other.pid === lane.pid && other.kind !== "process") {
        this.become(other, event, DEAD);
        this.releaseAll(other.key, event.ts_ns);
      }
    }
  }

  /**
   * @param {TraceEvent} event
   * @param {Lane} lane
   * @param {{code?: number, signal?: number}} how
   */
  endProcess(event, lane, how) {
    this.onProcessExecd(event, lane);
    this.releaseAll(lane.key, event.ts_ns);
    lane.exit = how;
    this.become(lane, event, ZOMBIE);
  }

  /**
   * Forget the locks of a dead process; those that it shared with others stay as they are: taken for ever.
   * @param {string} key
   * @param {number} ts
   */
  releaseAll(key, ts) {
    for (const resource of this.resources.values()) {
      if (resource.isShared) continue;
      for (const hold of resource.openHolds.filter((open) => open[0] === key)) endHold(resource, hold, ts);
    }
  }

  /** @type {Handler} */
  onProcessReaped(event, lane) {
    const child = this.lanes.get(String(event.child));
    if (child) {
      this.become(child, { ...event, line: 0 }, DEAD);
      // The OS may have missed it in the process table before its parent's wait returned.
      if (child !== lane && !this.reaped.has(child.key)) {
        this.reaped.add(child.key);
        this.flow("joined", [child.key, endedNs(child)], lane.key, event.ts_ns, child.key);
      }
    }
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onProcessOrphaned(event, lane) {
    lane.orphaned.push([event.ts_ns, event.ppid]);
  }

  // -- threads ---------------------------------------------------------------------------------------

  /** @type {Handler} */
  onThreadCreated(event, lane) {
    const thread = this.add(event.obj, "thread", lane.pid, event.name, String(lane.pid), event);
    thread.internal = Boolean(event.internal);
    thread.daemon = event.daemon;
    this.become(thread, { ...event, line: 0 }, NEW);
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onThreadLaunched(event, lane) {
    this.launches.set(event.obj, [lane.key, event.ts_ns]);
    const thread = this.lanes.get(event.obj);
    if (thread && thread.now === NEW) this.become(thread, { ...event, by: "inferred", line: 0 }, RUNNABLE);
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onThreadStarted(event, lane) {
    this.become(lane, event, RUNNING);
    const origin = this.launches.get(event.obj ?? "");
    if (origin) this.flow("started", origin, lane.key, event.ts_ns, lane.key);
  }

  /** @type {Handler} */
  onThreadEnded(event, lane) {
    if (lane.kind === "thread") this.become(lane, event, DEAD);
  }

  /** @type {Handler} */
  onThreadJoined(event, lane) {
    const thread = this.lanes.get(event.obj);
    if (thread && thread.now === DEAD) {
      const ended = /** @type {number} */ (thread.startNs.last());
      this.flow("joined", [thread.key, ended], lane.key, event.ts_ns, thread.key);
    }
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onThreadNamed(event, lane) {
    this.laneOr(event, lane).name = event.name;
  }

  /**
   * @param {TraceEvent} event
   * @param {Lane} lane
   */
  laneOr(event, lane) {
    return this.lanes.get(event.obj ?? "") ?? lane;
  }

  // -- tasks -----------------------------------------------------------------------------------------

  /** @type {Handler} */
  onTaskCreated(event, lane) {
    const coro = event.coro ?? "";
    const short = coro.slice(coro.lastIndexOf(".") + 1);
    const name = AUTOMATIC.test(event.name) && coro ? `${event.name} (${short})` : event.name;
    const parent = lane.kind === "task" ? lane.parent : lane.key;
    const task = this.add(event.obj, "task", lane.pid, name, parent, event);
    task.tid = lane.tid;
    task.internal = Boolean(event.internal);
    this.launches.set(event.obj, [lane.key, event.ts_ns]);
    this.become(task, { ...event, line: 0 }, RUNNABLE);
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onTaskNamed(event, lane) {
    this.laneOr(event, lane).name = event.name;
  }

  /** @type {Handler} */
  onTaskStarted(event, lane) {
    this.become(lane, event, RUNNING);
    const origin = take(this.launches, lane.key);
    if (origin) this.flow("started", origin, lane.key, event.ts_ns, lane.key);
  }

  /** @type {Handler} */
  onTaskScheduled(event, lane) {
    const task = this.lanes.get(event.obj);
    if (task && task.now === BLOCKED) {
      const obj = this.texts.byIndex[task.obj.last() ?? 0];
      // Items and results have arrows of their own; a timer's end is nobody's doing.
      const told = TOLD_OTHERWISE.has(task.reason.last() ?? 0) || this.lanes.has(obj);
      if (lane.kind === "task" && lane !== task && !told) {
        this.wakes.set(task.key, [lane.key, event.ts_ns, obj]);
      }
      this.become(task, { ...event, line: 0 }, RUNNABLE);
    }
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onTaskSwitched(event, lane) {
    if (event.running) {
      this.become(lane, event, RUNNING);
      const wake = take(this.wakes, lane.key);
      if (wake) this.flow("notified", [wake[0], wake[1]], lane.key, event.ts_ns, wake[2]);
    } else if (event.reason !== undefined) {
      this.become(lane, { ...event, obj: event.target ?? "" }, BLOCKED, event.reason);
    } else {
      this.become(lane, event, RUNNABLE);
    }
  }

  /** @type {Handler} */
  onTaskJoined(event, lane) {
    const task = this.lanes.get(event.obj);
    if (task && task.now === DEAD) {
      this.flow("joined", [task.key, task.startNs.last() ?? 0], lane.key, event.ts_ns, task.key);
    }
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onTaskEnded(event, lane) {
    this.become(lane, event, DEAD);
  }

  /**
   * Return the lanes that stand still or go on with this one: of a task's, also its thread.
   * @param {Lane} lane
   */
  withThread(lane) {
    const thread = lane.kind === "task" ? this.lanes.get(lane.parent ?? "") : undefined;
    return thread ? [lane, thread] : [lane];
  }

  // -- a lane's states -------------------------------------------------------------------------------

  /** @type {Handler} */
  onLaneBlocked(event, lane) {
    // In a task this is no await: the whole event loop stands still.
    for (const each of this.withThread(lane)) this.become(each, event, BLOCKED, event.reason);
  }

  /** @type {Handler} */
  onLaneUnblocked(event, lane) {
    const wasEvent = lane.now === BLOCKED && lane.reason.last() === REASON_EVENT;
    const origin = this.sets.get(event.obj);
    if (wasEvent && event.result && origin) this.flow("notified", origin, lane.key, event.ts_ns, event.obj);
    for (const each of this.withThread(lane)) {
      if (each.now !== ZOMBIE && each.now !== DEAD) this.become(each, event, RUNNING);
    }
  }

  /** @type {Handler} */
  onLaneOnCpu(event, lane) {
    if (lane.now === NEW || lane.now === RUNNABLE || lane.onlySeenBlocked) this.become(lane, event, RUNNING);
  }

  /** @type {Handler} */
  onLaneOffCpu(event, lane) {
    if (lane.now !== RUNNING && lane.now !== RUNNABLE && !lane.onlySeenBlocked) return;
    const ready = event.reason === "gil" || event.reason === "cpu";
    this.become(lane, event, ready ? RUNNABLE : BLOCKED, event.reason);
  }

  /** @type {Handler} */
  onLaneMeasured(event, lane) {
    lane.cpuNs = event.cpu_ns;
  }

  // -- resources -------------------------------------------------------------------------------------

  /** @type {Handler} */
  onResourceCreated(event, lane) {
    const noun = event.kind.split(".", 1)[0];
    const resource = new Resource(event.obj, noun, event.type ?? noun, event.name ?? "", event.ts_ns);
    resource.file = event.file ?? "";
    resource.line = event.line ?? 0;
    this.resources.set(event.obj, resource);
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onLockAcquired(event, lane) {
    const resource = this.resources.get(event.obj);
    if (resource && event.depth <= 1) {
      /** @type {import("./lane.js").Hold} */
      const hold = [lane.key, event.ts_ns, null];
      resource.holds.push(hold);
      resource.openHolds.push(hold);
    }
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onLockReleased(event, lane) {
    const resource = this.resources.get(event.obj);
    if (resource && event.depth === 0 && resource.openHolds.length) {
      // A plain Lock may be released by another lane than the one that took it.
      const own = resource.openHolds.filter((hold) => hold[0] === lane.key);
      const candidates = own.length ? own : resource.openHolds;
      endHold(resource, candidates[candidates.length - 1], event.ts_ns);
    }
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onConditionNotified(event, lane) {
    this.notifies.set(`${lane.key} ${event.obj}`, event.ts_ns);
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onConditionWoken(event, lane) {
    const waker = this.byTid.get(`${event.pid}/${event.waker}`);
    const notifiedNs = waker && this.notifies.get(`${waker.key} ${event.obj}`);
    if (waker && notifiedNs !== undefined) {
      this.flow("notified", [waker.key, notifiedNs], lane.key, event.ts_ns, event.obj);
    }
    if (lane.now === BLOCKED) this.become(lane, event, RUNNING);
  }

  /** @type {Handler} */
  onEventSet(event, lane) {
    this.sets.set(event.obj, [lane.key, event.ts_ns]);
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onQueuePut(event, lane) {
    this.depth(event);
    if (event.item !== undefined) this.puts.set(event.item, [lane.key, event.ts_ns]);
    this.ran(lane, event);
  }

  /** @param {TraceEvent} event */
  onQueueSent(event) {
    const item = event.item ?? "";
    const early = this.earlyGets.get(event.obj)?.take();
    if (early) this.putGot(item, event.obj, early[0], early[1]);
    else pendingOf(this.unsent, event.obj).add(item);
  }

  /** @type {Handler} */
  onQueueGot(event, lane) {
    this.depth(event);
    // A queue between processes is a pipe: the n-th item sent is the n-th got.
    const item = event.item ?? this.unsent.get(event.obj)?.take();
    if (item !== undefined) this.putGot(item, event.obj, lane.key, event.ts_ns);
    // Its reader may be quicker than its sender's word of it.
    else pendingOf(this.earlyGets, event.obj).add([lane.key, event.ts_ns]);
    this.ran(lane, event);
  }

  /**
   * @param {string} item
   * @param {string} obj
   * @param {string} laneKey
   * @param {number} ts
   */
  putGot(item, obj, laneKey, ts) {
    const origin = take(this.puts, item);
    if (origin) this.flow("put_got", origin, laneKey, ts, obj);
  }

  /** @param {TraceEvent} event */
  depth(event) {
    const resource = this.resources.get(event.obj);
    if (!resource) return;
    resource.depthNs.push(event.ts_ns);
    resource.depth.push(event.depth);
  }

  // -- pipes and shared memory -----------------------------------------------------------------------

  /** @type {Handler} */
  onPipeCreated(event, lane) {
    this.peers.set(event.obj, event.peer ?? event.obj);
    this.onResourceCreated(event, lane);
  }

  /** @type {Handler} */
  onSharedAttached(event, lane) {
    if (this.resources.has(event.obj)) this.ran(lane, event);
    else this.onResourceCreated(event, lane);
  }

  /** @type {Handler} */
  onPipeSent(event, lane) {
    const end = this.peers.get(event.obj) ?? event.obj;
    // Its reader may be quicker than its sender's word of it.
    const early = Math.min(this.owed.get(end) ?? 0, event.bytes);
    this.owed.set(end, (this.owed.get(end) ?? 0) - early);
    const bytes = event.bytes - early;
    pendingOf(this.inPipe, end).add({ from: [lane.key, event.ts_ns], bytes, drawn: early > 0 });
    this.ran(lane, event);
  }

  /**
   * A pipe is a stream: who wrote the bytes that are read is known by counting them.
   * @type {Handler}
   */
  onPipeReceived(event, lane) {
    const waiting = pendingOf(this.inPipe, event.obj);
    let left = event.bytes;
    for (let message = waiting.first(); left && message; message = waiting.first()) {
      if (!message.drawn) this.flow("sent", message.from, lane.key, event.ts_ns, event.obj);
      message.drawn = true;
      const taken = Math.min(left, message.bytes);
      left -= taken;
      message.bytes -= taken;
      if (!message.bytes) waiting.take();
    }
    if (left) this.owed.set(event.obj, (this.owed.get(event.obj) ?? 0) + left);
    this.ran(lane, event);
  }

  // -- signals, pools, output ------------------------------------------------------------------------

  /** @type {Handler} */
  onSignalSent(event, lane) {
    this.signals.set(`${Math.abs(event.target)} ${event.signal}`, [lane.key, event.ts_ns]);
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onSignalReceived(event, lane) {
    this.signalFlow(event, lane);
    this.ran(lane, event);
  }

  /** @type {Handler} */
  signalFlow(event, lane) {
    const origin = take(this.signals, `${event.pid} ${event.signal}`);
    if (origin) this.flow("signal", origin, lane.key, event.ts_ns, lane.key);
  }

  /** @type {Handler} */
  onPoolTaskSubmitted(event, lane) {
    this.puts.set(`task ${event.task_id}`, [lane.key, event.ts_ns]);
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onPoolTaskStarted(event, lane) {
    const id = event.task_id;
    this.tasks.set(id, [event.ts_ns, id, lane.key, event.function, event.value ?? "", null, null]);
    const origin = take(this.puts, `task ${id}`);
    if (origin) this.flow("task", origin, lane.key, event.ts_ns, id);
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onPoolTaskEnded(event, lane) {
    const task = this.tasks.get(event.task_id);
    if (task) {
      task[5] = event.ts_ns;
      task[6] = event.ok;
    }
    this.ran(lane, event);
  }

  /** @type {Handler} */
  onOutputWritten(event, lane) {
    this.output.push([event.ts_ns, lane.key, event.stream, event.text]);
    this.ran(lane, event);
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
      warnings: this.warnings,
      findings: this.findings,
      end_ns: this.endNs,
      dropped: this.dropped,
      illegal: this.illegal,
    };
  }
}

/** @typedef {(this: Fold, event: TraceEvent, lane: Lane) => void} Handler */

const on = Fold.prototype;

/** @type {Map<string, Handler>} */
const HANDLERS = new Map(
  /** @type {[string, Handler][]} */ ([
    ["warning.raised", on.onWarningRaised],
    ["run.events_dropped", on.onRunEventsDropped],
    ["process.forked", on.onProcessForked],
    ["process.spawned", on.onProcessSpawned],
    ["process.started", on.onProcessStarted],
    ["process.named", on.onProcessNamed],
    ["process.exited", on.onProcessExited],
    ["process.killed", on.onProcessKilled],
    ["process.reaped", on.onProcessReaped],
    ["process.orphaned", on.onProcessOrphaned],
    ["process.exec'd", on.onProcessExecd],
    ["thread.created", on.onThreadCreated],
    ["thread.launched", on.onThreadLaunched],
    ["thread.started", on.onThreadStarted],
    ["thread.ended", on.onThreadEnded],
    ["thread.joined", on.onThreadJoined],
    ["thread.named", on.onThreadNamed],
    ["task.created", on.onTaskCreated],
    ["task.named", on.onTaskNamed],
    ["task.started", on.onTaskStarted],
    ["task.scheduled", on.onTaskScheduled],
    ["task.joined", on.onTaskJoined],
    ["task.switched", on.onTaskSwitched],
    ["task.ended", on.onTaskEnded],
    ["lane.blocked", on.onLaneBlocked],
    ["lane.unblocked", on.onLaneUnblocked],
    ["lane.on_cpu", on.onLaneOnCpu],
    ["lane.off_cpu", on.onLaneOffCpu],
    ["lane.measured", on.onLaneMeasured],
    ["lock.created", on.onResourceCreated],
    ["condition.created", on.onResourceCreated],
    ["event.created", on.onResourceCreated],
    ["semaphore.created", on.onResourceCreated],
    ["barrier.created", on.onResourceCreated],
    ["queue.created", on.onResourceCreated],
    ["pool.created", on.onResourceCreated],
    ["shared.created", on.onResourceCreated],
    ["shared.attached", on.onSharedAttached],
    ["pipe.created", on.onPipeCreated],
    ["pipe.sent", on.onPipeSent],
    ["pipe.received", on.onPipeReceived],
    ["lock.acquired", on.onLockAcquired],
    ["lock.released", on.onLockReleased],
    ["condition.notified", on.onConditionNotified],
    ["condition.woken", on.onConditionWoken],
    ["event.set", on.onEventSet],
    ["queue.put", on.onQueuePut],
    ["queue.sent", on.onQueueSent],
    ["queue.got", on.onQueueGot],
    ["signal.sent", on.onSignalSent],
    ["signal.received", on.onSignalReceived],
    ["pool.task_submitted", on.onPoolTaskSubmitted],
    ["pool.task_started", on.onPoolTaskStarted],
    ["pool.task_ended", on.onPoolTaskEnded],
    ["output.written", on.onOutputWritten],
  ]),
);

/**
 * First in, first out, each in constant time.
 * @template T
 */
class Pending {
  constructor() {
    /** @type {T[]} */
    this.items = [];
    this.taken = 0;
  }

  /** @param {T} item */
  add(item) {
    this.items.push(item);
  }

  /** @returns {T | undefined} what take() would return */
  first() {
    return this.items[this.taken];
  }

  /** @returns {T | undefined} */
  take() {
    if (this.taken === this.items.length) return undefined;
    const item = this.items[this.taken];
    this.taken += 1;
    if (this.taken > 1024 && this.taken * 2 > this.items.length) {
      this.items = this.items.slice(this.taken);
      this.taken = 0;
    }
    return item;
  }
}

/**
 * @template T
 * @param {Map<string, Pending<T>>} map
 * @param {string} key
 * @returns {Pending<T>}
 */
function pendingOf(map, key) {
  let pending = map.get(key);
  if (!pending) {
    pending = new Pending();
    map.set(key, pending);
  }
  return pending;
}

/**
 * @template K, V
 * @param {Map<K, V>} map
 * @param {K} key
 * @returns {V | undefined} the value, which is no longer in the map
 */
function take(map, key) {
  const value = map.get(key);
  map.delete(key);
  return value;
}

/**
 * @param {Resource} resource
 * @param {import("./lane.js").Hold} hold
 * @param {number} ts
 */
function endHold(resource, hold, ts) {
  hold[2] = ts;
  resource.openHolds.splice(resource.openHolds.indexOf(hold), 1);
}

/** @param {Lane} lane */
function endedNs(lane) {
  const zombie = lane.firstOf(ZOMBIE);
  return lane.startNs.data[zombie >= 0 ? zombie : lane.firstOf(DEAD)];
}
