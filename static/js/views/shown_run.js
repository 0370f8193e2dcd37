// One run on the screen: its fold, its program and how it ended. A page shows one, or several on one clock.

import { Group } from "../timeline/group.js";
import { EventIndex } from "../trace/event_index.js";
import { Fold } from "../trace/fold.js";

/** @typedef {import("./run_bar.js").End} End */
/** @typedef {import("./run_bar.js").Limited} Limited */

export class ShownRun {
  /**
   * @param {string} caseId "" where the run is of no lesson
   * @param {string} [prefix] of the keys of its rows: no two runs on the screen have the same
   */
  constructor(caseId, prefix = "") {
    this.caseId = caseId;
    /** "" until it is started. */
    this.id = "";
    this.url = "";
    this.fold = new Fold();
    this.index = new EventIndex(this.fold);
    this.group = new Group(this.fold, prefix);
    /** @type {Map<string, string>} path -> text of the program */
    this.files = new Map();
    /** @type {Record<string, unknown>} the parameters that it ran with */
    this.params = {};
    /** The lab hands the GIL over between reads and writes. */
    this.isStep = false;
    /** ISO date; "" until its header is known. */
    this.startedAt = "";
    this.events = 0;
    this.lastEventNs = 0;
    this.arrivedMs = 0;
    /** @type {End | null} */
    this.end = null;
    /** @type {Limited | null} */
    this.limited = null;
    /** @type {import("./predictions.js").Outcomes | null} known some time after its end */
    this.outcomes = null;
  }

  /** So many events are to come in all. @param {number} events */
  expect(events) {
    this.fold.expect(events);
    this.index.expect(events);
  }

  /** @param {import("../trace/fold.js").TraceEvent[]} events */
  feed(events) {
    const { fold } = this;
    // The clock may have been let run ahead of the newest event.
    fold.endNs = this.lastEventNs;
    fold.feed(events);
    this.index.feed(events);
    this.lastEventNs = fold.endNs;
    this.arrivedMs = performance.now();
    this.events += events.length;
    for (const event of events) {
      if (event.kind === "run.limited") this.limited = { limit: event.limit, value: event.value };
      if (event.kind === "source.loaded") this.files = new Map([...this.files, [event.path, event.text]]);
    }
  }

  /** @param {End} end */
  finish(end) {
    this.end = end;
    this.fold.endNs = this.lastEventNs;
  }
}
