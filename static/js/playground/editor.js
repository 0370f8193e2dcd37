// The playground's editor: a bundle of its own, fetched only by that page. Knows nothing of runs or of the server.

import {
  defaultKeymap,
  history,
  historyKeymap,
  indentWithTab,
  simplifySelection,
} from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import {
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tagHighlighter, tags } from "@lezer/highlight";

/**
 * @typedef {object} Speech what the editor says, in one language
 * @property {string} label
 * @property {Record<string, string>} phrases CodeMirror's own words -> ours
 */
/** @typedef {{from: number, to: number, message: string}} Marked */
/**
 * @typedef {object} Options
 * @property {string} text
 * @property {string} nonce of the page's policy, for the style sheet that the editor writes
 * @property {Speech} speech
 * @property {string} hintId the element that says which keys there are
 * @property {() => void} onRun
 * @property {() => void} onChange
 */

// Escape gives the next Tab to the page. Nobody has to be quick: CodeMirror's own two seconds are not enough for all.
const ESCAPED_MS = 600_000;

/** The same classes as in the Source panel. */
const highlighter = tagHighlighter([
  { tag: [tags.keyword, tags.bool, tags.null, tags.operatorKeyword], class: "py-keyword" },
  { tag: [tags.string, tags.special(tags.string)], class: "py-string" },
  { tag: tags.comment, class: "py-comment" },
  { tag: tags.number, class: "py-number" },
  {
    tag: [
      tags.definition(tags.className),
      tags.function(tags.definition(tags.variableName)),
      tags.function(tags.definition(tags.propertyName)),
    ],
    class: "py-name",
  },
]);

export class Editor {
  /** @param {HTMLElement} host @param {Options} options */
  constructor(host, options) {
    this.options = options;
    this.speech = new Compartment();
    this.view = new EditorView({ parent: host, state: this.#state(options.text) });
  }

  /** @param {string} text */
  #state(text) {
    const { options, speech } = this;
    return EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(options.nonce),
        speech.of(speaking(options.speech, options.hintId)),
        lineNumbers(),
        lintGutter(),
        history(),
        pythonLanguage,
        indentUnit.of("    "),
        EditorState.tabSize.of(4),
        indentOnInput(),
        bracketMatching(),
        highlightSpecialChars(),
        // A class sees all of a line, also in large print.
        EditorView.lineWrapping,
        highlightActiveLine(),
        highlightActiveLineGutter(),
        syntaxHighlighting(highlighter),
        Prec.highest(
          keymap.of([
            { key: "Mod-Enter", run: () => (options.onRun(), true) },
            { key: "Escape", run: letTabLeave },
          ]),
        ),
        keymap.of([...lintKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange();
        }),
      ],
    });
  }

  get text() {
    return this.view.state.doc.toString();
  }

  /** Put another text in place; it can be undone. @param {string} text */
  replace(text) {
    const { view } = this;
    view.dispatch({
      changes: { from: 0, to: view.state.doc.length, insert: text },
      selection: { anchor: 0 },
    });
    view.scrollDOM.scrollTop = 0;
  }

  /** Mark what is wrong, or nothing any more. @param {Marked | null} marked */
  mark(marked) {
    const diagnostics = marked ? [/** @type {const} */ ({ severity: "error", ...marked })] : [];
    this.view.dispatch(setDiagnostics(this.view.state, diagnostics));
  }

  /** Put the cursor somewhere, in sight. @param {number} at */
  goTo(at) {
    this.view.dispatch({
      selection: { anchor: at },
      effects: EditorView.scrollIntoView(at, { y: "center" }),
    });
    this.focus();
  }

  focus() {
    this.view.focus();
  }

  get hasFocus() {
    return this.view.hasFocus;
  }

  /** @param {Speech} speech */
  translate(speech) {
    this.view.dispatch({ effects: this.speech.reconfigure(speaking(speech, this.options.hintId)) });
  }
}

/** @param {Speech} speech @param {string} hintId */
function speaking({ label, phrases }, hintId) {
  return [
    EditorState.phrases.of(phrases),
    EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": hintId }),
  ];
}

/** @param {EditorView} view */
function letTabLeave(view) {
  simplifySelection(view);
  view.setTabFocusMode(ESCAPED_MS);
  return true;
}
