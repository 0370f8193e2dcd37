// What a frame and the page around it say to each other: the envelope, and who may speak. Pure; docs/embedding.md.

export const SOURCE = "concurrency-lab";
export const VERSION = 1;
/** @typedef {{source: string, version: number, type: string, [detail: string]: unknown}} Envelope */
/** @typedef {{type: string, [detail: string]: any}} Command */

const THEMES = ["auto", "light", "dark", "projector"];
const LANGUAGES = ["en", "zh"];
/** What may be asked of a frame, and which details it takes. @type {Record<string, (detail: Record<string, unknown>) => boolean>} */
const COMMANDS = {
  hello: () => true,
  run: () => true,
  stop: () => true,
  play: () => true,
  pause: () => true,
  step: ({ by = 1, lane = false }) => (by === 1 || by === -1) && typeof lane === "boolean",
  seek: ({ seconds }) => typeof seconds === "number" && Number.isFinite(seconds) && seconds >= 0,
  "set-theme": ({ theme }) => THEMES.includes(String(theme)),
  "set-language": ({ lang }) => LANGUAGES.includes(String(lang)),
};

/** @param {string} type @param {Record<string, unknown>} [detail] @returns {Envelope} */
export function envelope(type, detail = {}) {
  return { ...detail, source: SOURCE, version: VERSION, type };
}

/** The command in a message; null: it is not meant for us, or says nothing that we do. @param {unknown} data @returns {Command | null} */
export function commandIn(data) {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return null;
  const command = /** @type {Envelope} */ (data);
  if (command.source !== SOURCE || command.version !== VERSION || typeof command.type !== "string")
    return null;
  return Object.hasOwn(COMMANDS, command.type) && COMMANDS[command.type](command) ? command : null;
}

/**
 * Whether a page of this origin may speak with us: the same list as in our Content-Security-Policy.
 * @param {string} origin
 * @param {string} own our own origin, which always may
 * @param {string[]} parents origins, `https://*.example.org` for all hosts below one, `*` for everybody
 */
export function allows(origin, own, parents) {
  if (origin === own) return true;
  return parents.some((parent) => {
    if (parent === "*") return /^https?:/.test(origin);
    const [scheme, domain] = parent.split("://*");
    if (domain === undefined) return origin === parent;
    return (
      origin.startsWith(`${scheme}://`) &&
      origin.endsWith(domain) &&
      origin.length > scheme.length + 3 + domain.length
    );
  });
}
