// The visible time range: geometry only. x is in CSS pixels from the left edge of the plot.
//
// Columns: the origin is snapped to whole pixels of absolute time (column c is [c, c + 1) * nsPerPx), so that
// a pan at unchanged scale moves every pixel by a whole number and cached columns stay right.

const NARROWEST_NS = 1_000;
const FIRST_FOLLOW_NS = 100e6;
const FOLLOW_STEP = 1.25;
const LEFT_MARGIN_PX = 8;
/** No more of the width than this is kept free behind the live edge. */
const MOST_MARGIN = 0.18;

export class Viewport {
  constructor() {
    this.widthPx = 1;
    /** Room behind the run's end, for how its processes ended. */
    this.marginPx = 0;
    this.nsPerPx = FIRST_FOLLOW_NS;
    this.fromNs = 0;
    /** The first lane's beginning: what is before it is the interpreter's own start. */
    this.beginNs = 0;
    /** The run's last instant. */
    this.endNs = 0;
    /** It shows the whole run, and shall after a resize, too. */
    this.whole = true;
    this.following = false;
  }

  /** The absolute column at x = 0. */
  get originColumn() {
    return Math.round(this.fromNs / this.nsPerPx);
  }

  get spanNs() {
    return this.widthPx * this.nsPerPx;
  }

  get toNs() {
    return this.fromNs + this.spanNs;
  }

  /** @param {number} ns */
  xForT(ns) {
    return ns / this.nsPerPx - this.originColumn;
  }

  /** @param {number} x */
  tForX(x) {
    return (x + this.originColumn) * this.nsPerPx;
  }

  /** @param {number} widthPx */
  resize(widthPx) {
    if (widthPx === this.widthPx) return;
    this.widthPx = Math.max(1, widthPx);
    if (this.whole && this.following) this.showWhole(this.followSpan());
    else if (this.whole) this.fit();
    else this.clamp();
  }

  /** Show the whole run. */
  fit() {
    this.whole = true;
    this.showWhole(Math.max(this.endNs - this.beginNs, NARROWEST_NS));
  }

  /** Where the live edge is held. */
  get edgePx() {
    return this.widthPx - Math.min(this.marginPx, this.widthPx * MOST_MARGIN);
  }

  /** @param {number} spanNs from the first lane's beginning to the live edge */
  showWhole(spanNs) {
    this.nsPerPx = this.scaleOf(spanNs);
    this.fromNs = this.beginNs - LEFT_MARGIN_PX * this.nsPerPx;
  }

  /** @param {number} spanNs */
  scaleOf(spanNs) {
    return spanNs / Math.max(1, this.edgePx - LEFT_MARGIN_PX);
  }

  /**
   * @param {number} fromNs
   * @param {number} toNs
   */
  show(fromNs, toNs) {
    this.whole = false;
    this.nsPerPx = Math.max(toNs - fromNs, NARROWEST_NS) / this.widthPx;
    this.fromNs = fromNs;
    this.clamp();
  }

  /**
   * Zoom so that the instant under x stays there.
   * @param {number} factor above 1: closer
   * @param {number} x
   */
  zoom(factor, x) {
    const anchorNs = this.tForX(x);
    const widest = this.widest();
    this.nsPerPx = clampTo(this.nsPerPx / factor, NARROWEST_NS / this.widthPx, widest / this.widthPx);
    this.whole = this.spanNs >= widest;
    this.fromNs = anchorNs - x * this.nsPerPx;
    this.clamp();
  }

  /** @param {number} px above 0: later */
  pan(px) {
    this.whole = false;
    this.fromNs = (this.originColumn + px) * this.nsPerPx;
    this.clamp();
  }

  /** Keep some of the run in sight. */
  clamp() {
    const half = this.spanNs / 2;
    this.fromNs = clampTo(this.fromNs, this.beginNs - half, this.endNs - half);
  }

  widest() {
    return Math.max(this.endNs * 1.5, FIRST_FOLLOW_NS);
  }

  /**
   * The run has grown. While following, the whole run stays in sight (the scale changes in steps, so that
   * the picture stands still in between), or the live edge does at the scale that was chosen.
   * @param {number} beginNs
   * @param {number} endNs
   */
  grow(beginNs, endNs) {
    this.beginNs = beginNs;
    this.endNs = endNs;
    if (!this.following) return;
    if (this.whole) {
      this.showFollowed();
    } else if (this.xForT(endNs) > this.edgePx || this.xForT(endNs) < 0) {
      this.fromNs = endNs - this.edgePx * this.nsPerPx;
    }
  }

  /** As it stands while a run is followed, and from its end on until somebody moves it. */
  showFollowed() {
    this.whole = true;
    this.showWhole(this.followSpan());
  }

  get isAsFollowed() {
    return this.whole && this.nsPerPx === this.scaleOf(this.followSpan());
  }

  followSpan() {
    let spanNs = FIRST_FOLLOW_NS;
    while (spanNs < this.endNs - this.beginNs) spanNs *= FOLLOW_STEP;
    return spanNs;
  }
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function clampTo(value, low, high) {
  return Math.min(Math.max(value, low), Math.max(low, high));
}
