// The markup by which another page shows a lesson or a run: a frame, or the element of static/embed.js. Pure.

/**
 * @typedef {object} Embedding
 * @property {string} origin of the lab
 * @property {string} lesson its slug; "" = none
 * @property {string} run its id; "" = the lesson, ready to be run
 * @property {string} title
 * @property {string} lang "" = the reader's
 * @property {string} theme "" = the reader's
 * @property {string[]} panels
 * @property {string} controls full, basic or none
 * @property {boolean} autoplay
 * @property {number} height in pixels; 0: what its content needs
 */

const DEFAULT_PANELS = ["source", "console", "lanes", "questions"];
const WIDTH_PX = 800;
const HEIGHT_PX = 480;
const SANDBOX =
  "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads";
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };

/** What is not as it would be anyway. @param {Embedding} wanted @returns {[string, string][]} */
function parameters({ lang, theme, panels, controls, autoplay }) {
  const isUsual = panels.join() === DEFAULT_PANELS.join();
  /** @type {[string, string][]} */
  const all = [
    ["lang", lang],
    ["theme", theme],
    ["panels", isUsual ? "" : panels.join(",") || "none"],
    ["autoplay", autoplay ? "1" : ""],
    ["controls", controls === "full" ? "" : controls],
  ];
  return all.filter(([, value]) => value);
}

/** @param {Embedding} wanted @returns {string} the address that the frame shows */
export function addressOf(wanted) {
  const path = wanted.run ? `runs/${wanted.run}` : wanted.lesson;
  const query = new URLSearchParams(parameters(wanted)).toString();
  return `${wanted.origin}/embed/${path}${query && `?${query}`}`;
}

/** As concurrency_lab/web/embeds.py writes it, too. @param {Embedding} wanted @returns {string} */
export function frameMarkup(wanted) {
  return `<iframe ${attributes([
    ["src", addressOf(wanted)],
    ["title", `${wanted.title} – Concurrency Lab`],
    ["width", String(WIDTH_PX)],
    ["height", String(wanted.height || HEIGHT_PX)],
    ["loading", "lazy"],
    ["sandbox", SANDBOX],
    ["allow", "clipboard-write"],
    ["style", "border:0;max-width:100%"],
  ])}></iframe>`;
}

/** What stands inside is shown where the script cannot be had. @param {Embedding} wanted @returns {string} */
export function elementMarkup(wanted) {
  const { origin, run, lesson, title, height } = wanted;
  /** @type {[string, string][]} */
  const what = run ? [["run", run]] : [["lesson", lesson]];
  const values = attributes([
    ...what,
    ["server", origin],
    ["label", `${title} – Concurrency Lab`],
    ...parameters(wanted),
    .../** @type {[string, string][]} */ (height ? [["height", String(height)]] : []),
  ]);
  const link = `<a href="${escaped(origin)}/${run ? `runs/${run}` : `lessons/${lesson}`}">${escaped(title)}</a>`;
  return [
    `<script src="${escaped(origin)}/static/embed.js" async></script>`,
    `<concurrency-lab ${values}>`,
    `  ${link}`,
    "</concurrency-lab>",
  ].join("\n");
}

/** @param {[string, string][]} pairs */
function attributes(pairs) {
  return pairs.map(([name, value]) => `${name}="${escaped(value)}"`).join(" ");
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[&<>"']/g, (sign) => ESCAPES[/** @type {keyof typeof ESCAPES} */ (sign)]);
}
