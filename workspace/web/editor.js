/** Editing one's own message in its place: Enter saves, Escape leaves it as it was. */

import * as api from "./api.js";
import { button, div, el } from "./dom.js";
import { t } from "./i18n.js";
import { confirmed } from "./menu.js";
import { complain } from "./problems.js";
import { typed } from "./typed.js";

const SYSTEM = /^(?:channel_|group_|tombstone|bot_)/;
const EDITABLE = [undefined, null, "", "file_share"];

/** Whether this person wrote a message and may change it. */
export function canEdit(message, store) {
  return message.user === store.me.id && !message.bot_id && EDITABLE.includes(message.subtype);
}

/** Whether this person may delete a message: their own, an admin any. */
export function canDelete(message, store) {
  const own = message.user === store.me.id && !SYSTEM.test(message.subtype ?? "");
  return own || Boolean(store.me.is_admin && message.subtype !== "tombstone");
}

/** A form over a message's text; `list` remembers what was typed while the row is drawn anew. */
export function editor(message, { store, channel, list }) {
  list.draft ??= typed(message.text, store);
  const input = el("textarea", { rows: 1, dir: "auto", "aria-label": t("Edit message"), "data-testid": "edit" });
  input.value = list.draft;
  const grow = () => {
    list.draft = input.value;
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight}px`;
  };
  const cancel = () => list.edit(null);
  const save = () => keep(message, input.value.trim(), { store, channel, list });
  input.addEventListener("input", grow);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") cancel();
    else if (event.key === "Enter" && !event.shiftKey) save();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  requestAnimationFrame(() => (grow(), input.focus()));
  return div("editor", input, div("editor-bar", button(t("Cancel"), cancel), button(t("Save"), save, "primary")));
}

async function keep(message, text, { store, channel, list }) {
  if (!text && !message.files?.length) return discard(message, { store, channel }).then(() => list.edit(null));
  if (text !== typed(message.text, store)) {
    const saved = await api.edit({ user: store.handle, channel, ts: message.ts, text }).catch((error) => error);
    if (saved instanceof Error) return complain(saved);
  }
  return list.edit(null);
}

/** Ask, and delete a message. */
export async function discard(message, { store, channel }) {
  const text = t("Are you sure you want to delete this message? This cannot be undone.");
  const yes = { title: t("Delete message"), text, confirm: t("Delete"), deny: t("Cancel"), style: "danger" };
  if (!(await confirmed(yes))) return;
  await api.remove({ user: store.handle, channel, ts: message.ts }).catch(complain);
}
