import assert from "node:assert/strict";
import { test } from "node:test";
import { aligned, differencesOf } from "../../../static/js/lib/pair.js";

const lane = (name, looksNs = {}, endedNs = null, isMain = false) => ({ name, isMain, endedNs, looksNs });
const run = (lanes, lines = []) => ({ durationNs: 1e9, lanes, lines });

test("lanes of the same name belong together, of equal names the first with the first", () => {
  const pairs = aligned([
    ["main", "worker", "worker", "only A"],
    ["main", "only B", "worker", "worker"],
  ]);
  assert.deepEqual(pairs, [
    [0, 0],
    [-1, 1],
    [1, 2],
    [2, 3],
    [3, -1],
  ]);
});

test("every lane of every run has exactly one place, whatever they are called", () => {
  const runs = [["a", "b", "a"], ["b", "c"], [], ["c", "a", "a", "a"]];
  const pairs = aligned(runs);
  runs.forEach((names, at) => {
    const places = pairs.map((pair) => pair[at]).filter((place) => place >= 0);
    assert.deepEqual(
      places.sort((x, y) => x - y),
      names.map((_, place) => place),
    );
  });
});

test("the first line that differs, also where one run printed no more", () => {
  assert.equal(differencesOf(run([], ["x"]), run([], ["x"])).printed, null);
  assert.deepEqual(differencesOf(run([], ["x", "1", "2"]), run([], ["x", "2", "1"])).printed, {
    line: 2,
    texts: ["1", "2"],
  });
  assert.deepEqual(differencesOf(run([], ["x"]), run([], ["x", "y"])).printed, {
    line: 2,
    texts: [null, "y"],
  });
});

test("who ended first, the main lane aside", () => {
  const a = run([lane("main", {}, 1, true), lane("w0", {}, 9), lane("w1", {}, 5)]);
  const b = run([lane("main", {}, 1, true), lane("w0", {}, null)]);
  assert.deepEqual(differencesOf(a, b).first, ["w1", ""]);
});

test("time per state of paired lanes: noise is left out, a lane that only one run has is not", () => {
  const a = run([lane("main", { running: 50e6, waiting: 100e6 }), lane("w", { sleeping: 5e6 })]);
  const b = run([lane("main", { running: 51e6, waiting: 300e6 })]);
  assert.deepEqual(
    differencesOf(a, b).lanes.map(({ name, look, ns }) => [name, look, ns]),
    [
      ["main", "waiting", [100e6, 300e6]],
      ["w", "sleeping", [5e6, 0]],
    ],
  );
});

test("of many differences the greatest are shown, in the order of the lanes, and the rest is counted", () => {
  const many = Array.from({ length: 40 }, (_, at) => lane(`w${at}`, { running: (at + 1) * 10e6 }));
  const { lanes, leftOut } = differencesOf(run(many), run([]));
  assert.equal(lanes.length + leftOut, 40);
  assert.deepEqual(lanes[0].name, `w${leftOut}`);
});
