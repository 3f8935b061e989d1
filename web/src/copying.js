// Buttons that copy a text of the page; they are hidden until this runs.

/** Copy what an element has as text; without a clipboard select it, and say how to go on. */
async function copy(target, status) {
  try {
    await navigator.clipboard.writeText(target.textContent);
    status.textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(target);
    status.textContent = "Selected; copy it with your keyboard.";
  }
}

/** Show the buttons in a part of the page, each of which names the element that it copies. */
export function showCopyButtons(part) {
  for (const button of part.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const status = button.closest("section").querySelector("[data-copied]");
      status.textContent = "";
      copy(document.getElementById(button.dataset.copy), status);
    });
  }
}
