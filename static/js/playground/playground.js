// The playground: the editor with its examples, drafts and links, and what the server says of the program in it.

import { Problem } from "../net/api.js";
import { byId, setText } from "../views/dom.js";
import { Drafts } from "./drafts.js";
import { placeOf, rangeOf } from "./mistake.js";

/** @typedef {import("./editor.js").Editor} Editor */
/** @typedef {import("./mistake.js").Mistake} Mistake */
/** @typedef {{slug: string, title: string, code: string}} Example */
/**
 * @typedef {object} Given what the server put into the page
 * @property {string} origin what the program was begun from; "" = nothing
 * @property {string} code
 * @property {string} title
 * @property {Example[]} examples
 * @property {string} nonce
 */
/**
 * @typedef {object} Surroundings the workbench, as far as the playground needs it
 * @property {import("../net/api.js").Api} api
 * @property {import("../views/words.js").Words} words
 * @property {() => void} onRun
 * @property {() => void} onEdit the editor is to be seen
 * @property {(sentence: string) => void} onProblem
 */

const DRAFT_PAUSE_MS = 300;
const EXAMPLE = "example:";
const FIRST_EXAMPLE = "lost-updates";
// CodeMirror's own words.
const PHRASES = ["Control character", "Selection deleted", "Diagnostics", "No diagnostics", "close"];

export class Playground {
  /** @param {Given} given @param {Surroundings} around */
  constructor(given, around) {
    this.given = given;
    this.around = around;
    this.drafts = new Drafts(localStorage);
    /** @type {Mistake | null} */
    this.mistake = null;
    /** @type {Editor | null} until its bundle is there, the plain field is the editor */
    this.editor = null;
    this.plain = /** @type {HTMLTextAreaElement} */ (byId("editor-plain"));
    this.examples = /** @type {HTMLSelectElement} */ (byId("examples"));
    this.link = /** @type {HTMLInputElement} */ (byId("share-link"));
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    const { origin, code } = this.#begin();
    this.origin = origin;
    /** What Reset goes back to. */
    this.original = code;
    this.plain.value = this.drafts.read(origin) ?? code;
    this.#bind();
    this.translate(given);
    this.#load();
  }

