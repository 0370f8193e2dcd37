import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";

import { InOrder } from "../../../static/js/lib/in_order.js";
import { parseLines, unpack } from "../../../static/js/lib/unpack.js";

test("what is ready waits for what came before it and is not", async () => {
  const order = new InOrder();
  const done = [];
  order.now(() => done.push("first"));
  assert.deepEqual(done, ["first"], "at once");
  /** @type {(value: string) => void} */
  let arrive = () => undefined;
  order.later(new Promise((resolve) => (arrive = resolve)), (value) => done.push(value), assert.fail);
  order.later(Promise.reject(new Error("broken")), assert.fail, () => done.push("failed"));
  order.now(() => done.push("last"));
  assert.deepEqual(done, ["first"]);
  arrive("unpacked");
  await order.last;
  assert.deepEqual(done, ["first", "unpacked", "failed", "last"]);
  order.now(() => done.push("again"));
  assert.equal(done.at(-1), "again", "at once again");
});

test("packed lines are the events again, whatever they hold", async () => {
  const events = [{ seq: 0, text: "a\nb, \u4e2d" }, { seq: 1 }];
  const packed = deflateSync(events.map((event) => JSON.stringify(event)).join("\n"));
  assert.deepEqual(parseLines(await unpack(new Uint8Array(packed))), events);
  assert.deepEqual(parseLines(""), []);
  await assert.rejects(unpack(new Uint8Array([1, 2, 3])));
});
