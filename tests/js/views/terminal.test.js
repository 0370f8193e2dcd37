import assert from "node:assert/strict";
import { test } from "node:test";
import { Terminal } from "../../../static/js/views/terminal.js";

/** Feed writes [lane, stream, text] or [lane, stream, text, pid]; return each line as "lane:text" pieces. */
function linesOf(writes) {
  const terminal = new Terminal();
  const lines = new Map();
  writes.forEach(([lane, stream, text, pid = 1], ns) => {
    for (const line of terminal.write(ns, lane, stream, text, pid)) lines.set(line.number, line);
  });
  return [...lines.values()].map((line) =>
    line.segments.map((s) => `${s.lane}${s.stream}:${s.text}`).join("|"),
  );
}

test("print writes its text and its newline apart: one line", () => {
  assert.deepEqual(
    linesOf([
      ["a", 1, "one"],
      ["a", 1, "\n"],
      ["a", 1, "two\nthree\n"],
    ]),
    ["a1:one", "a1:two", "a1:three"],
  );
});

test("lanes that write into one line stand in one line, each with its own piece", () => {
  assert.deepEqual(
    linesOf([
      ["a", 1, "x"],
      ["b", 1, "y"],
      ["a", 2, "!\n"],
      ["b", 1, "\n"],
    ]),
    ["a1:x|b1:y|a2:!", "b1:"],
  );
});

test("lines of two processes do not mix: each hands over whole lines", () => {
  assert.deepEqual(
    linesOf([
      ["a", 1, "x", 1],
      ["b", 1, "y", 2],
      ["a", 1, "\n", 1],
      ["b", 1, "\n", 2],
    ]),
    ["a1:x", "b1:y"],
  );
});

test("a line without end is cut, and nothing of it is lost", () => {
  const lines = linesOf(Array.from({ length: 50 }, () => ["a", 1, "0123456789".repeat(10)]));
  assert.equal(lines.length > 1, true);
  assert.equal(lines.map((line) => line.slice(3)).join("").length, 5000);
});

test("a line tells whether it may still grow", () => {
  const terminal = new Terminal();
  assert.equal(terminal.write(0, "a", 1, "part", 1)[0].open, true);
  assert.deepEqual(
    terminal.write(1, "a", 1, " rest\nnext", 1).map((line) => line.open),
    [false, true],
  );
});
