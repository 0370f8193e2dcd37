// Level of detail: one lane as pixel columns. A span of some width becomes a real rectangle (`wide`); what is
// too small for that is merged, a look and a mark per column. Columns are absolute (see viewport.js) and kept:
// a pan at unchanged scale computes only what it uncovers, new events only the tail.

import { gallop, lastAtMost } from "../lib/search.js";
import {
  LOOK_COUNT,
  LOOK_LOCKED,
  LOOK_NEW,
  LOOK_RUNNABLE,
  LOOK_RUNNING,
  LOOK_SLEEPING,
  LOOK_WAITING,
  LOOK_ZOMBIE,
  lookOf,
} from "../trace/looks.js";

/** @typedef {import("./lane_index.js").LaneIndex} LaneIndex */

/** A span that fills at least so many whole columns is drawn as a rectangle: narrower, no pattern could be told. */
const WIDE_COLUMNS = 8;
/** How far before the lane's newest span new events can change columns: a span that becomes wide, and its neighbour. */
const TAIL_COLUMNS = 2 * WIDE_COLUMNS + 4;
export const NOTHING = 255;
export const COVERED = 254;

/** What must not vanish in a column that something else dominates: the first of these that occurs. */
const MARKS = [LOOK_LOCKED, LOOK_ZOMBIE, LOOK_WAITING, LOOK_SLEEPING];
/** What a lone column between two rectangles shows: the first of these that is in it. */
const ISLANDS = [
  LOOK_LOCKED,
  LOOK_ZOMBIE,
  LOOK_RUNNING,
  LOOK_WAITING,
  LOOK_SLEEPING,
  LOOK_RUNNABLE,
  LOOK_NEW,
];

/** A column of more spans than this is summed up, not walked through. */
const MOST_WALKED = 64;

/** By the set of looks (a bit each) in a column: the first of MARKS among them, or NOTHING. */
const MARK_OF = Uint8Array.from({ length: 1 << LOOK_COUNT }, (_, set) => firstIn(set, MARKS));
const ISLAND_OF = Uint8Array.from({ length: 1 << LOOK_COUNT }, (_, set) => firstIn(set, ISLANDS));

const times = new Float64Array(LOOK_COUNT);

/**
 * @param {number} set
 * @param {number[]} looks
 */
function firstIn(set, looks) {
  return looks.find((look) => (set >> look) & 1) ?? NOTHING;
}

export class LaneColumns {
  /** @param {LaneIndex} index */
  constructor(index) {
    this.index = index;
    this.nsPerPx = 0;
    this.origin = 0;
    this.endNs = -1;
    /** How many spans the columns know, and where the newest of them begins. */
    this.count = 0;
    this.newestNs = 0;
    this.hiddenLooks = 0;
    /** The dominant look per column, or NOTHING, or COVERED by a rectangle. */
    this.look = new Uint8Array(0);
    /** A look that occurred in the column beside the dominant one, or NOTHING. */
    this.mark = new Uint8Array(0);
    /** Another number after every change of the columns. */
    this.version = 0;
    /** @type {number[]} spans drawn as rectangles, ascending */
    this.wide = [];
  }

