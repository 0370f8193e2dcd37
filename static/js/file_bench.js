// A trace file in the page's views: read in the browser, bit by bit, and sent nowhere.

import { breath } from "./lib/breath.js";
import { blocksOf } from "./lib/file_lines.js";
import { TraceReader } from "./trace/reader.js";
import { byId, setText } from "./views/dom.js";
import { ExportMenu } from "./views/export_menu.js";
import { exposeFacts } from "./views/facts.js";
import { bindChooser } from "./views/file_chooser.js";
import { takeOver } from "./views/handed_file.js";
import { Lab } from "./views/lab.js";
import { bindPageKeys } from "./views/page_keys.js";
import { Navigation } from "./views/navigation.js";
import { ShownRun } from "./views/shown_run.js";

/** @typedef {import("./trace/reader.js").Damage} Damage */

// How long the page may stand still meanwhile.
const WORK_MS = 30;
// Room for so many events is made before they are read: 250 MB.
const MOST_EXPECTED = 1 << 23;
const RUN_ID = /^[A-Za-z0-9_-]{1,64}$/;

export class FileBench {
  /** @param {import("./main.js").Page} page */
  constructor(page) {
    this.page = page;
    this.words = page.words;
    this.link = "off";
    // What the facts for tests ask of a connection.
    this.live = { sequence: { last: -1 }, socket: null };
    this.lab = new Lab(this.words, page.theme.name, () => {});
    this.navigation = new Navigation(this.lab, this.words, null, () => {});
    this.exports = new ExportMenu(this.words, this.lab, { served: false, about: "file.export_about" });
    this.name = "";
    /** @type {Damage | null} */
    this.damage = null;
    /** Of the files that were opened, the newest one is shown. */
    this.opened = 0;
    bindChooser((file) => this.open(file));
    this.#bindKeys();
    exposeFacts(this);
    takeOver().then((file) => file && this.open(file));
  }

  #bindKeys() {
    bindPageKeys(this.words, this.lab, {
      runOrPlay: () => this.lab.act("playPause"),
      projector: () => this.page.toggleProjector(),
    });
  }

  /** @param {File} file */
  async open(file) {
    const { lab } = this;
    const turn = ++this.opened;
    const reader = new TraceReader();
    this.name = file.name;
    this.damage = null;
    this.live.sequence.last = -1;
    lab.clear([new ShownRun("")]);
    lab.expect(0);
    this.#head();
    lab.set({ phase: "loading", problem: "", end: null, limited: null });
    let damage = null;
    try {
      await this.#read(file, reader, () => turn === this.opened);
    } catch (error) {
      // What was packed wrongly is a TypeError; what the disk does not give is not.
      damage = { key: error instanceof TypeError ? "packed" : "unreadable", values: {} };
    }
    if (turn === this.opened) this.#finish(reader, damage);
  }

  /** @param {File} file @param {TraceReader} reader @param {() => boolean} isWanted */
  async #read(file, reader, isWanted) {
    let sinceMs = performance.now();
    for await (const text of blocksOf(file)) {
      if (!isWanted()) return;
      const before = reader.header;
      const events = reader.take(text);
      if (!before && reader.header) {
        this.#begin(reader.header);
        // The other lines are mostly as long as the first ones; where they are not, all goes well, too.
        const likely = Math.round((events.length * file.size) / text.length);
        this.lab.shown.expect(Math.min(likely, MOST_EXPECTED));
      }
      this.#feed(events, reader);
      this.live.sequence.last = reader.seq - 1;
      if (reader.damage) return;
      if (performance.now() - sinceMs < WORK_MS) continue;
      await breath();
      sinceMs = performance.now();
    }
    reader.finish();
  }

  /** @param {any[]} events @param {TraceReader} reader */
  #feed(events, reader) {
    try {
      if (events.length) this.lab.feed(events, true);
    } catch {
      // Each event is one, and yet together they tell nothing that can have been.
      reader.damage = { key: "line", values: { line: reader.number } };
    }
  }

  /** @param {Record<string, any>} header */
  #begin(header) {
    const { lab } = this;
    const run = lab.shown;
    run.id = RUN_ID.test(header.run) ? header.run : "file";
    // The address says where the reader is in the file, not which run that is: no server has it.
    this.navigation.ownRun = run.id;
    run.caseId = header.case ?? "";
    run.params = header.params;
    run.isStep = Boolean(header.step);
    run.startedAt = header.started_at;
    // What is no text is no program.
    const files = Object.entries(header.source).filter(([, text]) => typeof text === "string");
    lab.setFiles(run, new Map(files));
    lab.docks.show("panel-source");
  }

  /** @param {TraceReader} reader @param {Damage | null} damage of the file itself */
  #finish(reader, damage) {
    const { lab } = this;
    this.damage = damage ?? reader.damage;
    if (!reader.header) return lab.set({ phase: "idle", problem: this.#sentence() });
    lab.shown.finish(/** @type {any} */ (lab.fold.ended ?? { status: "interrupted" }));
    lab.timeline.changed();
    lab.set({ phase: "ended", problem: this.#sentence() });
    this.navigation.loaded();
  }

  #sentence() {
    const { words, name, damage } = this;
    return damage
      ? words.t("file.named", { name, sentence: words.t(`file.${damage.key}`, damage.values) })
      : "";
  }

  #head() {
    const { words, name } = this;
    setText(byId("lesson-name"), name || words.t("file.title"));
    document.title = `${name || words.t("file.title")} – ${words.t("site.title")}`;
  }

  translate() {
    this.#head();
    this.lab.set({ problem: this.#sentence() });
    this.lab.translate();
    this.exports.translate();
  }
}
