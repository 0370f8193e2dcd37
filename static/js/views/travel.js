// Time travel: steps from event to event, plays the recorded run back, and holds a live one still.
// It owns no picture: it moves the lab's cursor, and everything follows that.

import { advance } from "../lib/playback.js";
import { whyChain } from "../trace/why.js";
import { eventText } from "./event_words.js";
import { TransportBar } from "./transport.js";
import { WhyView } from "./why_view.js";
import { waysFrom } from "./ways.js";

/** @typedef {import("./lab.js").Lab} Lab */
/** @typedef {import("../trace/event_index.js").Wanted} Wanted */
/** @typedef {import("../net/sequence.js").TraceEvent} TraceEvent */
/** @typedef {"all" | "lane" | "obj"} By */

const SLOW = 0.25;
const ACTIONS = new Set([
  ...["stepOn", "stepBack", "stepLaneOn", "stepLaneBack", "playPause", "toStart", "toEnd"],
  ...["toCause", "toEffect", "why"],
]);

export class Travel {
  /** @param {Lab} lab @param {HTMLElement} host */
  constructor(lab, host) {
    this.lab = lab;
    /** The event that the cursor is at, as long as it was put there by a step; of several at one instant, which. */
    this.at = -1;
    /** @type {By} */
    this.by = "all";
    this.obj = "";
    /** @type {number | null} chosen by the reader; null: what suits the print */
    this.speedChosen = null;
    this.skims = false;
    this.playing = false;
    this.frame = 0;
    this.playedMs = 0;
    /** @type {TraceEvent[] | null} what came since the live run was held still; null: it is not */
    this.held = null;
    this.why = new WhyView(lab.words, (laneKey, ns) => this.lab.show(this.lab.shown, ns, laneKey));
    this.bar = new TransportBar(host, lab.words, {
      onAct: (action) => this.act(action),
      onSpeed: (speed) => (this.speedChosen = speed),
      onBy: (by) => this.#setBy(by),
      onSkim: (skims) => (this.skims = skims),
    });
  }

  /** How fast it plays: slowly where a whole room looks. */
  get speed() {
    return this.speedChosen ?? (this.lab.theme === "projector" ? SLOW : 1);
  }

  /** What is played: the chosen range, or the whole run. */
  get range() {
    const { rangeNs, shown } = this.lab;
    if (rangeNs) return { ...rangeNs, loops: true };
    return { fromNs: shown.group.beginNs ?? 0, toNs: shown.fold.endNs, loops: false };
  }

  /** @returns {Wanted} */
  get wanted() {
    const { lab } = this;
    const internal = lab.timeline.model.showInternal;
    if (this.by === "lane" && this.laneKey) return { laneKey: this.laneKey, internal: true };
    if (this.by === "obj" && this.obj) return { obj: this.obj, internal };
    return { internal };
  }

  /** The selected lane's own key; "" = none is, or it is of another run. */
  get laneKey() {
    const { selectedLane, shown } = this.lab;
    const { prefix } = shown.group;
    if (!selectedLane.startsWith(prefix)) return "";
    const key = selectedLane.slice(prefix.length);
    return shown.fold.lanes.has(key) ? key : "";
  }

  /** The screen begins anew. */
  clear() {
    this.#stop();
    this.held = null;
    this.at = -1;
    this.by = "all";
    this.obj = "";
  }

  /** @param {string} action @returns {boolean} whether it was one of these */
  act(action) {
    if (!ACTIONS.has(action)) return false;
    if (this.lab.fold.lanes.size === 0) return true;
    if (action === "playPause") this.playing ? this.#pause() : this.#play();
    else if (action === "toStart") this.#goTo(this.range.fromNs);
    else if (action === "toEnd") this.toEnd();
    else if (action === "toCause" || action === "toEffect") this.#follow(action);
    else if (action === "why") this.#askWhy();
    else this.#step(action.endsWith("On") ? 1 : -1, action.startsWith("stepLane"));
    return true;
  }

  // -- steps -------------------------------------------------------------------------------------------

