// The inspector's part about processes: who is whose child at the cursor, with pid and ppid; zombies and orphans.

import { STATES, ZOMBIE } from "../trace/constants.js";
import { stateAt } from "../trace/at.js";
import { make, setText } from "./dom.js";
import { labelOf } from "./moment.js";

/** @typedef {import("./moment.js").Moment} Moment */
/** @typedef {import("../trace/event_index.js").EventIndex} EventIndex */
/** @typedef {import("../trace/lane.js").Lane} Lane */
/** @typedef {{lane: Lane, depth: number, ppid: number}} Place */

const SHOWN = 60;

export class ProcessTree {
  /** @param {import("./words.js").Words} words */
  constructor(words) {
    this.words = words;
    this.signature = "";
    this.title = make("h3", "panel-subtitle");
    this.list = make("ul", "process-tree");
    this.host = make("section", "processes");
    this.host.append(this.title, this.list);
    this.host.hidden = true;
    this.translate();
  }

  translate() {
    setText(this.title, this.words.t("process.tree"));
    this.signature = "";
  }

  /** @param {Moment} moment @param {EventIndex} index */
  update(moment, index) {
    const places = processesAt(moment, index);
    this.host.hidden = places.length < 2;
    if (this.host.hidden) return;
    const rows = places.slice(0, SHOWN).map((place) => this.#text(moment, place));
    const signature = rows.map(({ text, mark }) => text + mark).join("\n");
    if (signature === this.signature) return;
    this.signature = signature;
    this.list.replaceChildren(...rows.map((row) => this.#item(row)));
  }

  /** @param {Moment} moment @param {Place} place */
  #text(moment, { lane, depth, ppid }) {
    const { words } = this;
    const state = stateAt(lane, moment.ns);
    const text = words.t("process.line", { name: labelOf(moment, lane.key), pid: lane.pid, ppid });
    const marks = [
      state === ZOMBIE ? words.t("look.zombie") : "",
      STATES[state] === "dead" ? words.t("look.dead") : "",
      lane.orphaned.some(([ns]) => ns <= moment.ns) ? words.t("timeline.orphan") : "",
    ];
    return { text, depth, mark: marks.filter(Boolean).join(" · "), isOver: STATES[state] === "dead" };
  }

  /** @param {{text: string, depth: number, mark: string, isOver: boolean}} row */
  #item({ text, depth, mark, isOver }) {
    const item = make("li", `depth-${Math.min(depth, 4)}${isOver ? " over" : ""}`, text);
    if (mark) item.append(" ", make("strong", "process-mark", mark));
    return item;
  }
}

/**
 * The processes that there are at an instant, each below its parent of then: an orphan has left it.
 * @param {Moment} moment @param {EventIndex} index
 * @returns {Place[]}
 */
export function processesAt({ fold, ns, rows }, index) {
  const lanes = rows
    .map(({ lane }) => lane)
    .filter((lane) => lane.kind === "process" && lane.createdNs <= ns);
  const pids = new Set(lanes.map(({ pid }) => pid));
  const ppids = new Map(lanes.map((lane) => [lane, ppidAt(fold, index, lane, ns)]));
  /** @type {Place[]} */
  const places = [];
  const place = (/** @type {Lane} */ lane, /** @type {number} */ depth) => {
    places.push({ lane, depth, ppid: ppids.get(lane) ?? 0 });
    for (const child of lanes) {
      if (child !== lane && ppids.get(child) === lane.pid && places.length <= lanes.length)
        place(child, depth + 1);
    }
  };
  for (const lane of lanes) if (!pids.has(ppids.get(lane) ?? 0)) place(lane, 0);
  return places;
}

/** @param {import("../trace/fold.js").Fold} fold @param {EventIndex} index @param {Lane} lane @param {number} ns */
function ppidAt(fold, index, lane, ns) {
  const adopted = lane.orphaned.findLast(([atNs]) => atNs <= ns);
  if (adopted) return adopted[1];
  return fold.lanes.get(lane.parent ?? "")?.pid ?? index.ppidOf.get(lane.pid) ?? 0;
}
