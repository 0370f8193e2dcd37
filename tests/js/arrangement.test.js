import assert from "node:assert/strict";
import { test } from "node:test";

import { Arrangement, movedBy } from "../../static/js/timeline/arrangement.js";
import { Group } from "../../static/js/timeline/group.js";
import { Fold } from "../../static/js/trace/fold.js";
import { goldenEvents } from "./golden.js";

/** @param {string} name */
function groupOf(name) {
  const group = new Group(new Fold().feed(goldenEvents(name)));
  group.update(false);
  return group;
}

/** @param {Group} group @param {(arrangement: Arrangement, key: (label: string) => string) => void} change */
function after(group, change) {
  const key = (/** @type {string} */ label) =>
    [...group.rowOf.values()].find((row) => row.label === label)?.lane.key ?? label;
  change(group.arrangement, key);
  group.update(false);
  return group.rows.map((row) => `${" ".repeat(row.depth)}${row.label}`);
}

test("a collapsed lane hides all that is below it, and knows how many that are", () => {
  const group = groupOf("processes");
  const rows = after(group, (all, key) => all.toggleCollapsed(key("child-2")));
  assert.deepEqual(rows, ["MainProcess", " child-1", " child-2"]);
  assert.deepEqual(
    group.rows.map((row) => [row.hasBelow, row.isCollapsed, row.below.length]),
    [
      [true, false, 0],
      [false, false, 0],
      [true, true, 2],
    ],
  );
  assert.equal(group.hiddenRows, 0);
  assert.deepEqual(
    after(group, (all, key) => all.toggleCollapsed(key("MainProcess"))),
    ["MainProcess"],
  );
  assert.equal(group.rows[0].below.length, 4);
});

test("a pinned lane goes to the top with what is below it, a lane that is shown alone brings its own along", () => {
  const group = groupOf("processes");
  assert.deepEqual(
    after(group, (all, key) => all.togglePinned(key("child-2"))),
    ["child-2", " child-3", " child-4", "MainProcess", " child-1"],
  );
  assert.deepEqual(
    after(group, (all, key) => all.showOnly(key("child-2"))),
    ["child-2", " child-3", " child-4"],
  );
  assert.equal(group.hiddenRows, 2);
  after(group, (all, key) => all.togglePinned(key("child-2")));
  assert.deepEqual(
    after(group, (all) => all.showAll()),
    ["MainProcess", " child-1", " child-2", "  child-3", "  child-4"],
  );
});

test("what is below a hidden lane hangs below the next one that is shown", () => {
  const group = groupOf("processes");
  assert.deepEqual(
    after(group, (all, key) => all.hide(key("child-2"))),
    ["MainProcess", " child-1", " child-3", " child-4"],
  );
});

test("the filter finds names in any case, also below a collapsed lane", () => {
  const group = groupOf("threads");
  after(group, (all, key) => all.toggleCollapsed(key("MainThread")));
  assert.deepEqual(
    after(group, (all) => all.setFilter("WAIT")),
    ["waiter"],
  );
  assert.equal(group.hiddenRows, 3);
  assert.deepEqual(
    after(group, (all) => all.setFilter("")),
    ["MainThread"],
  );
});

test("a lane moves among those of its parent, and takes what is below it along", () => {
  const group = groupOf("processes");
  const key = (/** @type {string} */ label) => group.rows.find((row) => row.label === label)?.lane.key ?? "";
  const moved = ["MainProcess", " child-2", "  child-3", "  child-4", " child-1"];
  assert.deepEqual(
    after(group, () => group.move(key("child-2"), -1)),
    moved,
  );
  assert.deepEqual(
    after(group, () => group.move(key("child-2"), -1)),
    moved,
  );
  // Dragged onto a lane further down in the tree: to where that one's ancestor is.
  assert.deepEqual(
    after(group, () => group.moveTo(key("child-1"), key("child-4"))),
    ["MainProcess", " child-1", " child-2", "  child-3", "  child-4"],
  );
});

test("a lane that comes after a move stands behind those that were moved", () => {
  const events = goldenEvents("processes");
  const fold = new Fold();
  const group = new Group(fold);
  fold.feed(events.slice(0, Math.floor(events.length / 2)));
  group.update(false);
  const family = group.families.get(group.rows.at(-1)?.lane.key ?? "");
  assert.ok(family);
  group.arrangement.setOrder(family.parent, family.keys.toReversed());
  fold.feed(events.slice(Math.floor(events.length / 2)));
  group.update(false);
  const keys = group.rows.map((row) => row.lane.key);
  assert.deepEqual(
    keys.filter((key) => family.keys.includes(key)),
    family.keys.toReversed(),
  );
  assert.equal(new Set(keys).size, 5);
});

test("there is no place before the first and after the last", () => {
  assert.equal(movedBy(["a", "b"], "a", -1), null);
  assert.deepEqual(movedBy(["a", "b", "c"], "a", 2), ["b", "c", "a"]);
});
