import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Fold } from "../../../static/js/trace/fold.js";
import { findingText, nameOfFinding } from "../../../static/js/views/findings.js";
import { Words } from "../../../static/js/views/words.js";

const words = (/** @type {string} */ lang) => {
  const path = new URL(`../../../static/i18n/${lang}.json`, import.meta.url);
  return new Words(lang, JSON.parse(readFileSync(path, "utf8")));
};

const step = { form: "step_lock", lane: "A", line: 3, resource: "x", other: "B" };
const deadlock = {
  kind: "finding.made",
  by: "inferred",
  ts_ns: 5,
  code: "deadlock",
  lanes: ["7", "9"],
  text: "as the trace says it",
  args: { form: "deadlock", steps: [step, { ...step, lane: "B", other: "A", line: 0 }] },
};

test("a finding is said in both languages, and marks its lanes", () => {
  const started = { kind: "process.started", by: "probe", ts_ns: 1, pid: 7, ppid: 1, method: "main" };
  const fold = new Fold().feed([started, deadlock]);
  const [finding] = fold.findings;
  assert.equal(
    findingText(words("en"), finding),
    "A waits (line 3) for the lock x, held by B; B waits for the lock x, held by A. None of them can ever go on.",
  );
  assert.equal(
    findingText(words("zh"), finding),
    "A 在等 B 持有的锁 x（第 3 行）；B 在等 A 持有的锁 x。谁也无法继续。",
  );
  assert.equal(nameOfFinding(words("zh"), "lock-held-by-dead"), "锁没有归还");
  assert.deepEqual(fold.lanes.get("7")?.findings, ["deadlock"]);
});

test("a finding that this page does not know is said as the trace says it", () => {
  const fold = new Fold().feed([{ ...deadlock, code: "new-one", args: { form: "new_one" } }]);
  assert.equal(findingText(words("zh"), fold.findings[0]), "as the trace says it");
  assert.equal(nameOfFinding(words("zh"), "new-one"), "new-one");
});

test("each side of a data race is a sentence within the sentence", () => {
  const first = { form: "race_wrote", lane: "A", resource: "balance", line: 3, names: [], file: "bank.py" };
  const args = {
    form: "race",
    first,
    second: { ...first, form: "race_read_locked", lane: "B", names: ["lock"] },
  };
  const said = findingText(words("en"), [5, "data-race", ["7", "9"], "as the trace says it", args]);
  assert.match(
    said,
    /^A wrote balance \(line 3 of bank.py\) without any lock while B read balance .* holding lock, and/,
  );
});
