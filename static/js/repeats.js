// Repeats one case of the lesson without drawing its runs, and has the Compare panel say what they came to.

import { Repetition } from "./lib/repeat.js";
import { Problem } from "./net/api.js";
import { RepeatView } from "./views/repeat_view.js";

/**
 * @typedef {object} Surroundings the workbench, as far as repeating needs it
 * @property {import("./net/api.js").Api} api
 * @property {import("./views/words.js").Words} words
 * @property {import("./views/repeat_view.js").Book} guide
 * @property {(params: Record<string, unknown>, caseId: string) => () => Promise<{id: string}>} starterOf starts the program as it is now
 * @property {(id: string, outcomes: any) => void} onCounted a run has ended
 * @property {() => string} currentCase
 * @property {(caseId: string) => Record<string, unknown> | null} valuesOf what the form says, as this case takes it
 * @property {(errors: {name: string, detail: string}[]) => void} showErrors at the form's fields
 * @property {(ids: string[]) => void} open show recorded runs
 */

export class Repeats {
  /** @param {HTMLElement} host @param {Surroundings} around */
  constructor(host, around) {
    this.around = around;
    /** @type {Repetition | null} */
    this.repetition = null;
    this.view = new RepeatView(host, around.words, around.guide, {
      currentCase: () => around.currentCase(),
      onStart: (times, caseId) => this.start(times, caseId),
      onCancel: () => this.repetition?.cancel(),
      onOpen: (sample) => around.open([sample.id]),
    });
  }

  /** @param {number} times @param {string} caseId */
  async start(times, caseId) {
    const { around, view } = this;
    const params = around.valuesOf(caseId);
    if (!params || this.repetition?.isGoing) return;
    let counted = 0;
    const repetition = new Repetition(times, this.#world(caseId, params), () => {
      for (; counted < repetition.samples.length; counted += 1) {
        const { id, outcomes } = repetition.samples[counted];
        around.onCounted(id, outcomes);
      }
      view.update();
    });
    this.repetition = repetition;
    view.show(repetition, caseId, (error) => this.#sentence(error));
    await repetition.run();
    if (repetition.error instanceof Problem) around.showErrors(repetition.error.errors);
  }

  /** @param {string} caseId @param {Record<string, unknown>} params @returns {import("./lib/repeat.js").Repeatable} */
  #world(caseId, params) {
    const { api, starterOf } = this.around;
    const start = starterOf(params, caseId);
    return {
      start: async () => (await start()).id,
      isGoing: async (id) => (await api.run(id)).state !== "ended",
      outcomes: (id) => api.outcomes(id),
      stop: (id) => api.stopRun(id),
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    };
  }

  /** @param {unknown} error */
  #sentence(error) {
    const { words } = this.around;
    if (!(error instanceof Problem)) throw error;
    return error.status === 0 ? words.t("error.offline") : error.message || words.t("error.start");
  }

  translate() {
    this.view.translate();
  }
}