  /**
   * Bring the columns up to date.
   * @param {{nsPerPx: number, originColumn: number, widthPx: number}} viewport
   * @param {number} endNs the run's last instant
   * @param {number} hiddenLooks a bit per look that is not shown
   */
  update(viewport, endNs, hiddenLooks) {
    const { nsPerPx, originColumn } = viewport;
    const width = Math.ceil(viewport.widthPx);
    const usable = nsPerPx === this.nsPerPx && width === this.look.length && hiddenLooks === this.hiddenLooks;
    const { startNs } = this.index.lane;
    const isSame = endNs === this.endNs && startNs.length === this.count;
    if (usable && originColumn === this.origin && isSame) return;
    this.version += 1;
    const from = originColumn;
    const to = originColumn + width;
    // What can be kept: [keepFrom, keepTo) of the absolute columns.
    const keepFrom = Math.max(from, this.origin);
    let keepTo = Math.min(to, this.origin + width);
    if (!isSame) {
      // A lane may be told late of: what cuts its newest span into pieces can lie far before the run's end.
      const certainNs = Math.min(this.endNs, this.newestNs);
      keepTo = Math.min(keepTo, Math.floor(certainNs / nsPerPx) - TAIL_COLUMNS);
    }
    const keeps = usable && keepTo > keepFrom;
    if (width !== this.look.length) {
      this.look = new Uint8Array(width);
      this.mark = new Uint8Array(width);
    }
    const oldOrigin = this.origin;
    this.nsPerPx = nsPerPx;
    this.origin = from;
    this.endNs = endNs;
    this.count = startNs.length;
    this.newestNs = this.count > 0 ? startNs.data[this.count - 1] : 0;
    this.hiddenLooks = hiddenLooks;
    if (!keeps) {
      this.wide = this.compute(from, to);
      return;
    }
    this.look.copyWithin(keepFrom - from, keepFrom - oldOrigin, keepTo - oldOrigin);
    this.mark.copyWithin(keepFrom - from, keepFrom - oldOrigin, keepTo - oldOrigin);
    const kept = this.wide.filter(
      (span) => this.firstColumn(span) < keepTo && this.endColumn(span) > keepFrom,
    );
    this.wide = joined(joined(this.compute(from, keepFrom), kept), this.compute(keepTo, to));
  }

  /**
   * The first column that a span fills wholly.
   * @param {number} span
   */
  firstColumn(span) {
    return Math.ceil(this.index.lane.startNs.data[span] / this.nsPerPx);
  }

  /**
   * One past the last column that a span fills wholly.
   * @param {number} span
   */
  endColumn(span) {
    const { startNs } = this.index.lane;
    return Math.floor((span + 1 < startNs.length ? startNs.data[span + 1] : this.endNs) / this.nsPerPx);
  }

  /** @param {number} span */
  isWide(span) {
    const { startNs } = this.index.lane;
    const endNs = span + 1 < startNs.length ? startNs.data[span + 1] : this.endNs;
    // Most are much too short: told without a division.
    if (endNs - startNs.data[span] < WIDE_COLUMNS * this.nsPerPx) return false;
    return this.endColumn(span) - this.firstColumn(span) >= WIDE_COLUMNS;
  }

  /** @param {number} look */
  isHidden(look) {
    return (this.hiddenLooks >> look) & 1;
  }

  /**
   * Compute the columns [from, to) and return the wide spans among them.
   * @param {number} from
   * @param {number} to
   * @returns {number[]}
   */
  compute(from, to) {
    const { lane } = this.index;
    const start = lane.startNs.data;
    const count = lane.startNs.length;
    const wide = [];
    let column = from;
    let span = lastAtMost(start, count, from * this.nsPerPx);
    while (column < to) {
      const atNs = column * this.nsPerPx;
      if (count === 0 || atNs >= this.endNs) {
        this.fill(column, to, NOTHING);
        break;
      }
      span = gallop(start, count, atNs, span);
      if (span < 0 && start[0] >= atNs + this.nsPerPx) {
        const begin = Math.max(column + 1, Math.min(to, Math.floor(start[0] / this.nsPerPx)));
        this.fill(column, begin, NOTHING);
        column = begin;
      } else if (span >= 0 && this.isWide(span) && column < this.endColumn(span)) {
        const end = Math.min(to, this.endColumn(span));
        const hidden = this.isHidden(lookOf(lane.state.data[span], lane.reason.data[span]));
        this.fill(column, end, hidden ? NOTHING : COVERED);
        if (!hidden) wide.push(span);
        column = end;
      } else {
        span = this.merge(column, span);
        column += 1;
      }
    }
    return wide;
  }

