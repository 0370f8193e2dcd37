import assert from "node:assert/strict";
import { test } from "node:test";
import { chipsOf } from "../../../static/js/views/chips.js";

const chips = (...names) => [...chipsOf(names.map((name, key) => ({ key: String(key), name }))).values()];

test("numbered names keep their number", () => {
  assert.deepEqual(chips("Worker-12", "Thread-1 (cook)", "ForkPoolWorker-3", "child-2", "MainProcess"), [
    "W12",
    "T1",
    "FPW3",
    "c2",
    "Main",
  ]);
});

test("no two lanes have the same chip", () => {
  const all = chips("Worker-1", "Writer-1", "W1", "a long name here", "a long name there", "7", "7");
  assert.equal(new Set(all).size, all.length);
});

test("short names stay as they are, Chinese ones too", () => {
  assert.deepEqual(chips("buyer", "买家", "5"), ["buyer", "买家", "5"]);
});
