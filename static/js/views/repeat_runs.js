// All runs of a repetition as a table, each with its own address: folded away until somebody wants it.

import { formatDuration } from "../lib/format.js";
import { durationOf } from "../lib/repeat.js";
import { make, setText } from "./dom.js";

/** @typedef {import("../lib/repeat.js").Sample} Sample */

const COLUMNS = ["run", "duration", "printed_last"];

export class RunsList {
  /** @param {import("./words.js").Words} words @param {(sample: Sample) => void} onOpen */
  constructor(words, onOpen) {
    this.words = words;
    this.onOpen = onOpen;
    /** @type {Sample[]} */
    this.samples = [];
    this.element = make("details", "repeat-runs");
    this.summary = make("summary");
    this.table = make("table", "compare-table");
    this.head = this.table.createTHead().insertRow();
    this.body = this.table.createTBody();
    this.element.append(this.summary, this.table);
    this.element.addEventListener("toggle", () => this.#draw());
  }

  /** @param {Sample[]} samples */
  update(samples) {
    this.samples = samples;
    this.element.hidden = samples.length === 0;
    setText(this.summary, this.words.count("repeat.all_runs", samples.length));
    this.#draw();
  }

  /** Rows are added, never replaced: a link that has the focus keeps it. */
  #draw() {
    if (!this.element.open) return;
    if (this.samples[0]?.id !== this.body.dataset.first) this.body.replaceChildren();
    this.body.dataset.first = this.samples[0]?.id;
    for (const sample of this.samples.slice(this.body.rows.length)) this.#add(sample);
  }

  /** @param {Sample} sample */
  #add(sample) {
    const { words } = this;
    const { number, id, outcomes } = sample;
    const row = this.body.insertRow();
    const name = make("th");
    name.scope = "row";
    const link = make("a", "", words.t("repeat.run_n", { n: number }));
    link.href = `/runs/${id}`;
    // A plain click shows it here; whoever wants it in a tab of its own has the link.
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.onOpen(sample);
    });
    name.append(link);
    const time = formatDuration(durationOf(sample) * 1e6, words.locale);
    row.append(name, make("td", "number", time), make("td", "printed", outcomes.numbers.printed || "–"));
  }

  translate() {
    const cells = COLUMNS.map((name) => {
      const cell = make("th", "", this.words.t(`repeat.${name}`));
      cell.scope = "col";
      return cell;
    });
    this.head.replaceChildren(...cells);
    this.body.replaceChildren();
    this.update(this.samples);
  }
}
