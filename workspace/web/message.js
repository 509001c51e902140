/** One message: who, when, text or blocks, files, reactions, replies, and what can be done with it. */

import { actionBar } from "./actions.js";
import { renderBlocks } from "./blocks.js";
import { avatar, div, el, icon, link, span, textButton } from "./dom.js";
import { editor } from "./editor.js";
import { fileCard } from "./filecard.js";
import { plural, t } from "./i18n.js";
import { mrkdwn, plainText } from "./mrkdwn.js";
import { reactions } from "./reactions.js";
import { statusLine, streamLine } from "./status.js";
import { clock, full, shortClock } from "./times.js";

const SYSTEM = /^(?:channel_|group_|tombstone)/;

/** The article of a message. `view` = {store, channel, list, scope, inThread, compact, editing}. */
export function messageArticle(message, view) {
  const author = authorOf(message, view.store);
  const streams = message.streaming_state === "in_progress";
  const flags = [message.is_ephemeral && "ephemeral", view.compact && "compact", author.bot && "from-app"];
  return el(
    "article",
    {
      class: ["message", ...flags.filter(Boolean)].join(" "),
      tabindex: -1,
      "data-testid": "message",
      "data-ts": message.ts,
      "data-user": message.user,
      "aria-label": `${author.name}, ${clock(message.ts)}`,
      "aria-busy": streams ? "true" : null,
    },
    view.compact ? time(message, shortClock) : avatar(message.user ?? author.name, author.fullName, author.bot),
    div("message-body", !view.compact && byline(message, author), content(message, view)),
    actionBar(message, view),
  );
}

function authorOf(message, store) {
  const user = store.user(message.user);
  const name = message.username || user?.label || (message.bot_id ? store.app.name : (message.user ?? "?"));
  const fullName = message.username || user?.real_name || name;
  return { name, fullName, bot: Boolean(message.bot_id || user?.is_bot) };
}

const time = (message, show = clock) => el("time", { title: full(message.ts) }, show(message.ts));

function byline(message, author) {
  const badge = author.bot && el("span", { class: "badge" }, t("APP"));
  return el("header", {}, el("strong", {}, author.name), badge, time(message));
}

function content(message, view) {
  if (view.editing) return editor(message, view);
  const edited = message.edited && span("edited", t("(edited)"));
  return [
    message.is_ephemeral && onlyYou(message, view),
    message.subtype === "thread_broadcast" && broadcast(message, view),
    div("message-content", body(message, view), edited),
    message.attachments?.map((one) => attachment(one, view)),
    files(message, view),
    reactions(message, view),
    !view.inThread && threadBar(message, view),
    progress(message, view),
  ];
}

function files({ files: shared = [] }, { store }) {
  return shared.length ? div("files", shared.map((file) => fileCard(file, shared, store))) : null;
}

/** The stop button below a message that is being streamed, or below the parent of a busy thread. */
function progress(message, { store, channel, inThread }) {
  const streams = message.streaming_state === "in_progress";
  if (streams) return streamLine(store, channel, message.thread_ts);
  return inThread ? null : statusLine(store, channel, message.ts);
}

function onlyYou(message, { store, channel }) {
  const dismiss = () => store.remove(channel, message.ts);
  return div("only-you", icon("eye"), t("Only visible to you"), textButton(t("Dismiss"), dismiss));
}

/** A reply that also stands in the channel: there it leads to its thread. */
function broadcast(message, { store, channel, inThread }) {
  const room = store.channels.get(channel);
  if (inThread) return div("only-you", icon("chat"), t("Also sent to {name}", { name: room ? store.spokenName(room) : "" }));
  const href = store.address(channel, message.thread_ts);
  return div("only-you", icon("chat"), el("a", { href }, t("replied to a thread")), plainText(message.root?.text ?? ""));
}

function body(message, view) {
  if (message.blocks?.length) return renderBlocks(message.blocks, view.scope);
  if (!message.text) return null;
  const text = mrkdwn(message.text, view.store);
  if (message.subtype === "me_message") return el("em", {}, text);
  return SYSTEM.test(message.subtype ?? "") ? el("em", { class: "system" }, text) : text;
}

function attachment(one, view) {
  const title = one.title && el("strong", {}, one.title_link ? link(one.title_link, one.title) : one.title);
  const text = [one.pretext, one.text].filter(Boolean).join("\n") || one.fallback;
  const inner = one.blocks ? renderBlocks(one.blocks, view.scope) : [title, mrkdwn(text, view.store)];
  return div("attachment", inner);
}

function threadBar(message, { store, channel }) {
  if (!message.reply_count) return null;
  const count = plural(message.reply_count, "1 reply", "{n} replies");
  const faces = (message.reply_users ?? []).slice(0, 3).map((id) => face(store.user(id), id));
  const last = message.latest_reply && el("small", {}, t("Last at {time}", { time: clock(message.latest_reply) }));
  const fresh = store.freshThreads.has(message.ts);
  const props = { class: fresh ? "thread-bar fresh" : "thread-bar", href: store.address(channel, message.ts) };
  const marks = faces.length ? span("faces", faces) : icon("chat");
  return el("a", props, marks, count, last, fresh && span("sr-only", t("New replies")));
}

const face = (user, id) => avatar(id, user?.real_name ?? id, user?.is_bot);
