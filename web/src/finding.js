// The pages of connections and of timelines where no server answers: what their forms ask is found here.

import { alert, read } from "./elements.js";
import { asked, fill, repeat, root } from "./filling.js";
import { showPaths } from "./finder.js";
import { showTimeline } from "./timeline.js";

document.querySelector('main form[action$="/paths"]')?.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (!value) formData.delete(name); // fields left empty
});
const answer = document.querySelector("[data-found]");
if (answer && (asked.has("from") || asked.has("to"))) {
  fill(answer, async () => {
    const { connections } = document.querySelector('form[action$="/paths"]').dataset;
    repeat("from", "to", "via", "as-of");
    const isMore = Boolean(asked.get("via") || asked.get("as-of"));
    document.querySelector("details.more")?.toggleAttribute("open", isMore);
    if (connections) return showPaths(answer, await read(connections), asked, root);
    const words = "No server is here that could look for this, and the graph is too large for a page.";
    return answer.replaceChildren(alert(words));
  });
}

const timeline = document.querySelector("[data-timeline]");
if (timeline) {
  fill(timeline, (source) => {
    repeat("thing", "since", "until");
    return showTimeline(timeline, asked, source, root);
  });
}
