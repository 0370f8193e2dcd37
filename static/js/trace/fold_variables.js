// The fold's part about variables: which values each process's globals were seen to have, and when.

import { Column } from "../lib/column.js";

/** @typedef {import("./fold.js").Handler} Handler */
/** @typedef {import("../lib/column.js").Texts} Texts */

/**
 * One global of one process: from ns[i] on it was seen to have value[i]; the empty text: it is deleted.
 * Lane[i] saw that, at file[i], line[i] (0: at its end), by the event seq[i]. Texts are indices into `texts`.
 */
export class Variable {
  /** @param {Texts} texts @param {number} pid @param {string} name */
  constructor(texts, pid, name) {
    this.texts = texts;
    this.pid = pid;
    this.name = name;
    this.ns = new Column(Float64Array);
    this.value = new Column(Uint32Array);
    this.lane = new Column(Uint32Array);
    this.file = new Column(Uint32Array);
    this.line = new Column(Uint32Array);
    this.seq = new Column(Uint32Array);
  }

  /** What Variable.to_dict() of Python is. */
  toDict() {
    const text = (/** @type {number} */ index) => this.texts.byIndex[index];
    const changes = Array.from({ length: this.ns.length }, (_, i) => [
      this.ns.data[i],
      text(this.value.data[i]),
      text(this.lane.data[i]),
      text(this.file.data[i]),
      this.line.data[i],
    ]);
    return { pid: this.pid, name: this.name, changes };
  }
}

/** @type {Handler} */
function onVariableChanged(fold, event, lane) {
  const key = `${event.pid} ${event.name}`;
  let variable = fold.variables.get(key);
  if (!variable) {
    variable = new Variable(fold.texts, event.pid, event.name);
    fold.variables.set(key, variable);
  }
  variable.ns.push(event.ts_ns);
  variable.value.push(fold.texts.indexOf(event.value ?? ""));
  variable.lane.push(fold.texts.indexOf(lane.key));
  variable.file.push(fold.texts.indexOf(event.file ?? ""));
  variable.line.push(event.line ?? 0);
  // Its place among the events: the fold has counted it already.
  variable.seq.push(fold.eventNs.length - 1);
  fold.ran(lane, event);
}

/** @type {Record<string, Handler>} */
export const VARIABLES = { "variable.changed": onVariableChanged };
