// The inspector: what each lane is and waits for, and who holds what, at the cursor or now.

import { LOOKS, REASONS } from "../trace/constants.js";
import { lookOf } from "../trace/looks.js";
import { formatDuration } from "../lib/format.js";
import { make, setText } from "./dom.js";
import { signalName } from "./timeline_words.js";
import { spanAt } from "./moment.js";
import { ProcessTree } from "./process_tree.js";
import { reasonText } from "./reason.js";
import { ThingsView } from "./things.js";
import { WaitGraphView } from "./wait_graph_view.js";
import { waitGraph } from "../trace/wait_graph.js";

/** @typedef {import("../trace/fold.js").Fold} Fold */
/** @typedef {import("../trace/lane.js").Lane} Lane */

// A lecture shows a dozen lanes. Whoever starts a thousand still gets a page that answers.
const LANES_SHOWN = 100;
const COLUMNS = ["lanes.name", "lanes.state", "lanes.since", "lanes.waits"];

export class LanesView {
  /**
   * @param {HTMLElement} host
   * @param {import("./words.js").Words} words
   * @param {{onLetGo: () => void, onFollow: (obj: string) => void}} actions
   */
  constructor(host, words, actions) {
    this.words = words;
    this.moment = make("p", "lanes-moment");
    this.letGo = make("button", "button small");
    this.letGo.type = "button";
    this.letGo.addEventListener("click", actions.onLetGo);
    this.when = make("span");
    this.moment.append(this.when, this.letGo);
    this.lanes = table("lanes-table", COLUMNS.length);
    this.more = make("p", "more-note");
    this.graph = new WaitGraphView(words);
    this.things = new ThingsView(words, actions.onFollow);
    this.processes = new ProcessTree(words);
    host.replaceChildren(this.moment, this.lanes, this.more, this.graph.host);
    host.append(this.things.title, this.things.table, this.processes.host);
    this.translate();
  }

  /** @param {import("./moment.js").Moment} moment @param {import("../trace/event_index.js").EventIndex} index */
  update(moment, index) {
    const { fold, ns, live } = moment;
    const { words } = this;
    setText(this.when, this.#when(moment));
    this.letGo.hidden = live;
    const lanes = moment.rows.filter(({ lane }) => lane.createdNs <= ns);
    fill(this.lanes, lanes.slice(0, LANES_SHOWN), (row, shown) => this.#lane(row, fold, shown, ns));
    const left = lanes.length - LANES_SHOWN;
    const none = words.t(fold.lanes.size ? "lanes.none_shown" : "lanes.empty");
    const note = left > 0 ? words.count("lanes.more", left) : lanes.length ? "" : none;
    setText(this.more, note);
    const waiting = lanes.slice(0, LANES_SHOWN).map(({ lane }) => lane);
    this.graph.update(moment, waitGraph(index, waiting, ns));
    this.things.update(moment, index);
    this.processes.update(moment, index);
  }

  /** @param {import("./moment.js").Moment} moment */
  #when({ fold, ns, live }) {
    if (live) return this.words.t(fold.ended ? "lanes.end" : "lanes.now");
    return this.words.t("lanes.at", { time: formatDuration(ns, this.words.locale) });
  }

  /** @param {HTMLTableRowElement} row @param {Fold} fold @param {import("./moment.js").Row} shown @param {number} ns */
  #lane(row, fold, { lane, label, depth }, ns) {
    const { words } = this;
    const span = spanAt(lane, ns);
    const reason = span < 0 ? 0 : lane.reason.data[span];
    const look = LOOKS[span < 0 ? 0 : lookOf(lane.state.data[span], reason)];
    const [name, state, since, waits] = row.cells;
    setText(name, label);
    name.title = this.#ids(lane);
    name.className = depth ? `lane-name inner depth-${Math.min(depth, 3)}` : "lane-name";
    setText(state, words.t(`look.${look}`));
    state.className = `look look-${look}`;
    setText(since, formatDuration(ns - (span < 0 ? lane.createdNs : lane.startNs.data[span]), words.locale));
    since.className = "number";
    setText(waits, this.#waits(fold, lane, span, look));
  }

  /** @param {Lane} lane */
  #ids(lane) {
    const { words } = this;
    const pid = words.t("lanes.ids_process", { pid: lane.pid });
    if (lane.kind === "process") return `${lane.name} · ${pid}`;
    return `${lane.name} · ${pid} · ${words.t("lanes.ids_thread", { tid: lane.tid ?? "?" })}`;
  }

  /** @param {Fold} fold @param {Lane} lane @param {number} span @param {string} look */
  #waits(fold, lane, span, look) {
    const { words } = this;
    const ended = look === "zombie" || look === "dead";
    if (ended && lane.exit) {
      const { code, signal } = lane.exit;
      return signal === undefined
        ? words.t("lanes.exit", { code: code ?? "?" })
        : words.t("lanes.signal", { signal: signalName(signal) });
    }
    if (!ended && lane.orphaned.length && span >= 0 && lane.orphaned[0][0] <= lane.startNs.data[span]) {
      return words.t("lanes.orphan");
    }
    if (span < 0 || !lane.reason.data[span]) return "";
    return reasonText(words, fold, REASONS[lane.reason.data[span]], fold.texts.byIndex[lane.obj.data[span]]);
  }

  translate() {
    setText(this.letGo, this.words.t("lanes.to_live"));
    head(this.lanes, COLUMNS, this.words);
    for (const part of [this.graph, this.things, this.processes]) part.translate();
  }
}

/** @param {string} className @param {number} columns */
function table(className, columns) {
  const element = make("table", className);
  const row = element.createTHead().insertRow();
  for (let i = 0; i < columns; i += 1) row.append(make("th"));
  element.createTBody();
  return element;
}

/** @param {HTMLTableElement} element @param {string[]} keys @param {import("./words.js").Words} words */
function head(element, keys, words) {
  keys.forEach((key, i) => setText(element.rows[0].cells[i], words.t(key)));
}

/**
 * Have as many rows as items, and write each: rows stay, so nothing jumps and nothing flickers.
 * @template T
 * @param {HTMLTableElement} element @param {T[]} items @param {(row: HTMLTableRowElement, item: T) => void} write
 */
function fill(element, items, write) {
  const body = element.tBodies[0];
  while (body.rows.length > items.length) body.deleteRow(-1);
  items.forEach((item, i) => {
    const row = body.rows[i] ?? addRow(body, element.rows[0].cells.length);
    write(row, item);
  });
}

/** @param {HTMLTableSectionElement} body @param {number} columns */
function addRow(body, columns) {
  const row = body.insertRow();
  for (let i = 0; i < columns; i += 1) row.insertCell();
  return row;
}
