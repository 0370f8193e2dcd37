// What the reader does with the timeline beyond moving about: chooses a range, marks instants, arranges lanes.

import { rangeBetween } from "../timeline/range.js";
import { byId, make } from "./dom.js";
import { LaneTools } from "./lane_tools.js";
import { MarksView } from "./marks.js";
import { RangeView } from "./range.js";
import { TracksShown } from "./tracks_shown.js";

/** @typedef {import("../timeline/range.js").Range} Range */

export class TimelineTools {
  /** @param {import("./words.js").Words} words @param {import("./lab.js").Lab} lab */
  constructor(words, lab) {
    this.lab = lab;
    /** @type {Range | null} */
    this.range = null;
    /** @type {number | null} */
    this.beginNs = null;
    const bar = make("div", "range-bar");
    byId("range").append(bar);
    this.marks = new MarksView(bar, words, {
      onPlace: () => this.placeMark(lab.momentNs),
      onJump: (ns) => lab.show(lab.shown, ns, null),
      onChange: (marks) => lab.timeline?.setMarks(marks),
    });
    this.view = new RangeView(byId("range"), bar, words, {
      onFit: () => this.fit(),
      onClear: () => this.setRange(null),
    });
    this.shown = new TracksShown(words, lab);
    const stage = /** @type {HTMLElement} */ (byId("timeline").parentElement);
    this.lanes = new LaneTools(stage, words, lab);
    /** @type {Record<string, () => void>} what keys.js may ask for */
    this.actions = {
      fit: () => this.fit(),
      fitAll: () => lab.timeline.fit(),
      rangeEnd: () => this.markRangeEnd(lab.momentNs),
      mark: () => this.placeMark(lab.momentNs),
      markNext: () => this.#jump(),
      foldLane: () => this.lanes.toggleFold(),
      laneHigher: () => this.lanes.moveSelected(-1),
      laneLower: () => this.lanes.moveSelected(1),
      filter: () => this.lanes.openFilter(),
    };
  }

  /** Other runs are on the screen. */
  clear() {
    this.marks.clear();
    this.lanes.clear();
    this.setRange(null);
  }

  update() {
    const { lab } = this;
    this.shown.update();
    if (!lab.docks.isShown("panel-range")) return;
    this.view.update(
      this.range,
      this.beginNs,
      lab.runs.map((run) => run.group),
    );
  }

  /** @param {Range | null} range @param {number | null} [beginNs] its first end, while the other is to come */
  setRange(range, beginNs = null) {
    this.range = range;
    this.beginNs = beginNs;
    this.lab.timeline.setRange(range, beginNs);
    this.lab.refresh();
  }

  /** @param {Range} range @param {boolean} done */
  drag(range, done) {
    const isSomething = range.toNs > range.fromNs;
    if (done && isSomething) this.lab.docks.show("panel-range");
    this.setRange(isSomething ? range : null);
  }

  /** The first of two presses begins a range, the second ends it. @param {number} ns */
  markRangeEnd(ns) {
    if (this.beginNs === null) return this.setRange(null, ns);
    this.drag(rangeBetween(this.beginNs, ns, this.lab.timeline.model.endNs), true);
  }

  fit() {
    if (this.range) this.lab.timeline.showRange(this.range);
    else this.lab.timeline.fit();
  }

  /** @param {number} ns */
  placeMark(ns) {
    this.marks.place(Math.max(0, Math.min(ns, this.lab.timeline.model.endNs)));
    this.lab.docks.show("panel-range");
  }

  #jump() {
    const { lab } = this;
    const mark = this.marks.next(lab.momentNs);
    if (mark) lab.show(lab.shown, mark.ns, null);
  }

  translate() {
    this.marks.translate();
    this.view.translate();
    this.shown.translate();
    this.lanes.translate();
  }
}
