import assert from "node:assert/strict";
import { test } from "node:test";

import { Texts } from "../../static/js/lib/column.js";
import { COVERED, LaneColumns, NOTHING } from "../../static/js/timeline/columns.js";
import { LaneIndex } from "../../static/js/timeline/lane_index.js";
import { BLOCKED, DEAD, NEW, RUNNABLE, RUNNING } from "../../static/js/trace/constants.js";
import { Lane } from "../../static/js/trace/lane.js";
import { LOOK_COUNT, LOOK_LOCKED, LOOK_RUNNING, lookOf } from "../../static/js/trace/looks.js";
import { randomOf } from "./random.js";

const LOCK = 1;
const SLEEP = 7;
/** @type {[state: number, reason: number][]} */
const KINDS = [
  [NEW, 0],
  [RUNNABLE, 0],
  [RUNNING, 0],
  [BLOCKED, LOCK],
  [BLOCKED, 2],
  [BLOCKED, SLEEP],
  [DEAD, 0],
];

const newLane = () => new Lane(new Texts(), "1", "process", 1, "main", null, 0);

/**
 * @param {Lane} lane
 * @param {number} ns
 * @param {number} state
 * @param {number} [reason]
 */
function span(lane, ns, state, reason = 0) {
  lane.startNs.push(ns);
  lane.state.push(state);
  lane.reason.push(reason);
}

/**
 * A lane with spans from a nanosecond to a thousand columns.
 * @param {number} seed
 * @param {number} count
 */
function randomLane(seed, count) {
  const random = randomOf(seed);
  const lane = newLane();
  let ns = Math.floor(random() * 500);
  for (let n = 0; n < count; n += 1) {
    span(lane, ns, ...KINDS[Math.floor(random() * KINDS.length)]);
    ns += 1 + Math.floor(10 ** (random() * 4));
  }
  return { lane, endNs: ns };
}

/** @param {Lane} lane */
function columnsOf(lane) {
  const index = new LaneIndex(lane);
  index.update();
  return new LaneColumns(index);
}

/**
 * Time per look in [fromNs, toNs), span by span.
 * @param {Lane} lane
 * @param {number} fromNs
 * @param {number} toNs
 */
function walked(lane, fromNs, toNs) {
  const out = new Float64Array(LOOK_COUNT);
  for (let i = 0; i < lane.startNs.length; i += 1) {
    const from = Math.max(fromNs, lane.startNs.data[i]);
    const to = Math.min(toNs, i + 1 < lane.startNs.length ? lane.startNs.data[i + 1] : Infinity);
    if (to > from) out[lookOf(lane.state.data[i], lane.reason.data[i])] += to - from;
  }
  return out;
}

test("time per look of any interval is exact, with and without the sums", () => {
  const { lane, endNs } = randomLane(1, 400);
  const columns = columnsOf(lane);
  const random = randomOf(2);
  for (let round = 0; round < 500; round += 1) {
    columns.nsPerPx = 1 + Math.floor(10 ** (random() * 5.5));
    columns.endNs = endNs;
    const column = Math.floor((random() * endNs) / columns.nsPerPx);
    const fromNs = column * columns.nsPerPx;
    const first = [...lane.startNs.data.subarray(0, 400)].findLastIndex((ns) => ns <= fromNs);
    const out = new Float64Array(LOOK_COUNT);
    columns.shares(column, first, out);

    assert.deepEqual(out, walked(lane, fromNs, Math.min(fromNs + columns.nsPerPx, endNs)));
  }
});

test("every column with time in it is covered by a wide span or shows a look that occurred in it", () => {
  const { lane, endNs } = randomLane(5, 300);
  for (const nsPerPx of [3, 40, 700, 20_000]) {
    const columns = columnsOf(lane);
    columns.update({ nsPerPx, originColumn: -5, widthPx: 900 }, endNs, 0);
    const covered = new Set();
    for (const wide of columns.wide) {
      for (let c = columns.firstColumn(wide); c < columns.endColumn(wide); c += 1) covered.add(c);
    }
    columns.look.forEach((look, x) => {
      const fromNs = (x - 5) * nsPerPx;
      const times = walked(lane, fromNs, Math.min(fromNs + nsPerPx, endNs));
      if (look === COVERED) assert.ok(covered.has(x - 5));
      else if (look === NOTHING) assert.equal(Math.max(...times), 0);
      else assert.ok(times[look] > 0);
    });
  }
});

