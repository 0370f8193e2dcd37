// Places the panels: three docks side by side on a wide screen, two for the projector, one where there is little room.

import { byId, make, setText } from "./dom.js";

const NARROW = "(max-width: 899px)";
/** In the projector's large print, nothing but the lanes fits above this. */
const LOW = "(max-height: 849px)";
/** @type {Record<string, string[]>} */
const WIDE_DOCKS = {
  "dock-side": ["panel-editor", "panel-lesson", "panel-source", "panel-questions"],
  "dock-below": ["panel-console", "panel-table", "panel-range", "panel-compare"],
  "dock-lanes": ["panel-lanes", "panel-variables"],
};
/** @type {Record<string, string[]>} */
const NARROW_DOCKS = {
  "dock-side": [
    "panel-editor",
    "panel-lesson",
    "panel-source",
    "panel-questions",
    "panel-console",
    "panel-compare",
    "panel-lanes",
    "panel-variables",
    "panel-table",
    "panel-range",
  ],
  "dock-below": [],
  "dock-lanes": [],
};

/** What the class looks at beside the lanes, and below them the rest. */
const PAIR_OF_DOCKS = {
  "dock-side": WIDE_DOCKS["dock-side"],
  "dock-below": [...WIDE_DOCKS["dock-below"], ...WIDE_DOCKS["dock-lanes"]],
  "dock-lanes": [],
};
/** @typedef {"wide" | "pair" | "one"} Arrangement */

export class Docks {
  /** @param {import("./words.js").Words} words @param {() => void} onChange a panel came into view */
  constructor(words, onChange) {
    this.words = words;
    this.onChange = onChange;
    /** @type {Map<string, HTMLElement>} panel id -> tab */
    this.tabs = new Map();
    /** @type {Map<string, string>} dock id -> the panel in front */
    this.front = new Map();
    // While the docks are rearranged, a panel is in no document for a moment.
    this.panels = new Map();
    // A program that is no lesson has no lesson text, and only the playground has an editor.
    for (const id of NARROW_DOCKS["dock-side"]) {
      const panel = document.getElementById(id);
      if (panel) this.panels.set(id, panel);
    }
    /** A page in a frame says which panels there are, and in which order; null: all. @type {string[] | null} */
    this.chosenPanels =
      byId("content")
        .dataset.panels?.split(" ")
        .filter((id) => this.panels.has(id)) ?? null;
    this.narrow = matchMedia(NARROW);
    this.low = matchMedia(LOW);
    for (const query of [this.narrow, this.low]) query.addEventListener("change", () => this.arrange());
    this.projector = false;
    /** @type {Arrangement | ""} */
    this.arrangement = "";
    /** The reader chose a tab: from then on none is chosen for them. */
    this.chosen = false;
    this.arrange();
  }

  /** @param {boolean} on */
  setProjector(on) {
    this.projector = on;
    this.arrange();
  }

  arrange() {
    const wanted = this.#wanted();
    if (wanted === this.arrangement) return;
    this.arrangement = wanted;
    byId("content").dataset.docks = wanted;
    if (this.chosenPanels) return this.#arrangeFrame(this.chosenPanels);
    const docks = { wide: WIDE_DOCKS, pair: PAIR_OF_DOCKS, one: NARROW_DOCKS }[wanted];
    for (const [dockId, ids] of Object.entries(docks)) this.#fill(dockId, ids);
  }

  /** One dock; the panels that nobody asked for stay in the page unseen: what writes into them need not know. @param {string[]} chosen */
  #arrangeFrame(chosen) {
    for (const [id, panel] of this.panels) {
      if (chosen.includes(id)) continue;
      panel.hidden = true;
      byId("dock-below").append(panel);
    }
    for (const dockId of ["dock-below", "dock-lanes"]) byId(dockId).hidden = true;
    this.#fill("dock-side", chosen);
  }

  /** @param {string} dockId @param {string[]} ids */
  #fill(dockId, ids) {
    const panelIds = ids.filter((id) => this.panels.has(id));
    const dock = byId(dockId);
    dock.hidden = panelIds.length === 0;
    dock.replaceChildren(this.#tablist(panelIds), ...panelIds.map((id) => this.#panel(id)));
    const front = this.front.get(dockId);
    if (panelIds.length) this.show(front && panelIds.includes(front) ? front : panelIds[0]);
  }

  /** @returns {Arrangement} */
  #wanted() {
    if (this.chosenPanels || this.narrow.matches || (this.projector && this.low.matches)) return "one";
    return this.projector ? "pair" : "wide";
  }

  /** @param {string} panelId */
  isShown(panelId) {
    return !this.#panel(panelId).hidden;
  }

  /** Bring a panel to the front of its dock. @param {string} panelId */
  show(panelId) {
    if (this.chosenPanels?.includes(panelId) === false) return;
    const dock = this.#panel(panelId).parentElement;
    if (!dock) return;
    this.front.set(dock.id, panelId);
    for (const panel of dock.querySelectorAll(":scope > .panel")) {
      const shown = panel.id === panelId;
      /** @type {HTMLElement} */ (panel).hidden = !shown;
      const tab = this.tabs.get(panel.id);
      tab?.setAttribute("aria-selected", String(shown));
      if (tab) tab.tabIndex = shown ? 0 : -1;
    }
    this.onChange();
  }

  /** Between a panel and the first of its dock. @param {string} panelId */
  toggle(panelId) {
    const dock = this.#panel(panelId).parentElement;
    const first = dock?.querySelector(":scope > .panel");
    this.show(this.isShown(panelId) && first ? first.id : panelId);
  }

  /** @param {string} id @returns {HTMLElement} */
  #panel(id) {
    return /** @type {HTMLElement} */ (this.panels.get(id));
  }

  /** @param {string[]} panelIds */
  #tablist(panelIds) {
    const list = make("div", "tabs");
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", this.words.t("page.tabs"));
    for (const id of panelIds) list.append(this.#tab(id));
    list.addEventListener("keydown", (event) => this.#onKey(event, panelIds));
    return list;
  }

  /** @param {string} panelId */
  #tab(panelId) {
    const panel = this.#panel(panelId);
    const tab = make("button", "tab", this.words.t(panel.dataset.tab ?? ""));
    tab.type = "button";
    tab.id = `${panelId}-tab`;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panelId);
    tab.addEventListener("click", () => {
      this.chosen = true;
      this.show(panelId);
    });
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    this.tabs.set(panelId, tab);
    return tab;
  }

  /** Arrow keys move between tabs, as in every tab list. @param {KeyboardEvent} event @param {string[]} panelIds */
  #onKey(event, panelIds) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const at = panelIds.findIndex((id) => this.isShown(id));
    const next = panelIds[(at + step + panelIds.length) % panelIds.length];
    event.preventDefault();
    this.chosen = true;
    this.show(next);
    this.tabs.get(next)?.focus();
  }

  translate() {
    for (const [panelId, tab] of this.tabs)
      setText(tab, this.words.t(this.#panel(panelId).dataset.tab ?? ""));
    for (const list of document.querySelectorAll(".tabs"))
      list.setAttribute("aria-label", this.words.t("page.tabs"));
  }
}
