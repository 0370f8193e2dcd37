// A file's text becomes the events that the server would make of it, or a sentence that says where it is damaged.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { blocksOf } from "../../../static/js/lib/file_lines.js";
import { TraceReader } from "../../../static/js/trace/reader.js";
import { goldenEvents, goldenNames } from "../golden.js";

const textOf = (/** @type {string} */ name) =>
  readFileSync(new URL(`../../golden/${name}.ndjson`, import.meta.url), "utf8");
const [HEADER, ...LINES] = textOf("threads").trimEnd().split("\n");

/** @param {(string | object)[]} lines @param {number} [atOnce] */
function read(lines, atOnce = lines.length) {
  const reader = new TraceReader();
  const texts = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  const events = [];
  for (let at = 0; at < texts.length; at += atOnce) {
    const isLast = at + atOnce >= texts.length;
    events.push(...reader.take(texts.slice(at, at + atOnce).join("\n") + (isLast ? "" : "\n")));
  }
  reader.finish();
  return { events, damage: reader.damage, status: reader.status };
}

for (const name of goldenNames()) {
  test(`${name} is read as it is, plain and packed`, async () => {
    const text = textOf(name);
    for (const file of [new Blob([text.replaceAll("\n", "\r\n")]), new Blob([gzipSync(text)])]) {
      const reader = new TraceReader();
      const events = [];
      for await (const block of blocksOf(file)) events.push(...reader.take(block));
      reader.finish();
      assert.equal(reader.damage, null);
      assert.deepEqual(events, goldenEvents(name));
    }
  });
}

test("what is before the damage is given, and where it is is said", () => {
  const event = (/** @type {number} */ seq, /** @type {object} */ other) => ({
    ...JSON.parse(LINES[seq]),
    ...other,
  });
  const damages = [
    [[HEADER, ...LINES.slice(0, 5), LINES[5].slice(0, 20)], { key: "line", values: { line: 7 } }, 5],
    [[HEADER, ...LINES.slice(0, 5), "1,2"], { key: "line", values: { line: 7 } }, 5],
    [
      [HEADER, "", ...LINES.slice(0, 2), LINES[3]],
      { key: "gap", values: { seq: 3, expected: 2, line: 5 } },
      2,
    ],
    [[HEADER, event(0, { ts_ns: 7 }), event(1, { ts_ns: 6 })], { key: "backwards", values: { line: 3 } }, 1],
    [
      [HEADER, event(0, { kind: "lock.acquired", obj: 7 })],
      { key: "field", values: { field: "obj", line: 2 } },
      0,
    ],
    [[HEADER, event(0, { by: "rumour" })], { key: "field", values: { field: "by", line: 2 } }, 0],
    [
      [HEADER, event(0, { kind: "finding.made", code: "x" })],
      { key: "field", values: { field: "lanes", line: 2 } },
      0,
    ],
    [[HEADER, ...LINES.slice(0, 9)], { key: "cut", values: { line: 10 } }, 9],
    [["hello"], { key: "no_trace", values: { format: "concurrency-lab/1", line: 1 } }, 0],
    [["[]"], { key: "no_trace", values: { format: "concurrency-lab/1", line: 1 } }, 0],
    [["", "", " "], { key: "empty", values: { line: 3 } }, 0],
    [[], { key: "empty", values: { line: 0 } }, 0],
    [
      [HEADER.replace("concurrency-lab/1", "concurrency-lab/2.1"), ...LINES],
      { key: "version", values: { version: "2.1", major: "1", line: 1 } },
      0,
    ],
    [[{ ...JSON.parse(HEADER), source: [] }], { key: "field", values: { field: "source", line: 1 } }, 0],
  ];
  for (const [lines, damage, count] of damages) {
    const found = read(/** @type {any} */ (lines));
    assert.deepEqual(found.damage, damage);
    assert.equal(found.events.length, count);
    assert.deepEqual(read(/** @type {any} */ (lines), 1), found, "however it is cut into pieces");
  }
});

test("kinds and fields that nobody knows are kept", () => {
  const unknown = { ...JSON.parse(LINES[0]), kind: "constructor", more: { than: "known" } };
  const { events, damage } = read([HEADER, unknown]);
  assert.equal(damage?.key, "cut");
  assert.deepEqual(events, [unknown]);
});

test("a packed file that is cut off gives what can be unpacked", async () => {
  const text = textOf("pool").repeat(400);
  const packed = gzipSync(text);
  let got = "";
  await assert.rejects(async () => {
    for await (const block of blocksOf(new Blob([packed.subarray(0, packed.length >> 1)]))) got += block;
  });
  assert.ok(got.endsWith("\n"));
  assert.ok(got.length > text.length / 4);
  assert.equal(got, text.slice(0, got.length));
});

test("a file comes in blocks of whole lines, none of them lost, whatever its lines are like", async () => {
  const lines = Array.from({ length: 3000 }, (_, at) => "é\u{1d11e}x".repeat((at * 7919) % 500));
  lines[1500] = "y".repeat(3 << 20);
  for (const text of [lines.join("\n"), `${lines.join("\n")}\n`, "", "\n\n"]) {
    for (const file of [new Blob([text]), new Blob([gzipSync(text)])]) {
      const blocks = [];
      for await (const block of blocksOf(file)) blocks.push(block);
      assert.equal(blocks.join(""), text);
      assert.ok(blocks.slice(0, -1).every((block) => block.endsWith("\n")));
    }
  }
});
