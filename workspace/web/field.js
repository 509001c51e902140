/** What all input elements share: their names, what they tell, and when. */

import { plainText } from "./mrkdwn.js";

let serial = 0;

/** Attributes of a control: an id for its label, its action and a spoken name. */
export function common(block, item, fallback) {
  const label = item.accessibility_label || plainText(item.placeholder) || fallback || item.action_id;
  const id = `field-${(serial += 1)}`;
  return { id, "data-action": item.action_id, "data-field": true, "aria-label": label, ...focus(item) };
}

const focus = (item) => (item.focus_on_load ? { "data-focus": true } : {});

/**
 * Register a field and tell the app of its changes. `read` and `write` take and give its part of a
 * state value; a change whose confirmation is declined is written back. `check` finds a mistake.
 */
export function hear(scope, block, item, node, { read, write, check }) {
  let last = read();
  scope.register(block, item, read, check);
  node.addEventListener("change", async () => {
    const taken = await scope.changed(block, item, read());
    if (taken === null) write(last);
    else last = read();
  });
  return node;
}

const PAUSE_MS = 300;

/** Tell the app of typing, as `dispatch_action_config` wants it: on Enter unless it says otherwise. */
export function dispatchTyping(scope, block, item, node, read) {
  if (block.type === "input" && !block.dispatch_action) return;
  const wanted = item.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const tell = () => scope.act(block, item, read());
  if (wanted.includes("on_enter_pressed")) node.addEventListener("keydown", (event) => onEnter(event, tell));
  if (wanted.includes("on_character_entered")) node.addEventListener("input", pausing(tell));
}

function onEnter(event, tell) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  tell();
}

/** A listener that acts when there was no further event for a moment. */
export function pausing(act, pause = PAUSE_MS) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...args), pause);
  };
}
