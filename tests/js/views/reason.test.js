import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Fold } from "../../../static/js/trace/fold.js";
import { Resource } from "../../../static/js/trace/lane.js";
import { reasonText } from "../../../static/js/views/reason.js";
import { Words } from "../../../static/js/views/words.js";

const wordsOf = (lang) =>
  new Words(
    lang,
    JSON.parse(readFileSync(new URL(`../../../static/i18n/${lang}.json`, import.meta.url), "utf8")),
  );

test("the name of what is waited for stands in the sentence, and leaves no hole where it is unknown", () => {
  const fold = new Fold();
  fold.resources.set("q1", new Resource("q1", "queue", "Queue", "letters", 0));
  fold.resources.set("q2", new Resource("q2", "queue", "Queue", "", 0));
  assert.equal(reasonText(wordsOf("en"), fold, "queue_get", "q1"), "an item from the queue letters");
  assert.equal(reasonText(wordsOf("zh"), fold, "queue_get", "q1"), "队列 letters 中的数据");
  assert.equal(reasonText(wordsOf("en"), fold, "queue_get", "q2"), "an item from the queue Queue");
  assert.equal(reasonText(wordsOf("en"), fold, "lock", "gone"), "the lock");
  assert.equal(reasonText(wordsOf("en"), fold, "future", ""), "the result");
  assert.equal(reasonText(wordsOf("zh"), fold, "queue_get", "gone"), "队列中的数据");
  assert.equal(reasonText(wordsOf("en"), fold, "", ""), "");
});
