import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { answers, doneLessons, isDone, setAnswers, setDone } from "../../../static/js/views/progress.js";

/** @param {Map<string, string>} kept */
function storageOf(kept) {
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
  };
}

function provide(name, get) {
  Object.defineProperty(globalThis, name, { configurable: true, get });
}

afterEach(() => {
  for (const name of ["localStorage", "sessionStorage"]) delete globalThis[name];
});

test("a lesson that is done stays done, since the first time", () => {
  const kept = new Map();
  provide("localStorage", () => storageOf(kept));
  setDone("fork-twice");
  const first = kept.get("lab.done");
  setDone("fork-twice");
  assert.equal(kept.get("lab.done"), first);
  assert.ok(isDone("fork-twice") && !isDone("toString"));
  assert.deepEqual(Object.keys(doneLessons()), ["fork-twice"]);
});

test("where storage is denied, nothing is kept and nothing fails", () => {
  provide("localStorage", () => {
    throw new Error("SecurityError");
  });
  setDone("fork-twice");
  assert.deepEqual(doneLessons(), {});
  setAnswers("fork-twice", { q: "1" });
  assert.deepEqual(answers("fork-twice"), {});
});

test("what somebody else wrote into it is not believed", () => {
  provide("localStorage", () => storageOf(new Map([["lab.done", "[1, 2"]])));
  assert.deepEqual(doneLessons(), {});
  provide("localStorage", () => storageOf(new Map([["lab.done", '"text"']])));
  assert.deepEqual(doneLessons(), {});
});
