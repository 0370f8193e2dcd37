// The chosen range in numbers: what each lane and each shared thing did between two instants. Follows a live run.

import { formatDuration, formatNumber } from "../lib/format.js";
import { sumsOf } from "../timeline/range.js";
import { LOOKS } from "../trace/constants.js";
import { LOOK_DEAD, LOOK_RUNNABLE } from "../trace/looks.js";
import { make, setText } from "./dom.js";

/** @typedef {import("../timeline/group.js").Group} Group */
/** @typedef {import("../timeline/range.js").Range} Range */
/** @typedef {import("../timeline/range.js").RunSums} RunSums */
/** @typedef {import("../timeline/range.js").LaneSums} LaneSums */
/** @typedef {import("../timeline/range.js").ThingSums} ThingSums */
/** @typedef {{look: number | null, of: (lane: LaneSums) => number}} TimeColumn look null: the wait for the GIL */
/** @typedef {{text: string, note?: string, className?: string}} Cell */

// As in the inspector: a page that answers is worth more than the thousandth lane.
const LANES_SHOWN = 200;
const THINGS_SHOWN = 50;
const THING_COLUMNS = [
  "range.thing",
  "range.waited",
  "range.waits",
  "range.most_waiting",
  "range.held",
  "range.most_inside",
];

export class RangeView {
  /**
   * @param {HTMLElement} host
   * @param {HTMLElement} bar
   * @param {import("./words.js").Words} words
   * @param {{onFit: () => void, onClear: () => void}} actions
   */
  constructor(host, bar, words, actions) {
    this.words = words;
    this.signature = "";
    this.title = make("p", "range-title");
    this.fit = button(actions.onFit);
    this.clear = button(actions.onClear);
    bar.prepend(this.title, this.fit, this.clear);
    this.runs = make("div");
    host.append(this.runs);
    this.translate();
  }

  /**
   * @param {Range | null} range
   * @param {number | null} beginNs its first end, while the other is to come
   * @param {Group[]} groups
   */
  update(range, beginNs, groups) {
    const { words } = this;
    const isChosen = range !== null;
    this.fit.hidden = this.clear.hidden = !isChosen;
    setText(this.title, this.#sentence(range, beginNs));
    const signature = range ? signatureOf(range, groups, words.lang) : "";
    if (signature === this.signature) return;
    this.signature = signature;
    const sums = range ? groups.map((group) => sumsOf(group, range)) : [];
    this.runs.replaceChildren(...sums.filter(({ lanes }) => lanes.length).map((run) => this.#run(run)));
  }

  /** @param {Range | null} range @param {number | null} beginNs */
  #sentence(range, beginNs) {
    const { words } = this;
    const time = (/** @type {number} */ ns) => formatDuration(ns, words.locale);
    if (range) {
      const { fromNs, toNs } = range;
      return words.t("range.chosen", { from: time(fromNs), to: time(toNs), length: time(toNs - fromNs) });
    }
    return beginNs === null ? words.t("range.none") : words.t("range.begun", { from: time(beginNs) });
  }

  /** @param {RunSums} run */
  #run(run) {
    const section = make("section", "range-run");
    if (!run.lengthNs) {
      section.append(make("p", "range-summary", `${run.group.heading.title} · ${this.#summary(run)}`));
      return section;
    }
    section.append(this.#lanes(run), make("p", "range-summary", this.#summary(run)));
    if (run.things.length) section.append(this.#things(run));
    return section;
  }

  /** @param {RunSums} run */
  #summary({ runningNs, gilNs, lengthNs, events }) {
    const { words } = this;
    if (!lengthNs) return words.t("range.outside");
    const atOnce = runningNs / lengthNs;
    const n = atOnce > 0 && atOnce < 0.005 ? "< 0.01" : formatNumber(atOnce, words.locale);
    const ran = words.t("range.ran", { n });
    const parts = [words.count("range.events", events), ran];
    if (gilNs > 0) parts.push(words.t("range.gil_share", { percent: percent(gilNs, gilNs + runningNs) }));
    return parts.join(" ");
  }

  /** @param {RunSums} run */
  #lanes({ group, lanes, lengthNs }) {
    const { words } = this;
    const looks = LOOKS.flatMap((_, look) =>
      look !== LOOK_DEAD && lanes.some((lane) => lane.looks[look] > 0) ? [look] : [],
    );
    /** @type {TimeColumn[]} */
    const columns = looks.map((look) => ({ look, of: (lane) => lane.looks[look] }));
    if (lanes.some(({ gilNs }) => gilNs > 0)) {
      columns.splice(looks.indexOf(LOOK_RUNNABLE) + 1, 0, { look: null, of: ({ gilNs }) => gilNs });
    }
    const head = columns.map(({ look }) => words.t(look === null ? "range.gil" : `look.${LOOKS[look]}`));
    const cells = (/** @type {LaneSums} */ lane) => [
      { text: lane.label, className: `lane-name depth-${Math.min(lane.depth, 3)}` },
      ...columns.map(({ of }) => this.#time(of(lane), lengthNs)),
      { text: words.number.format(lane.events) },
    ];
    const table = tableOf(
      this.#caption("range.lanes", group),
      [words.t("range.lane"), ...head, words.t("range.count")],
      lanes.slice(0, LANES_SHOWN).map(cells),
    );
    columns.forEach(({ look }, at) => {
      if (look !== null) table.rows[0].cells[at + 1].classList.add("look", `look-${LOOKS[look]}`);
    });
    if (lanes.length > 1) table.append(this.#foot(lanes, columns));
    return table;
  }

  /** All lanes together. @param {LaneSums[]} lanes @param {TimeColumn[]} columns */
  #foot(lanes, columns) {
    const { words } = this;
    const sum = (/** @type {(lane: LaneSums) => number} */ of) =>
      lanes.reduce((all, lane) => all + of(lane), 0);
    const cells = [
      { text: words.t("range.total") },
      ...columns.map(({ of }) => ({ text: formatDuration(sum(of), words.locale) })),
      { text: words.number.format(sum(({ events }) => events)) },
    ];
    const foot = make("tfoot");
    foot.append(rowOf(cells));
    return foot;
  }

  /** @param {RunSums} run */
  #things({ group, things, lengthNs }) {
    const { words } = this;
    const cells = (/** @type {ThingSums} */ thing) => [
      {
        text: thing.resource.name || thing.resource.type,
        note: thing.resource.name ? thing.resource.type : "",
      },
      thing.waits ? { text: formatDuration(thing.waitedNs, words.locale) } : { text: "–" },
      { text: thing.waits ? words.number.format(thing.waits) : "–" },
      { text: thing.mostWaiting ? words.number.format(thing.mostWaiting) : "–" },
      thing.heldNs ? this.#time(thing.heldNs, lengthNs) : { text: "–" },
      { text: thing.mostInside < 0 ? "–" : words.number.format(thing.mostInside) },
    ];
    return tableOf(
      this.#caption("range.things", group),
      THING_COLUMNS.map((column) => words.t(column)),
      things.slice(0, THINGS_SHOWN).map(cells),
    );
  }

  /** With the run's name where there are several. @param {string} key @param {Group} group */
  #caption(key, { heading }) {
    const text = this.words.t(key);
    return heading.title ? `${heading.title} · ${text}` : text;
  }

