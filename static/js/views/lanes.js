// The inspector: what each lane is and waits for, and who holds what, at the cursor or now.

import { LOOKS, REASONS } from "../trace/constants.js";
import { lookOf } from "../trace/looks.js";
import { formatDuration } from "../lib/format.js";
import { make, setText } from "./dom.js";
import { depthAt, holderAt, nameOf, spanAt } from "./moment.js";

/** @typedef {import("../trace/fold.js").Fold} Fold */
/** @typedef {import("../trace/lane.js").Lane} Lane */
/** @typedef {import("../trace/lane.js").Resource} Resource */

// A lecture shows a dozen lanes. Whoever starts a thousand still gets a page that answers.
const LANES_SHOWN = 100;
const RESOURCES_SHOWN = 50;
const COLUMNS = ["lanes.name", "lanes.state", "lanes.since", "lanes.waits"];
const RESOURCE_COLUMNS = ["locks.name", "locks.type", "locks.holder"];

export class LanesView {
  /**
   * @param {HTMLElement} host
   * @param {import("./words.js").Words} words
   * @param {{onLetGo: () => void}} actions
   */
  constructor(host, words, actions) {
    this.words = words;
    this.moment = make("p", "moment");
    this.letGo = make("button", "button small");
    this.letGo.type = "button";
    this.letGo.addEventListener("click", actions.onLetGo);
    this.when = make("span");
    this.moment.append(this.when, this.letGo);
    this.lanes = table("lanes-table", COLUMNS.length);
    this.more = make("p", "more-note");
    this.resources = table("lanes-table", RESOURCE_COLUMNS.length);
    this.resourcesTitle = make("h3", "panel-subtitle");
    host.replaceChildren(this.moment, this.lanes, this.more, this.resourcesTitle, this.resources);
    this.translate();
  }

  /** @param {Fold} fold @param {number} ns @param {boolean} live ns is the newest moment @param {boolean} internal */
  update(fold, ns, live, internal) {
    const { words } = this;
    setText(
      this.when,
      live ? words.t("lanes.now") : words.t("lanes.at", { time: formatDuration(ns, words.locale) }),
    );
    this.letGo.hidden = live;
    const lanes = inOrder(fold, internal).filter((lane) => lane.createdNs <= ns);
    fill(this.lanes, lanes.slice(0, LANES_SHOWN), (row, lane) => this.#lane(row, fold, lane, ns));
    const left = lanes.length - LANES_SHOWN;
    const note = left > 0 ? words.count("lanes.more", left) : lanes.length ? "" : words.t("lanes.empty");
    setText(this.more, note);
    const resources = [...fold.resources.values()]
      .filter((resource) => resource.createdNs <= ns)
      .slice(0, RESOURCES_SHOWN);
    this.resources.hidden = this.resourcesTitle.hidden = resources.length === 0;
    fill(this.resources, resources, (row, resource) => this.#resource(row, fold, resource, ns));
  }

  /** @param {HTMLTableRowElement} row @param {Fold} fold @param {Lane} lane @param {number} ns */
  #lane(row, fold, lane, ns) {
    const { words } = this;
    const span = spanAt(lane, ns);
    const reason = span < 0 ? 0 : lane.reason.data[span];
    const look = LOOKS[span < 0 ? 0 : lookOf(lane.state.data[span], reason)];
    const [name, state, since, waits] = row.cells;
    setText(name, lane.name);
    name.title = this.#ids(lane);
    name.className = lane.kind === "process" ? "lane-name" : "lane-name inner";
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
        : words.t("lanes.signal", { signal });
    }
    if (!ended && lane.orphaned.length && span >= 0 && lane.orphaned[0][0] <= lane.startNs.data[span]) {
      return words.t("lanes.orphan");
    }
    if (span < 0 || !lane.reason.data[span]) return "";
    return reasonText(words, fold, lane.reason.data[span], fold.texts.byIndex[lane.obj.data[span]]);
  }

  /** @param {HTMLTableRowElement} row @param {Fold} fold @param {Resource} resource @param {number} ns */
  #resource(row, fold, resource, ns) {
    const { words } = this;
    const [name, type, holder] = row.cells;
    setText(name, resource.name || "–");
    setText(type, resource.type);
    const depth = depthAt(resource, ns);
    const lane = holderAt(resource, ns);
    const held = fold.lanes.get(lane)?.name;
    if (depth >= 0) setText(holder, words.count("locks.items", depth));
    else setText(holder, resource.kind === "lock" ? (held ?? words.t("locks.free")) : "–");
  }

  translate() {
    setText(this.letGo, this.words.t("lanes.to_live"));
    setText(this.resourcesTitle, this.words.t("locks.title"));
    head(this.lanes, COLUMNS, this.words);
    head(this.resources, RESOURCE_COLUMNS, this.words);
  }
}

/** What a span waits for, as a sentence part. @param {import("./words.js").Words} words @param {Fold} fold @param {number} reason @param {string} obj */
export function reasonText(words, fold, reason, obj) {
  return words.t(`reason.${REASONS[reason]}`, { obj: nameOf(fold, obj) }).trim();
}

/** Each process with its threads below it, in the order of their creation. @param {Fold} fold @param {boolean} internal */
export function inOrder(fold, internal) {
  const shown = [...fold.lanes.values()].filter((lane) => internal || !lane.internal);
  /** @type {Map<number, number>} */
  const place = new Map();
  for (const lane of shown) if (!place.has(lane.pid)) place.set(lane.pid, place.size);
  return shown.sort(
    (a, b) =>
      (place.get(a.pid) ?? 0) - (place.get(b.pid) ?? 0) ||
      Number(b.kind === "process") - Number(a.kind === "process"),
  );
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
