// All views of the runs on the screen, drawn together: the timeline at every frame, the panels ten times a second.
// The timeline shows all of them, on one clock; the panels speak of one, the run in front.

import { markOf } from "../timeline/model.js";
import { Timeline } from "../timeline/timeline.js";
import { Announcer } from "./announcer.js";
import { ConsoleView } from "./console.js";
import { DetailsView } from "./details.js";
import { Docks } from "./docks.js";
import { byId, setText } from "./dom.js";
import { FindingsView } from "./findings.js";
import { LanesView } from "./lanes.js";
import { LegendView } from "./legend.js";
import { PrintSize } from "./print_size.js";
import { RunBar, endSentence, queueSentence } from "./run_bar.js";
import { RunTabs } from "./run_tabs.js";
import { ShownRun } from "./shown_run.js";
import { formatDuration } from "../lib/format.js";
import { SourceView } from "./source.js";
import { Splitters } from "./splitters.js";
import { Spotlight } from "./spotlight.js";
import { TableView } from "./table.js";
import { TimelineTools } from "./timeline_tools.js";
import { makeMinimap } from "./minimap_view.js";
import { timelineStrings } from "./timeline_words.js";
import { Travel } from "./travel.js";
import { VariablesView } from "./variables.js";

/** @typedef {import("../timeline/timeline.js").Info} Info */
/** @typedef {import("./theme.js").ThemeName} ThemeName */

// While nothing happens time goes on. This much behind the clock, the next event is never found in the past.
const LATENCY_MS = 60;
// Nobody reads faster, and a chip that jumps sixty times a second is a blur.
const PANELS_MS = 100;
// Batches as full as the server makes them: a long run is caught up with, and drawing each would take longer than reading it.
const FULL_BATCH = 2000;
const CATCHING_UP_MS = 400;
const ZOOM = 1.5;
const PAN = 0.2;

export class Lab {
  /** @param {import("./words.js").Words} words @param {ThemeName} theme @param {() => void} onRun */
  constructor(words, theme, onRun) {
    this.words = words;
    this.theme = theme;
    /** @type {ShownRun[]} in the order of the screen; at least one */
    this.runs = [new ShownRun("")];
    /** Which of them the panels speak of. */
    this.front = 0;
    /** The reader chose it: then it stays when the next run begins. */
    this.frontChosen = false;
    /** Which of them events come for. */
    this.fed = 0;
    /** Without a connection nobody knows whether what was still is: the bars stop growing. */
    this.connected = true;
    /** What each case is called; the page knows. @type {(caseId: string) => string} */
    this.titleOf = () => "";
    /** Lanes of the same name stand below each other, whichever run they are of. */
    this.overlaid = false;
    /** @type {(run: ShownRun) => string} the program that a run's was made from; "" = none */
    this.originalOf = () => "";
    /** @type {import("./run_bar.js").RunFacts} */
    this.facts = {
      phase: "idle",
      ns: 0,
      events: 0,
      dropped: 0,
      step: false,
      handedOver: 0,
      end: null,
      limited: null,
      place: 0,
      mayStop: true,
      problem: "",
      url: "",
      part: { n: 0, of: 0, title: "" },
    };
    /** @type {number | null} */
    this.cursorNs = null;
    /** Of which instant the card of details speaks. @type {number | null} */
    this.cardNs = null;
    this.selectedLane = "";
    /** What was chosen last. @type {Info | null} */
    this.info = null;
    this.following = true;
    this.frame = 0;
    this.panelsMs = -Infinity;
    /** The panels are written no more often. */
    this.pauseMs = PANELS_MS;
    this.runBar = new RunBar(words, onRun);
    this.source = new SourceView(byId("source"), words);
    this.console = new ConsoleView(byId("console"), words);
    this.lanes = new LanesView(byId("lanes"), words, {
      onLetGo: () => this.letGo(),
      onFollow: (obj) => this.travel.follow(obj),
    });
    this.variables = new VariablesView(byId("variables"), words);
    this.table = new TableView(byId("table"), words);
    this.findings = new FindingsView(byId("findings"), words, (key, ns) => this.timeline.select(key, ns));
    this.announcer = new Announcer(byId("announcer"), words);
    this.details = new DetailsView(byId("details"), words, () => this.letGo());
    this.legend = new LegendView(byId("legend"), byId("help-legend"), words, {
      onHidden: (hidden) => this.timeline.setHidden(hidden),
      onInternal: (shown) => this.#showInternal(shown),
    });
    this.tabs = new RunTabs(words, (index) => this.bringToFront(index, true));
    this.docks = new Docks(words, () => this.changed());
    this.tools = new TimelineTools(words, this);
    this.travel = new Travel(this, byId("transport"));
    this.details.explain = (info) => this.travel.explain(info);
    this.splitters = new Splitters(byId("content"));
    this.printSize = new PrintSize(() => this.setTheme(this.theme));
    this.timeline = this.#makeTimeline();
    this.timeline.afterPaint.push(() => this.tools.lanes.place());
    /** Who wants to know when the panels have been written. @type {(() => void)[]} */
    this.afterPanels = [];
    this.minimap = makeMinimap(this.timeline, words);
    this.spotlight = new Spotlight(this.timeline);
    this.setTheme(theme);
    this.#bindTools();
    this.changed();
  }

