// Puts a second recorded run beside the one on the screen: which it is, and whether it may.

import { runIdIn } from "./lib/address.js";
import { Problem } from "./net/api.js";
import { keepRun } from "./views/kept_runs.js";
import { lastLineOf } from "./views/pair_facts.js";
import { PairView } from "./views/pair_view.js";

/** @typedef {import("./views/shown_run.js").ShownRun} ShownRun */
/**
 * @typedef {object} Surroundings the workbench, as far as comparing needs it
 * @property {import("./net/api.js").Api} api
 * @property {import("./views/words.js").Words} words
 * @property {import("./views/lab.js").Lab} lab
 * @property {string | null} lesson
 * @property {(ids: string[]) => void} open show these runs
 */

export class Pairs {
  /** @param {HTMLElement} host @param {Surroundings} around */
  constructor(host, around) {
    this.around = around;
    const { words, lab } = around;
    this.view = new PairView(host, words, lab, this.#kind, {
      onCompare: (text) => this.compare(text),
      onAlone: (run) => around.open([run.id]),
    });
  }

  /** Runs of programs that are no lesson can be compared with each other. */
  get #kind() {
    return this.around.lesson ?? "";
  }

  /** @param {string} text an id, or a link */
  async compare(text) {
    const { api, words, lab, lesson, open } = this.around;
    const first = lab.shown.id;
    const id = runIdIn(text);
    if (!id) return this.view.say(words.t("pair.no_link"));
    if (id === first) return this.view.say(words.t("pair.same_run"));
    try {
      const found = await api.run(id);
      if (found.lesson !== lesson) return this.view.say(words.t("pair.other_lesson"));
      this.view.wanted = true;
      open([first, id]);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.view.say(error.status === 0 ? words.t("error.offline") : error.message);
    }
  }

  /** A run has ended: it can be chosen from now on. @param {ShownRun} run */
  keep(run) {
    keepRun(this.#kind, {
      id: run.id,
      caseId: run.caseId,
      at: Date.parse(run.startedAt) || Date.now(),
      ms: run.lastEventNs / 1e6,
      printed: lastLineOf(run.fold).slice(0, 60),
    });
  }
}
