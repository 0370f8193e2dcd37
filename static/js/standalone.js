// A run in a file of its own (concurrency_lab/export/html.py): the page's views without a server and without a network.

import { exposeFacts } from "./views/facts.js";
import { byId, setText } from "./views/dom.js";
import { ExportMenu } from "./views/export_menu.js";
import { Lab } from "./views/lab.js";
import { bindPageKeys } from "./views/page_keys.js";
import { Navigation } from "./views/navigation.js";
import { ShownRun } from "./views/shown_run.js";
import { Theme } from "./views/theme.js";
import { Words, translate } from "./views/words.js";
import { Unpacker } from "./trace/unpack.js";

/**
 * @typedef {object} About the first line of what is packed
 * @property {any} header
 * @property {Record<string, import("./views/words.js").Strings>} strings by language
 * @property {Record<string, string>} title by language
 */

const THEMES = ["light", "dark", "projector"];

class Standalone {
  /** @param {About} about @param {string} lang */
  constructor({ header, strings, title }, lang) {
    this.header = header;
    this.strings = strings;
    this.title = title;
    this.words = new Words(lang, strings[lang]);
    this.link = "off";
    // What the facts for tests ask of a connection.
    this.live = { sequence: { last: -1 }, socket: null };
    this.theme = new Theme((name) => this.lab?.setTheme(name));
    this.themeBefore = "auto";
    /** @type {Lab} */
    this.lab = new Lab(this.words, this.theme.name, () => {});
    this.lab.titleOf = () => "";
    this.run = this.#makeRun();
    this.navigation = new Navigation(this.lab, this.words, this.run.id, () => {});
    this.navigation.pending = this.navigation.asked();
    this.exports = new ExportMenu(this.words, this.lab, { served: false });
    this.#bind();
    exposeFacts(this);
  }

  #makeRun() {
    const { header, lab } = this;
    const run = new ShownRun(header.case ?? "");
    run.id = String(header.run);
    run.params = header.params;
    run.isStep = Boolean(header.step);
    run.startedAt = header.started_at;
    lab.clear([run]);
    lab.expect(0);
    lab.setFiles(run, new Map(Object.entries(header.source)));
    lab.docks.show("panel-source");
    lab.set({ phase: "starting", problem: "" });
    return run;
  }

  #bind() {
    byId("language").addEventListener("click", (event) => {
      event.preventDefault();
      this.speak(this.words.lang === "zh" ? "en" : "zh");
    });
    bindPageKeys(this.words, this.lab, {
      runOrPlay: () => this.lab.act("playPause"),
      projector: () => this.#toggleProjector(),
    });
  }

  #toggleProjector() {
    const { theme } = this;
    if (theme.choice === "projector") return theme.set(this.themeBefore);
    this.themeBefore = theme.choice;
    theme.set("projector");
  }

  /** @param {string} lang */
  speak(lang) {
    const { words } = this;
    words.use(lang, this.strings[lang]);
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    translate(document, words);
    const link = /** @type {HTMLAnchorElement} */ (byId("language"));
    link.href = `?lang=${lang === "zh" ? "en" : "zh"}`;
    link.lang = link.hreflang = lang === "zh" ? "en" : "zh-CN";
    setText(byId("lesson-name"), this.title[lang]);
    document.title = `${this.title[lang]} – ${words.t("site.title")}`;
    this.lab.translate();
    this.exports.translate();
  }

  /** @param {AsyncIterable<string>} blocks */
  async feed(blocks) {
    const unpacker = new Unpacker();
    for await (const line of blocks) {
      const events = /** @type {import("./net/sequence.js").TraceEvent[]} */ (
        unpacker.take(JSON.parse(line))
      );
      this.lab.feed(events);
      this.live.sequence.last = unpacker.seq - 1;
    }
    const { ended } = this.run.fold;
    this.run.finish(/** @type {any} */ (ended ?? { status: "interrupted" }));
    this.lab.timeline.changed();
    this.lab.set({ phase: "ended" });
    this.navigation.loaded();
  }
}

/** The lines that are packed in this file, as they are unpacked. @returns {AsyncGenerator<string>} */
async function* unpackedLines() {
  const packed = atob(byId("trace").textContent?.trim() ?? "");
  const bytes = Uint8Array.from(packed, (sign) => sign.charCodeAt(0));
  const texts = new Blob([bytes])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"))
    .pipeThrough(new TextDecoderStream())
    .getReader();
  let rest = "";
  for (let read = await texts.read(); !read.done; read = await texts.read()) {
    const lines = (rest + read.value).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function open() {
  const asked = new URLSearchParams(location.search);
  const theme = asked.get("theme") ?? "";
  if (THEMES.includes(theme)) document.documentElement.dataset.theme = theme;
  const { lang } = JSON.parse(byId("page-data").textContent ?? "{}");
  const lines = unpackedLines();
  const page = new Standalone(JSON.parse((await lines.next()).value), lang);
  const wanted = asked.get("lang") ?? lang;
  if (wanted !== lang && wanted in page.strings) page.speak(wanted);
  await page.feed(lines);
}

open();
