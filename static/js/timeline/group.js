// The lanes of one run on the timeline, from its fold: in which order, and what is drawn on each. No geometry, no DOM.

import { DEAD, ZOMBIE } from "../trace/constants.js";
import { LaneColumns } from "./columns.js";
import { FlowIndex } from "./flow_index.js";
import { LaneIndex } from "./lane_index.js";

/** @typedef {import("../trace/fold.js").Fold} Fold */
/** @typedef {import("../trace/fold.js").PoolTask} PoolTask */
/** @typedef {import("../trace/lane.js").Lane} Lane */
/** @typedef {import("../trace/lane.js").Hold} Hold */

/** What is known of one lane, whether it is shown or not. */
export class Row {
  /** @param {Lane} lane @param {Group} group */
  constructor(lane, group) {
    this.lane = lane;
    this.group = group;
    /** Unlike the lane's own key, no two rows of the timeline have the same. */
    this.key = group.keyOf(lane.key);
    this.index = new LaneIndex(lane);
    this.columns = new LaneColumns(this.index);
    this.depth = 0;
    this.name = lane.name;
    /** @type {Map<string, Hold[]>} resource -> when this lane held it, one after the other */
    this.holds = new Map();
    /** @type {PoolTask[]} in the order of their beginning */
    this.tasks = [];
  }

  /** What stands before it: its name, behind its run's mark while runs are overlaid. */
  get label() {
    const { mark } = this.group;
    return mark ? `${mark} ${this.name}` : this.name;
  }

  set label(name) {
    this.name = name;
  }

  /** When the lane ended, for the mark of how; null while it has not. */
  get endedNs() {
    const { lane } = this;
    if (!lane.exit) return null;
    const zombie = lane.firstOf(ZOMBIE);
    const first = zombie >= 0 ? zombie : lane.firstOf(DEAD);
    return first >= 0 ? lane.startNs.data[first] : null;
  }
}

export class Group {
  /**
   * @param {Fold} fold
   * @param {string} [prefix] set before the keys of its lanes: two runs may have lanes of the same key
   * @param {{title: string, note: string}} [heading] said above its lanes where there are several groups
   */
  constructor(fold, prefix = "", heading = { title: "", note: "" }) {
    this.fold = fold;
    this.prefix = prefix;
    this.heading = heading;
    /** @type {Map<string, Row>} every lane, by the lane's own key */
    this.rowOf = new Map();
    /** @type {Row[]} the lanes shown in its place, in display order */
    this.rows = [];
    /** @type {Row[]} its own lanes among those shown; the same, unless runs are overlaid */
    this.own = [];
    /** Written before the names of its lanes while runs are overlaid. */
    this.mark = "";
    /** The position of its first row among the rows of all groups. */
    this.first = 0;
    this.flows = new FlowIndex(fold.flows);
    this.spans = 0;
    /** @type {Map<string, number>} resource -> how many of its holds are known here */
    this.holdsSeen = new Map();
    this.tasksSeen = 0;
    this.shape = "";
  }

  /** @param {string} laneKey */
  keyOf(laneKey) {
    return this.prefix + laneKey;
  }

  /**
   * Take in what the fold was fed since.
   * @param {boolean} showInternal
   * @returns {boolean} whether its rows are others than before
   */
  update(showInternal) {
    this.spans = 0;
    for (const [key, lane] of this.fold.lanes) {
      let row = this.rowOf.get(key);
      if (!row || row.lane !== lane) {
        row = new Row(lane, this);
        this.rowOf.set(key, row);
      }
      row.index.update();
      this.spans += lane.startNs.length;
    }
    this.updateHolds();
    this.updateTasks();
    this.flows.update();
    return this.arrange(showInternal);
  }

  /** When the first lane began; undefined before that. */
  get beginNs() {
    const [first] = this.fold.lanes.values();
    return first?.createdNs;
  }

  /**
   * What the program calls a resource, thread or process; "" where that is not known.
   * @param {string} obj
   */
  nameOf(obj) {
    return this.fold.resources.get(obj)?.name || this.fold.lanes.get(obj)?.name || "";
  }

  updateHolds() {
    for (const resource of this.fold.resources.values()) {
      let seen = this.holdsSeen.get(resource.obj) ?? 0;
      for (; seen < resource.holds.length; seen += 1) {
        const hold = resource.holds[seen];
        const holds = this.rowOf.get(hold[0])?.holds;
        const list = holds?.get(resource.obj);
        if (list) list.push(hold);
        else holds?.set(resource.obj, [hold]);
      }
      this.holdsSeen.set(resource.obj, seen);
    }
  }

  updateTasks() {
    if (this.fold.tasks.size === this.tasksSeen) return;
    let position = 0;
    for (const task of this.fold.tasks.values()) {
      if (position >= this.tasksSeen) this.rowOf.get(task[2])?.tasks.push(task);
      position += 1;
    }
    this.tasksSeen = position;
  }

  /**
   * Order the rows: a process, its threads, their tasks, then its child processes; each with its depth.
   * @param {boolean} showInternal
   */
  arrange(showInternal) {
    const shape = this.describeShape(showInternal);
    if (shape === this.shape) return false;
    this.shape = shape;
    const shown = [...this.rowOf.values()].filter((row) => showInternal || !row.lane.internal);
    const keys = new Set(shown.map((row) => row.lane.key));
    /** @type {Map<string | null, Row[]>} */
    const children = new Map();
    for (const row of shown) {
      const parent = this.shownParent(row.lane, keys);
      const siblings = children.get(parent);
      if (siblings) siblings.push(row);
      else children.set(parent, [row]);
    }
    this.rows = [];
    this.place(children, null, 0);
    const processes = [...this.rowOf.values()].filter(
      (row) => row.lane.kind === "process" && !row.lane.internal,
    );
    for (const row of this.rows) {
      row.label = row.lane.kind === "process" && processes.length === 1 ? "MainThread" : row.lane.name;
    }
    return true;
  }

  /**
   * Everything that order, depth and labels follow from: comparing it is cheaper than arranging anew.
   * @param {boolean} showInternal
   */
  describeShape(showInternal) {
    let shape = String(showInternal);
    for (const { key, parent, internal, name } of this.fold.lanes.values()) {
      shape += `\n${key} ${parent} ${internal ? 1 : 0} ${name}`;
    }
    return shape;
  }

  /**
   * The nearest ancestor that is shown: what an internal process started hangs below who it worked for.
   * @param {Lane} lane
   * @param {Set<string>} keys
   */
  shownParent(lane, keys) {
    let parent = lane.parent;
    // A trace can be cut short or lie; never walk further than there are lanes.
    for (let steps = this.rowOf.size; parent !== null && steps > 0; steps -= 1) {
      if (keys.has(parent) && parent !== lane.key) return parent;
      parent = this.rowOf.get(parent)?.lane.parent ?? null;
    }
    return null;
  }

  /**
   * @param {Map<string | null, Row[]>} children
   * @param {string | null} parent
   * @param {number} depth
   */
  place(children, parent, depth) {
    const siblings = children.get(parent) ?? [];
    children.delete(parent);
    const own = siblings.filter((row) => row.lane.kind !== "process");
    const processes = siblings.filter((row) => row.lane.kind === "process");
    for (const row of [...own, ...processes]) {
      row.depth = depth;
      this.rows.push(row);
      this.place(children, row.lane.key, depth + 1);
    }
  }
}
