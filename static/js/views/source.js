// The program, with a chip beside each line that a lane is at.

import { LOOKS } from "../trace/constants.js";
import { lookOf } from "../trace/looks.js";
import { chipsOf } from "./chips.js";
import { make } from "./dom.js";
import { lineDiff } from "../lib/line_diff.js";
import { highlight } from "./highlight.js";
import { fileName, isAlive, lineAt, pathBefore, spanAt } from "./moment.js";

/** @typedef {{lane: string, chip: string, name: string, look: string}} Mark a lane at a line */

// What fits into the column without moving the program.
const CHIPS_LETTERS = 6;
const REMOVED_SHOWN = 8;
// More than that, and the oldest says nothing about where a lane comes from.
const TRAIL = 5;

export class SourceView {
  /** @param {HTMLElement} host @param {import("./words.js").Words} words */
  constructor(host, words) {
    this.host = host;
    this.words = words;
    /** @type {Map<string, string>} path -> text */
    this.files = new Map();
    this.path = "";
    /** The lesson's first program: where this one differs, its lines are marked. "" = nothing to compare with. */
    this.original = "";
    /** @type {HTMLElement[]} */
    this.rows = [];
    /** @type {Map<number, string>} line -> what its chips say now */
    this.shown = new Map();
    /** @type {HTMLElement[]} numbers of the lines where the chosen lane was before */
    this.trail = [];
    this.tabs = make("div", "files");
    this.list = make("ol", "code");
    host.replaceChildren(this.tabs, this.list);
  }

  /**
   * Show these files; the first one in front.
   * @param {Map<string, string>} files @param {string} [original] what the first one was made from
   */
  setFiles(files, original = "") {
    const same =
      original === this.original &&
      files.size === this.files.size &&
      [...files].every(([path, text]) => this.files.get(path) === text);
    if (same) return;
    this.files = new Map(files);
    this.original = original;
    if (!this.files.has(this.path)) this.path = [...files.keys()][0] ?? "";
    this.#drawTabs();
    this.#drawFile();
  }

  /** @param {string} path */
  open(path) {
    if (path === this.path || !this.files.has(path)) return;
    this.path = path;
    this.#drawTabs();
    this.#drawFile();
  }

  /** Bring a line into view. @param {string} path @param {number} line */
  reveal(path, line) {
    this.open(path);
    this.#scrollTo([line]);
  }

  /** Put the chips where the lanes are. @param {import("./moment.js").Moment} moment @param {string} laneKey whose way is drawn; "" = nobody's */
  update(moment, laneKey) {
    this.#drawTrail(moment, laneKey);
    const marks = this.#marks(moment);
    for (const line of this.shown.keys()) {
      if (!marks.has(line)) this.#mark(line, []);
    }
    for (const [line, lanes] of marks) this.#mark(line, lanes);
    // Who is reading is left alone.
    if (marks.size && !this.host.matches(":hover, :focus")) this.#scrollTo([...marks.keys()]);
  }

