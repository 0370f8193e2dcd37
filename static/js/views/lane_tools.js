// Which lanes are shown, and where: the field that filters them, and the menu of each beside its name.

import { make, setText } from "./dom.js";
import { LaneMenu } from "./lane_menu.js";

/** @typedef {import("../timeline/group.js").Row} Row */
/** @typedef {import("../timeline/arrangement.js").Arrangement} Arrangement */

export class LaneTools {
  /** @param {HTMLElement} stage what the canvas fills @param {import("./words.js").Words} words @param {import("./lab.js").Lab} lab */
  constructor(stage, words, lab) {
    this.words = words;
    this.lab = lab;
    /** The lane whose label the pointer is over. */
    this.hovered = "";
    this.signature = "";
    this.opener = make("button", "filter-open");
    this.opener.type = "button";
    this.opener.addEventListener("click", () => this.openFilter());
    this.field = make("input", "filter-field");
    this.field.type = "search";
    this.field.hidden = true;
    this.field.addEventListener("input", () => this.#filter(this.field.value.trim()));
    this.field.addEventListener("keydown", (event) => this.#onFieldKey(event));
    this.field.addEventListener("blur", () => this.#closeField());
    this.all = make("button", "filter-all");
    this.all.type = "button";
    this.all.addEventListener("click", () => this.showAll());
    this.corner = make("div", "lane-corner");
    this.corner.append(this.opener, this.field, this.all);
    this.menu = new LaneMenu(words, {
      items: () => this.#items(),
      onFold: (collapse) => this.#fold(collapse),
      onClose: () => this.place(),
    });
    stage.append(this.corner, this.menu.button, this.menu.list);
    stage.addEventListener("contextmenu", (event) => {
      if (event.target === this.canvas) this.onContextMenu(event);
    });
    stage.addEventListener("pointerleave", () => this.hover(null));
    this.translate();
  }

  /** The lane that the menu is about. @returns {Row | undefined} */
  get row() {
    return this.lab.timeline.model.rowOf(this.hovered || this.lab.selectedLane);
  }

  get canvas() {
    return this.lab.timeline.view.canvas;
  }

  /** @param {string | null} key */
  hover(key) {
    if (this.menu.isOpen || (key ?? "") === this.hovered) return;
    this.hovered = key ?? "";
    this.place();
  }

  /** Put the menu's button beside its lane: the canvas was painted anew. */
  place() {
    const { timeline } = this.lab;
    if (!timeline || this.menu.isOpen) return;
    const { row } = this;
    this.menu.place(row ? timeline.labelBox(row.key) : null, row?.label ?? "");
    const { hiddenRows, lanes } = timeline.model;
    const { labels, ruler, strip } = timeline.scene.size;
    const signature = [labels, ruler, strip, hiddenRows, lanes === 0, this.words.lang].join();
    // This is called at every frame.
    if (signature === this.signature) return;
    this.signature = signature;
    this.corner.style.width = `${labels}px`;
    this.corner.style.height = `${ruler + strip}px`;
    this.all.hidden = hiddenRows === 0;
    const text = this.words.t("lane.show_all", { n: hiddenRows });
    setText(this.all, text);
    this.corner.hidden = lanes === 0;
  }

  /** A lane's menu was asked for by the right button or its key. @param {MouseEvent} event */
  onContextMenu(event) {
    const box = this.canvas.getBoundingClientRect();
    const isByKey = event.button !== 2;
    if (!isByKey && event.clientX - box.left > this.lab.timeline.scene.size.labels) return;
    if (isByKey) this.hovered = "";
    this.place();
    if (!this.row) return;
    event.preventDefault();
    this.menu.open();
  }

  // -- what the keyboard and the menu do --------------------------------------------------------------

  /** @param {(arrangement: Arrangement, key: string) => void} change what is done to the lane of the menu */
  #change(change) {
    const { row } = this;
    if (row) this.lab.timeline.arrange(row.group, (arrangement) => change(arrangement, row.lane.key));
    this.lab.refresh();
  }

  /** @param {boolean} collapse */
  #fold(collapse) {
    const { row } = this;
    if (row?.hasBelow && row.isCollapsed !== collapse) {
      this.#change((arrangement, key) => arrangement.toggleCollapsed(key));
    }
  }

  /** The selected lane, collapsed or not. */
  toggleFold() {
    this.hovered = "";
    if (this.row) this.#fold(!this.row.isCollapsed);
  }

  /** @param {number} by */
  move(by) {
    const { row } = this;
    if (!row) return;
    this.#change(() => row.group.move(row.lane.key, by));
    this.lab.timeline.reveal(row.key);
  }

  /** The selected lane up or down. @param {number} by */
  moveSelected(by) {
    this.hovered = "";
    this.move(by);
  }

  /** Other runs are on the screen: their lanes are not arranged in any way. */
  clear() {
    this.hovered = "";
    this.field.value = "";
    this.#closeField();
  }

  showAll() {
    for (const { group } of this.lab.runs) this.lab.timeline.arrange(group, (all) => all.showAll());
    this.field.value = "";
    this.#closeField();
    this.canvas.focus();
    this.lab.refresh();
  }

  /** @returns {import("./lane_menu.js").Item[]} */
  #items() {
    const { row, words } = this;
    if (!row) return [];
    const item = (/** @type {string} */ key, /** @type {() => void} */ act, hint = "") => ({
      text: words.t(key),
      hint,
      act,
    });
    const { isPinned, isCollapsed, hasBelow } = row;
    const fold = item(isCollapsed ? "lane.expand" : "lane.collapse", () => this.#fold(!isCollapsed), "Enter");
    return [
      item(isPinned ? "lane.unpin" : "lane.pin", () => this.#change((all, key) => all.togglePinned(key))),
      item("lane.up", () => this.move(-1), "Alt ↑"),
      item("lane.down", () => this.move(1), "Alt ↓"),
      ...(hasBelow ? [fold] : []),
      item("lane.hide", () => this.#change((all, key) => all.hide(key))),
      item("lane.only", () => this.#change((all, key) => all.showOnly(key))),
    ];
  }

  // -- the filter ----------------------------------------------------------------------------------------

  openFilter() {
    this.opener.hidden = true;
    this.field.hidden = false;
    this.field.focus();
    this.field.select();
  }

  /** @param {string} text */
  #filter(text) {
    for (const { group } of this.lab.runs) this.lab.timeline.arrange(group, (all) => all.setFilter(text));
    this.lab.refresh();
  }

  /** @param {KeyboardEvent} event */
  #onFieldKey(event) {
    if (event.key === "Escape") {
      this.field.value = "";
      this.#filter("");
    }
    if (event.key === "Escape" || event.key === "Enter") this.canvas.focus();
  }

  /** A field that filters stays, so that one sees why lanes are missing. */
  #closeField() {
    this.field.hidden = this.field.value.trim() === "";
    this.opener.hidden = !this.field.hidden;
  }

  translate() {
    const { words } = this;
    setText(this.opener, words.t("lane.filter"));
    this.opener.title = words.t("lane.filter_about");
    this.field.setAttribute("aria-label", words.t("lane.filter_about"));
    this.field.placeholder = words.t("lane.filter_field");
    this.all.title = words.t("lane.show_all_about");
    this.menu.translate();
    this.place();
  }
}