  #makeTimeline() {
    return new Timeline(byId("timeline"), {
      theme: this.theme,
      size: this.printSize.of(this.theme),
      strings: timelineStrings(this.words),
      locale: this.words.locale,
      onHover: (info, x, y) => this.details.hover(info, x, y),
      onSelect: (info) => this.#onSelect(info),
      onCursor: (ns) => this.#onCursor(ns),
      onFollow: (following) => this.#onFollow(following),
      onRange: (range, done) => this.tools.drag(range, done),
      onMark: (ns) => this.tools.placeMark(ns),
      onLabel: (key) => this.tools.lanes.hover(key),
    });
  }

  /** The run that the panels speak of. */
  get shown() {
    return this.runs[this.front];
  }

  get fold() {
    return this.shown.fold;
  }

  /** The range that was chosen, to be played in a loop. */
  get rangeNs() {
    return this.tools.range;
  }

  /** The instant that the panels speak of. */
  get momentNs() {
    return this.cursorNs ?? this.fold.endNs;
  }

  /** Begin anew, with runs that are to come. @param {ShownRun[]} runs */
  clear(runs) {
    this.runs = runs;
    this.front = this.fed = 0;
    this.frontChosen = this.overlaid = false;
    this.findings.refresh();
    this.travel.clear();
    this.cursorNs = null;
    this.selectedLane = "";
    this.spotlight.set("");
    this.details.close();
    this.console.clear();
    this.table.clear();
    this.source.clear();
    this.#showFiles();
    this.#head();
    this.timeline.setGroups(runs.map((run) => run.group));
    this.timeline.setCursor(null);
    this.timeline.setFollow(true);
    this.tools.clear();
    this.changed();
  }

  /** @param {import("../net/sequence.js").TraceEvent[]} events @param {boolean} [more] come at once */
  feed(events, more = events.length >= FULL_BATCH) {
    if (this.travel.keep(events)) return;
    const run = this.runs[this.fed];
    run.feed(events);
    if (more) this.timeline.changedSoon(CATCHING_UP_MS);
    else this.timeline.changed();
    this.pauseMs = more ? CATCHING_UP_MS : PANELS_MS;
    if (run === this.shown && run.files !== this.shownFiles) this.#showFiles();
    this.changed();
  }

  /** From now on events come for this run. @param {number} index */
  expect(index) {
    this.fed = index;
    if (!this.frontChosen) this.bringToFront(index);
    this.changed();
  }

  /** Have the panels speak of this run. @param {number} index @param {boolean} [chosen] by the reader */
  bringToFront(index, chosen = false) {
    this.frontChosen = this.frontChosen || chosen;
    if (index === this.front) return;
    this.front = index;
    this.console.clear();
    this.table.clear();
    this.#showFiles();
    this.panelsMs = -Infinity;
    this.changed();
  }

  /** A run's program is known, or known better. @param {ShownRun} run @param {Map<string, string>} files */
  setFiles(run, files) {
    run.files = files;
    if (run === this.shown) this.#showFiles();
  }

  #showFiles() {
    const { files } = this.shown;
    this.shownFiles = files;
    if (files.size) this.source.setFiles(files, this.originalOf(this.shown));
  }

  /** Change what the run bar says. @param {Partial<import("./run_bar.js").RunFacts>} facts */
  set(facts) {
    Object.assign(this.facts, facts);
    this.refresh();
  }

  /** Write the panels at the next frame. */
  refresh() {
    this.panelsMs = -Infinity;
    this.pauseMs = PANELS_MS;
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
    if (nowMs - this.panelsMs >= this.pauseMs) {
      this.panelsMs = nowMs;
      this.#drawPanels(nowMs);
    } else {
      this.changed();
    }
  }

  /** Events come, or may come. */
  get isLive() {
    return (
      this.connected &&
      this.runs[this.fed].fold.lanes.size > 0 &&
      (this.facts.phase === "running" || this.facts.phase === "stopping")
    );
  }

  /** A sleeping program sends no events, and yet its bars grow. @param {number} nowMs */
  #letTimePass(nowMs) {
    const { fold, arrivedMs, lastEventNs } = this.runs[this.fed];
    if (fold.ended || this.travel.held) return;
    const silentMs = nowMs - arrivedMs - LATENCY_MS;
    this.changed();
    if (silentMs <= 0) return;
    fold.endNs = lastEventNs + silentMs * 1e6;
    this.timeline.changed();
  }

  /** @param {number} nowMs */
  #drawPanels(nowMs) {
    const { facts, docks, legend, runs } = this;
    this.#sumUp();
    this.runBar.update(facts);
    legend.setInternal(runs.some(({ fold }) => [...fold.lanes.values()].some((lane) => lane.internal)));
    const empty = byId("empty");
    empty.hidden = runs.some(({ fold }) => fold.lanes.size > 0);
    setText(byId("empty-text"), this.#emptySentence());
    byId("empty-title").hidden = facts.phase !== "idle";
    byId("content").dataset.phase = facts.phase;
    this.#head();
    this.tabs.update(
      runs.map((run) => run.group.heading.title),
      this.front,
    );
    const moment = this.moment();
    this.travel.update(moment);
    if (docks.isShown("panel-source")) this.source.update(moment, this.travel.laneKey);
    if (docks.isShown("panel-console") && this.console.update(moment)) this.changed();
    if (docks.isShown("panel-lanes")) this.lanes.update(moment, this.shown.index);
    if (docks.isShown("panel-variables")) this.variables.update(moment);
    if (docks.isShown("panel-table")) this.table.update(moment);
    this.tools.update();
    this.findings.update(runs.map((run) => run.group));
    this.announcer.update(runs[this.fed].fold, nowMs, facts, this.runBar.sentence(facts));
    for (const told of this.afterPanels) told();
  }

  /** What stands where the lanes are to come. */
  #emptySentence() {
    const { phase, place } = this.facts;
    if (phase === "queued") return queueSentence(this.words, place);
    if (phase === "loading") return this.words.t("status.loading");
    // A page without Run says something else.
    const idle = byId("empty-text").dataset.idle ?? "timeline.empty_press";
    return this.words.t(phase === "idle" ? idle : "timeline.waiting");
  }

  /** What the run bar says: of the run that goes on, else of the one in front. */
  #sumUp() {
    const { facts, runs } = this;
    const run = facts.phase === "ended" ? this.shown : runs[this.fed];
    facts.ns = run.fold.endNs;
    facts.end = run.end;
    facts.limited = run.limited;
    facts.url = run.url;
    facts.events = run.events + (this.travel.held?.length ?? 0);
    facts.step = run.isStep;
    facts.handedOver = run.fold.handedOver;
    facts.dropped = runs.reduce((sum, { fold }) => sum + fold.dropped, 0);
    facts.part = { n: runs.indexOf(run) + 1, of: runs.length, title: this.nameOf(run) };
  }

  /** What a run on the screen is called: by a letter, too, where others go by the same title. @param {ShownRun} run */
  nameOf(run) {
    const { runs, overlaid } = this;
    const title = this.titleOf(run.caseId);
    const hasTwin = runs.some((other) => other !== run && other.caseId === run.caseId);
    if (runs.length < 2 || !(overlaid || hasTwin)) return title;
    const mark = markOf(runs.indexOf(run));
    return title ? `${mark} · ${title}` : mark;
  }

  /** @param {boolean} overlaid lanes of the same name below each other, instead of run below run */
  setOverlaid(overlaid) {
    this.overlaid = overlaid && this.runs.length > 1;
    this.timeline.setOverlaid(this.overlaid);
    this.#head();
    this.refresh();
  }

  /** Say above the lanes of each of several runs what it is, and how it stands. */
  #head() {
    if (this.runs.length < 2) return;
    for (const run of this.runs) {
      const heading = { title: this.nameOf(run), note: this.#noteOf(run) };
      const { title, note } = run.group.heading;
      if (title === heading.title && note === heading.note) continue;
      run.group.heading = heading;
      this.timeline.changed();
    }
  }

  /** @param {ShownRun} run */
  #noteOf(run) {
    const { words } = this;
    const time = formatDuration(run.lastEventNs, words.locale);
    if (run.end) return endSentence(words, run, time);
    const isGoing = run.id && this.runs[this.fed] === run && this.facts.phase !== "ended";
    return words.t(isGoing ? "runs.going" : "runs.to_come");
  }

  /** @returns {import("./moment.js").Moment} */
  moment() {
    const { fold, group } = this.shown;
    return { fold, ns: this.momentNs, live: this.cursorNs === null, rows: this.timeline.rowsOf(group) };
  }

  // -- what the reader does ------------------------------------------------------------------------------

  /** @param {Info | null} info */
  #onSelect(info) {
    const isSpan = info !== null && "laneKey" in info;
    this.selectedLane = info && "key" in info ? info.key : "";
    this.info = info;
    this.changed();
    this.spotlight.follow(this.selectedLane);
    if (!info) return this.details.close();
    this.bringToFront(this.runs.findIndex((run) => run.group === info.group));
    this.details.pin(info);
    if (isSpan && info.line) this.source.reveal(info.file, info.line);
  }

  /** @param {number | null} ns */
  #onCursor(ns) {
    this.cursorNs = this.cardNs = ns;
    this.panelsMs = -Infinity;
    this.changed();
  }

  /** Put the cursor at an instant. @param {number} ns @param {boolean} settled it stays there: the panels follow at once */
  moveCursor(ns, settled) {
    this.cursorNs = ns;
    this.timeline.revealTime(ns);
    this.timeline.setCursor(ns);
    if (settled) this.panelsMs = -Infinity;
    this.changed();
  }

  /** @param {boolean} following */
  #onFollow(following) {
    this.following = following;
    byId("follow").setAttribute("aria-pressed", String(following));
    if (following) this.travel.release();
  }

  /** @param {boolean} shown */
  #showInternal(shown) {
    this.timeline.setShowInternal(shown);
    this.changed();
  }

  /** @param {boolean} [withRange] */
  letGo(withRange = false) {
    if (withRange) this.tools.setRange(null);
    this.travel.release();
    this.details.close();
    this.spotlight.set("");
    this.selectedLane = "";
    this.putCursor(null);
  }

  /** @param {number | null} ns null: at the newest instant */
  putCursor(ns) {
    this.timeline.setCursor(ns);
    this.#onCursor(ns);
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
      ...this.tools.actions,
      follow: () => this.timeline.setFollow(true),
      table: () => this.docks.toggle("panel-table"),
      letGo: () => this.letGo(true),
      spotlight: () => this.spotlight.toggle(this.selectedLane),
    };
    actions[action]?.();
    return action in actions || this.travel.act(action);
  }

  /** @param {number} by */
  #moveLane(by) {
    const lanes = this.timeline.model.stops;
    if (!lanes.length) return;
    const at = lanes.findIndex(({ key }) => key === this.selectedLane);
    const next = lanes[at < 0 ? 0 : Math.max(0, Math.min(lanes.length - 1, at + by))];
    this.timeline.select(next.key, this.momentNs);
  }

  /** Put the cursor at an instant of a run, and have it and its lane in sight. @param {ShownRun} run @param {number} ns @param {string | null} laneKey */
  show(run, ns, laneKey) {
    this.bringToFront(this.runs.indexOf(run));
    this.bringIntoSight();
    this.timeline.revealTime(ns);
    this.putCursor(ns);
    if (laneKey !== null) this.timeline.select(run.group.keyOf(laneKey), ns);
  }

  /** On a narrow screen the page may have been scrolled past the timeline. */
  bringIntoSight() {
    byId("timeline-panel").scrollIntoView({ block: "nearest" });
  }

  #bindTools() {
    byId("follow").addEventListener("click", () => this.timeline.setFollow(!this.following));
    byId("fit").addEventListener("click", () => this.act("fitAll"));
    byId("zoom-in").addEventListener("click", () => this.act("zoomIn"));
    byId("zoom-out").addEventListener("click", () => this.act("zoomOut"));
  }

  // -- theme and language ----------------------------------------------------------------------------------

  /** @param {ThemeName} theme */
  setTheme(theme) {
    this.theme = theme;
    this.docks.setProjector(theme === "projector");
    this.splitters.use(theme === "projector" ? "projector" : "page");
    this.timeline.setTheme(theme, this.printSize.of(theme));
  }

  translate() {
    this.#head();
    this.timeline.setStrings(timelineStrings(this.words), this.words.locale);
    for (const view of [
      this.source,
      this.console,
      this.lanes,
      this.table,
      this.legend,
      this.docks,
      this.travel.bar,
    ])
      view.translate();
    this.variables.translate();
    this.findings.refresh();
    this.tools.translate();
    byId("follow").title = this.words.t("timeline.follow_about");
    byId("fit").title = this.words.t("timeline.fit_about");
    this.details.close();
    this.panelsMs = -Infinity;
    this.changed();
  }
}
