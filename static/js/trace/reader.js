// A trace's text, checked line by line as trace/codec.py does: whatever a file holds, the fold gets events as they must be.

import { FORMAT, SOURCES } from "./constants.js";
import { COMMON, HEADER, OWN } from "./fields.js";

/** @typedef {import("./fold.js").TraceEvent} TraceEvent */
/** @typedef {{key: string, values: Record<string, string | number>}} Damage a sentence of static/i18n: file.<key> */

const [NAME, MAJOR] = FORMAT.split("/");

/** @typedef {{name: string, type: string, isOptional: boolean}} Check */

const OF_HEADER = checksOf(HEADER);
/** Of a kind that is not known, no more is asked than of all. */
const OF_ALL = checksOf(COMMON);
/** @type {Map<string, Check[]>} */
const OF_KIND = new Map(Object.entries(OWN).map(([kind, own]) => [kind, checksOf({ ...COMMON, ...own })]));

export class TraceReader {
  constructor() {
    /** @type {Record<string, any> | null} */
    this.header = null;
    this.seq = 0;
    this.ns = 0;
    /** How the run ended, once the trace has said so. @type {string | null} */
    this.status = null;
    /** Why nothing more is read. @type {Damage | null} */
    this.damage = null;
    this.number = 0;
  }

  /**
   * The events of the next lines, up to where they are damaged.
   * @param {string} text whole lines, but at the file's end
   * @returns {TraceEvent[]}
   */
  take(text) {
    if (this.damage) return [];
    const whole = text.endsWith("\n") ? text.slice(0, -1) : text;
    const values = parsedAtOnce(whole);
    if (values) return this.#good(values);
    const events = [];
    for (const line of whole.split("\n")) {
      if (line.trim()) events.push(...this.#good([parsed(line)]));
      else this.number += 1;
      if (this.damage) break;
    }
    return events;
  }

  /** @param {any[]} values of one line each @returns {TraceEvent[]} */
  #good(values) {
    /** @type {TraceEvent[]} */
    const events = [];
    for (const value of values) {
      this.number += 1;
      if (!this.header) this.#takeHeader(value);
      else if (this.#isGood(value)) events.push(value);
      if (this.damage) break;
    }
    return events;
  }

  /** The file is at its end. */
  finish() {
    if (this.damage) return;
    if (!this.header) this.#refuse("empty");
    else if (this.status === null) this.#refuse("cut");
  }

  /** @param {any} value @returns {unknown} */
  #takeHeader(value) {
    const [name, version = ""] = isObject(value) ? String(value.format ?? "").split("/") : [];
    if (name !== NAME) return this.#refuse("no_trace", { format: FORMAT });
    if (version.split(".")[0] !== MAJOR) return this.#refuse("version", { version, major: MAJOR });
    const wrong = wrongField(value, OF_HEADER);
    if (wrong) return this.#refuse("field", { field: wrong });
    this.header = value;
    return true;
  }

  /** @param {any} event */
  #isGood(event) {
    if (!isObject(event)) return this.#refuse("line");
    const wrong = wrongField(event, OF_KIND.get(event.kind) ?? OF_ALL);
    if (wrong) return this.#refuse("field", { field: wrong });
    if (!SOURCES.includes(event.by)) return this.#refuse("field", { field: "by" });
    if (event.seq !== this.seq) return this.#refuse("gap", { seq: event.seq, expected: this.seq });
    if (event.ts_ns < this.ns) return this.#refuse("backwards");
    this.seq += 1;
    this.ns = event.ts_ns;
    this.status = event.kind === "run.ended" ? event.status : null;
    return true;
  }

  /** @param {string} key @param {Record<string, string | number>} [values] */
  #refuse(key, values = {}) {
    this.damage = { key, values: { ...values, line: this.number } };
    return false;
  }
}

/** @param {Record<string, string>} fields name -> type, as in fields.js @returns {Check[]} */
function checksOf(fields) {
  return Object.entries(fields).map(([name, type]) => ({
    name,
    type: type.replace("?", ""),
    isOptional: type.endsWith("?"),
  }));
}

/** The name of a field that is not as it must be; "" = none. @param {Record<string, any>} value @param {Check[]} checks */
function wrongField(value, checks) {
  for (const { name, type, isOptional } of checks) {
    const found = value[name];
    if (found === undefined || found === null ? !isOptional : !fits(found, type)) return name;
  }
  return "";
}

/** Functions in a table would take three times as long. @param {any} value @param {string} type */
function fits(value, type) {
  switch (type) {
    case "int":
      return Number.isInteger(value);
    case "float":
      return typeof value === "number";
    case "str":
      return typeof value === "string";
    case "bool":
      return typeof value === "boolean";
    case "array":
      return Array.isArray(value);
    default:
      return isObject(value);
  }
}

/** @param {any} value */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One call for all lines takes half the time of one each; null: something is wrong with one of them. @param {string} text */
function parsedAtOnce(text) {
  try {
    const values = JSON.parse(`[${text.replaceAll("\n", ",")}]`);
    return values.length === countLines(text) ? values : null;
  } catch {
    return null;
  }
}

/** @param {string} text */
function countLines(text) {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}

/** @param {string} line */
function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
