// The style sheet and the timeline must draw with the same colours.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { THEMES } from "../../../static/js/timeline/tokens.js";
import { LOOKS } from "../../../static/js/trace/constants.js";

const css = readFileSync(new URL("../../../static/css/themes.css", import.meta.url), "utf8");

/** The custom properties of the rule that has this selector. */
function propertiesOf(selector) {
  const start = css.indexOf(`${selector} {`);
  assert.notEqual(start, -1, `themes.css has no rule for ${selector}`);
  const body = css.slice(start, css.indexOf("}", start));
  return Object.fromEntries(
    [...body.matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value]),
  );
}

const SELECTORS = {
  light: ':root[data-theme="light"]',
  dark: ':root[data-theme="dark"]',
  projector: ':root[data-theme="projector"]',
};

for (const [name, selector] of Object.entries(SELECTORS)) {
  test(`the ${name} theme has the tokens' colours`, () => {
    const properties = propertiesOf(selector);
    for (const token of ["background", "labels", "grid", "border", "text", "muted", "accent", "alarm"]) {
      assert.equal(properties[token]?.toUpperCase(), THEMES[name][token].toUpperCase(), token);
    }
    LOOKS.forEach((look, i) => {
      assert.equal(properties[`look-${look}`]?.toUpperCase(), THEMES[name].looks[i].toUpperCase(), look);
    });
  });
}

test("who follows the desktop into the dark gets exactly the dark theme", () => {
  assert.deepEqual(propertiesOf(':root[data-theme="auto"]'), propertiesOf(SELECTORS.dark));
});
