/** Stored text as its author typed it, to edit it: `<@U…>` is `@name` again, `&lt;` is `<`. */

import { unescape } from "./mrkdwn.js";

const REFERENCE = /<(@|#|!)([^<>|\n]+)(?:\|([^<>\n]*))?>/g;

/** What to put into an editor for a message's text. */
export function typed(text, store) {
  const plain = String(text ?? "").replace(REFERENCE, (whole, kind, id, label) => reference(kind, id, label, store) ?? whole);
  return unescape(plain);
}

function reference(kind, id, label, store) {
  if (kind === "@") return `@${store.user(id)?.name ?? label ?? id}`;
  if (kind === "#") return `#${store.channels.get(id)?.name ?? label ?? id}`;
  return ["here", "channel", "everyone"].includes(id) ? `@${id}` : label;
}

/** A permalink of this workspace to a message. */
export function permalink(channel, message) {
  const path = `/archives/${channel}/p${message.ts.replace(".", "")}`;
  const inThread = message.thread_ts && message.thread_ts !== message.ts;
  return location.origin + path + (inThread ? `?thread_ts=${message.thread_ts}&cid=${channel}` : "");
}
