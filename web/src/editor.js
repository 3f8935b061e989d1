// The editor of SPARQL: CodeMirror in a shadow root, where it needs no style element.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { SparqlLanguage } from "codemirror-lang-sparql";
import { namedOffers, offers, vocabulary } from "./offers.js";
import { offsetOf } from "./sparql.js";

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--visited)", fontWeight: "600" },
  { tag: tags.variableName, color: "var(--link)" },
  { tag: [tags.string, tags.integer, tags.float, tags.bool], color: "var(--bad)" },
  { tag: tags.comment, color: "var(--quiet)" },
]);
const THEME = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--paper)", fontSize: "0.9375rem", maxHeight: "60vh" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { overflow: "auto", lineHeight: "1.5", fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace' },
  ".cm-content": { minHeight: "14rem", caretColor: "var(--ink)" },
  ".cm-gutters.cm-gutters": { minHeight: "14rem !important" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { color: "var(--quiet)", backgroundColor: "var(--panel)", borderRight: "1px solid var(--line)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--mark)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--mark)" },
  ".cm-tooltip": { color: "var(--ink)", backgroundColor: "var(--paper)", border: "1px solid var(--quiet)", borderRadius: "4px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { maxHeight: "16rem", maxWidth: "min(95vw, 40rem)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { color: "var(--ink)", backgroundColor: "var(--mark)" },
  ".cm-completionDetail": { color: "var(--quiet)", fontStyle: "normal", marginLeft: "1rem" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)", textDecorationSkipInk: "none", textUnderlineOffset: "0.2em" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
});

/** Write over what is selected. Chromium would keep its colours, with styles that are not allowed. */
function replaceSelection(event, view) {
  const { from, to, empty } = view.state.selection.main;
  if (event.inputType !== "insertText" || !event.data || event.isComposing || empty) return false;
  event.preventDefault();
  const insert = () => view.state.update(view.state.replaceSelection(event.data), { userEvent: "input.type" });
  const handlers = view.state.facet(EditorView.inputHandler);
  if (!handlers.some((handle) => handle(view, from, to, event.data, insert))) view.dispatch(insert());
  return true;
}

/**
 * An editor in a place of the page. It offers the `prefixes`, the classes and predicates that the promise
 * `learned` gives as `counts` has them, and the things that the promise `search` finds by name, whose IRIs
 * begin with `base`; `run` is called by Ctrl+Enter.
 */
export function editor(place, text, { label, prefixes, base, learned, search, run, change }) {
  let known = vocabulary(prefixes, { classes: [], properties: [] });
  const all = learned.then((found) => found && (known = vocabulary(prefixes, found)));
  const complete = ({ state, pos, explicit }) => {
    const found = () => offers(state.doc.toString(), pos, explicit, known);
    return explicit ? all.then(found) : found(); // who asks for them waits for all of them
  };
  const completeNames = async ({ state, pos }) => namedOffers(state.doc.toString(), pos, await search, prefixes, base);
  const root = place.attachShadow({ mode: "open" });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (run(), true) }])),
        lineNumbers(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        SparqlLanguage,
        syntaxHighlighting(COLOURS),
        autocompletion({ override: [complete, completeNames], icons: false }),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
        EditorView.lineWrapping,
        EditorView.domEventHandlers({ beforeinput: replaceSelection }),
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off" }),
        EditorView.updateListener.of((update) => update.docChanged && change()),
        THEME,
      ],
    }),
  });
  return {
    get text() {
      return view.state.doc.toString();
    },
    set text(words) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: words } });
    },
    /** Take the focus, and select what was selected elsewhere. */
    focus(from, to) {
      if (from !== undefined) view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true });
      view.focus();
    },
    /** Mark a place as wrong, or none. */
    mark(wrong) {
      const marks = [];
      if (wrong?.line) {
        const words = view.state.doc.toString();
        const from = offsetOf(words, wrong.line, wrong.column ?? 1);
        const rest = /^[^\s{}()<>;,]+/.exec(words.slice(from))?.[0].length ?? 1;
        const to = Math.min(words.length, from + rest);
        marks.push({ from: Math.min(from, Math.max(0, to - 1)), to, severity: "error", message: wrong.message });
        view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
      }
      view.dispatch(setDiagnostics(view.state, marks));
    },
  };
}
