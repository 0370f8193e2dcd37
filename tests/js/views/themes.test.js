// The style sheet and the timeline must draw with the same colours.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { THEMES } from "../../../static/js/timeline/tokens.js";
import { LOOKS } from "../../../static/js/trace/constants.js";

const css = readFileSync(new URL("../../../static/css/themes.css", import.meta.url), "utf8");

/** The custom properties of all rules that have this selector. */
function propertiesOf(selector) {
  const rules = css.matchAll(/(?:^|\n)([^\n{}]+) \{([^}]*)\}/g);
  const bodies = [...rules].filter((rule) => rule[1] === selector).map((rule) => rule[2]);
  assert.notEqual(bodies.length, 0, `themes.css has no rule for ${selector}`);
  return Object.fromEntries(
    [...bodies.join("\n").matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value]),
  );
}

/** What a value comes to in one of the two schemes. */
function inScheme(value, scheme) {
  const pair = /^light-dark\(([^,]+), ([^)]+)\)$/.exec(value);
  if (!pair) return value;
  return scheme === "light" ? pair[1] : pair[2];
}

const common = propertiesOf(":root");
const THEIRS = {
  light: { properties: common, scheme: "light" },
  dark: { properties: common, scheme: "dark" },
  projector: { properties: { ...common, ...propertiesOf(':root[data-theme="projector"]') }, scheme: "light" },
};

for (const [name, { properties, scheme }] of Object.entries(THEIRS)) {
  test(`the ${name} theme has the tokens' colours`, () => {
    const colourOf = (property) => inScheme(properties[property] ?? "", scheme).toUpperCase();
    for (const token of ["background", "labels", "grid", "border", "text", "muted", "accent", "alarm"]) {
      assert.equal(colourOf(token), THEMES[name][token].toUpperCase(), token);
    }
    LOOKS.forEach((look, i) => {
      assert.equal(colourOf(`look-${look}`), THEMES[name].looks[i].toUpperCase(), look);
    });
  });
}

test("each theme says which scheme its form fields have", () => {
  for (const [name, { scheme }] of Object.entries(THEIRS)) {
    assert.match(css, new RegExp(`:root\\[data-theme="${name}"\\] \\{\\s*color-scheme: ${scheme};`));
  }
});
