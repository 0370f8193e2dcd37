import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { LOOKS, REASONS, SOURCES } from "../../static/js/trace/constants.js";
import { Words } from "../../static/js/views/words.js";

const root = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");
const en = JSON.parse(read("static/i18n/en.json"));
const zh = JSON.parse(read("static/i18n/zh.json"));

const sources = ["templates/", "static/js/views/", "static/js/playground/", "static/js/"].flatMap((folder) =>
  readdirSync(new URL(folder, root))
    .filter((name) => /\.(html|js)$/.test(name))
    .map((name) => read(folder + name)),
);
const text = sources.join("\n");

/** Keys that are put together from a prefix: every one of these must exist. */
const FAMILIES = {
  look: LOOKS,
  about: LOOKS,
  reason: REASONS.filter(Boolean),
  brief: REASONS.filter(Boolean),
  by: SOURCES,
  link: ["idle", "connecting", "on", "off", "refused"].flatMap((state) => [state, `about_${state}`]),
  theme: ["light", "dark", "projector"],
  embed: ["what", "form", "lang", "theme", "controls"],
  run: ["start", "starting", "stop", "stopping"],
  level: ["all", "1", "2", "3"],
  question: ["right", "wrong", "shown", "unknown", "yes", "no"],
  compare: ["duration", "cpu", "cores", "lanes", "processes", "threads", "switches", "printed"],
  repeat: [
    "running",
    "waiting",
    "cancelling",
    "cancelled",
    "failed",
    "done",
    "quickest",
    "middle",
    "slowest",
  ],
  switch: ["races", "step"],
  phrase: ["control_character", "selection_deleted", "diagnostics", "no_diagnostics", "close"],
  limit: ["wall_s", "processes", "memory_mb", "output_bytes", "events"],
  finding: [
    "name_deadlock",
    "name_lock_held_by_dead",
    "name_lost_wakeup",
    "name_never_joined",
    "name_zombie_left",
    "name_orphan",
    "name_queue_never_drained",
    "name_daemon_killed_mid_work",
    "name_gil_bound",
  ],
  library: ["running", "queued", "finished", "stopped", "limited", "interrupted", "failed"].map(
    (end) => `end_${end}`,
  ),
  file: ["empty", "no_trace", "version", "line", "field", "gap", "backwards", "cut", "packed", "unreadable"],
  status: ["idle", "starting", "loading", "finished", "stopped", "interrupted", "failed", "limited"],
};

test("both languages have the same keys, and the same places for values", () => {
  assert.deepEqual(Object.keys(zh), Object.keys(en));
  const places = (sentence) => [...sentence.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const key of Object.keys(en)) assert.deepEqual(places(zh[key]), places(en[key]), key);
});

test("no sentence was left in the other language", () => {
  const same = Object.keys(en).filter((key) => en[key] === zh[key] && /[a-z]{4}/.test(en[key]));
  assert.deepEqual(same, ["console.stderr"]);
  for (const [key, sentence] of Object.entries(en)) {
    if (key !== "nav.language_other") assert.doesNotMatch(sentence, /[\u4e00-\u9fff]/, key);
  }
});

test("Chinese is written with Chinese punctuation", () => {
  for (const [key, sentence] of Object.entries(zh))
    assert.doesNotMatch(sentence, /[\u4e00-\u9fff][,:;?!()]/, key);
});

test("every key that the page asks for exists", () => {
  const literal =
    /(?:\bt\(|count\(|data-t(?:-label|-placeholder)?=|data-tab=)\s*["']([a-z_]+\.[a-z_0-9]*[a-z0-9])["']/g;
  const asked = [...text.matchAll(literal)].map(([, key]) => key);
  assert.ok(asked.length > 60, `the search found only ${asked.length} keys`);
  for (const key of asked) assert.ok(key in en || `${key}.other` in en, key);
  for (const [family, names] of Object.entries(FAMILIES)) {
    for (const name of names) assert.ok(`${family}.${name}` in en, `${family}.${name}`);
  }
});

test("every key is asked for somewhere", () => {
  const families = [
    "look",
    "about",
    "reason",
    "brief",
    "by",
    "link",
    "theme",
    "run",
    "level",
    "limit",
    "status",
    "question",
    "compare",
    "repeat",
    "export",
  ];
  const composed = [
    ...families,
    "embed",
    "help",
    "flow",
    "about_flow",
    "table",
    "finding",
    "did",
    "why",
    "ended",
    "thing",
    "phrase",
    "switch",
    "file",
    "library",
  ];
  const unused = Object.keys(en).filter((key) => {
    const plain = key.replace(/\.(one|other)$/, "");
    return !composed.includes(key.split(".")[0]) && !text.includes(plain);
  });
  assert.deepEqual(unused, []);
});

test("counting follows each language's plural, values are put in, and a hole shows its key", () => {
  const english = new Words("en", en);
  assert.equal(english.count("status.events", 1), "1 event");
  assert.equal(english.count("status.events", 1200), "1,200 events");
  assert.equal(new Words("zh", zh).count("status.events", 1), "1 个事件");
  assert.equal(english.t("no.such"), "no.such");
});