  /** The number of the step that the cursor is at or was last at; -1: before the first. */
  get current() {
    const { index } = this.lab.shown;
    return index.seek(this.#position(), -1, this.wanted);
  }

  /** The last event that has happened at the cursor, whether it is a step or not. */
  #position() {
    const { lab, at } = this;
    const { index, fold } = lab.shown;
    if (lab.cursorNs === null) return index.length - 1;
    if (at >= 0 && at < index.length && fold.eventNs.data[at] === lab.cursorNs) return at;
    return index.lastAt(lab.cursorNs);
  }

  /** @param {1 | -1} direction @param {boolean} ofLane */
  #step(direction, ofLane) {
    this.#stop();
    this.#hold();
    const { index, fold } = this.lab.shown;
    const wanted = ofLane && this.laneKey ? { laneKey: this.laneKey, internal: true } : this.wanted;
    const from = this.#position();
    const onStep = from >= 0 && fold.eventNs.data[from] === this.lab.cursorNs;
    const first = direction === 1 ? from + 1 : onStep ? from - 1 : from;
    const next = index.seek(first, direction, wanted);
    if (next < 0) return;
    this.#goTo(fold.eventNs.data[next], next);
    const lane = index.laneOf(next);
    if (lane) this.lab.timeline.reveal(this.lab.shown.group.keyOf(lane.key));
  }

  /** @param {number} ns @param {number} [at] the event there */
  #goTo(ns, at = -1) {
    this.#hold();
    this.at = at;
    this.lab.moveCursor(ns, true);
  }

  /** @param {number} ns an instant of the run; one beyond its end means the end */
  seek(ns) {
    this.#stop();
    if (this.lab.fold.lanes.size) this.#goTo(Math.min(ns, this.lab.fold.endNs));
  }

  /** @param {By} by */
  #setBy(by) {
    this.by = by;
    this.lab.changed();
  }

  /** Step along what happens to one resource. @param {string} obj */
  follow(obj) {
    this.obj = obj;
    this.by = "obj";
    this.lab.changed();
  }

  // -- causes ------------------------------------------------------------------------------------------

  /** @param {"toCause" | "toEffect"} way */
  #follow(way) {
    const { info, shown } = this.lab;
    if (!info || info.group !== shown.group) return;
    this.#stop();
    this.#hold();
    const to = waysFrom(shown.index, info)[way];
    if (to) this.lab.show(shown, to.ns, to.laneKey);
  }

  /** Ask of the selected lane, or else of the first one that waits. */
  #askWhy() {
    const { lab } = this;
    this.#stop();
    this.#hold();
    const { rows, ns } = lab.moment();
    const asked = rows.find(({ lane }) => lane.key === this.laneKey);
    const found = [asked, ...rows].find((row) => row && whyChain(lab.shown.index, row.lane.key, ns));
    if (!found) return;
    lab.show(lab.shown, ns, found.lane.key);
    /** @type {HTMLElement | null} */ (lab.details.host.querySelector(".why-go"))?.focus();
  }

  /** @param {import("../timeline/timeline.js").SpanInfo} info @returns {HTMLElement[]} */
  explain(info) {
    const { lab } = this;
    if (info.group !== lab.shown.group) return [];
    return this.why.elements(lab.moment(), lab.shown.index, info);
  }

  // -- playback ----------------------------------------------------------------------------------------

  #play() {
    if (this.isLive && !this.held) return this.#hold();
    const { fromNs, toNs } = this.range;
    const { cursorNs } = this.lab;
    const atEnd = cursorNs === null || cursorNs >= toNs;
    if (atEnd && this.held) return this.toEnd();
    this.playing = true;
    if (atEnd || cursorNs < fromNs) this.#goTo(fromNs);
    this.playedMs = performance.now();
    this.frame = requestAnimationFrame((nowMs) => this.#tick(nowMs));
    this.lab.changed();
  }

  #pause() {
    this.#stop();
    this.lab.moveCursor(this.lab.momentNs, true);
  }

  #stop() {
    cancelAnimationFrame(this.frame);
    this.playing = false;
  }

  /** @param {number} nowMs */
  #tick(nowMs) {
    const { lab, speed, range } = this;
    // Somebody else let go of the cursor, or the screen began anew.
    if (lab.cursorNs === null) this.#stop();
    if (!this.playing) return;
    const elapsedMs = Math.max(0, nowMs - this.playedMs);
    this.playedMs = nowMs;
    const silence = this.skims ? this.#silence(lab.cursorNs ?? 0) : null;
    const { ns, ended } = advance({ ns: lab.cursorNs ?? 0, elapsedMs, speed, ...range, silence });
    this.at = -1;
    lab.moveCursor(ns, false);
    if (!ended) this.frame = requestAnimationFrame((next) => this.#tick(next));
    else if (this.held) this.toEnd();
    else this.#pause();
  }

  /** The time between two steps that the cursor is in. @param {number} ns */
  #silence(ns) {
    const { index, fold } = this.lab.shown;
    const last = index.lastAt(ns);
    const next = index.seek(last + 1, 1, { internal: this.wanted.internal });
    if (next < 0) return null;
    const before = index.seek(last, -1, { internal: this.wanted.internal });
    return { fromNs: before < 0 ? 0 : fold.eventNs.data[before], toNs: fold.eventNs.data[next] };
  }

  // -- a live run held still ---------------------------------------------------------------------------

  /** Events come, or may come. */
  get isLive() {
    return this.lab.isLive && this.lab.front === this.lab.fed;
  }

  /** The picture stands still from here on; what comes waits. */
  #hold() {
    if (this.held || !this.isLive) return;
    this.held = [];
    const { lab } = this;
    // Only what is in the picture by now has made room for itself.
    lab.timeline.takeIn();
    lab.timeline.setFollow(false);
    lab.moveCursor(lab.momentNs, true);
  }

  /** @param {TraceEvent[]} events @returns {boolean} whether they wait */
  keep(events) {
    if (!this.held) return false;
    for (const event of events) this.held.push(event);
    this.lab.changed();
    return true;
  }

  /** Let the picture have what came since. */
  release() {
    const { held } = this;
    this.held = null;
    if (held?.length) this.lab.feed(held);
  }

  /** To what happens now, or to the end of a run that is over. */
  toEnd() {
    this.#stop();
    this.at = -1;
    const wasHeld = this.held !== null;
    this.release();
    if (wasHeld || this.isLive) {
      this.lab.letGo();
      this.lab.timeline.setFollow(true);
    } else {
      this.lab.moveCursor(this.range.toNs, true);
    }
  }

  // -- what is shown -----------------------------------------------------------------------------------

  /** @param {import("./moment.js").Moment} moment */
  update(moment) {
    const { lab } = this;
    this.#slide();
    const { fold } = lab.shown;
    this.bar.update({
      shown: fold.lanes.size > 0,
      playing: this.playing || (this.isLive && !this.held),
      speed: this.speed,
      by: this.wanted.laneKey ? "lane" : this.wanted.obj ? "obj" : "all",
      lane: this.laneKey,
      laneName: this.laneKey ? (moment.rows.find(({ lane }) => lane.key === this.laneKey)?.label ?? "") : "",
      objName: this.obj ? lab.shown.group.nameOf(this.obj) || this.obj : "",
      ns: moment.ns,
      endNs: fold.endNs,
      sentence: this.sentence(moment),
      since: this.held?.length ?? -1,
      loops: this.range.loops,
    });
  }

  /** The card of details goes along with the cursor. */
  #slide() {
    const { lab } = this;
    if (lab.cursorNs === null || lab.cursorNs === lab.cardNs) return;
    lab.cardNs = lab.cursorNs;
    if (!lab.selectedLane) return;
    lab.info = lab.timeline.slide(lab.selectedLane, lab.cursorNs);
    lab.details.pin(lab.info);
  }

  /** The event that the cursor is at, in words. @param {import("./moment.js").Moment} moment */
  sentence(moment) {
    const { current } = this;
    if (current < 0) return "";
    return eventText(this.lab.words, moment, this.lab.shown.index.tell(current));
  }
}
