// The form for the day, the certainty and the groups of what is shown.

import { dayNumber, extent, ordinalOf } from "../days.js";
import { form, state, ties } from "./state.js";

/** Take the day and the groups from the form. */
export function readForm() {
  const { day, level, group } = form.elements;
  state.view.day = dayNumber(day.value) === undefined ? "" : day.value;
  state.view.certain = level.value === "certain";
  state.view.without = new Set([...group].filter((input) => !input.checked).map((input) => input.value));
  [state.sure, state.view.at] = [undefined, 0];
}

export function showForm() {
  const { day, slider, level, group } = form.elements;
  const days = extent(ties);
  if (days) [slider.min, slider.max] = days.map(ordinalOf);
  [day.value, level.value] = [state.view.day, state.view.certain ? "certain" : "possible"];
  slider.value = state.view.day ? ordinalOf(state.view.day) : slider.max;
  slider.setAttribute("aria-valuetext", state.view.day || "any day");
  for (const input of group) input.checked = !state.view.without.has(input.value);
}
