// Every key that does something is in the help, and the help promises no other.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ACTIONS, WITH_ALT } from "../../../static/js/views/keys.js";

const template = readFileSync(new URL("../../../templates/lab.html", import.meta.url), "utf8");
const [table] = /\{% for keys, about in \[.*?\] %\}/s.exec(template) ?? [""];
const inHelp = new Set([...table.matchAll(/\("([^"]+)", "\w+"\)/g)].flatMap(([, keys]) => keys.split(" ")));

/** How the help writes a key. */
const WRITTEN = {
  " ": "Space",
  "-": "−",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  PageUp: "PgUp",
  PageDown: "PgDn",
  // With Shift: what that writes is another sign on each keyboard.
  R: "⇧R",
  "<": "⇧,",
  ">": "⇧.",
};
/** The same key as +, without Shift. */
const SILENT = ["="];

test("the help lists exactly the keys that do something", () => {
  const keys = Object.keys(ACTIONS).filter((key) => !SILENT.includes(key));
  const signOf = (key) => WRITTEN[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  const written = [...keys.map(signOf), ...Object.keys(WITH_ALT).map((key) => `Alt+${signOf(key)}`)];
  assert.deepEqual([...inHelp].sort(), [...new Set(written)].sort());
});
