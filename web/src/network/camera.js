// What can be seen of the picture: all, a part, larger or smaller.

import { box, panel, part, state } from "./state.js";

const LARGEST = 4, SMALLEST = 0.1, FITTING = 1.3; // sizes of the picture
const NEAR = 1.5, PHRASE = 11; // from which size on ties have labels; their pixels
const SLIP = 4; // pixels that a click may move

export function fitting() {
  const [left, top, width, height] = state.places.frame;
  const { clientWidth, clientHeight } = box;
  const isOver = !panel.hidden && getComputedStyle(panel).position === "absolute";
  const covered = isOver ? panel.offsetWidth : 0;
  const scale = Math.min(FITTING, (clientWidth - covered) / width, clientHeight / height);
  const aside = covered / 2 / scale;
  return { x: left + width / 2 + (panel.classList.contains("left") ? -aside : aside), y: top + height / 2, scale };
}

/** Look at a part of the picture. */
export function look(to = state.camera) {
  state.camera = to;
  const { clientWidth, clientHeight } = box;
  const width = clientWidth / state.camera.scale, height = clientHeight / state.camera.scale;
  state.map.setAttribute("viewBox", [state.camera.x - width / 2, state.camera.y - height / 2, width, height].map((n) => n.toFixed(1)).join(" "));
  state.map.classList.toggle("near", state.camera.scale >= NEAR);
  sizePhrases((PHRASE / state.camera.scale).toFixed(2));
}

/** Give the labels of ties a size, unless they have it. */
function sizePhrases(size) {
  if (state.map.querySelector(".phrase")?.getAttribute("font-size") === size) return;
  for (const phrase of state.map.querySelectorAll(".phrase")) phrase.setAttribute("font-size", size);
}

/** Make all larger by a factor, around a place in the box. */
export function zoom(by, x = box.clientWidth / 2, y = box.clientHeight / 2) {
  const scale = Math.max(SMALLEST, Math.min(LARGEST, state.camera.scale * by));
  const way = 1 / state.camera.scale - 1 / scale;
  look({ x: state.camera.x + (x - box.clientWidth / 2) * way, y: state.camera.y + (y - box.clientHeight / 2) * way, scale });
}

/** Bring a thing into the part of the picture that can be seen. */
export function reveal(node) {
  const place = state.places.at.get(node);
  if (!place) return;
  const inside = (middle, at, size) => Math.abs(at - middle) * state.camera.scale < size / 2 - 50;
  const [x, y] = place;
  if (!inside(state.camera.x, x, box.clientWidth) || !inside(state.camera.y, y, box.clientHeight)) look({ ...state.camera, x, y });
}

export function moveWithPointers() {
  const pointers = new Map();
  let isMoved = false;
  state.map.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    if (!pointers.size) isMoved = false;
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
  });
  state.map.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY];
    const dx = now[0] - before[0], dy = now[1] - before[1];
    if (!isMoved && Math.hypot(dx, dy) < SLIP) return;
    isMoved = true;
    state.map.setPointerCapture(event.pointerId);
    const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    pointers.set(event.pointerId, now);
    if (others.length) {
      const far = (place) => Math.hypot(place[0] - others[0][0], place[1] - others[0][1]);
      const { left, top } = box.getBoundingClientRect();
      zoom(far(now) / Math.max(far(before), 1), (now[0] + others[0][0]) / 2 - left, (now[1] + others[0][1]) / 2 - top);
    }
    const share = others.length ? 2 : 1; // each of two fingers moves it by half
    look({ ...state.camera, x: state.camera.x - dx / state.camera.scale / share, y: state.camera.y - dy / state.camera.scale / share });
  });
  for (const name of ["pointerup", "pointercancel"]) {
    state.map.addEventListener(name, (event) => pointers.delete(event.pointerId));
  }
  state.map.addEventListener("click", (event) => {
    if (isMoved) {
      event.stopImmediatePropagation();
      event.preventDefault();
    }
    isMoved = false;
  }, true);
  state.map.addEventListener("dragstart", (event) => event.preventDefault());
  state.map.addEventListener("wheel", (event) => {
    const isIn = event.ctrlKey || part("stage").contains(document.activeElement) || state.chosen;
    if (!isIn) return; // the page is scrolled
    event.preventDefault();
    const { left, top } = box.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.clientX - left, event.clientY - top);
  }, { passive: false });
}
