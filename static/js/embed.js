// A lab in a frame of somebody else's page: tells that page what happens, and does what it asks for.
// It looks at the workbench after each drawing of the panels; nothing in the workbench knows of it.

import { allows, commandIn, envelope } from "./lib/envelope.js";
import { contentHeight, headHeight } from "./timeline/layout.js";
import { byId } from "./views/dom.js";

/** @typedef {{panels: string[], autoplay: boolean, t_s: number | null, height_px: number | null, controls: string, parents: string[]}} EmbedFacts */

/** Lanes that are worth their height; more of them scroll. */
const MOST_LANES_PX = 420;
/** A frame without a run yet leaves the room of a small one. */
const LEAST_LANES_PX = 150;
const PANEL_PX = 190;
const REDUCED = matchMedia("(prefers-reduced-motion: reduce)");

export class Embed {
  /** @param {import("./main.js").Page} page */
  constructor(page) {
    this.page = page;
    /** @type {EmbedFacts} */
    this.facts = page.data.embed;
    // A trace file has no frame of its own: here it is a lesson's or a run's.
    this.bench = /** @type {import("./workbench.js").Workbench | null} */ (page.workbench);
    /** The page around us, once it is known to be one that may. "" = not yet, or there is none. */
    this.parent = "";
    this.told = { phase: "idle", height: 0, step: "", answers: "{}", problem: "" };
    addEventListener("message", (event) => this.#onMessage(event));
    if (this.bench) this.#begin(this.bench);
    if (this.bench) this.#meet(this.#guessParent());
    else this.#tellError();
  }

  /** @param {import("./workbench.js").Workbench} bench */
  #begin(bench) {
    const { t_s: seconds, autoplay } = this.facts;
    const { pending } = bench.navigation;
    if (pending && seconds !== null) pending.cursorNs ??= seconds * 1e9;
    this.told.answers = this.#answers();
    // In the template a browser would complain of it: a frame may not take the focus while it loads.
    byId("help-title").autofocus = true;
    bench.lab.afterPanels.push(() => this.#look(bench));
    bench.lab.changed();
    if (autoplay && this.page.data.kind === "lesson") bench.start();
    // What moves by itself is not for everybody.
    this.plays = autoplay && this.page.data.kind === "run" && !REDUCED.matches;
  }

  // -- who is around us ----------------------------------------------------------------------------------

  /** The origin of the page around us, where the browser says it. */
  #guessParent() {
    if (window.parent === window) return "";
    const [nearest] = location.ancestorOrigins ?? [];
    if (nearest) return nearest;
    try {
      return new URL(document.referrer).origin;
    } catch {
      return "";
    }
  }

