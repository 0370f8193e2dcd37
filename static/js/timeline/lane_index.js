// Time per look of a lane, for any interval, exactly and fast: cumulative sums every 64 spans.

import { Column } from "../lib/column.js";
import { REASONS, RUNNABLE } from "../trace/constants.js";
import { LOOK_COUNT, lookOf } from "../trace/looks.js";

/** @typedef {import("../trace/lane.js").Lane} Lane */

const BLOCK_BITS = 6;
const BLOCK = 1 << BLOCK_BITS;
const GIL = REASONS.indexOf("gil");

export class LaneIndex {
  /** @param {Lane} lane */
  constructor(lane) {
    this.lane = lane;
    /** LOOK_COUNT sums per block: the time before the start of span BLOCK * b. */
    this.sums = new Column(Float64Array);
    this.running = new Float64Array(LOOK_COUNT);
    /** Per block: the time that the lane had waited for the GIL. */
    this.gilSums = new Column(Float64Array);
    this.gilNs = 0;
    this.counted = 0;
  }

  /** Take in the spans that are new; constant time for each. */
  update() {
    const { startNs, state, reason } = this.lane;
    while (this.counted < startNs.length) {
      const i = this.counted;
      if (i > 0) {
        const look = lookOf(state.data[i - 1], reason.data[i - 1]);
        this.running[look] += startNs.data[i] - startNs.data[i - 1];
        if (this.isGilWait(i - 1)) this.gilNs += startNs.data[i] - startNs.data[i - 1];
      }
      if (i % BLOCK === 0) {
        for (const sum of this.running) this.sums.push(sum);
        this.gilSums.push(this.gilNs);
      }
      this.counted += 1;
    }
  }

  /** @param {number} span */
  isGilWait(span) {
    return this.lane.state.data[span] === RUNNABLE && this.lane.reason.data[span] === GIL;
  }

  /**
   * How long the lane had waited for the GIL before `ns`.
   * @param {number} ns
   * @param {number} span the span that `ns` is in; -1: before the first
   */
  gilBefore(ns, span) {
    if (span < 0) return 0;
    const start = this.lane.startNs.data;
    const block = span >> BLOCK_BITS;
    let sum = this.gilSums.data[block];
    for (let i = block << BLOCK_BITS; i < span; i += 1) {
      if (this.isGilWait(i)) sum += start[i + 1] - start[i];
    }
    return this.isGilWait(span) ? sum + ns - start[span] : sum;
  }

  /**
   * Add `sign` times the lane's time per look before `ns`.
   * @param {Float64Array} out LOOK_COUNT numbers
   * @param {number} ns
   * @param {number} span the span that `ns` is in; -1: before the first
   * @param {1 | -1} sign
   */
  addBefore(out, ns, span, sign) {
    if (span < 0) return;
    const start = this.lane.startNs.data;
    const state = this.lane.state.data;
    const reason = this.lane.reason.data;
    const block = span >> BLOCK_BITS;
    const base = block * LOOK_COUNT;
    for (let look = 0; look < LOOK_COUNT; look += 1) out[look] += sign * this.sums.data[base + look];
    for (let i = block << BLOCK_BITS; i < span; i += 1) {
      out[lookOf(state[i], reason[i])] += sign * (start[i + 1] - start[i]);
    }
    out[lookOf(state[span], reason[span])] += sign * (ns - start[span]);
  }

  /**
   * Add the time per look in [fromNs, toNs): a plain walk over few spans, two looks at the sums over many.
   * @param {Float64Array} out
   * @param {number} fromNs
   * @param {number} fromSpan the span at fromNs; -1: before the first
   * @param {number} toNs
   * @param {number} toSpan the span at toNs
   */
  addBetween(out, fromNs, fromSpan, toNs, toSpan) {
    // Two partial blocks cost about 64 steps.
    if (toSpan - fromSpan > BLOCK) {
      this.addBefore(out, toNs, toSpan, 1);
      this.addBefore(out, fromNs, fromSpan, -1);
      return;
    }
    const start = this.lane.startNs.data;
    const state = this.lane.state.data;
    const reason = this.lane.reason.data;
    for (let i = Math.max(fromSpan, 0); i <= toSpan; i += 1) {
      const from = i === fromSpan ? fromNs : start[i];
      const to = i === toSpan ? toNs : start[i + 1];
      out[lookOf(state[i], reason[i])] += to - from;
    }
  }
}