for (const [name, gap, length] of [
  ["between two long spans", 1_000_000, 1],
  ["among many short ones", 30, 1],
]) {
  test(`a short wait for a lock ${name} shows at every scale`, () => {
    const lane = newLane();
    const times = 2_000;
    for (let n = 0; n < times; n += 1) {
      span(lane, n * gap, RUNNING);
      if (n === times / 2) {
        span(lane, n * gap + 11, BLOCKED, LOCK);
        span(lane, n * gap + 11 + length, RUNNING);
      }
    }
    const endNs = times * gap;
    for (let nsPerPx = 0.5; nsPerPx < endNs; nsPerPx *= 3) {
      const columns = columnsOf(lane);
      const originColumn = Math.floor(((times / 2) * gap) / nsPerPx) - 400;
      columns.update({ nsPerPx, originColumn, widthPx: 900 }, endNs, 0);
      const shown =
        columns.look.includes(LOOK_LOCKED) ||
        columns.mark.includes(LOOK_LOCKED) ||
        columns.wide.some((wide) => lookOf(lane.state.data[wide], lane.reason.data[wide]) === LOOK_LOCKED);
      assert.ok(shown, `${nsPerPx} ns a pixel`);
    }
  });
}

for (const [name, isLate] of [
  ["new events", false],
  // The run goes on in other lanes before this one is told of.
  ["late events", true],
]) {
  test(`columns brought along by pans and by ${name} are those computed afresh`, () => {
    const random = randomOf(11);
    const { lane: whole, endNs: lastNs } = randomLane(12, 900);
    const lane = newLane();
    const kept = columnsOf(lane);
    let [originColumn, nsPerPx, widthPx] = [-20, 100, 500];
    let endNs = 0;
    for (let step = 0; step < 600; step += 1) {
      const choice = random();
      if (choice < 0.5) originColumn += Math.floor(random() * 300) - 120;
      else if (choice < 0.55) nsPerPx *= random() < 0.5 ? 1.25 : 0.8;
      else if (choice < 0.57) widthPx = 400 + Math.floor(random() * 200);
      for (let n = Math.floor(random() * 5); n > 0 && lane.startNs.length < whole.startNs.length; n -= 1) {
        const i = lane.startNs.length;
        span(lane, whole.startNs.data[i], whole.state.data[i], whole.reason.data[i]);
        endNs = Math.max(endNs, whole.startNs.data[i]);
      }
      const next = isLate ? lastNs : whole.startNs.data[lane.startNs.length] || lastNs;
      if (random() < 0.3) endNs = Math.min(lastNs, endNs + (isLate ? 20_000 : 700), next);
      kept.index.update();
      const viewport = { nsPerPx, originColumn, widthPx };
      kept.update(viewport, endNs, 0);
      const afresh = columnsOf(lane);
      afresh.update(viewport, endNs, 0);

      assert.deepEqual(kept.look, afresh.look, `step ${step}`);
      assert.deepEqual(kept.mark, afresh.mark, `step ${step}`);
      assert.deepEqual(kept.wide, afresh.wide, `step ${step}`);
    }
  });
}

test("a hidden look is neither drawn nor a column's dominant one", () => {
  const { lane, endNs } = randomLane(21, 300);
  const columns = columnsOf(lane);
  columns.update({ nsPerPx: 200, originColumn: 0, widthPx: 900 }, endNs, 1 << LOOK_RUNNING);

  assert.ok(!columns.look.includes(LOOK_RUNNING));
  assert.ok(columns.look.some((look) => look < COVERED));
  assert.ok(!columns.wide.some((wide) => lane.state.data[wide] === RUNNING));
});
