// All views of one run, drawn together: the timeline at every frame, the panels ten times a second.

import { Timeline } from "../timeline/timeline.js";
import { Fold } from "../trace/fold.js";
import { Announcer } from "./announcer.js";
import { ConsoleView } from "./console.js";
import { DetailsView } from "./details.js";
import { Docks } from "./docks.js";
import { byId, setText } from "./dom.js";
import { FindingsView } from "./findings.js";
import { LanesView } from "./lanes.js";
import { LegendView } from "./legend.js";
import { RunBar } from "./run_bar.js";
import { SourceView } from "./source.js";
import { TableView } from "./table.js";
import { timelineStrings } from "./timeline_words.js";

/** @typedef {import("../timeline/timeline.js").Info} Info */
/** @typedef {import("./theme.js").ThemeName} ThemeName */

// While nothing happens time goes on. This much behind the clock, the next event is never found in the past.
const LATENCY_MS = 60;
// Nobody reads faster, and a chip that jumps sixty times a second is a blur.
const PANELS_MS = 100;
const PHONE = "(max-width: 599px)";
const ZOOM = 1.5;
const PAN = 0.2;

export class Lab {
  /** @param {import("./words.js").Words} words @param {ThemeName} theme @param {() => void} onRun */
  constructor(words, theme, onRun) {
    this.words = words;
    this.theme = theme;
    this.fold = new Fold();
    /** @type {import("./run_bar.js").RunFacts} */
    this.facts = {
      phase: "idle",
      ns: 0,
      events: 0,
      dropped: 0,
      end: null,
      limited: null,
      problem: "",
      url: "",
    };
    /** @type {number | null} */
    this.cursorNs = null;
    this.selectedLane = "";
    this.following = true;
    this.frame = 0;
    this.panelsMs = -Infinity;
    this.arrivedMs = 0;
    this.lastEventNs = 0;
    this.runBar = new RunBar(words, onRun);
    this.source = new SourceView(byId("source"), words);
    this.console = new ConsoleView(byId("console"), words);
    this.lanes = new LanesView(byId("lanes"), words, { onLetGo: () => this.letGo() });
    this.table = new TableView(byId("table"), words);
    this.findings = new FindingsView(byId("findings"), words, (key, ns) => this.timeline.select(key, ns));
    this.announcer = new Announcer(byId("announcer"), words);
    this.details = new DetailsView(byId("details"), words, () => this.letGo());
    this.legend = new LegendView(byId("legend"), byId("help-legend"), words, {
      onHidden: (hidden) => this.timeline.setHidden(hidden),
      onInternal: (shown) => this.#showInternal(shown),
    });
    this.docks = new Docks(words, () => this.changed());
    this.phone = matchMedia(PHONE);
    this.phone.addEventListener("change", () => this.setTheme(this.theme));
    this.timeline = this.#makeTimeline();
    this.#bindTools();
    this.changed();
  }

