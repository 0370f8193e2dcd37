// Numbers and times as a person reads them. Units are SI symbols in every language; digits follow the locale.

const UNITS = [
  { symbol: "s", ns: 1e9 },
  { symbol: "ms", ns: 1e6 },
  { symbol: "µs", ns: 1e3 },
  { symbol: "ns", ns: 1 },
];

/** @type {Map<string, Intl.NumberFormat>} making one costs 50 µs, using one 1 µs */
const formats = new Map();

/**
 * @param {string} locale
 * @param {Intl.NumberFormatOptions} options
 */
function formatOf(locale, options) {
  const key = `${locale} ${options.minimumFractionDigits ?? ""} ${options.maximumFractionDigits ?? ""}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, options);
    formats.set(key, format);
  }
  return format;
}

/**
 * Say a duration with about four digits: "1.234 s", "12.3 ms", "45 µs", "7 ns".
 * @param {number} ns
 * @param {string} [locale]
 * @returns {string}
 */
export function formatDuration(ns, locale = "en") {
  const fitting = UNITS.findIndex((unit) => Math.abs(ns) >= unit.ns);
  let at = fitting < 0 ? UNITS.length - 1 : fitting;
  // 999.97 ms is 1 s as soon as it is rounded.
  if (at > 0 && Number((Math.abs(ns) / UNITS[at].ns).toFixed(digitsOf(ns, UNITS[at]))) >= 1000) at -= 1;
  const unit = UNITS[at];
  const format = formatOf(locale, { maximumFractionDigits: digitsOf(ns, unit) });
  return `${format.format(ns / unit.ns)} ${unit.symbol}`;
}

/**
 * @param {number} ns
 * @param {{symbol: string, ns: number}} unit
 */
function digitsOf(ns, unit) {
  const small = Math.abs(ns) < 10 * unit.ns ? 1 : 0;
  return { s: 3, ms: 1 + small, µs: small }[unit.symbol] ?? 0;
}

/**
 * Say an instant of a ruler whose ticks are `stepNs` apart and end at `lastNs`: all ticks get one unit and
 * equally many digits, at most three where that unit is not the smallest.
 * @param {number} ns
 * @param {number} stepNs
 * @param {number} lastNs
 * @param {string} [locale]
 * @returns {string}
 */
export function formatTick(ns, stepNs, lastNs, locale = "en") {
  const smallest = UNITS[UNITS.length - 1];
  const unit = UNITS.find((candidate) => lastNs >= candidate.ns && stepNs * 1000 >= candidate.ns) ?? smallest;
  const digits = Math.max(0, Math.ceil(-Math.log10(stepNs / unit.ns) - 1e-9));
  const format = formatOf(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${format.format(ns / unit.ns)} ${unit.symbol}`;
}

/**
 * @param {number} value
 * @param {string} [locale]
 * @returns {string}
 */
export function formatNumber(value, locale = "en") {
  return formatOf(locale, { maximumFractionDigits: 2 }).format(value);
}

/**
 * Return a round distance of ticks: 1, 2 or 5 times a power of ten, at least `atLeastNs`.
 * @param {number} atLeastNs
 * @returns {number}
 */
export function roundStep(atLeastNs) {
  const power = 10 ** Math.floor(Math.log10(Math.max(atLeastNs, 1)));
  const factor = [1, 2, 5].find((candidate) => candidate * power >= atLeastNs) ?? 10;
  return factor * power;
}

/**
 * A call as it is written: the arguments come as Python shows a tuple, where a single one has a comma behind it.
 * @param {string} name @param {string} tuple
 */
export function callText(name, tuple) {
  return name + tuple.replace(/^\(([^()]*),\)$/, "($1)");
}
