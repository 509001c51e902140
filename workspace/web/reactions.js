/** Reactions below a message: who gave them, adding one's own, taking it back. */

import * as api from "./api.js";
import { div, el, icon } from "./dom.js";
import { emojiOrName } from "./emoji.js";
import { t } from "./i18n.js";
import { openPicker } from "./picker.js";
import { complain } from "./problems.js";

/** Give a reaction, or take it back. */
export function react(message, { store, channel }, name) {
  return api.react({ user: store.handle, channel, ts: message.ts, name }).catch(complain);
}

/** The chips of a message's reactions and a button for one more; null where there are none. */
export function reactions(message, view) {
  if (!message.reactions?.length) return null;
  const add = (event) => openPicker(event.currentTarget, (name) => react(message, view, name));
  const label = t("Add a reaction…");
  const props = { type: "button", class: "add-reaction", title: label, "aria-label": label };
  const more = el("button", { ...props, "aria-haspopup": "dialog", onclick: add }, icon("smile"));
  return div("reactions", message.reactions.map((one) => chip(one, message, view)), more);
}

function chip({ name, users = [], count }, message, view) {
  const mine = users.includes(view.store.me.id);
  const who = users.map((id) => view.store.user(id)?.label ?? id).join(", ");
  const onclick = () => react(message, view, name);
  const props = { type: "button", class: "reaction", "aria-pressed": String(mine), "data-reaction": name };
  const spoken = t("{who} reacted with {name}", { who, name });
  return el("button", { ...props, title: `${who} · :${name}:`, "aria-label": spoken, onclick }, emojiOrName(name), ` ${count}`);
}
