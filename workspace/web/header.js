/** The line above a conversation: where this is, what it is about, who is in it. */

import { byId, div, el, icon } from "./dom.js";
import { plural, t } from "./i18n.js";
import { openDetails } from "./rooms.js";

/** Draw the header of a channel, or of the app's Home where there is none. */
export function drawHeader(store, channel) {
  const direct = !channel || channel.is_im;
  const name = channel ? store.channelName(channel) : store.app.name;
  const app = !channel || store.isApp(channel);
  const kind = channel?.is_mpim ? "group" : channel?.is_private ? "lock" : "hash";
  byId("place-title").replaceChildren(...(direct ? [] : [icon(kind)]), el("span", { dir: "auto" }, name));
  byId("place-about").textContent = channel?.topic ?? "";
  byId("place-about").title = channel?.topic ?? "";
  document.title = `${name} · ${t("Atelier workspace")}`;
  byId("tabs").replaceChildren(...(app ? tabs(store, !channel) : []));
  byId("place-actions").replaceChildren(...(channel && !app ? [members(store, channel)] : []));
}

function tabs(store, home) {
  const own = store.appChannel();
  const tab = (text, to, on) => {
    const props = { class: "tab", href: store.address(to), "aria-current": on ? "page" : null };
    return el("a", props, text);
  };
  return [tab(t("Home"), "home", home), own && tab(t("Messages"), own.id, !home)].filter(Boolean);
}

function members(store, channel) {
  const count = channel.members?.length ?? 0;
  const label = plural(count, "1 member", "{n} members");
  const props = { type: "button", class: "button quiet", "data-testid": "details", title: t("Channel details") };
  const onclick = () => openDetails(store, store.channels.get(channel.id));
  return el("button", { ...props, onclick, "aria-label": label }, icon("person"), String(count));
}

/** The title of the pane beside the conversation. */
export function drawSideHeader(store, { channel, thread }) {
  const room = store.channels.get(channel);
  const session = thread && store.session(channel, thread);
  const title = thread ? session?.title || t("Thread") : store.channelName(room);
  byId("thread-title").replaceChildren(div("side-title", el("span", { dir: "auto" }, title), state(session?.session_status)));
  byId("thread-about").textContent = thread ? store.spokenName(room) : t("Agent");
}

const STATES = { __proto__: null, processing: "Working", suspended: "Waiting", closed: "Closed" };

function state(name) {
  if (!(name in STATES)) return null;
  return el("span", { class: `session session-${name}`, "data-testid": "session" }, t(STATES[name]));
}
