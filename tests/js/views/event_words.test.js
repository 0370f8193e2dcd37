import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { endedBy, isWait } from "../../../static/js/trace/ended_by.js";
import { EventIndex } from "../../../static/js/trace/event_index.js";
import { Fold } from "../../../static/js/trace/fold.js";
import { whyChain } from "../../../static/js/trace/why.js";
import { eventText } from "../../../static/js/views/event_words.js";
import { WhyView } from "../../../static/js/views/why_view.js";
import { Words } from "../../../static/js/views/words.js";
import { goldenEvents, goldenNames } from "../golden.js";

const wordsOf = (lang) =>
  new Words(
    lang,
    JSON.parse(readFileSync(new URL(`../../../static/i18n/${lang}.json`, import.meta.url), "utf8")),
  );

/** @param {string} name */
function momentOf(name) {
  const events = goldenEvents(name);
  const fold = new Fold().feed(events);
  const index = new EventIndex(fold);
  index.feed(events);
  const rows = [...fold.lanes.values()].map((lane) => ({ lane, label: lane.name, depth: 0 }));
  return { index, moment: { fold, ns: fold.endNs, live: true, rows } };
}

const HOLE = /[{}]|undefined|NaN|null| {2}| [,.;]|[\u4e00-\u9fff] [\u4e00-\u9fff]|^(why|ended|did)\./;

for (const name of goldenNames()) {
  test(`${name}: every event, every wait's end and every reason is a sentence without a hole, in both languages`, () => {
    const { index, moment } = momentOf(name);
    for (const words of [wordsOf("en"), wordsOf("zh")]) {
      const why = new WhyView(words, () => {});
      const said = [];
      for (let i = 0; i < index.length; i += 1) {
        if (index.isStep(i, true)) said.push(eventText(words, moment, index.tell(i)));
      }
      for (const lane of moment.fold.lanes.values()) {
        for (let span = 0; span < lane.startNs.length; span += 1) {
          const ns = lane.startNs.data[span];
          if (isWait(lane, span)) said.push(why.causeSentence(moment, endedBy(index, lane, span)).text);
          const chain = whyChain(index, lane.key, ns);
          if (chain) said.push(...why.chainSentences(moment, chain, ns).map(({ text }) => text));
        }
      }
      for (const text of said) assert.doesNotMatch(text, HOLE);
      assert.ok(said.every(Boolean));
    }
  });
}

test("a lock is said as one: taken, taken again, given back once and wholly", () => {
  const { index, moment } = momentOf("threads");
  const words = wordsOf("en");
  const told = index.newestOf("4240.1", ["lock.acquired"], Infinity);
  const say = (more) => eventText(words, moment, { ...told, ...more });
  assert.equal(say({}), "waiter took the lock till (line 25)");
  assert.equal(say({ number: 2 }), "waiter took the lock till once more: 2 times now (line 25)");
  assert.equal(
    say({ kind: "lock.released", number: 1 }),
    "waiter released the lock till once, and still holds it (line 25)",
  );
  assert.equal(say({ kind: "lock.released", number: 0 }), "waiter released the lock till (line 25)");
  assert.equal(say({ obj: "nobody knows it" }), "waiter took the lock (line 25)");
});
