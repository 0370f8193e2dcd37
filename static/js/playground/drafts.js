// What was typed and not shared, kept in this browser: one draft for each program that was begun from. Pure.

const KEY = "lab.playground.drafts";
// Of 64 kB at most each; a browser keeps 5 MB.
const MOST = 20;

/** @typedef {Pick<Storage, "getItem" | "setItem">} Keeper */
/** @typedef {{code: string, at: number}} Draft */

export class Drafts {
  /** @param {Keeper} storage */
  constructor(storage) {
    this.storage = storage;
  }

  /** @param {string} origin what the draft was begun from @returns {string | null} */
  read(origin) {
    return this.#all()[origin]?.code ?? null;
  }

  /** Keep a draft; the oldest ones make room. @param {string} origin @param {string} code @param {number} at when */
  write(origin, code, at) {
    const all = { ...this.#all(), [origin]: { code, at } };
    const newest = Object.entries(all).sort(([, a], [, b]) => b.at - a.at);
    this.#keep(Object.fromEntries(newest.slice(0, MOST)));
  }

  /** @param {string} origin */
  forget(origin) {
    const { [origin]: _forgotten, ...others } = this.#all();
    this.#keep(others);
  }

  /** @returns {Record<string, Draft>} nothing where what is kept cannot be read */
  #all() {
    try {
      const found = JSON.parse(this.storage.getItem(KEY) ?? "{}");
      const whole = Object.entries(found).filter(([, draft]) => typeof draft?.code === "string");
      return Object.fromEntries(whole);
    } catch {
      return {};
    }
  }

  /** @param {Record<string, Draft>} all */
  #keep(all) {
    try {
      this.storage.setItem(KEY, JSON.stringify(all));
    } catch {
      // Storage is full or forbidden: what is typed stays as long as the page does.
    }
  }
}
