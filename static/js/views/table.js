// The spans as a real table, page by page: the same facts as on the canvas, for whoever cannot see it.

import { formatDuration } from "../lib/format.js";
import { LOOKS, REASONS, SOURCES } from "../trace/constants.js";
import { lookOf } from "../trace/looks.js";
import { make, setText } from "./dom.js";
import { reasonText } from "./reason.js";

/** @typedef {import("../trace/fold.js").Fold} Fold */
/** @typedef {import("./moment.js").Moment} Moment */
/** @typedef {import("./moment.js").Row} Row */

const PAGE_ROWS = 100;
const COLUMNS = ["lane", "state", "waits", "from", "to", "length", "line", "known"];

export class TableView {
  /** @param {HTMLElement} host @param {import("./words.js").Words} words */
  constructor(host, words) {
    this.words = words;
    this.page = 0;
    /** @type {string} a lane's key; "" = all */
    this.lane = "";
    this.signature = "";
    /** @type {Moment | null} */
    this.moment = null;
    this.choice = make("select");
    this.choice.addEventListener("change", () => this.#choose(this.choice.value));
    this.label = make("label", "table-choice");
    this.labelText = make("span");
    this.label.append(this.labelText, this.choice);
    this.previous = this.#pager(-1);
    this.next = this.#pager(1);
    this.range = make("span", "table-range");
    const bar = make("div", "table-bar");
    bar.append(this.label, this.previous, this.range, this.next);
    this.table = make("table", "spans-table");
    this.caption = this.table.createCaption();
    this.table.createTHead().insertRow();
    this.table.createTBody();
    this.table.rows[0].append(...COLUMNS.map(() => make("th")));
    host.replaceChildren(bar, this.table);
    this.translate();
  }

  clear() {
    this.page = 0;
    this.lane = "";
    this.signature = "";
    this.choice.replaceChildren();
  }

  /** Only call it while it can be seen: it writes up to a hundred rows. @param {Moment} moment */
  update(moment) {
    this.moment = moment;
    this.#offer(moment.rows);
    const shown = this.lane ? moment.rows.filter(({ lane }) => lane.key === this.lane) : moment.rows;
    const total = shown.reduce((sum, { lane }) => sum + lane.startNs.length, 0);
    this.page = Math.max(0, Math.min(this.page, Math.ceil(total / PAGE_ROWS) - 1));
    const from = this.page * PAGE_ROWS;
    const spans = slice(shown, from, PAGE_ROWS);
    this.previous.disabled = from === 0;
    this.next.disabled = from + PAGE_ROWS >= total;
    const numbers = { from: from + 1, to: from + spans.length, total: this.words.number.format(total) };
    setText(this.range, total ? this.words.t("table.range", numbers) : this.words.t("table.empty"));
    this.#write(moment.fold, spans);
  }

  /** @param {Fold} fold @param {[Row, number][]} spans */
  #write(fold, spans) {
    const {
      tBodies: [body],
    } = this.table;
    while (body.rows.length > spans.length) body.deleteRow(-1);
    spans.forEach(([shown, span], index) => {
      const { lane } = shown;
      const row = body.rows[index] ?? body.insertRow();
      while (row.cells.length < COLUMNS.length) row.insertCell();
      const look = LOOKS[lookOf(lane.state.data[span], lane.reason.data[span])];
      row.cells[1].className = `look look-${look}`;
      this.#texts(fold, shown, span, look).forEach((text, column) => setText(row.cells[column], text));
    });
  }

  /** @param {Fold} fold @param {Row} shown @param {number} span @param {string} look */
  #texts(fold, { lane, label }, span, look) {
    const { words } = this;
    const fromNs = lane.startNs.data[span];
    const last = span === lane.startNs.length - 1;
    const toNs = last ? fold.endNs : lane.startNs.data[span + 1];
    return [
      label,
      words.t(`look.${look}`),
      reasonText(words, fold, REASONS[lane.reason.data[span]], fold.texts.byIndex[lane.obj.data[span]]),
      words.moment(fromNs),
      last ? "" : words.moment(toNs),
      formatDuration(toNs - fromNs, words.locale),
      lane.line.data[span] ? String(lane.line.data[span]) : "",
      words.t(`table.by_${SOURCES[lane.source.data[span]]}`),
    ];
  }

  /** @param {Row[]} rows */
  #offer(rows) {
    const signature = `${this.words.lang} ${rows.map(({ lane, label }) => `${lane.key} ${label}`).join()}`;
    if (signature === this.signature) return;
    this.signature = signature;
    const all = new Option(this.words.t("table.all_lanes"), "");
    this.choice.replaceChildren(all, ...rows.map(({ lane, label }) => new Option(label, lane.key)));
    this.choice.value = rows.some(({ lane }) => lane.key === this.lane) ? this.lane : "";
  }

  /** @param {string} lane */
  #choose(lane) {
    this.lane = lane;
    this.page = 0;
    if (this.moment) this.update(this.moment);
  }

  /** @param {number} by */
  #pager(by) {
    const button = make("button", "button small");
    button.type = "button";
    button.addEventListener("click", () => {
      this.page += by;
      if (this.moment) this.update(this.moment);
    });
    return button;
  }

  translate() {
    const { words } = this;
    setText(this.caption, words.t("table.caption"));
    setText(this.labelText, words.t("table.choose"));
    setText(this.previous, words.t("table.previous"));
    setText(this.next, words.t("table.next"));
    COLUMNS.forEach((column, i) => setText(this.table.rows[0].cells[i], words.t(`table.${column}`)));
  }
}

/**
 * The spans number `from` and following, lane after lane, without making a list of all.
 * @param {Row[]} rows @param {number} from @param {number} count
 */
function slice(rows, from, count) {
  /** @type {[Row, number][]} */
  const spans = [];
  let before = 0;
  for (const row of rows) {
    const { length } = row.lane.startNs;
    for (let i = Math.max(0, from - before); i < length && spans.length < count; i += 1) spans.push([row, i]);
    before += length;
    if (spans.length === count) break;
  }
  return spans;
}
