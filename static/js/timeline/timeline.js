// The timeline as a component: give it a host element and a fold, or several. All that the page needs of it is here.

import { LOOKS } from "../trace/constants.js";
import { Fold } from "../trace/fold.js";
import { CanvasView } from "./canvas_view.js";
import { hit, spanInfo } from "./hit.js";
import {
  barTop,
  groupBand,
  headHeight,
  plotWidth,
  scrollLimit,
  pitch,
  rowOffset,
  visibleRows,
} from "./layout.js";
import { Group } from "./group.js";
import { TimelineModel } from "./model.js";
import { Painter } from "./painter.js";
import { PointerInput } from "./pointer.js";
import { withDefaults } from "./strings.js";
import { SIZES, THEMES } from "./tokens.js";
import { Viewport } from "./viewport.js";

/** @typedef {import("./hit.js").Info} Info */
/** @typedef {import("./hit.js").SpanInfo} SpanInfo */
/** @typedef {import("./tokens.js").ThemeName} ThemeName */
/** @typedef {import("./tokens.js").SizeName} SizeName */
/** @typedef {import("./strings.js").TimelineStrings} TimelineStrings */
/**
 * @typedef {object} TimelineOptions
 * @property {ThemeName} [theme]
 * @property {SizeName} [size]
 * @property {Partial<TimelineStrings>} [strings] missing ones are English
 * @property {string} [locale] of numbers
 * @property {(info: Info | null, clientX: number, clientY: number) => void} [onHover]
 * @property {(info: Info | null) => void} [onSelect]
 * @property {(ns: number) => void} [onCursor]
 * @property {(following: boolean) => void} [onFollow]
 */

const nothing = () => {};

