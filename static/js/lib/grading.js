// Whether a prediction came true: a learner's answer against what a run really came to. Pure.

/** @typedef {string | number | boolean | null} Measured null: the run did not come that far */
/** @typedef {{value: string, text: string, at_least?: number, below?: number}} Option */
/**
 * @typedef {object} Question as the server gives it
 * @property {string} id
 * @property {string} ask
 * @property {string} why
 * @property {"choice" | "number" | "yesno" | "text" | "variant"} type
 * @property {Option[]} options
 * @property {string} in the case whose run it is about
 * @property {"least" | "most" | null} compare
 * @property {boolean} several more than one outcome is possible
 */

/** A measured value as the options write it: as the server does. @param {Measured} value */
export function asAnswer(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  return value ?? "";
}

/** @param {Option} option @param {Measured} value */
export function fits(option, value) {
  const { at_least: low, below: high } = option;
  if (low === undefined && high === undefined) return option.value === asAnswer(value);
  const number = numberOf(value);
  return number >= (low ?? -Infinity) && number < (high ?? Infinity);
}

/** A number that the program printed is text; what is none is NaN. @param {Measured} value */
function numberOf(value) {
  if (typeof value === "string") return value.trim() ? Number(value) : NaN;
  return typeof value === "number" ? value : NaN;
}

/** What was measured, as the question's options write it; "" when the run did not come that far. @param {Question} question @param {Measured} value */
export function outcomeOf(question, value) {
  if (value === null || value === "") return "";
  const option = question.options.find((candidate) => fits(candidate, value));
  return option ? option.value : asAnswer(value);
}

/**
 * Whether an answer says what was measured; `given` is an option's value, or what was typed.
 * @param {Question} question @param {string} given @param {Measured} value not null
 */
export function isRight(question, given, value) {
  if (question.type === "choice") {
    const option = question.options.find((candidate) => candidate.value === given);
    return option !== undefined && fits(option, value);
  }
  if (question.type === "number") return isSameNumber(given, Number(value));
  if (question.type === "text") return plain(given) === plain(asAnswer(value));
  return given === asAnswer(value);
}

/** As exact as it was said: who says 1.2 is right about 1.23. @param {string} given @param {number} value */
function isSameNumber(given, value) {
  const said = given.trim();
  if (said === "" || !Number.isFinite(Number(said))) return false;
  const decimals = /\.(\d+)$/.exec(said)?.[1].length ?? 0;
  return Number(value.toFixed(decimals)) === Number(said);
}

/** Names in an order are the same with commas, with arrows or with blanks between them. @param {string} text */
function plain(text) {
  return text
    .toLowerCase()
    .replace(/[\s,，、;；>→-]+/g, " ")
    .trim();
}

/**
 * The variants whose run came to the least, or the most; none while one of them came to nothing.
 * @param {"least" | "most"} direction @param {Map<string, Measured>} values variant -> what its run came to
 * @returns {string[]}
 */
export function winners(direction, values) {
  const numbers = [...values.values()].map(numberOf);
  if (!numbers.length || numbers.some(Number.isNaN)) return [];
  const best = direction === "least" ? Math.min(...numbers) : Math.max(...numbers);
  return [...values].filter(([, value]) => numberOf(value) === best).map(([variant]) => variant);
}
