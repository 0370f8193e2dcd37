// One lesson or recorded run: starts, watches and stops runs; several variants one after the other.

import { wholeView } from "./lib/address.js";
import { Problem } from "./net/api.js";
import { Live } from "./net/live.js";
import { Pairs } from "./pairs.js";
import { Playground } from "./playground/playground.js";
import { Repeats } from "./repeats.js";
import { byId, setText } from "./views/dom.js";
import { EmbedDialog } from "./views/embed_dialog.js";
import { ExportMenu } from "./views/export_menu.js";
import { exposeFacts } from "./views/facts.js";
import { Guide } from "./views/guide.js";
import { Lab } from "./views/lab.js";
import { bindPageKeys } from "./views/page_keys.js";
import { Navigation } from "./views/navigation.js";
import { ParamsView } from "./views/params.js";
import { ParamsDrawer } from "./views/params_drawer.js";
import { ShownRun } from "./views/shown_run.js";
import { isForeign } from "./views/stop_rule.js";

/** @typedef {import("./net/live.js").LinkState} LinkState */
/** @typedef {import("./main.js").Page} Page */

// The last events of a run may reach us before the server has written its end.
const OUTCOMES_TRIES = 20;
const OUTCOMES_PAUSE_MS = 100;
/** What is asked of a program that is no lesson. */
const NO_BOOK = { lesson: {}, questions: [], titleOf: () => "" };