  /** @param {string} origin */
  #meet(origin) {
    if (!origin || !allows(origin, location.origin, this.facts.parents)) return;
    this.parent = origin;
    const { data, words, theme } = this.page;
    const run = data.run?.id ?? null;
    this.#post("ready", { lesson: data.lesson?.slug ?? null, run, lang: words.lang, theme: theme.choice });
    if (this.told.height) this.#post("resize", { height: this.told.height });
  }

  /** @param {string} type @param {Record<string, unknown>} detail */
  #post(type, detail) {
    if (this.parent) window.parent.postMessage(envelope(type, detail), this.parent);
  }

  #tellError() {
    const origin = this.#guessParent();
    if (allows(origin, location.origin, this.facts.parents)) this.parent = origin;
    this.#post("error", { text: this.page.data.error?.detail ?? "" });
  }

  // -- what happens --------------------------------------------------------------------------------------

  /** @param {import("./workbench.js").Workbench} bench */
  #look(bench) {
    const { lab } = bench;
    const { phase, problem } = lab.facts;
    const { told } = this;
    if (phase !== told.phase) {
      told.phase = phase;
      if (phase === "running") this.#post("started", { run: bench.run.id });
      if (phase === "ended") this.#tellEnd(lab);
    }
    if (problem !== told.problem) {
      told.problem = problem;
      if (problem) this.#post("error", { text: problem });
    }
    this.#tellHeight(lab);
    this.#tellStep(lab);
    this.#tellAnswers();
  }

  /** @param {import("./views/lab.js").Lab} lab */
  #tellEnd(lab) {
    const runs = lab.runs.map(({ id, caseId, end, events, lastEventNs }) => {
      const { status = "", exit_code: exitCode = null } = end ?? {};
      return { run: id, case: caseId, status, exitCode, events, seconds: lastEventNs / 1e9 };
    });
    this.#post("ended", { ...runs[lab.front], runs });
    if (this.plays) lab.act("playPause");
    this.plays = false;
  }

  /** What the lanes take, and what is around them: nothing that the frame's own height changes. @param {import("./views/lab.js").Lab} lab */
  #tellHeight(lab) {
    const height = this.facts.height_px ?? this.#naturalHeight(lab);
    if (height === this.told.height) return;
    this.told.height = height;
    this.#post("resize", { height });
  }

  /** @param {import("./views/lab.js").Lab} lab */
  #naturalHeight({ timeline: { scene } }) {
    const lanes = headHeight(scene) + contentHeight(scene);
    const stage = Math.min(MOST_LANES_PX, Math.max(LEAST_LANES_PX, lanes));
    const around = ["#timeline-panel > .panel-bar", "#findings", "#minimap", ".runbar", "#step-note"];
    const isBeside = getComputedStyle(byId("content")).display === "grid";
    const tabs = document.querySelector("#dock-side > .tabs");
    const panels = isBeside || !this.facts.panels.length ? 0 : PANEL_PX + heightOf(tabs);
    const rest = around.reduce((sum, place) => sum + heightOf(document.querySelector(place)), 0);
    return Math.ceil(stage + rest + panels);
  }

  /** @param {import("./views/lab.js").Lab} lab */
  #tellStep({ travel, shown, cursorNs, words }) {
    const at = cursorNs === null || travel.playing ? -1 : travel.current;
    const signature = cursorNs === null || travel.playing ? "" : `${shown.id} ${cursorNs} ${at}`;
    if (signature === this.told.step) return;
    this.told.step = signature;
    if (!signature) return;
    const event = at < 0 ? null : shown.index.tell(at);
    this.#post("step", {
      run: shown.id,
      seconds: Number(cursorNs) / 1e9,
      event: at < 0 ? null : at,
      kind: event?.kind ?? null,
      lane: event?.lane?.name ?? null,
      line: event?.line || null,
      text: travel.sentence(this.bench?.lab.moment() ?? /** @type {any} */ (null)),
      lang: words.lang,
    });
  }

  /** What the learner has predicted or answered, and how it turned out. */
  #tellAnswers() {
    const now = this.#answers();
    if (now === this.told.answers) return;
    const [before, after] = [this.told.answers, now].map((text) => JSON.parse(text));
    this.told.answers = now;
    for (const [question, { given, verdict }] of Object.entries(after)) {
      const was = before[question];
      if (given === was?.given && verdict === was?.verdict) continue;
      const isSettled = verdict === "right" || verdict === "wrong";
      this.#post("answer", { question, given, verdict, right: isSettled ? verdict === "right" : null });
    }
  }

  #answers() {
    const predictions = this.bench?.guide?.predictions;
    const entries = predictions?.questions.flatMap((question) => {
      const given = predictions.given.get(question.id);
      return given === undefined ? [] : [[question.id, { given, verdict: predictions.verdict(question) }]];
    });
    return JSON.stringify(Object.fromEntries(entries ?? []));
  }

  // -- what we are asked to do -----------------------------------------------------------------------------

  /** @param {MessageEvent} event */
  #onMessage(event) {
    if (event.source !== window.parent || window.parent === window) return;
    if (!allows(event.origin, location.origin, this.facts.parents)) return;
    const command = commandIn(event.data);
    if (!command || !this.bench) return;
    if (command.type === "hello" || !this.parent) this.#meet(event.origin);
    this.#do(this.bench, command);
  }

  /** @param {import("./workbench.js").Workbench} bench @param {import("./lib/envelope.js").Command} command */
  #do(bench, { type, by = 1, lane, seconds, theme, lang }) {
    const { lab } = bench;
    const { phase } = lab.facts;
    const { travel } = lab;
    const moves = travel.playing || (travel.isLive && !travel.held);
    /** @type {Record<string, () => void>} */
    const actions = {
      run: () => void ((phase === "idle" || phase === "ended") && bench.start()),
      stop: () => void (phase === "running" && bench.stop()),
      play: () => void (!moves && lab.act("playPause")),
      pause: () => void (moves && lab.act("playPause")),
      step: () => void lab.act(`step${lane ? "Lane" : ""}${by === 1 ? "On" : "Back"}`),
      seek: () => travel.seek(seconds * 1e9),
      "set-theme": () => this.page.theme.set(theme),
      "set-language": () => void (lang !== this.page.words.lang && this.page.changeLanguage()),
    };
    actions[type]?.();
  }
}

/** @param {Element | null} element */
function heightOf(element) {
  return element?.getBoundingClientRect().height ?? 0;
}