  /** Have at least one of these lines in sight. Only this panel scrolls, never the page. @param {number[]} lines */
  #scrollTo(lines) {
    const { scrollTop, clientHeight } = this.host;
    const rows = lines.flatMap((line) => this.rows[line - 1] ?? []);
    const inSight = (/** @type {HTMLElement} */ row) =>
      row.offsetTop >= scrollTop && row.offsetTop + row.offsetHeight <= scrollTop + clientHeight;
    if (!rows.length || rows.some(inSight)) return;
    const first = Math.min(...rows.map((row) => row.offsetTop));
    this.host.scrollTop = first - clientHeight / 3;
  }

  clear() {
    for (const line of [...this.shown.keys()]) this.#mark(line, []);
  }

  /** @param {import("./moment.js").Moment} moment @returns {Map<number, Mark[]>} */
  #marks({ fold, ns, rows }) {
    /** @type {Map<number, Mark[]>} */
    const marks = new Map();
    const chips = chipsOf(rows.map(({ lane, label }) => ({ key: lane.key, name: label })));
    for (const { lane, label } of rows) {
      const span = spanAt(lane, ns);
      if (span < 0 || !isAlive(lane.state.data[span])) continue;
      const at = lineAt(fold, lane, ns);
      if (!at || at.file !== this.path) continue;
      const look = LOOKS[lookOf(lane.state.data[span], lane.reason.data[span])];
      const mark = { lane: lane.key, chip: chips.get(lane.key) ?? label, name: label, look };
      const others = marks.get(at.line);
      if (others) others.push(mark);
      else marks.set(at.line, [mark]);
    }
    return marks;
  }

  /** @param {number} line @param {Mark[]} marks */
  #mark(line, marks) {
    const row = this.rows[line - 1];
    const signature = marks.map((mark) => `${mark.chip} ${mark.look}`).join();
    if (!row || (this.shown.get(line) ?? "") === signature) return;
    if (signature) this.shown.set(line, signature);
    else this.shown.delete(line);
    row.classList.remove("at", ...LOOKS.map((look) => `look-${look}`));
    if (marks.length) row.classList.add("at", `look-${marks[0].look}`);
    const fitting = marks.slice(0, countFitting(marks));
    const chips = fitting.map((mark) => this.#chip(mark));
    if (marks.length > fitting.length) {
      const more = make("span", "chip more", `+${marks.length - fitting.length}`);
      more.title = marks.map((mark) => mark.name).join(", ");
      chips.push(more);
    }
    row.children[1].replaceChildren(...chips);
  }

  /** @param {Mark} mark */
  #chip(mark) {
    const chip = make("span", `chip look-${mark.look}`, mark.chip);
    chip.title = `${mark.name}: ${this.words.t(`look.${mark.look}`)}`;
    return chip;
  }

  /** The lines from which the chosen lane came, the last one numbered 1. @param {import("./moment.js").Moment} moment @param {string} laneKey */
  #drawTrail({ fold, ns, rows }, laneKey) {
    const row = rows.find(({ lane }) => lane.key === laneKey);
    const steps = row ? pathBefore(fold, row.lane, ns, TRAIL) : [];
    const lines = steps.map(({ file, line }) => (file === this.path ? line : 0));
    const numbers = lines.map((line) => /** @type {HTMLElement} */ (this.rows[line - 1]?.children[0]));
    for (const old of this.trail) if (!numbers.includes(old)) delete old.dataset.trail;
    this.trail = numbers.filter(Boolean);
    numbers.forEach((number, i) => {
      if (!number || number.dataset.trail === String(i + 1)) return;
      number.dataset.trail = String(i + 1);
      number.title = this.words.t("source.trail", { n: i + 1, lane: row?.label ?? "" });
    });
    this.list.classList.toggle("has-trail", this.trail.length > 0);
  }

  #drawTabs() {
    this.tabs.hidden = this.files.size < 2;
    const buttons = [...this.files.keys()].map((path) => {
      const button = make("button", "file", fileName(path));
      button.type = "button";
      button.setAttribute("aria-pressed", String(path === this.path));
      button.addEventListener("click", () => this.open(path));
      return button;
    });
    this.tabs.replaceChildren(...buttons);
  }

  #drawFile() {
    this.shown.clear();
    this.trail = [];
    const text = this.files.get(this.path) ?? "";
    const isFirst = this.path === [...this.files.keys()][0];
    const { changed, removed } =
      isFirst && this.original ? lineDiff(this.original, text) : { changed: new Set(), removed: new Map() };
    this.rows = highlight(text).map((pieces, index) => {
      const row = make("li", "code-line");
      row.append(make("span", "code-number", String(index + 1)), make("span", "code-chips"), code(pieces));
      row.style.setProperty("--indent", `${indentOf(pieces)}ch`);
      if (changed.has(index + 1)) this.#markChanged(row);
      return row;
    });
    this.list.replaceChildren(...this.#withRemoved(removed));
    this.translate();
  }

  /** @param {HTMLElement} row */
  #markChanged(row) {
    row.classList.add("changed");
    row.append(make("span", "hidden change-word"));
  }

  /**
   * The rows with the old lines above those that took their place, as long as they are few: a program
   * that is another one altogether is easier to read alone.
   * @param {Map<number, string[]>} removed
   */
  #withRemoved(removed) {
    const count = [...removed.values()].reduce((sum, lines) => sum + lines.length, 0);
    if (count === 0 || count > REMOVED_SHOWN) return this.rows;
    const ghosts = (/** @type {number} */ line) =>
      (removed.get(line) ?? []).map((text) => {
        const row = make("li", "code-line removed");
        const [pieces = []] = highlight(text);
        row.append(make("span", "code-number", "−"), make("span", "code-chips"), code(pieces));
        row.append(make("span", "hidden change-word"));
        row.style.setProperty("--indent", `${indentOf(pieces)}ch`);
        return row;
      });
    return [
      ...this.rows.flatMap((row, index) => [...ghosts(index + 1), row]),
      ...ghosts(this.rows.length + 1),
    ];
  }

  translate() {
    const label = this.words.t("source.lines", { file: fileName(this.path) });
    this.list.setAttribute("aria-label", label);
    for (const word of this.list.querySelectorAll(".change-word")) {
      const isRemoved = word.parentElement?.classList.contains("removed");
      word.textContent = ` (${this.words.t(isRemoved ? "source.removed" : "source.changed")})`;
    }
    for (const line of [...this.shown.keys()]) this.#mark(line, []);
  }
}

/** @param {import("./highlight.js").Piece[]} pieces */
function code(pieces) {
  const text = make("code", "code-text");
  const indent = indentOf(pieces);
  const [first, ...rest] = pieces;
  if (indent) text.append(make("span", "code-indent", first.text.slice(0, indent)));
  const shown = indent ? [{ ...first, text: first.text.slice(indent) }, ...rest] : pieces;
  text.append(
    ...shown.map((piece) => (piece.kind ? make("span", `py-${piece.kind}`, piece.text) : piece.text)),
  );
  return text;
}

/** By how many letters a line is indented: what of it must be wrapped goes further in. @param {import("./highlight.js").Piece[]} pieces */
function indentOf(pieces) {
  const text = pieces[0]?.text ?? "";
  return text.length - text.trimStart().length;
}

/** How many chips fit; the first one always does. @param {Mark[]} marks */
function countFitting(marks) {
  let letters = 0;
  const past = marks.findIndex((mark, index) => {
    letters += mark.chip.length;
    return index > 0 && letters > CHIPS_LETTERS;
  });
  return past < 0 ? marks.length : past;
}
