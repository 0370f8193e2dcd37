// Where the reader is: undo and redo of it, the address that says it, and going where an address says.

import { formatView, parseView, wholeView } from "../lib/address.js";
import { ViewHistory } from "../lib/history.js";
import { byId, setText } from "./dom.js";

/** @typedef {import("../lib/address.js").View} View */

// A drag, a turn of the wheel or a held key is one step: it is over when nothing came for so long. Browsers
// refuse more than 100 changes of the address in 30 s; this makes no more than 75.
const SETTLED_MS = 400;
const CONFIRMED_MS = 4000;

export class Navigation {
  /**
   * @param {import("./lab.js").Lab} lab
   * @param {import("./words.js").Words} words
   * @param {string | null} ownRun the run that the page's path names
   * @param {(ids: string[]) => void} onRuns show these runs
   */
  constructor(lab, words, ownRun, onRuns) {
    this.lab = lab;
    this.words = words;
    this.ownRun = ownRun;
    this.onRuns = onRuns;
    this.history = new ViewHistory();
    /** Where to go as soon as its runs are loaded. @type {View | null} */
    this.pending = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.isDragging = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.confirmed = undefined;
    this.undoButton = byId("view-undo");
    this.redoButton = byId("view-redo");
    this.#bind();
    this.#mark();
  }

  #bind() {
    this.undoButton.addEventListener("click", () => this.undo());
    this.redoButton.addEventListener("click", () => this.redo());
    // A page that is a file of its own has no address to give away.
    document.getElementById("copy-link")?.addEventListener("click", () => this.copy());
    const early = { capture: true, passive: true };
    for (const type of ["pointerdown", "wheel", "keydown"])
      addEventListener(type, (event) => this.#begin(event), early);
    for (const type of ["pointerup", "pointercancel"]) addEventListener(type, () => this.#end(), early);
    addEventListener("keydown", (event) => this.#onKey(event));
    addEventListener("hashchange", () => this.#onHash());
  }

  // -- what the reader does ------------------------------------------------------------------------------

  /** Something may be about to change: what is there now can be gone back to. @param {Event} event */
  #begin(event) {
    if (this.timer === undefined && !this.isDragging) this.#note();
    if (event.type === "pointerdown") this.isDragging = true;
    this.#settleSoon();
  }

  #end() {
    this.isDragging = false;
    this.#settleSoon();
  }

  #settleSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#settle(), SETTLED_MS);
  }

  #settle() {
    this.timer = undefined;
    if (this.isDragging) return;
    // Who has gone somewhere is not taken elsewhere when the last run is loaded.
    if (this.#note()) this.pending = null;
    if (!this.pending) this.#write();
  }

