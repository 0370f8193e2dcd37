import assert from "node:assert/strict";
import { test } from "node:test";

import { Atom } from "../../static/js/lib/atom.js";
import { Column, SmallColumn, Texts } from "../../static/js/lib/column.js";
import { callText, formatDuration, formatTick, roundStep } from "../../static/js/lib/format.js";
import { gallop, lastAtMost } from "../../static/js/lib/search.js";
import { randomOf } from "./random.js";

test("an atom tells of changes only, and only those who still listen", () => {
  const atom = new Atom(1);
  /** @type {number[]} */
  const heard = [];
  const stop = atom.subscribe((value) => heard.push(value));
  atom.set(1);
  atom.set(2);
  stop();
  atom.set(3);

  assert.deepEqual(heard, [2]);
  assert.equal(atom.get(), 3);
});

test("a column of small numbers keeps every value while it takes wider ones", () => {
  const column = new SmallColumn();
  const values = Array.from({ length: 300 }, (_, n) => (n === 100 ? 70_000 : n));
  values.forEach((value) => column.push(value));

  assert.deepEqual([...column.data.subarray(0, column.length)], values);
  assert.equal(column.data.BYTES_PER_ELEMENT, 4);
  assert.equal(new SmallColumn().data.BYTES_PER_ELEMENT, 1);
});

test("a large column leaves little unused", () => {
  const column = new Column(Uint8Array);
  for (let n = 0; n < 300_000; n += 1) column.push(n % 251);

  assert.ok(column.data.length < column.length * 1.07);
  assert.equal(column.data[299_999], 299_999 % 251);
});

test("room in a column is made for one value, for many, or before they come", () => {
  for (const reserved of [0, 100_000]) {
    const column = new Column(Float64Array);
    column.push(0.5);
    column.reserve(reserved);
    assert.equal(column.length, 1);
    for (let i = 1; i < 80_000; i += 1) {
      const at = column.extend();
      column.data[at] = i + 0.5;
    }
    assert.equal(column.extend(1000), 80_000);
    assert.equal(column.length, 81_000);
    assert.ok(column.data.subarray(0, 80_000).every((value, i) => value === i + 0.5));
    assert.ok(column.data.subarray(80_000).every((value) => value === 0));
    assert.equal(column.data.length, column.capacity);
  }
});

test("a column keeps every value over many growths", () => {
  const column = new Column(Uint32Array);
  assert.equal(column.last(), undefined);
  for (let n = 0; n < 1000; n += 1) column.push(n * 3);

  assert.equal(column.length, 1000);
  assert.equal(column.last(), 2997);
  assert.deepEqual(
    [...column.data.subarray(0, 1000)].filter((value, n) => value !== n * 3),
    [],
  );
});

test("equal texts share a number, and the empty one is 0", () => {
  const texts = new Texts();
  assert.deepEqual(
    ["", "a", "b", "a"].map((text) => texts.indexOf(text)),
    [0, 1, 2, 1],
  );
  assert.equal(texts.byIndex[2], "b");
});

test("both searches find what a walk from the start finds, among equal values, too", () => {
  const random = randomOf(3);
  for (let round = 0; round < 300; round += 1) {
    const length = Math.floor(random() * 40);
    const data = Float64Array.from({ length }, () => Math.floor(random() * 20)).sort();
    const wanted = Math.floor(random() * 24) - 2;
    const walked = data.findLastIndex((value) => value <= wanted);

    assert.equal(lastAtMost(data, length, wanted), walked);
    for (let from = -1; from <= walked; from += 1) assert.equal(gallop(data, length, wanted, from), walked);
  }
});

test("durations have the unit and the digits that a person wants", () => {
  assert.deepEqual(
    [0, 7, 4_500, 45_000, 1_234_000, 12_340_000, 999_900_000, 1_234_000_000, 75_000_000_000].map((ns) =>
      formatDuration(ns),
    ),
    ["0 ns", "7 ns", "4.5 µs", "45 µs", "1.23 ms", "12.3 ms", "999.9 ms", "1.234 s", "75 s"],
  );
  assert.equal(formatDuration(1_234_500_000_000, "de"), "1.234,5 s");
  assert.equal(formatDuration(1_234_000_000, "zh"), "1.234 s");
});

test("a duration that rounds up to the next unit is said in that unit", () => {
  assert.equal(formatDuration(999_999_999), "1 s");
  assert.equal(formatDuration(999_999), "1 ms");
  assert.equal(formatDuration(999.7), "1 µs");
});

test("all ticks of a ruler have one unit and equally many digits", () => {
  assert.deepEqual(
    [0, 5e8, 1e9].map((ns) => formatTick(ns, 5e8, 2e9)),
    ["0.0 s", "0.5 s", "1.0 s"],
  );
  assert.deepEqual(
    [0, 2e7].map((ns) => formatTick(ns, 2e7, 1.6e8)),
    ["0 ms", "20 ms"],
  );
  assert.equal(formatTick(10_020_000_000, 2e7, 1.1e10), "10.02 s");
  assert.equal(formatTick(10_020_134_000, 1e3, 1.1e10), "10,020.134 ms");
});

test("steps of a ruler are 1, 2 or 5 times a power of ten", () => {
  assert.deepEqual([1, 3, 5, 6, 11, 21, 99, 1e9].map(roundStep), [1, 5, 5, 10, 20, 50, 100, 1e9]);
});

test("a task's call is written without the comma of a tuple of one", () => {
  assert.equal(callText("work", "(4,)"), "work(4)");
  assert.equal(callText("work", "(1, 2)"), "work(1, 2)");
  assert.equal(callText("work", "((1,), (2,))"), "work((1,), (2,))");
  assert.equal(callText("work", ""), "work");
});
