/** What stands at the very beginning of a conversation. */

import { avatar, div, el, icon } from "./dom.js";
import { t } from "./i18n.js";

/** The introduction of a channel, as nodes; a thread has none. */
export function opening(store, channel, thread, messages) {
  const room = store.channels.get(channel);
  if (thread || !room) return [];
  const direct = room.is_im || room.is_mpim;
  const name = store.channelName(room);
  const about = direct
    ? t("This is the start of your conversation with {name}.", { name })
    : t("This is the very beginning of {name}.", { name: `#${name}` });
  const app = store.user(store.app.bot_user_id)?.name;
  const asks = store.isApp(room) ? t("Write to it as you would to a colleague, or choose a prompt.") : t("Say hello, mention @{app}, or type / to see what the app can do.", { app });
  const text = [el("h3", { dir: "auto" }, direct ? name : `#${name}`), el("p", {}, about, messages ? "" : ` ${asks}`)];
  return [div("list-start", mark(store, room), div("", text, room.topic && el("p", { class: "topic" }, room.topic)))];
}

function mark(store, room) {
  const other = store.other(room);
  if (other) return avatar(other.id, other.real_name, other.is_bot);
  const name = room.is_mpim ? "group" : room.is_private ? "lock" : "hash";
  return div("intro-mark", icon(name));
}
