/** What can be done with a message: the bar that appears over it, its menu, and the same by keys. */

import { el, icon, iconButton, toast } from "./dom.js";
import { canDelete, canEdit, discard } from "./editor.js";
import { emojiOrName } from "./emoji.js";
import { t } from "./i18n.js";
import { openMenu } from "./menu.js";
import { openPicker } from "./picker.js";
import { react } from "./reactions.js";
import { shortcutEntries } from "./shortcuts.js";
import { permalink } from "./typed.js";

const QUICK = ["white_check_mark", "eyes"];

/** The bar over a message; an ephemeral or a system message has none. */
export function actionBar(message, view) {
  if (message.is_ephemeral || message.subtype === "tombstone") return null;
  const { store, channel } = view;
  const smile = (event) => openPicker(event.currentTarget, (name) => react(message, view, name));
  const more = (event) => openMenu(event.currentTarget, entries(message, view), t("Message actions"));
  const href = store.address(channel, message.thread_ts ?? message.ts);
  const label = t("Reply in thread");
  const thread = { class: "icon-button", href, title: label, "aria-label": label, "data-act": "thread" };
  return el(
    "div",
    { class: "message-actions", role: "group", "aria-label": t("Message actions") },
    QUICK.map((name) => quick(name, message, view)),
    iconButton("smile", t("Add a reaction"), smile, { "aria-haspopup": "dialog", "data-act": "react" }),
    !view.inThread && el("a", thread, icon("chat")),
    iconButton("more", t("More message actions"), more, { "aria-haspopup": "menu", "data-act": "more" }),
  );
}

function quick(name, message, view) {
  const label = t("React with {name}", { name });
  const props = { type: "button", class: "icon-button quick", title: label, "aria-label": label };
  return el("button", { ...props, onclick: () => react(message, view, name) }, emojiOrName(name));
}

function entries(message, view) {
  const { store, channel, list } = view;
  const [own, mayDelete] = [canEdit(message, store), canDelete(message, store)];
  const shortcuts = shortcutEntries(store, "message", { channel, ts: message.ts });
  return [
    own && { label: t("Edit message"), hint: "E", run: () => list.edit(message.ts) },
    !view.inThread && { label: t("Mark unread"), hint: "U", run: () => store.markUnread(channel, message.ts) },
    { label: t("Copy link"), run: () => copy(permalink(channel, message)) },
    { label: t("Copy text"), run: () => copy(message.text ?? "") },
    { label: t("Copy timestamp"), hint: message.ts, run: () => copy(message.ts) },
    shortcuts.length && "-",
    ...shortcuts,
    mayDelete && "-",
    mayDelete && { label: t("Delete message…"), hint: "Del", danger: true, run: () => discard(message, view) },
  ];
}

async function copy(text) {
  const done = await navigator.clipboard.writeText(text).then(() => true, () => false);
  toast(done ? t("Copied") : t("The browser did not allow copying."));
}

const KEYS = { t: "thread", r: "react", m: "more", Enter: "more" };

/** Do what a key says with the message that has the focus; whether it said anything. */
export function messageKey(event, article, list) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target !== article) return false;
  const message = list.message(article.dataset.ts);
  const act = KEYS[event.key];
  if (act) article.querySelector(`[data-act=${act}]`)?.click();
  else if (event.key === "e" && message && canEdit(message, list.store)) list.edit(message.ts);
  else if (event.key === "u" && message && !list.thread) list.store.markUnread(list.channel, message.ts);
  else if (event.key === "Delete" && message && canDelete(message, list.store)) discard(message, list);
  else return false;
  return true;
}
