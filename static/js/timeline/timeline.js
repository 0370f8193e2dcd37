// The timeline as a component: give it a host element and a fold, or several. All that the page needs of it is here.

import { LOOKS } from "../trace/constants.js";
import { Fold } from "../trace/fold.js";
import { CanvasView } from "./canvas_view.js";
import { hit, labelAt, spanInfo } from "./hit.js";
import {
  barTop,
  groupBand,
  headHeight,
  plotWidth,
  scrollLimit,
  pitch,
  rowOffset,
  topOf,
  trackTop,
  untouched,
  visibleRows,
} from "./layout.js";
import { Gestures } from "./gestures.js";
import { Group } from "./group.js";
import { TimelineModel } from "./model.js";
import { Painter } from "./painter.js";
import { PointerInput } from "./pointer.js";
import { trackInfo } from "./tracks.js";
import { withDefaults } from "./strings.js";
import { SIZES, THEMES } from "./tokens.js";
import { Viewport } from "./viewport.js";

/** @typedef {import("./hit.js").Info} Info */
/** @typedef {import("./hit.js").SpanInfo} SpanInfo */
/** @typedef {import("./range.js").Range} Range */
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
 * @property {(range: Range, done: boolean) => void} [onRange] the reader drags a range; done: has let it go
 * @property {(key: string | null) => void} [onLabel] the pointer is over a row's label
 * @property {(ns: number) => void} [onMark] the reader wants a mark there
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
    this.onRange = options.onRange ?? nothing;
    this.onMark = options.onMark ?? nothing;
    this.onLabel = options.onLabel ?? nothing;
    /** Whoever shows something beside it or over it looks again after each painting. @type {(() => void)[]} */
    this.afterPaint = [];
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
      hiddenLooks: 0,
      spotlight: null,
      ...untouched(),
    };
    this.stale = true;
    /** The timer until it is looked at again. */
    this.soon = 0;
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
    this.gestures = new Gestures(this);
    this.pointer = new PointerInput(canvas, this, this.gestures);
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
    const { showInternal, showThings, showCores } = this.model;
    this.model = this.scene.model = new TimelineModel(groups);
    Object.assign(this.model, { showInternal, showThings, showCores });
    Object.assign(this.scene, untouched());
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

  /** The fold was fed, and will be fed more at once: draw now and then. @param {number} pauseMs */
  changedSoon(pauseMs) {
    if (this.soon) return;
    this.soon = window.setTimeout(() => {
      this.soon = 0;
      this.changed();
    }, pauseMs);
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

  /** @param {Range | null} range @param {number | null} [beginNs] its first end, while the other is to come */
  setRange(range, beginNs = null) {
    this.scene.range = range;
    this.scene.rangeBeginNs = beginNs;
    this.view.request();
  }

  /** @param {import("./paint_range.js").Mark[]} marks */
  setMarks(marks) {
    this.scene.marks = marks;
    this.view.request();
  }

  /** Have a range fill the width, with a little room beside it. @param {Range} range */
  showRange({ fromNs, toNs }) {
    this.setFollow(false);
    const margin = (toNs - fromNs) * 0.03;
    this.viewport.show(fromNs - margin, toNs + margin);
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

  /** @param {string | null} key the row to show alone, all others dimmed; null: all alike */
  setSpotlight(key) {
    this.scene.spotlight = key;
    this.view.request();
  }

  /** @param {boolean} shown lanes that a library made for itself */
  setShowInternal(shown) {
    this.model.showInternal = shown;
    this.changed();
  }

  /** What is shown below the lanes. @param {import("./tracks.js").ThingsShown} things @param {boolean} cores */
  setTracks(things, cores) {
    this.model.showThings = things;
    this.model.showCores = cores;
    this.changed();
  }

  /** Change how a run's lanes are arranged. @param {Group} group @param {(arrangement: import("./arrangement.js").Arrangement) => void} change */
  arrange(group, change) {
    change(group.arrangement);
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
    const info = key === null ? null : this.infoAt(key, ns);
    this.choose(info);
    if (info) this.reveal(info.key);
  }

  /**
   * The selection goes along its lane to another instant. Nobody is told.
   * @param {string} key the row's
   * @param {number} ns
   * @returns {SpanInfo | import("./tracks.js").TrackInfo | null} null: the lane is not there at that instant
   */
  slide(key, ns) {
    const info = this.infoAt(key, ns);
    this.mark(info);
    this.view.request();
    return info;
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

  /** Where the label of a row is, from the canvas's corner; null where it is not in sight. @param {string} key */
  labelBox(key) {
    const { scene } = this;
    const top = this.model.positions.has(key) ? topOf(scene, key) : NaN;
    if (!(top > headHeight(scene) - scene.size.lane / 2 && top + scene.size.lane / 2 < scene.height))
      return null;
    return { top, width: scene.size.labels, height: scene.size.lane };
  }

  /** The lanes of one run that are shown, in their order. @param {Group} group */
  rowsOf(group) {
    this.takeIn();
    return group.own;
  }

  destroy() {
    clearTimeout(this.soon);
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
        pinned: row.isPinned,
        collapsed: row.isCollapsed,
        below: row.below.length,
        y: barTop(scene, position),
        height: scene.size.lane,
      })),
      groups: model.groups.map((group, index) => ({
        ...group.heading,
        y: groupBand(scene, index).top,
        lanes: group.rows.length,
      })),
      tracks: model.groups.flatMap((group, index) =>
        group.tracks.map(({ key, kind, inferred }, at) => ({
          ...{ key, kind, inferred },
          ...scene.strings.track(group.tracks[at]),
          y: trackTop(scene, index, at),
        })),
      ),
      things: model.things,
      hiddenRows: model.hiddenRows,
      plot: { x: scene.size.labels, y: headHeight(scene), width: plotWidth(scene), height: scene.height },
      viewport: { fromNs: viewport.tForX(0), toNs: viewport.tForX(viewport.widthPx) },
      following: viewport.following,
      cursorNs: scene.cursorNs,
      selection: scene.selection,
      range: scene.range,
      rangeBeginNs: scene.rangeBeginNs,
      marks: scene.marks,
      spotlight: scene.spotlight ?? null,
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
    this.onLabel(labelAt(this.scene, x, y)?.row.key ?? null);
    const info = hit(this.scene, x, y);
    this.highlight(info && "flow" in info ? info : null);
    this.view.canvas.style.cursor = this.gestures.cursorAt(x, y, info !== null);
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
    if (this.gestures.clickLabel(x, y)) return;
    const plotX = x - this.scene.size.labels;
    this.choose(hit(this.scene, x, y));
    if (plotX < 0) return;
    const ns = Math.max(0, Math.min(this.viewport.tForX(plotX), this.model.endNs));
    this.setCursor(ns);
    this.onCursor(ns);
  }

  // -- inside ------------------------------------------------------------------------------------------

  /** What a row below or among the lanes was at an instant. @param {string} key @param {number} ns */
  infoAt(key, ns) {
    this.takeIn();
    const row = this.model.rowOf(key);
    if (row) return spanInfo(row, ns);
    const track = this.model.trackOf(key);
    return track ? trackInfo(track, ns) : null;
  }

  /** @param {Info | null} info */
  mark(info) {
    this.scene.selection =
      info && "key" in info ? { key: info.key, span: "span" in info ? info.span : -1 } : null;
  }

  /** @param {Info | null} info */
  choose(info) {
    this.mark(info);
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
    const top = topOf(this.scene, key) - this.scene.size.gap;
    if (Number.isNaN(top)) return;
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
    for (const look of this.afterPaint) look();
    const label = this.scene.strings.label({ lanes: this.model.rows.length, spans: this.model.spans });
    if (label !== this.label) {
      this.label = label;
      this.view.canvas.setAttribute("aria-label", label);
    }
  }
}
