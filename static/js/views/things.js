// The inspector's part about shared things: by kind, what each holds at the cursor and who waits for it, in order.

import {
  isBrokenAt,
  isSetAt,
  itemsAt,
  partiesAt,
  permitsAt,
  unfinishedAt,
  waitersAt,
  workAt,
  writtenAt,
} from "../trace/contents.js";
import { formatDuration } from "../lib/format.js";
import { depthAt, holdAt } from "../trace/at.js";
import { make, setText } from "./dom.js";
import { labelOf } from "./moment.js";

/** @typedef {import("./moment.js").Moment} Moment */
/** @typedef {import("../trace/event_index.js").EventIndex} EventIndex */
/** @typedef {import("../trace/lane.js").Lane} Lane */
/** @typedef {import("../trace/lane.js").Resource} Resource */

const SHOWN = 50;
/** In the order of the panel; what is none of these is listed last. */
const KINDS = ["lock", "condition", "event", "semaphore", "barrier", "queue", "pool", "shared", "pipe"];
const COLUMNS = ["locks.name", "locks.holder", "locks.waiting"];

export class ThingsView {
  /** @param {import("./words.js").Words} words @param {(obj: string) => void} onFollow step along what happens to one */
  constructor(words, onFollow) {
    this.words = words;
    this.onFollow = onFollow;
    this.title = make("h3", "panel-subtitle");
    this.table = make("table", "lanes-table things-table");
    const head = this.table.createTHead().insertRow();
    for (let i = 0; i < COLUMNS.length; i += 1) head.append(make("th"));
    this.body = this.table.createTBody();
    this.translate();
  }

  /** @param {Moment} moment @param {EventIndex} index */
  update(moment, index) {
    const { ns, fold } = moment;
    const there = [...fold.resources.values()].filter(({ createdNs }) => createdNs <= ns);
    const sorted = there.sort((a, b) => rankOf(a) - rankOf(b)).slice(0, SHOWN);
    this.table.hidden = this.title.hidden = sorted.length === 0;
    const waiters = waitersAt(index, ns);
    let at = 0;
    let kind = "";
    for (const resource of sorted) {
      if (resource.kind !== kind) {
        kind = resource.kind;
        this.#group(this.#row(at, "group"), kind);
        at += 1;
      }
      this.#thing(this.#row(at, "thing"), moment, index, resource, waiters.get(resource.obj) ?? []);
      at += 1;
    }
    while (this.body.rows.length > at) this.body.deleteRow(-1);
  }

  /** A row of this form; one that is there stays, so that nothing flickers and the focus is kept. @param {number} at @param {string} form */
  #row(at, form) {
    const found = this.body.rows[at];
    if (found?.dataset.form === form) return found;
    found?.remove();
    const row = this.body.insertRow(at);
    row.dataset.form = form;
    row.className = form;
    if (form === "group") {
      const cell = make("th");
      cell.colSpan = COLUMNS.length;
      cell.scope = "colgroup";
      row.append(cell);
      return row;
    }
    const button = make("button", "thing-name");
    button.type = "button";
    button.addEventListener("click", () => this.onFollow(row.dataset.obj ?? ""));
    row.insertCell().append(button, make("span", "thing-type"));
    row.insertCell();
    row.insertCell();
    return row;
  }

  /** @param {HTMLTableRowElement} row @param {string} kind */
  #group(row, kind) {
    setText(row.cells[0], this.words.t(`thing.${KINDS.includes(kind) ? kind : "other"}`));
  }

  /** @param {HTMLTableRowElement} row @param {Moment} moment @param {EventIndex} index @param {Resource} resource @param {Lane[]} waiters */
  #thing(row, moment, index, resource, waiters) {
    const [name, content, waiting] = row.cells;
    row.dataset.obj = resource.obj;
    const [button, type] = name.children;
    setText(button, resource.name || resource.type);
    button.setAttribute("title", this.words.t("thing.follow"));
    setText(type, resource.name && resource.type !== resource.kind ? resource.type : "");
    setText(content, this.#content(moment, index, resource, waiters));
    const names = waiters.map((lane) => labelOf(moment, lane.key));
    setText(waiting, names.join(this.words.t("finding.and")));
    row.classList.toggle("waited-for", names.length > 0);
  }

  /** @param {Moment} moment @param {EventIndex} index @param {Resource} resource @param {Lane[]} waiters */
  #content(moment, index, resource, waiters) {
    const { words } = this;
    const { obj, kind } = resource;
    const { ns } = moment;
    if (kind === "lock") return this.#holder(moment, resource);
    if (kind === "queue") return this.#queue(index, resource, ns);
    if (kind === "event") return words.t(isSetAt(index, obj, ns) ? "thing.set" : "thing.not_set");
    if (kind === "semaphore") {
      const n = permitsAt(index, obj, ns);
      return n < 0 ? "–" : words.count("thing.permits", n);
    }
    if (kind === "barrier") {
      if (isBrokenAt(index, obj, ns)) return words.t("thing.broken");
      return words.t("thing.parties", { n: waiters.length, of: partiesAt(index, obj, ns) });
    }
    if (kind === "pool") return words.t("thing.work", workAt(index, obj, ns));
    if (kind === "shared") return writtenAt(index, obj, ns) || "–";
    return kind === "condition" && waiters.length === 0 ? words.t("thing.nobody") : "–";
  }

  /** @param {Moment} moment @param {Resource} resource */
  #holder(moment, resource) {
    const hold = holdAt(resource, moment.ns);
    if (!hold) return this.words.t("locks.free");
    const time = formatDuration(moment.ns - hold[1], this.words.locale);
    return this.words.t("thing.held", { lane: labelOf(moment, hold[0]), time });
  }

  /** @param {EventIndex} index @param {Resource} resource @param {number} ns */
  #queue(index, resource, ns) {
    const { words } = this;
    const { values, more } = itemsAt(index, resource.obj, ns);
    const told = depthAt(resource, ns);
    const depth = told >= 0 ? told : values.length + more;
    const count = words.count("locks.items", depth);
    const unfinished = unfinishedAt(index, resource.obj, ns);
    const left = unfinished > depth ? ` · ${words.count("thing.unfinished", unfinished)}` : "";
    if (!values.some(Boolean)) return count + left;
    const list = values.map((value) => value || "?").join(", ");
    return `${count}: ${list}${more > 0 ? ", …" : ""}${left}`;
  }

  translate() {
    setText(this.title, this.words.t("locks.title"));
    COLUMNS.forEach((key, i) => setText(this.table.rows[0].cells[i], this.words.t(key)));
  }
}

/** @param {Resource} resource */
function rankOf({ kind }) {
  const rank = KINDS.indexOf(kind);
  return rank < 0 ? KINDS.length : rank;
}
