// The text of a query: in the textarea of the page at first, and in the editor once that is loaded.

/**
 * What is written in a textarea. `load()` imports the editor, which takes its place when somebody points at
 * the form or writes, or when `upgrade()` is called; `make(editor, text)` puts it there.
 */
export function writing(area, load, make, change) {
  let current = plain(area);
  let upgrading;
  area.addEventListener("input", change);
  area.addEventListener("focus", upgrade);
  area.form.addEventListener("pointerenter", upgrade);
  if (document.activeElement === area) upgrade();

  function upgrade() {
    upgrading ??= load().then(replace).catch((error) => {
      upgrading = undefined; // the textarea stays, and is enough
      console.error(error);
    });
    return upgrading;
  }

  async function replace({ editor }) {
    await composed(area);
    const [hadFocus, from, to] = [document.activeElement === area, area.selectionStart, area.selectionEnd];
    current = make(editor, area.value);
    area.hidden = true;
    if (hadFocus) current.focus(from, to);
  }

  return {
    upgrade,
    get text() {
      return current.text;
    },
    set text(words) {
      current.text = words;
      change();
    },
    focus: () => current.focus(),
    /** Mark a place as wrong, or none. */
    mark(wrong) {
      if (wrong?.line) upgrade().then(() => current.mark(wrong));
      else current.mark();
    },
  };
}

function plain(area) {
  return {
    get text() {
      return area.value;
    },
    set text(words) {
      area.value = words;
    },
    focus: () => area.focus(),
    mark() {},
  };
}

/** Kept when no letter is being put together in a field. */
function composed(area) {
  let isComposing = false;
  return new Promise((resolve) => {
    area.addEventListener("compositionupdate", () => (isComposing = true), { once: true });
    requestAnimationFrame(() => {
      if (!isComposing) return resolve();
      area.addEventListener("compositionend", () => setTimeout(resolve), { once: true });
    });
  });
}