export class Timeline {
  /**
   * @param {HTMLElement} host it is filled; its size is the page's business
   * @param {TimelineOptions} [options]
   */
  constructor(host, options = {}) {
    this.onHover = options.onHover ?? nothing;
    this.onSelect = options.onSelect ?? nothing;
    this.onCursor = options.onCursor ?? nothing;
    this.onFollow = options.onFollow ?? nothing;
    this.themeName = options.theme ?? "light";
    this.sizeName = options.size ?? "laptop";
    this.viewport = new Viewport();
    this.model = new TimelineModel([new Group(new Fold())]);
    /** @type {import("./layout.js").Scene} */
    this.scene = {
      model: this.model,
      viewport: this.viewport,
      theme: THEMES[this.themeName],
      size: SIZES[this.sizeName],
      strings: withDefaults(options.strings),
      locale: options.locale ?? "en",
      width: 0,
      height: 0,
      scrollY: 0,
      hiddenLooks: 0,
      cursorNs: null,
      selection: null,
      arrow: null,
    };
    this.stale = true;
    this.label = "";
    this.view = new CanvasView(host, {
      resize: (width, height) => this.resize(width, height),
      paint: (ratio) => this.paint(ratio),
    });
    const { canvas } = this.view;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    this.painter = new Painter(
      /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false })),
    );
    this.pointer = new PointerInput(canvas, this);
    this.view.paintNow();
  }

  // -- what the page calls -----------------------------------------------------------------------------

  /**
   * Show another run, from its beginning.
   * @param {Fold} fold
   */
  setFold(fold) {
    this.setGroups([new Group(fold)]);
  }

  /**
   * Show several runs on one clock, the lanes of each below its heading.
   * @param {Group[]} groups at least one; no two with the same prefix
   */
  setGroups(groups) {
    const { showInternal } = this.model;
    this.model = this.scene.model = new TimelineModel(groups);
    this.model.showInternal = showInternal;
    this.scene.scrollY = 0;
    this.scene.selection = null;
    this.scene.arrow = null;
    this.scene.cursorNs = null;
    this.viewport.following = false;
    this.viewport.grow(this.model.beginNs, this.model.endNs);
    this.viewport.fit();
    this.setFollow(!this.model.ended);
    this.changed();
  }

  /** @param {boolean} overlaid lanes of the same name below each other, instead of run below run */
  setOverlaid(overlaid) {
    this.model.setOverlaid(overlaid);
    this.scene.scrollY = 0;
    this.changed();
  }

  /** The fold was fed. Cheap: what is new is taken in once, before the next frame. */
  changed() {
    this.stale = true;
    this.view.request();
  }

  /** Show the whole run. */
  fit() {
    this.takeIn();
    this.viewport.fit();
    this.view.request();
  }

  /** @param {number} factor above 1: closer; about the cursor where it is in sight, else the middle */
  zoomBy(factor) {
    const { cursorNs } = this.scene;
    const x = cursorNs === null ? -1 : this.viewport.xForT(cursorNs);
    const width = this.viewport.widthPx;
    this.zoomAt(factor, this.scene.size.labels + (x >= 0 && x <= width ? x : width / 2));
  }

  /** @param {number} fraction of what is in sight; above 0: later */
  panBy(fraction) {
    this.panPx(Math.round(this.viewport.widthPx * fraction));
  }

  /** @param {boolean} following keep the live edge in sight */
  setFollow(following) {
    if (following === this.viewport.following) return;
    this.viewport.following = following;
    if (following) this.viewport.grow(this.model.beginNs, this.model.endNs);
    this.onFollow(following);
    this.view.request();
  }

  /** @param {number | null} ns */
  setCursor(ns) {
    this.scene.cursorNs = ns;
    this.view.request();
  }

  /**
   * @param {ThemeName} theme
   * @param {SizeName} [size]
   */
  setTheme(theme, size = this.sizeName) {
    this.themeName = theme;
    this.sizeName = size;
    this.scene.theme = THEMES[theme];
    this.scene.size = SIZES[size];
    this.resize(this.scene.width, this.scene.height);
    this.view.request();
  }

  /**
   * @param {Partial<TimelineStrings>} strings
   * @param {string} [locale]
   */
  setStrings(strings, locale = this.scene.locale) {
    this.scene.strings = withDefaults(strings);
    this.scene.locale = locale;
    this.changed();
  }

  /** @param {boolean} shown lanes that a library made for itself */
  setShowInternal(shown) {
    this.model.showInternal = shown;
    this.changed();
  }

  /** @param {Set<string>} looks names of LOOKS that are not drawn */
  setHidden(looks) {
    this.scene.hiddenLooks = LOOKS.reduce((bits, name, look) => bits | (looks.has(name) ? 1 << look : 0), 0);
    this.view.request();
  }

  /**
   * Choose the span of a lane at an instant, and bring its lane into sight.
   * @param {string | null} key the row's; null: choose nothing
   * @param {number} [ns]
   */
  select(key, ns = 0) {
    this.takeIn();
    const row = key === null ? undefined : this.model.rowOf(key);
    const info = row ? spanInfo(row, ns) : null;
    this.choose(info);
    if (row) this.reveal(row.key);
  }

  /**
   * Have an instant in sight; where it is already, nothing moves.
   * @param {number} ns
   */
  revealTime(ns) {
    this.takeIn();
    const { viewport } = this;
    const x = viewport.xForT(ns);
    if (x >= 0 && x <= viewport.widthPx) return;
    this.setFollow(false);
    viewport.pan(Math.round(x - viewport.widthPx / 2));
    this.view.request();
  }

  /** The lanes of one run that are shown, in their order. @param {Group} group */
  rowsOf(group) {
    this.takeIn();
    return group.own;
  }

  destroy() {
    this.pointer.destroy();
    this.view.destroy();
  }

  /** Facts for tests and for the page's own read-only `window.__lab`. */
  layout() {
    this.takeIn();
    const { model, viewport, scene } = this;
    return {
      lanes: model.rows.map((row, position) => ({
        key: row.key,
        label: row.label,
        depth: row.depth,
        y: barTop(scene, position),
        height: scene.size.lane,
      })),
      groups: model.groups.map((group, index) => ({
        ...group.heading,
        y: groupBand(scene, index).top,
        lanes: group.rows.length,
      })),
      plot: { x: scene.size.labels, y: headHeight(scene), width: plotWidth(scene), height: scene.height },
      viewport: { fromNs: viewport.tForX(0), toNs: viewport.tForX(viewport.widthPx) },
      following: viewport.following,
      cursorNs: scene.cursorNs,
      selection: scene.selection,
      scrollY: scene.scrollY,
      counts: {
        lanes: model.rows.length,
        hiddenLanes: model.lanes - model.rows.length,
        spans: model.spans,
        flows: model.flows,
        visibleFlows: this.painter.flows.count,
      },
    };
  }

  // -- what the pointer calls --------------------------------------------------------------------------

  /** @param {number} dx */
  panPx(dx) {
    this.setFollow(false);
    this.viewport.pan(Math.round(dx));
    this.view.request();
  }

  /**
   * @param {number} dy
   * @returns {boolean} false when there was nothing to scroll
   */
  scrollLanes(dy) {
    const before = this.scene.scrollY;
    this.scene.scrollY = Math.round(Math.max(0, Math.min(before + dy, scrollLimit(this.scene))));
    if (this.scene.scrollY === before) return false;
    this.view.request();
    return true;
  }

  /**
   * While following, closer and wider keep the live edge where it is.
   * @param {number} factor
   * @param {number} x from the canvas's left edge
   */
  zoomAt(factor, x) {
    const { viewport } = this;
    const anchor = viewport.following ? viewport.xForT(viewport.endNs) : x - this.scene.size.labels;
    viewport.zoom(factor, anchor);
    this.view.request();
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} clientX
   * @param {number} clientY
   */
  hoverAt(x, y, clientX, clientY) {
    this.takeIn();
    const info = hit(this.scene, x, y);
    this.highlight(info && "flow" in info ? info : null);
    this.view.canvas.style.cursor = info ? "pointer" : "default";
    this.onHover(info, clientX, clientY);
  }

  /**
   * @param {number} clientX
   * @param {number} clientY
   */
  leave(clientX, clientY) {
    this.highlight(null);
    this.onHover(null, clientX, clientY);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  clickAt(x, y) {
    this.takeIn();
    const plotX = x - this.scene.size.labels;
    this.choose(hit(this.scene, x, y));
    if (plotX < 0) return;
    const ns = Math.max(0, Math.min(this.viewport.tForX(plotX), this.model.endNs));
    this.setCursor(ns);
    this.onCursor(ns);
  }

  // -- inside ------------------------------------------------------------------------------------------

  /** @param {Info | null} info */
  choose(info) {
    this.scene.selection = info && "laneKey" in info ? { key: info.key, span: info.span } : null;
    this.highlight(info && "flow" in info ? info : null);
    this.onSelect(info);
    this.view.request();
  }

  /** @param {import("./layout.js").Arrow | null} arrow */
  highlight(arrow) {
    if (arrow?.flow === this.scene.arrow?.flow) return;
    this.scene.arrow = arrow;
    this.view.request();
  }

  /** @param {string} key */
  reveal(key) {
    const position = this.model.positions.get(key);
    if (position === undefined) return;
    const top = barTop(this.scene, position) - this.scene.size.gap;
    const over = top + pitch(this.scene) - this.scene.height;
    if (top < headHeight(this.scene)) this.scrollLanes(top - headHeight(this.scene));
    else if (over > 0) this.scrollLanes(over);
  }

  /** Take in what the fold was fed since the last frame. */
  takeIn() {
    if (!this.stale) return;
    this.stale = false;
    const { model, scene } = this;
    const [topPosition] = visibleRows(scene);
    const topKey = scene.scrollY > 0 ? model.rows[topPosition]?.key : undefined;
    const before = rowOffset(scene, topPosition);
    model.update();
    // A lane that appears above must not move what is being read.
    const moved = topKey === undefined ? undefined : model.positions.get(topKey);
    if (moved !== undefined) scene.scrollY += rowOffset(scene, moved) - before;
    scene.scrollY = Math.min(scene.scrollY, scrollLimit(scene));
    this.viewport.grow(model.beginNs, model.endNs);
    if (model.ended) this.setFollow(false);
    this.updateTouch();
  }

  /** On a touch screen the page keeps the vertical drag unless the lanes need it themselves. */
  updateTouch() {
    this.view.canvas.style.touchAction = scrollLimit(this.scene) > 0 ? "none" : "pan-y";
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    this.scene.width = width;
    this.scene.height = height;
    this.viewport.marginPx = this.scene.size.small * 7;
    this.viewport.resize(plotWidth(this.scene));
    this.scene.scrollY = Math.min(this.scene.scrollY, scrollLimit(this.scene));
  }

  /** @param {number} ratio */
  paint(ratio) {
    if (!this.painter) return;
    this.takeIn();
    this.painter.paint(this.scene, ratio);
    const label = this.scene.strings.label({ lanes: this.model.rows.length, spans: this.model.spans });
    if (label !== this.label) {
      this.label = label;
      this.view.canvas.setAttribute("aria-label", label);
    }
  }
}