export class Workbench {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.words = page.words;
    this.lesson = page.data.lesson;
    /** @type {LinkState} */
    this.link = "idle";
    /** The run bar says that nothing is heard of the run. */
    this.lost = false;
    /** @type {string[]} what Run runs: the lesson's variants, or one try */
    this.cases = this.originals;
    /** @type {string[]} the newest runs of the variants: the way back from a try */
    this.originalRuns = [];
    this.stopAsked = false;
    /** @type {Record<string, unknown> | null} what the form said when the runs on the screen were started by it */
    this.values = null;
    this.lab = new Lab(this.words, page.theme.name, () => this.press());
    const form = document.getElementById("params");
    const formOrNone = form instanceof HTMLFormElement ? form : null;
    const params = this.lesson?.params ?? page.data.switches ?? [];
    this.params = new ParamsView(formOrNone, params, this.words, () => this.press());
    this.guide = this.lesson ? this.#makeGuide() : null;
    this.playground = page.data.playground ? this.#makePlayground() : null;
    /** What somebody has called the run of this page. */
    this.runName = page.data.run?.name ?? "";
    this.navigation = new Navigation(this.lab, this.words, page.data.run?.id ?? null, (ids) =>
      this.#watchAll(ids),
    );
    this.repeats = this.#makeRepeats();
    this.pairs = new Pairs(byId("pair"), {
      api: page.api,
      words: page.words,
      lab: this.lab,
      lesson: this.lesson?.slug ?? null,
      open: (ids) => this.open(ids),
    });
    this.live = this.#makeLive();
    this.#plan();
    this.#onLink("idle");
    this.drawer = new ParamsDrawer();
    if (!page.data.embed && !page.data.playground) this.embedDialog = this.#makeEmbedDialog();
    this.exports = new ExportMenu(this.words, this.lab, { served: true });
    this.#bindKeys();
    document.getElementById("case-back")?.addEventListener("click", () => this.goBack());
    exposeFacts(this);
    if (page.data.kind === "run") this.lab.docks.show("panel-source");
    this.#resume();
  }

  #makeGuide() {
    const guide = new Guide(this.lesson, this.words, this.lab, {
      onRun: () => this.press(),
      onCase: (caseId) => this.runCase(caseId),
      canRun: () => document.getElementById("run") !== null,
      currentCase: () => (this.lab.shown.id ? this.lab.shown.caseId : ""),
    });
    this.lab.titleOf = (caseId) => guide.titleOf(caseId);
    this.lab.originalOf = () => this.lesson.cases?.[0]?.source ?? this.lesson.source;
    return guide;
  }

  #makePlayground() {
    return new Playground(this.page.data.playground, {
      api: this.page.api,
      words: this.words,
      onRun: () => this.press(),
      onEdit: () => this.lab.docks.show("panel-editor"),
      onProblem: (problem) => this.#set({ problem }),
    });
  }

  #makeRepeats() {
    const host = document.getElementById("repeat");
    const { guide } = this;
    if (!host || !(guide || this.playground)) return null;
    return new Repeats(host, {
      api: this.page.api,
      words: this.words,
      guide: guide ?? NO_BOOK,
      starterOf: (params, caseId) => this.#starterOf(params, caseId),
      onCounted: (id, outcomes) => guide?.countRepeated(id, outcomes),
      currentCase: () => this.lab.shown.caseId || this.cases[0],
      valuesOf: (caseId) => this.#repeatedValues(caseId),
      showErrors: (errors) => this.params.show(errors),
      open: (ids) => this.open(ids),
    });
  }

  #makeEmbedDialog() {
    return new EmbedDialog(this.words, () => ({
      lesson: this.lesson?.slug ?? "",
      run: this.lab.facts.phase === "ended" ? this.lab.shown.id : "",
      title: byId("lesson-name").textContent ?? "",
    }));
  }

  #makeLive() {
    return new Live(this.page.data.token, {
      onHeader: (answer) => this.#onHeader(answer),
      onQueued: (place) => this.#onQueued(place),
      onEvents: (events) => this.#onEvents(events),
      onEnded: (end) => this.#onEnded(end),
      onError: (sentence) => this.#set({ phase: "idle", problem: sentence || this.words.t("error.watch") }),
      onLink: (state) => this.#onLink(state),
    });
  }

  /** The cases that Run starts unless a try was chosen. @returns {string[]} */
  get originals() {
    const variants = this.lesson?.variants ?? [];
    return variants.length ? variants : [""];
  }

  /** The run that events come for. */
  get run() {
    return this.lab.runs[this.lab.fed];
  }

  /** @param {Partial<import("./views/run_bar.js").RunFacts>} facts */
  #set(facts) {
    this.lab.set(facts);
    this.guide?.update();
    this.pairs.view.update();
    this.#sayCase();
  }

  /** Lay out the screen for the runs to come. @returns {ShownRun[]} */
  #plan() {
    const several = this.cases.length > 1;
    const runs = this.cases.map((caseId, at) => new ShownRun(caseId, several ? `${at}:` : ""));
    for (const run of runs) {
      const source = this.playground?.code ?? this.guide?.caseOf(run.caseId)?.source ?? this.lesson?.source;
      if (source) run.files = new Map([["program.py", source]]);
    }
    this.lab.clear(runs);
    return runs;
  }

  /** A recorded run's page, and a reload while runs go on, come back to those runs. */
  #resume() {
    const view = this.navigation.asked();
    this.navigation.pending = view;
    if (view.runs.length) this.#watchAll(view.runs);
    // A connection that is there already saves a round trip after Run.
    else this.live.connect();
  }

  /** Show recorded runs instead of what is on the screen; a run that goes on does so unseen. @param {string[]} ids */
  open(ids) {
    this.navigation.keepRuns(ids);
    this.navigation.pending = { ...wholeView(), runs: ids, front: 0 };
    this.lab.bringIntoSight();
    this.#watchAll(ids);
  }

  /** Show runs that were started before. @param {string[]} ids */
  #watchAll(ids) {
    const runs = ids.map((id, at) => {
      const run = new ShownRun("", ids.length > 1 ? `${at}:` : "");
      run.id = id;
      run.url = `/runs/${id}`;
      return run;
    });
    this.stopAsked = false;
    this.values = null;
    this.lab.clear(runs);
    this.#watch(0);
  }

  /** @param {number} at */
  #watch(at) {
    this.lab.expect(at);
    this.#set({ phase: "starting", problem: "", mayStop: true });
    this.live.watch(this.run.id);
  }

  /** The one button. */
  press() {
    const { facts } = this.lab;
    const { phase } = facts;
    if (phase === "idle" || phase === "ended" || isForeign(facts)) this.start();
    else if (phase === "running" || phase === "queued") this.stop();
  }

  /** The space bar: it runs where nothing has run yet. A run on the screen is looked at, never ended or replaced by it. */
  #runOrPlay() {
    if (this.lab.facts.phase === "idle") this.press();
    else this.lab.act("playPause");
  }

  /** Run a try, or a variant alone: first its parameters are put into the form. @param {string} caseId */
  runCase(caseId) {
    const { phase } = this.lab.facts;
    if (phase !== "idle" && phase !== "ended") return;
    const isOriginal = this.originals.includes(caseId);
    this.cases = isOriginal ? this.originals : [caseId];
    this.lab.bringIntoSight();
    this.params.write({ ...this.#defaults(), ...(isOriginal ? {} : this.guide?.caseOf(caseId)?.set) });
    this.start();
  }

  /** From a try to the lesson as it is, and to its newest run if there was one. */
  goBack() {
    const { phase } = this.lab.facts;
    if (phase !== "idle" && phase !== "ended") return;
    this.cases = this.originals;
    this.params.write(this.#defaults());
    if (this.originalRuns.length) {
      this.navigation.keepRuns(this.originalRuns);
      this.#watchAll(this.originalRuns);
    } else {
      this.navigation.keepRuns([]);
      this.#plan();
      this.#set({ phase: "idle", problem: "" });
    }
  }

  /** @returns {Record<string, unknown>} */
  #defaults() {
    const params = this.lesson?.params ?? [];
    return Object.fromEntries(params.map((/** @type {any} */ param) => [param.name, param.default]));
  }

  async start() {
    if (!document.getElementById("run")) return;
    const values = this.params.read();
    if (!values) return;
    this.stopAsked = false;
    this.values = values;
    this.playground?.begin();
    this.lab.set({ phase: "starting", problem: "" });
    await this.#start(0);
  }

  /** Start the run number `at` of those planned. @param {number} at */
  async #start(at) {
    const caseId = this.cases[at];
    const params = this.#valuesFor(caseId, this.values ?? {});
    try {
      const { id, url } = await this.#starterOf(params, caseId)();
      if (at === 0) this.#begin();
      Object.assign(this.lab.runs[at], { id, url, params });
      const ids = this.lab.runs.flatMap((run) => run.id || []);
      this.navigation.keepRuns(ids);
      if (this.originals.includes(caseId)) this.originalRuns = ids;
      this.#watch(at);
    } catch (error) {
      this.#set({ phase: at === 0 ? "idle" : "ended", problem: this.#sentence(error, "error.start") });
      if (error instanceof Problem) this.params.show(error.errors);
      this.playground?.refused(error);
    }
  }

  /**
   * What starts a run of the program as it is now, also when it is edited meanwhile.
   * @param {Record<string, unknown>} params @param {string} caseId
   * @returns {() => Promise<{id: string, url: string}>}
   */
  #starterOf(params, caseId) {
    const { api } = this.page;
    if (!this.playground) return () => api.startRun(this.lesson.slug, params, caseId);
    const { code } = this.playground;
    return () => api.runCode(code, params);
  }

  /** The first run was taken on: the screen is cleared for it and for those that follow. */
  #begin() {
    this.#plan();
    this.guide?.begin(this.cases);
    const isTry = !this.originals.includes(this.cases[0]);
    // A try is about what it changes in the program.
    const hadFocus = this.playground?.hasFocus;
    if (isTry || this.playground || !this.lab.docks.chosen) this.lab.docks.show("panel-source");
    // The editor is out of sight now, and what has the focus must not be.
    if (hadFocus) this.lab.docks.tabs.get("panel-source")?.focus();
  }

  /** What a variant sets itself is not the form's business. @param {string} caseId @param {Record<string, unknown>} values */
  #valuesFor(caseId, values) {
    const found = this.guide?.caseOf(caseId);
    const own = found?.kind === "variant" ? Object.keys(found.set) : [];
    return Object.fromEntries(Object.entries(values).filter(([name]) => !own.includes(name)));
  }

  /** What the form says, as a case takes it that need not be the one on the screen; null: something is wrong in it. @param {string} caseId */
  #repeatedValues(caseId) {
    const values = this.params.read();
    const found = this.guide?.caseOf(caseId);
    const own = found?.kind === "try" && caseId !== this.cases[0] ? found.set : {};
    return values && this.#valuesFor(caseId, { ...values, ...own });
  }

  async stop() {
    this.stopAsked = true;
    const { phase } = this.lab.facts;
    this.#set({ phase: "stopping" });
    try {
      await this.page.api.stopRun(this.run.id);
    } catch (error) {
      this.#set({ phase, problem: this.#sentence(error, "error.stop") });
    }
  }

  /** @param {unknown} error @param {string} key what is said when the server gave no sentence */
  #sentence(error, key) {
    if (!(error instanceof Problem)) throw error;
    return error.status === 0 ? this.words.t("error.offline") : error.message || this.words.t(key);
  }

  /** @param {{header: any, state: string, may_stop?: boolean, place?: number, events?: number}} answer */
  #onHeader({ header, state, may_stop: mayStop = this.lab.facts.mayStop, place, events = 0 }) {
    const { phase } = this.lab.facts;
    if (place !== undefined) return this.#set({ mayStop, phase: "queued", place });
    // What is recorded is read: no time passes in it.
    if (state === "ended" && (phase === "starting" || phase === "running"))
      this.#set({ mayStop, phase: "loading" });
    else this.#set({ mayStop, phase: phase === "queued" ? "starting" : phase });
    if (!header) return;
    const { run, lesson } = this;
    run.expect(events);
    run.caseId = header.case ?? lesson?.variants?.[0] ?? "";
    run.params = header.params ?? run.params;
    run.isStep = Boolean(header.step);
    run.startedAt = header.started_at ?? "";
    // Not started by this form, or before something else was: what it says belongs to what is on the screen.
    if (!this.values) this.#takeOver(run);
    const files = new Map(Object.entries(/** @type {Record<string, string>} */ (header.source ?? {})));
    if (files.size) this.lab.setFiles(run, new Map([...files, ...run.fold.sources]));
    this.#set({});
  }

  /** @param {ShownRun} run */
  #takeOver(run) {
    if (!this.originals.includes(run.caseId)) this.cases = [run.caseId];
    else if (this.lab.runs.length === this.originals.length)
      this.originalRuns = this.lab.runs.map(({ id }) => id);
    this.params.write(this.#valuesFor(run.caseId, run.params));
  }

  /** @param {number} place how many runs begin before it */
  #onQueued(place) {
    const { phase } = this.lab.facts;
    if (phase === "starting" || phase === "queued") this.#set({ phase: "queued", place });
  }

  /** @param {import("./net/sequence.js").TraceEvent[]} events */
  #onEvents(events) {
    this.lab.feed(events);
    const { phase } = this.lab.facts;
    if (phase === "starting" || phase === "queued") this.#set({ phase: "running" });
  }

  /** @param {import("./views/run_bar.js").End & {run: string}} end */
  #onEnded(end) {
    const { run, lab } = this;
    lab.travel.release();
    run.finish(end);
    this.pairs.keep(run);
    const known = this.#fetchOutcomes(run);
    const next = lab.fed + 1;
    if (next < lab.runs.length && lab.runs[next].id) return this.#watch(next);
    if (next < lab.runs.length && !this.stopAsked) {
      lab.set({ phase: "starting" });
      this.#start(next);
      return;
    }
    this.#set({ phase: "ended" });
    this.navigation.loaded();
    known.then(() => this.guide?.finish());
  }

  /** @param {ShownRun} run */
  async #fetchOutcomes(run) {
    if (!this.guide) return;
    for (let tries = 0; tries < OUTCOMES_TRIES; tries += 1) {
      try {
        const outcomes = await this.page.api.outcomes(run.id);
        if (this.lab.runs.includes(run)) this.guide.learn(run, outcomes);
        return;
      } catch (error) {
        // Without them the run is still there to be looked at.
        if (!(error instanceof Problem) || error.status !== 409) return;
        await new Promise((resolve) => setTimeout(resolve, OUTCOMES_PAUSE_MS));
      }
    }
  }

  /** The link leads to the program on the screen, with the values that it ran with. */
  #aimAtPlayground() {
    const link = document.getElementById("to-playground");
    if (!(link instanceof HTMLAnchorElement)) return;
    const { id, caseId } = this.lab.shown;
    link.href = `/playground?${id ? `run=${id}` : `lesson=${this.lesson.slug}&case=${caseId || this.cases[0]}`}`;
  }

  /** Which try is on the screen, and the way back. */
  #sayCase() {
    this.#aimAtPlayground();
    const place = document.getElementById("case");
    if (!place) return;
    const back = document.getElementById("case-back");
    const caseId = this.run.caseId || this.cases[0];
    // A run that stands alone: which of several programs it ran is not to be seen otherwise.
    const isOriginal = this.originals.includes(caseId) && this.lab.runs.length >= this.originals.length;
    place.hidden = isOriginal || !caseId;
    setText(byId("case-title"), this.words.t("case.shown", { title: this.guide?.titleOf(caseId) ?? "" }));
    const { phase } = this.lab.facts;
    back?.setAttribute("aria-disabled", String(phase !== "idle" && phase !== "ended"));
    this.repeats?.view.follow();
  }

  /** @param {LinkState} state */
  #onLink(state) {
    this.link = state;
    byId("link").dataset.link = state;
    setText(byId("link-text"), this.words.t(`link.${state}`));
    byId("link").title = this.words.t(`link.about_${state}`);
    this.#sayLost();
  }

  /** Nothing is heard of the run on the screen: say so, until it is heard of again. */
  #sayLost() {
    const { lab, link } = this;
    lab.connected = link !== "off" && link !== "ending" && link !== "refused";
    const goesOn = lab.facts.phase !== "idle" && lab.facts.phase !== "ended";
    if (goesOn && !lab.connected)
      this.#set({ problem: this.words.t(link === "off" ? "error.lost" : `link.${link}`) });
    else if (this.lost || (lab.connected && lab.facts.problem === this.words.t("error.offline")))
      this.#set({ problem: "" });
    this.lost = goesOn && !lab.connected;
  }

  #bindKeys() {
    bindPageKeys(this.words, this.lab, {
      run: () => this.press(),
      runOrPlay: () => this.#runOrPlay(),
      projector: () => this.page.toggleProjector(),
      edit: () => this.playground?.focus(),
    });
  }

  /** @param {any} lesson the same lesson in the new language @param {any} page and the rest of the page */
  translate(lesson, page) {
    if (lesson) {
      this.lesson = lesson;
      setText(byId("lesson-name"), this.runName || lesson.title);
      const prose = new DOMParser().parseFromString(lesson.prose_html, "text/html");
      byId("prose").replaceChildren(...prose.body.childNodes);
      for (const link of document.querySelectorAll("a[data-slug]")) this.#translateLink(link);
      this.params.translate(lesson.params);
      this.guide?.translate(lesson);
      this.repeats?.translate();
    } else {
      const title = this.words.t(this.playground ? "playground.title" : "run.recorded");
      setText(byId("lesson-name"), this.runName || title);
    }
    if (this.playground) this.#translatePlayground(page);
    this.#onLink(this.link);
    this.#sayCase();
    this.lab.translate();
    this.exports.translate();
    this.pairs.view.update();
  }

  /** @param {any} page */
  #translatePlayground(page) {
    this.params.translate(page.switches);
    this.playground?.translate(page.playground);
    this.repeats?.translate();
  }

  /** A link to another lesson, as its title is in the new language. @param {Element} link */
  #translateLink(link) {
    const { slug } = /** @type {HTMLElement} */ (link).dataset;
    const { previous, next, related = [] } = this.lesson;
    const found = [previous, next, ...related].find((one) => one?.slug === slug);
    if (found) setText(link, found.title);
  }
}
