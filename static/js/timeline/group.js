// The lanes of one run on the timeline, from its fold: in which order, and what is drawn on each. No geometry, no DOM.

import { DEAD, ZOMBIE } from "../trace/constants.js";
import { Arrangement, movedBy, PINNED } from "./arrangement.js";
import { LaneColumns } from "./columns.js";
import { Cores } from "./cores.js";
import { FlowIndex } from "./flow_index.js";
import { Gils } from "./gil.js";
import { LaneIndex } from "./lane_index.js";
import { SpanMerge } from "./span_merge.js";
import { Waits, Wanted } from "./waits.js";

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
    this.isPinned = false;
    /** There are rows below it in the tree, shown or not. */
    this.hasBelow = false;
    this.isCollapsed = false;
    /** @type {Row[]} while it is collapsed: the rows below it */
    this.below = [];
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
    this.spansInOrder = new SpanMerge(fold);
    this.wanted = new Wanted(fold);
    this.waits = new Waits();
    this.gils = new Gils(fold);
    this.cores = new Cores(fold);
    /** @type {import("./tracks.js").Track[]} what is shown below its lanes */
    this.tracks = [];
    this.spans = 0;
    /** @type {Map<string, number>} resource -> how many of its holds are known here */
    this.holdsSeen = new Map();
    this.tasksSeen = 0;
    this.shape = "";
    this.arrangement = new Arrangement();
    /** How many lanes the reader hid, or filtered out. */
    this.hiddenRows = 0;
    /** @type {Map<string, {parent: string | null, keys: string[]}>} lane -> it and its siblings in their order */
    this.families = new Map();
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
    this.wanted.update();
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

  /** Bring waits and the GIL's holders up to date: they cost memory, so only who shows them asks for them. */
  tellStories() {
    this.spansInOrder.forEachNew((lane, span, ns) => {
      this.waits.take(lane, span, ns);
      this.gils.take(lane, span, ns);
    });
  }

  /** What a lane is called on the screen. @param {string} laneKey */
  labelOf(laneKey) {
    return this.rowOf.get(laneKey)?.label ?? laneKey;
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
    this.name();
    const { arrangement } = this;
    const eligible = [...this.rowOf.values()].filter((row) => showInternal || !row.lane.internal);
    const parentOf = (/** @type {string} */ key) => this.rowOf.get(key)?.lane.parent ?? null;
    const shown = eligible.filter((row) => arrangement.shows(row, parentOf));
    this.hiddenRows = eligible.length - shown.length;
    const keys = new Set(shown.map((row) => row.lane.key));
    /** @type {Map<string | null, Row[]>} */
    const children = new Map();
    for (const row of shown) {
      row.isPinned = arrangement.pinned.includes(row.lane.key);
      const parent = row.isPinned ? PINNED : this.shownParent(row.lane, keys);
      const siblings = children.get(parent);
      if (siblings) siblings.push(row);
      else children.set(parent, [row]);
    }
    this.rows = [];
    this.families.clear();
    this.place(children, PINNED, 0, this.rows);
    this.place(children, null, 0, this.rows);
    return true;
  }

  /** A single process needs no name of its own: its row is its main thread. */
  name() {
    const rows = [...this.rowOf.values()];
    const processes = rows.filter(({ lane }) => lane.kind === "process" && !lane.internal);
    for (const row of rows) {
      row.name = row.lane.kind === "process" && processes.length === 1 ? "MainThread" : row.lane.name;
    }
  }

  /**
   * Everything that order, depth and labels follow from: comparing it is cheaper than arranging anew.
   * @param {boolean} showInternal
   */
  describeShape(showInternal) {
    let shape = `${showInternal} ${this.arrangement.version}`;
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
   * @param {Row[]} into the rows shown, or those below one that is collapsed
   */
  place(children, parent, depth, into) {
    const siblings = children.get(parent) ?? [];
    children.delete(parent);
    const own = siblings.filter((row) => row.lane.kind !== "process");
    const processes = siblings.filter((row) => row.lane.kind === "process");
    const ordered = this.arrangement.ordered(parent, [...own, ...processes]);
    const family = { parent, keys: ordered.map((row) => row.lane.key) };
    for (const row of ordered) {
      const { key } = row.lane;
      row.depth = depth;
      row.hasBelow = children.has(key);
      // Whoever searches wants to find what is below a collapsed one, too.
      row.isCollapsed = row.hasBelow && this.arrangement.collapsed.has(key) && !this.arrangement.filter;
      row.below = [];
      into.push(row);
      this.families.set(key, family);
      this.place(children, key, depth + 1, row.isCollapsed ? row.below : into);
      // What is below a collapsed row counts for whatever is collapsed above it.
      if (row.isCollapsed && into !== this.rows) for (const below of row.below) into.push(below);
    }
  }

  /**
   * Move a row among those of the same parent.
   * @param {string} key
   * @param {number} by
   */
  move(key, by) {
    const family = this.families.get(key);
    const keys = family && movedBy(family.keys, key, by);
    if (family && keys) this.arrangement.setOrder(family.parent, keys);
  }

  /**
   * Move a row to where another one is, or the one of its own parent that has the other below it.
   * @param {string} key
   * @param {string} target
   */
  moveTo(key, target) {
    const family = this.families.get(key);
    let at = /** @type {string | null} */ (target);
    while (family && at !== null && !family.keys.includes(at)) at = this.families.get(at)?.parent ?? null;
    if (family && at !== null) this.move(key, family.keys.indexOf(at) - family.keys.indexOf(key));
  }
}