  /**
   * @param {number} from
   * @param {number} to
   * @param {number} value
   */
  fill(from, to, value) {
    this.look.fill(value, from - this.origin, to - this.origin);
    this.mark.fill(NOTHING, from - this.origin, to - this.origin);
  }

  /**
   * Merge what is in one column; return the last span in it.
   * @param {number} column
   * @param {number} first the span at its beginning; -1: none yet
   */
  merge(column, first) {
    const { startNs } = this.index.lane;
    const toNs = Math.min((column + 1) * this.nsPerPx, this.endNs);
    const crowded = first + MOST_WALKED < startNs.length && startNs.data[first + MOST_WALKED] < toNs;
    const last = crowded ? this.shares(column, first, times) : this.walk(column * this.nsPerPx, toNs, first);
    let best = NOTHING;
    let most = 0;
    let set = 0;
    for (let look = 0; look < LOOK_COUNT; look += 1) {
      const time = times[look];
      if (time <= 0 || this.isHidden(look)) continue;
      set |= 1 << look;
      if (time > most) {
        most = time;
        best = look;
      }
    }
    let mark = NOTHING;
    if (last - first >= 2 && this.isIsland(first, last)) {
      const island = this.islandLook(first, last);
      if (island !== NOTHING) best = island;
    } else if (best !== NOTHING) {
      mark = MARK_OF[set & ~(1 << best)];
    }
    this.look[column - this.origin] = best;
    this.mark[column - this.origin] = mark;
    return last;
  }

  /**
   * Write the time per look in [fromNs, toNs) into `times`, span by span; return the last span in it.
   * @param {number} fromNs
   * @param {number} toNs
   * @param {number} first
   */
  walk(fromNs, toNs, first) {
    const { startNs, state, reason } = this.index.lane;
    const start = startNs.data;
    const states = state.data;
    const reasons = reason.data;
    const final = startNs.length - 1;
    times.fill(0);
    let span = Math.max(first, 0);
    let from = first < 0 ? start[0] : fromNs;
    while (span < final && start[span + 1] < toNs) {
      const next = start[span + 1];
      times[lookOf(states[span], reasons[span])] += next - from;
      from = next;
      span += 1;
    }
    times[lookOf(states[span], reasons[span])] += toNs - from;
    return span;
  }

  /**
   * Write the time per look in a column, and return the last span in it.
   * @param {number} column
   * @param {number} first the span at its beginning; -1: none yet
   * @param {Float64Array} out
   */
  shares(column, first, out) {
    const { startNs } = this.index.lane;
    const fromNs = column * this.nsPerPx;
    const toNs = Math.min(fromNs + this.nsPerPx, this.endNs);
    let last = gallop(startNs.data, startNs.length, toNs, first);
    if (last > first && startNs.data[last] >= toNs) last -= 1;
    out.fill(0);
    if (last >= 0) this.index.addBetween(out, fromNs, first, toNs, last);
    return last;
  }

  /**
   * Does this column lie alone between two rectangles (or at the lane's beginning)?
   * @param {number} first
   * @param {number} last
   */
  isIsland(first, last) {
    return (first < 0 || this.isWide(first)) && this.isWide(last);
  }

  /**
   * What a lone column shows: something short between two long spans, as wide as a pixel.
   * @param {number} first
   * @param {number} last
   */
  islandLook(first, last) {
    const { state, reason } = this.index.lane;
    let among = 0;
    for (let span = first + 1; span < last; span += 1) {
      among |= 1 << lookOf(state.data[span], reason.data[span]);
    }
    return ISLAND_OF[among & ~this.hiddenLooks];
  }
}

/**
 * Join two ascending lists of spans; the last of one may be the first of the other.
 * @param {number[]} left
 * @param {number[]} right
 */
function joined(left, right) {
  const repeats = left.length > 0 && right.length > 0 && left[left.length - 1] === right[0];
  return left.concat(repeats ? right.slice(1) : right);
}
