import assert from "node:assert/strict";
import { test } from "node:test";
import { lineDiff } from "../../static/js/lib/line_diff.js";
import { randomOf } from "./random.js";

test("a changed line is one removed above one that is new", () => {
  const { changed, removed } = lineDiff("a\nif turn:\nb", "a\nwhile turn:\nb");
  assert.deepEqual([...changed], [2]);
  assert.deepEqual([...removed], [[2, ["if turn:"]]]);
});

test("lines removed at the end stand behind the last one", () => {
  assert.deepEqual([...lineDiff("a\nb\nc", "a").removed], [[2, ["b", "c"]]]);
});

test("the same text has no difference, and an empty one is all new", () => {
  assert.equal(lineDiff("a\nb", "a\nb").changed.size, 0);
  assert.deepEqual([...lineDiff("", "a\nb").changed], [1, 2]);
});

test("without what is new and with what was removed, it is the old text again", () => {
  const random = randomOf(7);
  const text = () =>
    Array.from({ length: Math.floor(random() * 12) + 1 }, () => "abcd"[Math.floor(random() * 4)]).join("\n");
  for (let round = 0; round < 300; round += 1) {
    const [before, after] = [text(), text()];
    const { changed, removed } = lineDiff(before, after);
    const now = after.split("\n");
    const old = [...now, ""].flatMap((line, at) => {
      const kept = at < now.length && !changed.has(at + 1) ? [line] : [];
      return [...(removed.get(at + 1) ?? []), ...kept];
    });
    assert.equal(old.join("\n"), before, `${before}\n--\n${after}`);
  }
});