  /** @returns {boolean} whether the reader is elsewhere than before, with the same runs */
  #note() {
    const now = formatView(this.now());
    const { current } = this.history;
    const isAnew = current === undefined || parseView(current).runs.join() !== this.now().runs.join();
    if (isAnew) this.history.reset(now);
    const moved = !isAnew && this.history.note(now);
    this.#mark();
    return moved;
  }

  #mark() {
    this.undoButton.setAttribute("aria-disabled", String(!this.history.canUndo));
    this.redoButton.setAttribute("aria-disabled", String(!this.history.canRedo));
  }

  // -- back and forth ------------------------------------------------------------------------------------

  undo() {
    this.#goBackTo(() => this.history.undo());
  }

  redo() {
    this.#goBackTo(() => this.history.redo());
  }

  /** @param {() => string | null} step */
  #goBackTo(step) {
    this.#note();
    const state = step();
    if (state === null) return;
    this.#show(parseView(state));
    this.history.amend(formatView(this.now()));
    this.#mark();
    this.#settleSoon();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.defaultPrevented || event.altKey || !(event.ctrlKey || event.metaKey)) return;
    const target = event.target instanceof Element ? event.target : null;
    // A field has an undo of its own.
    if (target?.closest("input, select, textarea, [contenteditable], dialog")) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) this.redo();
    else this.undo();
  }

  // -- where the reader is -------------------------------------------------------------------------------

  /** @returns {View} */
  now() {
    const { lab } = this;
    const { viewport, scene, model } = lab.timeline;
    const several = lab.runs.length > 1;
    const isSettled = lab.facts.phase === "ended";
    const free = !viewport.isAsFollowed && !viewport.following;
    const { selection } = scene;
    const row = selection ? model.rowOf(selection.key) : undefined;
    return {
      runs: lab.runs.flatMap((run) => run.id || []),
      front: several && isSettled ? lab.front : null,
      overlaid: lab.overlaid,
      cursorNs: lab.cursorNs,
      span: free ? { fromNs: viewport.fromNs, toNs: viewport.toNs } : null,
      selection:
        selection && row ? { key: selection.key, ns: row.lane.startNs.data[selection.span] ?? 0 } : null,
      range: lab.rangeNs,
    };
  }

  /** @param {View} view */
  #show({ front, overlaid, cursorNs, span, selection, range }) {
    const { lab } = this;
    const { timeline } = lab;
    // Where there is no time yet, none can be shown.
    timeline.takeIn();
    if (overlaid !== lab.overlaid) lab.setOverlaid(overlaid);
    timeline.select(selection ? selection.key : null, selection?.ns);
    lab.putCursor(cursorNs);
    lab.tools.setRange(range);
    if (front !== null && front < lab.runs.length) lab.bringToFront(front, true);
    if (span) {
      timeline.setFollow(false);
      timeline.viewport.show(span.fromNs, span.toNs);
    } else if (!timeline.viewport.following) {
      timeline.viewport.showFollowed();
    }
    timeline.changed();
    lab.refresh();
  }

  // -- the address ---------------------------------------------------------------------------------------

  /** What the address says; a recorded run's page shows that run unless its address says another. @returns {View} */
  asked() {
    const view = parseView(location.hash);
    return view.runs.length || !this.ownRun ? view : { ...view, runs: [this.ownRun] };
  }

  /** These runs are on the screen from now on. @param {string[]} runs */
  keepRuns(runs) {
    this.pending = null;
    this.#replace({ ...wholeView(), runs });
  }

  #write() {
    this.#replace(this.now());
  }

  /** @param {View} view */
  #replace(view) {
    // The document of an iframe's `srcdoc` has no address of its own.
    if (location.protocol === "about:") return;
    const hash = this.#hashOf(view);
    const address = location.pathname + location.search + (hash && `#${hash}`);
    if (address !== location.pathname + location.search + location.hash)
      window.history.replaceState(null, "", address);
  }

  /** The path says already which run a recorded run's page shows. @param {View} view */
  #hashOf(view) {
    const isOwn = view.runs.length === 1 && view.runs[0] === this.ownRun;
    return formatView(isOwn ? { ...view, runs: [] } : view);
  }

  /** All events of the runs on the screen have come: go where the address says. */
  loaded() {
    const { pending } = this;
    this.pending = null;
    if (pending?.runs.join() === this.now().runs.join()) this.#show(pending);
    this.#note();
  }

  /** Somebody put another address into the bar of this same page. */
  #onHash() {
    const view = this.asked();
    // A link to a part of the page is no view.
    if (!view.runs.length || !location.hash.includes("=")) return;
    const isHere = view.runs.join() === this.now().runs.join();
    if (!isHere) this.onRuns(view.runs);
    this.pending = view;
    if (isHere) this.loaded();
  }

  // -- a link to this view -------------------------------------------------------------------------------

  /** This view in this language and theme, for whoever opens it. */
  link() {
    const url = new URL(location.href);
    url.searchParams.set("lang", this.words.lang);
    url.searchParams.set("theme", this.lab.theme);
    url.hash = this.#hashOf(this.now());
    return url.href;
  }

  async copy() {
    const { words } = this;
    const link = this.link();
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      // A page that is not served from this computer itself may not write to the clipboard.
      prompt(words.t("address.by_hand"), link);
      return;
    }
    const place = byId("copied");
    setText(place, words.t("address.copied"));
    clearTimeout(this.confirmed);
    this.confirmed = setTimeout(() => setText(place, ""), CONFIRMED_MS);
  }
}
