// A trace's text, checked line by line as trace/codec.py does: whatever a file holds, the fold gets events as they must be.

import { FORMAT, SOURCES } from "./constants.js";
import { COMMON, HEADER, OWN } from "./fields.js";

/** @typedef {import("./fold.js").TraceEvent} TraceEvent */
/** @typedef {{key: string, values: Record<string, string | number>}} Damage a sentence of static/i18n: file.<key> */

const [NAME, MAJOR] = FORMAT.split("/");

/** @type {Record<string, (value: any) => boolean>} */
const FITS = {
  int: Number.isInteger,
  float: (value) => typeof value === "number",
  str: (value) => typeof value === "string",
  bool: (value) => typeof value === "boolean",
  array: Array.isArray,
  object: isObject,
};

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

  /** The events of the next lines, up to where they are damaged. @param {string[]} lines @returns {TraceEvent[]} */
  take(lines) {
    /** @type {TraceEvent[]} */
    const events = [];
    const values = parsedAtOnce(lines);
    for (let at = 0; at < lines.length && !this.damage; at += 1) {
      this.number += 1;
      if (!values && !lines[at].trim()) continue;
      const value = values ? values[at] : parsed(lines[at]);
      if (!this.header) this.#takeHeader(value);
      else if (this.#isGood(value)) events.push(value);
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
    const wrong = wrongField(value, HEADER);
    if (wrong) return this.#refuse("field", { field: wrong });
    this.header = value;
    return true;
  }

  /** @param {any} event */
  #isGood(event) {
    if (!isObject(event)) return this.#refuse("line");
    const wrong = wrongField(event, COMMON) || wrongField(event, own(event.kind));
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

/** @param {string} kind @returns {Record<string, string>} of a kind that is not known, nothing is asked */
function own(kind) {
  return Object.hasOwn(OWN, kind) ? OWN[kind] : {};
}

/** The name of a field that is not as it must be; "" = none. @param {Record<string, any>} value @param {Record<string, string>} fields */
function wrongField(value, fields) {
  for (const name in fields) {
    const type = fields[name];
    const isOptional = type.endsWith("?");
    const found = value[name];
    if (found === undefined || found === null) {
      if (!isOptional) return name;
    } else if (!FITS[isOptional ? type.slice(0, -1) : type](found)) {
      return name;
    }
  }
  return "";
}

/** @param {any} value */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One call for all lines takes half the time of one each; null: something is wrong with one of them. @param {string[]} lines */
function parsedAtOnce(lines) {
  try {
    const values = JSON.parse(`[${lines.join(",")}]`);
    return values.length === lines.length ? values : null;
  } catch {
    return null;
  }
}

/** @param {string} line */
function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
