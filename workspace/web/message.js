/** One message: who, when, text or blocks, files, reactions, replies, and what can be done with it. */

import * as api from "./api.js";
import { missing, renderBlocks } from "./blocks.js";
import { avatar, div, ELSEWHERE, el, icon, iconButton, link, localSrc } from "./dom.js";
import { span, textButton, toast } from "./dom.js";
import { emojiOrName, QUICK_REACTIONS } from "./emoji.js";
import { openMenu } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { shortcutEntries } from "./shortcuts.js";
import { statusLine } from "./status.js";

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** The moment of a message timestamp. */
export const at = (ts) => new Date(Number(ts) * 1000);

/** The article of a message. `view` = {store, channel, scope, inThread, compact}. */
export function messageArticle(message, view) {
  const author = authorOf(message, view.store);
  const flags = [message.is_ephemeral && "ephemeral", view.compact && "compact", author.bot && "from-app"];
  return el(
    "article",
    {
      class: ["message", ...flags.filter(Boolean)].join(" "),
      "data-testid": "message",
      "data-ts": message.ts,
      "data-user": message.user,
      "aria-label": `${author.name}, ${TIME.format(at(message.ts))}`,
    },
    view.compact ? time(message) : avatar(message.user ?? author.name, author.fullName, author.bot),
    div("message-body", !view.compact && byline(message, author), content(message, view)),
    actions(message, view),
  );
}

function authorOf(message, store) {
  const user = store.user(message.user);
  const name = message.username || user?.label || store.app.name;
  const fullName = message.username || user?.real_name || name;
  return { name, fullName, bot: Boolean(message.bot_id || user?.is_bot) };
}

const time = (message) => el("time", { title: FULL.format(at(message.ts)) }, TIME.format(at(message.ts)));

function byline(message, author) {
  const badge = author.bot && el("span", { class: "badge" }, "APP");
  return el("header", {}, el("strong", {}, author.name), badge, time(message));
}

function content(message, view) {
  return [
    message.is_ephemeral && onlyYou(message, view),
    div("message-content", body(message, view), message.edited && span("edited", "(edited)")),
    message.attachments?.map((one) => attachment(one, view)),
    message.files?.map((file) => fileCard(file, view.store)),
    reactions(message, view),
    !view.inThread && threadBar(message, view),
    progress(message, view),
  ];
}

/** The stop button below a message that is being streamed, or below the parent of a busy thread. */
function progress(message, { store, channel, inThread }) {
  const streams = message.streaming_state === "in_progress";
  if (streams) return statusLine(store, channel, message.thread_ts, "is writing…");
  return inThread ? null : statusLine(store, channel, message.ts);
}

function onlyYou(message, { store, channel }) {
  const dismiss = () => store.remove(channel, message.ts);
  return div("only-you", icon("eye"), "Only visible to you", textButton("Dismiss", dismiss));
}

function body(message, view) {
  if (message.blocks?.length) return renderBlocks(message.blocks, view.scope);
  if (!message.text) return null;
  const text = mrkdwn(message.text, view.store);
  return /^(?:channel_|tombstone)/.test(message.subtype ?? "") ? el("em", { class: "system" }, text) : text;
}

function attachment(one, view) {
  const title = one.title && el("strong", {}, one.title_link ? link(one.title_link, one.title) : one.title);
  const text = [one.pretext, one.text].filter(Boolean).join("\n") || one.fallback;
  const inner = one.blocks ? renderBlocks(one.blocks, view.scope) : [title, mrkdwn(text, view.store)];
  return div("attachment", inner);
}

const SIZES = ["B", "KB", "MB", "GB"];

/** A byte count for people. */
export function fileSize(bytes) {
  const power = Math.min(SIZES.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  return `${(bytes / 1024 ** power).toFixed(power && bytes / 1024 ** power < 10 ? 1 : 0)} ${SIZES[power]}`;
}

function fileCard(file, store) {
  const href = localSrc(file.url_private, store.fileToken);
  const name = file.title || file.name;
  const open = { href, ...ELSEWHERE };
  if (!href) return div("file-card", icon("file"), name || "File not available");
  if (!/^image\/(?:png|jpeg|gif|webp)$/.test(file.mimetype ?? "")) {
    const facts = `${(file.filetype || "file").toUpperCase()} · ${fileSize(file.size ?? 0)}`;
    const label = el("span", {}, name, el("small", {}, facts));
    return el("a", { class: "file-card", download: file.name, ...open }, icon("file"), label);
  }
  const size = { width: file.original_w, height: file.original_h };
  const onerror = () => img.replaceWith(missing(name));
  const img = el("img", { src: href, alt: file.alt_txt || name, ...size, onerror });
  return el("figure", { class: "file-image" }, el("figcaption", {}, name), el("a", open, img));
}

function reactions(message, view) {
  if (!message.reactions?.length) return null;
  const chip = ({ name, users, count }) => {
    const mine = users.includes(view.store.me.id);
    const who = users.map((id) => view.store.user(id)?.label ?? id).join(", ");
    const props = { type: "button", class: "reaction", "aria-pressed": String(mine) };
    const onclick = () => react(message, view, name, !mine);
    const title = `${who} · :${name}:`;
    return el("button", { ...props, title, onclick }, emojiOrName(name), ` ${count}`);
  };
  return div("reactions", message.reactions.map(chip));
}

function react(message, { store, channel }, name, add) {
  const refused = (error) => toast(`Reaction refused: ${error.code ?? "no connection"}`);
  return api.react(store.handle, add, { channel, timestamp: message.ts, name }).catch(refused);
}

function threadBar(message, { store, channel }) {
  if (!message.reply_count) return null;
  const count = message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`;
  const last = message.latest_reply && el("small", {}, `Last at ${TIME.format(at(message.latest_reply))}`);
  const name = store.freshThreads.has(message.ts) ? "thread-bar fresh" : "thread-bar";
  const href = store.address(channel, message.ts);
  return el("a", { class: name, href }, icon("chat"), count, last);
}

function actions(message, view) {
  const { store, channel } = view;
  if (message.is_ephemeral) return null;
  const smile = (event) => openMenu(event.currentTarget, QUICK_REACTIONS.map(offer), "Add a reaction");
  const offer = (name) => {
    const run = () => react(message, view, name, true);
    return { label: emojiOrName(name), hint: name, run };
  };
  const more = (event) => openMenu(event.currentTarget, entries(message, view), "Message actions");
  const href = store.address(channel, message.thread_ts ?? message.ts);
  const thread = { class: "icon-button", href, title: "Reply in thread", "aria-label": "Reply in thread" };
  return el(
    "div",
    { class: "message-actions", role: "group", "aria-label": "Message actions" },
    iconButton("smile", "Add a reaction", smile, { "aria-haspopup": "menu" }),
    !view.inThread && el("a", thread, icon("chat")),
    iconButton("more", "More message actions", more, { "aria-haspopup": "menu" }),
  );
}

function entries(message, { store, channel }) {
  const copy = (text) => () => navigator.clipboard.writeText(text);
  return [
    ...shortcutEntries(store, "message", { channel, ts: message.ts }),
    { label: "Copy text", run: copy(message.text ?? "") },
    { label: "Copy timestamp", hint: message.ts, run: copy(message.ts) },
  ];
}