  /** What is to be edited: what the address names, else the first example. */
  #begin() {
    const { origin, code, examples } = this.given;
    // The editor knows one kind of line end.
    if (origin) return { origin, code: code.replace(/\r\n?/g, "\n") };
    const asked = new URL(location.href).searchParams.get("example") ?? FIRST_EXAMPLE;
    const example = examples.find(({ slug }) => slug === asked) ?? examples[0];
    return { origin: EXAMPLE + example.slug, code: example.code };
  }

  #bind() {
    this.plain.addEventListener("input", () => this.#changed());
    this.examples.addEventListener("change", () => this.#openExample());
    byId("share").addEventListener("click", () => this.share());
    byId("reset").addEventListener("click", () => this.reset());
    this.link.addEventListener("focus", () => this.link.select());
    addEventListener("pagehide", () => this.#keep());
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.around.onRun();
    });
  }

  async #load() {
    const bundle = new URL("./editor.js", import.meta.url).href;
    /** @type {typeof import("./editor.js")} */
    let found;
    try {
      found = await import(bundle);
    } catch {
      // The plain field does, too.
      return;
    }
    const { plain, around } = this;
    const hadFocus = document.activeElement === plain;
    this.editor = new found.Editor(byId("editor"), {
      text: plain.value,
      nonce: this.given.nonce,
      speech: this.#speech(),
      hintId: "editor-hint",
      onRun: () => around.onRun(),
      onChange: () => this.#changed(),
    });
    plain.remove();
    if (hadFocus) this.editor.focus();
    this.#mark();
  }

  /** The program as it stands. */
  get code() {
    return this.editor?.text ?? this.plain.value;
  }

  get hasFocus() {
    return this.editor?.hasFocus ?? document.activeElement === this.plain;
  }

  focus() {
    this.around.onEdit();
    (this.editor ?? this.plain).focus();
  }

  // -- what is kept --------------------------------------------------------------------------------------

  #changed() {
    this.#forgive();
    this.#forgetLink();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#keep(), DRAFT_PAUSE_MS);
    this.#sayState();
  }

  #keep() {
    clearTimeout(this.timer);
    const { code, original, origin, drafts } = this;
    if (code === original) drafts.forget(origin);
    else if (code !== drafts.read(origin)) drafts.write(origin, code, Date.now());
  }

  #sayState() {
    const isChanged = this.code !== this.original;
    byId("reset").setAttribute("aria-disabled", String(!isChanged));
    setText(byId("editor-state"), isChanged ? this.around.words.t("playground.changed") : "");
  }

  /** Another program is edited from now on. @param {string} origin @param {string} original @param {string} address */
  #moveTo(origin, original, address) {
    this.#keep();
    this.origin = origin;
    this.original = original;
    history.replaceState(null, "", address + location.hash);
    this.#listExamples();
  }

  /** The example that is edited is the chosen one; before them all stands what is none of them. */
  #listExamples() {
    const { origin, given, around } = this;
    const isExample = origin.startsWith(EXAMPLE);
    const isGiven = origin === given.origin && given.title;
    const none = new Option(isGiven ? given.title : around.words.t("playground.own"), "");
    const options = given.examples.map(({ slug, title }) => new Option(title, slug));
    this.examples.replaceChildren(...(isExample ? [] : [none]), ...options);
    this.examples.value = isExample ? origin.slice(EXAMPLE.length) : "";
  }

  /** @param {string} text */
  #write(text) {
    if (this.editor) this.editor.replace(text);
    else this.plain.value = text;
    this.#changed();
  }

  #openExample() {
    const example = this.given.examples.find(({ slug }) => slug === this.examples.value);
    if (!example) return;
    this.#moveTo(EXAMPLE + example.slug, example.code, `/playground?example=${example.slug}`);
    this.#write(this.drafts.read(this.origin) ?? example.code);
  }

  /** Back to the program as it was found; that can be undone in the editor. */
  reset() {
    if (this.code === this.original) return;
    this.#write(this.original);
    this.#keep();
    this.focus();
  }

  // -- a link --------------------------------------------------------------------------------------------

  async share() {
    const { around, code } = this;
    const { api, words } = around;
    const shared = await api.share(code).catch((error) => this.refused(error));
    if (!shared) return;
    this.drafts.forget(this.origin);
    this.original = code;
    this.#moveTo(`snippet:${shared.id}`, code, shared.url);
    this.#sayState();
    this.link.value = new URL(shared.url, location.href).href;
    byId("shared").hidden = false;
    const copied = await navigator.clipboard?.writeText(this.link.value).then(
      () => true,
      () => false,
    );
    setText(byId("shared-text"), words.t(copied ? "playground.copied" : "playground.copy_it"));
    this.link.focus();
  }

  /** What is in the editor is no longer what the link leads to. */
  #forgetLink() {
    if (this.code !== this.original) byId("shared").hidden = true;
  }

  // -- what is wrong -------------------------------------------------------------------------------------

  /** The server did not take the program: show where and why. @param {unknown} error */
  refused(error) {
    if (!(error instanceof Problem)) throw error;
    const { words, onProblem } = this.around;
    const { answer } = error;
    this.mistake = answer.line && answer.words ? /** @type {Mistake} */ (answer) : null;
    onProblem(error.status === 0 ? words.t("error.offline") : error.message || words.t("error.start"));
    if (!this.mistake) return;
    this.around.onEdit();
    this.#mark();
    this.editor?.goTo(placeOf(this.code, this.mistake));
  }

  #mark() {
    const { mistake, editor } = this;
    const message = mistake?.words[this.around.words.lang] ?? "";
    editor?.mark(mistake && { ...rangeOf(this.code, mistake), message });
    const place = byId("mistake");
    place.hidden = !mistake;
    setText(place, message);
  }

  /** It was changed, or is run again: what was said holds no more. */
  #forgive() {
    if (!this.mistake) return;
    this.mistake = null;
    this.#mark();
    this.around.onProblem("");
  }

  /** The program is sent to the server. */
  begin() {
    this.#forgive();
    this.#keep();
  }

  // -- words ---------------------------------------------------------------------------------------------

  #speech() {
    const { words } = this.around;
    const phrases = PHRASES.map((phrase) => [
      phrase,
      words.t(`phrase.${phrase.toLowerCase().replace(" ", "_")}`),
    ]);
    return { label: words.t("playground.editor"), phrases: Object.fromEntries(phrases) };
  }

  /** @param {Given} given the same in the language of the moment */
  translate(given) {
    const { words } = this.around;
    this.given = { ...given, nonce: this.given.nonce };
    this.#listExamples();
    this.plain.setAttribute("aria-label", words.t("playground.editor"));
    this.editor?.translate(this.#speech());
    this.#sayState();
    this.#mark();
    if (this.mistake) this.around.onProblem(this.mistake.words[words.lang] ?? "");
  }
}