  #makeTimeline() {
    return new Timeline(byId("timeline"), {
      theme: this.theme,
      size: this.size,
      strings: timelineStrings(this.words),
      locale: this.words.locale,
      onHover: (info, x, y) => this.details.hover(this.fold, info, x, y),
      onSelect: (info) => this.#onSelect(info),
      onCursor: (ns) => this.#onCursor(ns),
      onFollow: (following) => this.#onFollow(following),
    });
  }

  /** @returns {import("../timeline/tokens.js").SizeName} */
  get size() {
    if (this.phone.matches) return "phone";
    return this.theme === "projector" ? "projector" : "laptop";
  }

  /** The instant that the panels speak of. */
  get momentNs() {
    return this.cursorNs ?? this.fold.endNs;
  }

  /** Begin anew with an empty fold. */
  clear() {
    this.fold = new Fold();
    this.findings.refresh();
    this.lastEventNs = 0;
    this.cursorNs = null;
    this.selectedLane = "";
    this.details.close();
    this.console.clear();
    this.table.clear();
    this.source.clear();
    this.timeline.setFold(this.fold);
    this.timeline.setCursor(null);
    this.timeline.setFollow(true);
    this.changed();
  }

  /** @param {import("../net/sequence.js").TraceEvent[]} events */
  feed(events) {
    this.fold.endNs = this.lastEventNs;
    this.fold.feed(events);
    this.lastEventNs = this.fold.endNs;
    this.arrivedMs = performance.now();
    this.timeline.changed();
    this.facts.events += events.length;
    this.facts.dropped = this.fold.dropped;
    this.changed();
  }

  /** Change what the run bar says. @param {Partial<import("./run_bar.js").RunFacts>} facts */
  set(facts) {
    Object.assign(this.facts, facts);
    if (facts.phase === "ended") this.fold.endNs = this.lastEventNs;
    this.panelsMs = -Infinity;
    this.changed();
  }

  /** Ask for a frame; however often it is called, there is one. */
  changed() {
    if (!this.frame) this.frame = requestAnimationFrame((nowMs) => this.#draw(nowMs));
  }

  /** @param {number} nowMs */
  #draw(nowMs) {
    this.frame = 0;
    if (this.isLive) this.#letTimePass(nowMs);
    if (nowMs - this.panelsMs >= PANELS_MS) {
      this.panelsMs = nowMs;
      this.#drawPanels(nowMs);
    } else {
      this.changed();
    }
  }

  /** Events come, or may come. */
  get isLive() {
    return this.fold.lanes.size > 0 && (this.facts.phase === "running" || this.facts.phase === "stopping");
  }

  /** A sleeping program sends no events, and yet its bars grow. @param {number} nowMs */
  #letTimePass(nowMs) {
    const silentMs = Math.max(0, nowMs - this.arrivedMs - LATENCY_MS);
    this.fold.endNs = this.lastEventNs + silentMs * 1e6;
    this.timeline.changed();
    this.changed();
  }

  /** @param {number} nowMs */
  #drawPanels(nowMs) {
    const { fold, facts, docks, legend } = this;
    facts.ns = fold.endNs;
    this.runBar.update(facts);
    legend.setInternal([...fold.lanes.values()].some((lane) => lane.internal));
    const empty = byId("empty");
    empty.hidden = fold.lanes.size > 0;
    setText(
      byId("empty-text"),
      this.words.t(facts.phase === "idle" ? "timeline.empty_press" : "timeline.waiting"),
    );
    byId("empty-title").hidden = facts.phase !== "idle";
    byId("content").dataset.phase = facts.phase;
    const moment = this.#moment();
    if (docks.isShown("panel-source")) this.source.update(moment);
    if (docks.isShown("panel-console") && this.console.update(moment)) this.changed();
    if (docks.isShown("panel-lanes")) this.lanes.update(moment);
    if (docks.isShown("panel-table")) this.table.update(moment);
    this.findings.update(fold);
    this.announcer.update(fold, nowMs);
  }

  /** @returns {import("./moment.js").Moment} */
  #moment() {
    const { fold } = this;
    const rows = this.timeline.layout().lanes.flatMap(({ key, label, depth }) => {
      const lane = fold.lanes.get(key);
      return lane ? [{ lane, label, depth }] : [];
    });
    return { fold, ns: this.momentNs, live: this.cursorNs === null, rows };
  }

  // -- what the reader does ------------------------------------------------------------------------------

  /** @param {Info | null} info */
  #onSelect(info) {
    const isSpan = info !== null && "laneKey" in info;
    this.selectedLane = isSpan ? info.laneKey : "";
    if (!info) return this.details.close();
    this.details.pin(this.fold, info);
    if (isSpan && info.line) this.source.reveal(info.file, info.line);
  }

  /** @param {number | null} ns */
  #onCursor(ns) {
    this.cursorNs = ns;
    this.panelsMs = -Infinity;
    this.changed();
  }

  /** @param {boolean} following */
  #onFollow(following) {
    this.following = following;
    byId("follow").setAttribute("aria-pressed", String(following));
  }

  /** @param {boolean} shown */
  #showInternal(shown) {
    this.timeline.setShowInternal(shown);
    this.changed();
  }

  letGo() {
    this.details.close();
    this.selectedLane = "";
    this.timeline.setCursor(null);
    this.#onCursor(null);
  }

  /** @param {string} action one of keys.js @returns {boolean} whether it was one for the timeline */
  act(action) {
    /** @type {Record<string, () => void>} */
    const actions = {
      zoomIn: () => this.timeline.zoomBy(ZOOM),
      zoomOut: () => this.timeline.zoomBy(1 / ZOOM),
      panLeft: () => this.timeline.panBy(-PAN),
      panRight: () => this.timeline.panBy(PAN),
      laneUp: () => this.#moveLane(-1),
      laneDown: () => this.#moveLane(1),
      fit: () => this.timeline.fit(),
      follow: () => this.timeline.setFollow(true),
      table: () => this.docks.toggle("panel-table"),
      letGo: () => this.letGo(),
    };
    actions[action]?.();
    return action in actions;
  }

  /** @param {number} by */
  #moveLane(by) {
    const { rows } = this.#moment();
    if (!rows.length) return;
    const at = rows.findIndex(({ lane }) => lane.key === this.selectedLane);
    const next = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))].lane;
    this.timeline.select(next.key, this.momentNs);
  }

  #bindTools() {
    byId("follow").addEventListener("click", () => this.timeline.setFollow(!this.following));
    byId("fit").addEventListener("click", () => this.act("fit"));
    byId("zoom-in").addEventListener("click", () => this.act("zoomIn"));
    byId("zoom-out").addEventListener("click", () => this.act("zoomOut"));
  }

  // -- theme and language ----------------------------------------------------------------------------------

  /** @param {ThemeName} theme */
  setTheme(theme) {
    this.theme = theme;
    this.timeline.setTheme(theme, this.size);
  }

  translate() {
    this.timeline.setStrings(timelineStrings(this.words), this.words.locale);
    for (const view of [this.source, this.console, this.lanes, this.table, this.legend, this.docks])
      view.translate();
    this.findings.refresh();
    byId("follow").title = this.words.t("timeline.follow_about");
    byId("fit").title = this.words.t("timeline.fit_about");
    this.details.close();
    this.panelsMs = -Infinity;
    this.changed();
  }
}