  /** @param {number} ns @param {number} lengthNs @returns {Cell} */
  #time(ns, lengthNs) {
    if (!ns) return { text: "–" };
    return { text: formatDuration(ns, this.words.locale), note: `${percent(ns, lengthNs)} %` };
  }

  translate() {
    setText(this.fit, this.words.t("range.fit"));
    setText(this.clear, this.words.t("range.clear"));
    this.signature = "?";
  }
}

/** Everything that the tables follow from. @param {Range} range @param {Group[]} groups @param {string} lang */
function signatureOf({ fromNs, toNs }, groups, lang) {
  const parts = groups.map(({ fold, rows, heading }) => {
    const grows = Math.min(fold.endNs, toNs);
    // A range that is wholly in the past does not change any more.
    const events = fold.endNs <= toNs ? fold.eventNs.length : 0;
    return [events, grows, heading.title, ...rows.map(({ key, label }) => `${key} ${label}`)].join();
  });
  return [lang, fromNs, toNs, ...parts].join("\n");
}

/** @param {number} part @param {number} whole whole percents, and "< 1" rather than a 0 that is none */
function percent(part, whole) {
  const value = whole > 0 ? (100 * part) / whole : 0;
  return value > 0 && value < 0.5 ? "< 1" : String(Math.round(value));
}

/** @param {() => void} onClick */
function button(onClick) {
  const element = make("button", "button small");
  element.type = "button";
  element.addEventListener("click", onClick);
  return element;
}

/** @param {string} caption @param {string[]} head @param {Cell[][]} rows */
function tableOf(caption, head, rows) {
  const table = make("table", "range-table");
  table.createCaption().textContent = caption;
  const heads = table.createTHead().insertRow();
  for (const text of head) {
    const cell = make("th", "", text);
    cell.scope = "col";
    heads.append(cell);
  }
  table.createTBody().append(...rows.map(rowOf));
  return table;
}

/** @param {Cell[]} cells the first one is the row's heading */
function rowOf(cells) {
  const row = make("tr");
  cells.forEach(({ text, note, className }, at) => {
    const cell = make(at ? "td" : "th", className, text);
    if (!at) cell.setAttribute("scope", "row");
    if (note) cell.append(" ", make("small", "", note));
    row.append(cell);
  });
  return row;
}
