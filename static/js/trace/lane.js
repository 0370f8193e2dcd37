// Lanes and resources: what the fold fills. Columns as in concurrency_lab/trace/lane.py, as typed arrays.

import { Column, SmallColumn } from "../lib/column.js";
import { BLOCKED, DEAD, NEW, SOURCES, ZOMBIE } from "./constants.js";

/** @typedef {import("../lib/column.js").Texts} Texts */
/** @typedef {[laneKey: string, fromNs: number, toNs: number | null]} Hold toNs is null while it is held */

const SOURCE_PROBE = SOURCES.indexOf("probe");

/**
 * The row of one process (its main thread), thread or asyncio task.
 *
 * Span i lasts from startNs[i] to startNs[i + 1] (the last one: still). `obj` and `pathFile` are
 * indices into `texts`. `path*` say at which source line the lane was last seen.
 */
export class Lane {
  /**
   * @param {Texts} texts
   * @param {string} key
   * @param {"process" | "thread" | "task"} kind
   * @param {number} pid
   * @param {string} name
   * @param {string | null} parent
   * @param {number} createdNs
   */
  constructor(texts, key, kind, pid, name, parent, createdNs) {
    this.texts = texts;
    this.key = key;
    /** Its place among the lanes of the fold, from 1. */
    this.place = 0;
    this.kind = kind;
    this.pid = pid;
    /** @type {number | null} */
    this.tid = null;
    this.name = name;
    this.parent = parent;
    this.internal = false;
    this.daemon = false;
    /** Its native id is not known: nobody sees whether it is on a CPU. */
    this.unwatched = false;
    this.createdNs = createdNs;
    this.method = "";
    /** @type {{code?: number, signal?: number} | null} */
    this.exit = null;
    /** @type {[number, number][]} */
    this.orphaned = [];
    /** @type {string[]} codes of the findings that name it */
    this.findings = [];
    /** @type {number | null} */
    this.cpuNs = null;
    /** The state it is in; NEW before the first span. */
    this.now = NEW;
    /** Where it was last seen; no file's index is below 0. */
    this.atFile = -1;
    this.atLine = 0;
    this.startNs = new Column(Float64Array);
    this.state = new Column(Uint8Array);
    this.reason = new Column(Uint8Array);
    this.source = new Column(Uint8Array);
    this.line = new SmallColumn();
    this.obj = new SmallColumn();
    this.pathNs = new Column(Float64Array);
    this.pathFile = new SmallColumn();
    this.pathLine = new SmallColumn();
  }

  /** It is blocked as the OS sees it, or must have been; its own probe did not say so. */
  get onlySeenBlocked() {
    return this.now === BLOCKED && this.source.last() !== SOURCE_PROBE;
  }

  /**
   * From an instant on it is in another state.
   * @param {number} ns
   * @param {number} state
   * @param {number} reason
   * @param {number} source
   * @param {number} line
   * @param {number} obj
   */
  addSpan(ns, state, reason, source, line, obj) {
    const span = this.startNs.extend();
    this.startNs.data[span] = ns;
    this.state.extend();
    this.state.data[span] = state;
    this.reason.extend();
    this.reason.data[span] = reason;
    this.source.extend();
    this.source.data[span] = source;
    this.line.push(line);
    this.obj.push(obj);
    this.now = state;
  }

  /** At an instant it is at another source line. @param {number} ns @param {number} file @param {number} line */
  addStep(ns, file, line) {
    const step = this.pathNs.extend();
    this.pathNs.data[step] = ns;
    this.pathFile.push(file);
    this.pathLine.push(line);
    this.atFile = file;
    this.atLine = line;
  }

  /**
   * @param {number} state
   * @returns {number} the first span of this state, or -1
   */
  firstOf(state) {
    return this.state.data.subarray(0, this.state.length).indexOf(state);
  }

  /** When it ended: it has. */
  get endedNs() {
    const zombie = this.firstOf(ZOMBIE);
    return this.startNs.data[zombie >= 0 ? zombie : this.firstOf(DEAD)];
  }

  toDict() {
    const { texts, startNs, state, reason, source, line, obj, pathNs, pathFile, pathLine } = this;
    const span = (/** @type {number} */ i) => [
      startNs.data[i],
      state.data[i],
      reason.data[i],
      source.data[i],
      line.data[i],
      texts.byIndex[obj.data[i]],
    ];
    const step = (/** @type {number} */ i) => [
      pathNs.data[i],
      texts.byIndex[pathFile.data[i]],
      pathLine.data[i],
    ];
    return {
      key: this.key,
      kind: this.kind,
      pid: this.pid,
      tid: this.tid,
      name: this.name,
      parent: this.parent,
      internal: this.internal,
      daemon: this.daemon,
      method: this.method,
      created_ns: this.createdNs,
      exit: this.exit,
      orphaned: this.orphaned,
      cpu_ns: this.cpuNs,
      spans: Array.from({ length: startNs.length }, (_, i) => span(i)),
      path: Array.from({ length: pathNs.length }, (_, i) => step(i)),
    };
  }
}

/** A lock, condition, queue, ...: who held it, and how many items were in it. */
export class Resource {
  /**
   * @param {string} obj
   * @param {string} kind
   * @param {string} type
   * @param {string} name
   * @param {number} createdNs
   */
  constructor(obj, kind, type, name, createdNs) {
    this.obj = obj;
    this.kind = kind;
    this.type = type;
    this.name = name;
    this.createdNs = createdNs;
    this.file = "";
    this.line = 0;
    /** @type {Hold[]} */
    this.holds = [];
    /** @type {Hold[]} those of `holds` that have not ended */
    this.openHolds = [];
    this.depthNs = new Column(Float64Array);
    this.depth = new Column(Int32Array);
  }

  /** It belongs to several processes, and outlives each of them. */
  get isShared() {
    return this.type.startsWith("multiprocessing.");
  }

  /**
   * Note that one of `openHolds` has ended.
   * @param {Hold} hold
   * @param {number} ts
   */
  endHold(hold, ts) {
    hold[2] = ts;
    this.openHolds.splice(this.openHolds.indexOf(hold), 1);
  }

  toDict() {
    const { depthNs, depth } = this;
    return {
      obj: this.obj,
      kind: this.kind,
      type: this.type,
      name: this.name,
      created_ns: this.createdNs,
      file: this.file,
      line: this.line,
      holds: this.holds,
      depth: Array.from({ length: depth.length }, (_, i) => [depthNs.data[i], depth.data[i]]),
    };
  }
}
