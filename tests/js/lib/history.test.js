import assert from "node:assert/strict";
import { test } from "node:test";
import { ViewHistory } from "../../../static/js/lib/history.js";

function visited(...states) {
  const history = new ViewHistory();
  history.reset(states[0]);
  for (const state of states.slice(1)) history.note(state);
  return history;
}

test("back and forth through what was looked at, and no further", () => {
  const history = visited("a", "b", "c");
  assert.deepEqual([history.undo(), history.undo(), history.undo()], ["b", "a", null]);
  assert.deepEqual([history.redo(), history.redo(), history.redo()], ["b", "c", null]);
  assert.deepEqual([history.canUndo, history.canRedo], [true, false]);
});

test("standing still is no step", () => {
  const history = visited("a", "b");
  assert.equal(history.note("b"), false);
  assert.equal(history.undo(), "a");
  assert.equal(history.note("a"), false);
  assert.equal(history.redo(), "b");
});

test("who goes elsewhere after an undo leaves what was ahead", () => {
  const history = visited("a", "b", "c");
  history.undo();
  assert.equal(history.note("d"), true);
  assert.equal(history.redo(), null);
  assert.deepEqual([history.undo(), history.undo()], ["b", "a"]);
});

test("a state that comes out a little different keeps what is ahead", () => {
  const history = visited("a", "b");
  history.undo();
  history.amend("a'");
  assert.equal(history.note("a'"), false);
  assert.equal(history.redo(), "b");
  assert.equal(history.undo(), "a'");
});

test("it does not grow for ever, and forgets the oldest", () => {
  const history = visited(...Array.from({ length: 1000 }, (_, n) => `s${n}`));
  let steps = 0;
  while (history.undo() !== null) steps += 1;
  assert.ok(steps > 50 && steps < 500);
});

test("nothing to undo before anything was looked at", () => {
  const history = new ViewHistory();
  assert.deepEqual(
    [history.undo(), history.redo(), history.canUndo, history.canRedo],
    [null, null, false, false],
  );
});
