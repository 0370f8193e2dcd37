// One program run again and again: the loop, which waits where the server is full, and what the runs came to. Pure.

/**
 * @typedef {object} Repeatable what the loop needs of the world
 * @property {() => Promise<string>} start start one run, return its id; throws {status: 429} when the server is full
 * @property {(id: string) => Promise<boolean>} isGoing
 * @property {(id: string) => Promise<any>} outcomes what a run that has ended came to
 * @property {(id: string) => Promise<unknown>} stop
 * @property {(ms: number) => Promise<void>} pause
 */
/**
 * waiting: the server has no room for another run just now.
 * @typedef {"running" | "waiting" | "cancelling" | "cancelled" | "failed" | "done"} Phase
 */
/** @typedef {{number: number, id: string, outcomes: any}} Sample one run that has ended; `number` from 1 */

// Runs take tens of milliseconds to seconds; who looks more often only keeps the server busy.
const LOOK_MS = 150;
const FULL_MS = 1500;

export class Repetition {
  /** @param {number} times @param {Repeatable} world @param {() => void} onChange */
  constructor(times, world, onChange) {
    this.times = times;
    this.world = world;
    this.onChange = onChange;
    /** @type {Phase} */
    this.phase = "running";
    /** @type {Sample[]} */
    this.samples = [];
    /** Why it failed. @type {any} */
    this.error = null;
    this.current = "";
  }

  /** It goes on, or is being cancelled. */
  get isGoing() {
    return this.phase === "running" || this.phase === "waiting" || this.phase === "cancelling";
  }

  /** Run one after the other. Ends after the last one, when it is cancelled, or at the first error. */
  async run() {
    try {
      while (this.samples.length < this.times && this.phase !== "cancelling") await this.#once();
      this.#to(this.phase === "cancelling" ? "cancelled" : "done");
    } catch (error) {
      this.error = error;
      this.#to("failed");
    }
  }

  /** Run no more; the one that is going is stopped, and does not count. */
  cancel() {
    if (!this.isGoing || this.phase === "cancelling") return;
    this.#to("cancelling");
    if (this.current) this.world.stop(this.current).catch(() => {});
  }

  async #once() {
    const id = await this.#started();
    if (!id) return;
    this.current = id;
    // Cancelled while the server was starting it.
    if (this.phase === "cancelling") await this.world.stop(id);
    while (await this.world.isGoing(id)) await this.world.pause(LOOK_MS);
    this.current = "";
    if (this.phase === "cancelling") return;
    const outcomes = await this.world.outcomes(id);
    this.samples.push({ number: this.samples.length + 1, id, outcomes });
    this.onChange();
  }

  /** The id of the next run; "" when it was cancelled meanwhile. @returns {Promise<string>} */
  async #started() {
    while (this.phase !== "cancelling") {
      try {
        const id = await this.world.start();
        if (this.phase === "waiting") this.#to("running");
        return id;
      } catch (error) {
        if (/** @type {any} */ (error)?.status !== 429) throw error;
        if (this.phase === "running") this.#to("waiting");
        await this.world.pause(FULL_MS);
      }
    }
    return "";
  }

  /** @param {Phase} phase */
  #to(phase) {
    this.phase = phase;
    this.onChange();
  }
}

/** @typedef {{value: string, samples: Sample[]}} Bar */

/**
 * How often each outcome came about: the most frequent first, of equals the one that came first.
 * @param {Sample[]} samples
 * @param {(sample: Sample) => string | null} valueOf null: this run has none
 * @returns {Bar[]}
 */
export function histogram(samples, valueOf) {
  /** @type {Map<string, Sample[]>} */
  const found = new Map();
  for (const sample of samples) {
    const value = valueOf(sample);
    if (value === null) continue;
    const same = found.get(value);
    if (same) same.push(sample);
    else found.set(value, [sample]);
  }
  const bars = [...found].map(([value, same]) => ({ value, samples: same }));
  return bars.sort((a, b) => b.samples.length - a.samples.length);
}

/**
 * The quickest, the middle and the slowest run: each is one that was.
 * @param {Sample[]} samples at least one
 * @returns {{quickest: Sample, middle: Sample, slowest: Sample}}
 */
export function durations(samples) {
  const sorted = [...samples].sort((a, b) => durationOf(a) - durationOf(b));
  return {
    quickest: sorted[0],
    middle: sorted[Math.floor((sorted.length - 1) / 2)],
    slowest: sorted[sorted.length - 1],
  };
}

/** @param {Sample} sample */
export function durationOf({ outcomes }) {
  return outcomes.numbers.duration_ms;
}

/** What a run printed: all of it, or its last line where that is too much. @param {Sample} sample */
export function printedBy({ outcomes }) {
  return outcomes.output ?? outcomes.numbers.printed;
}
