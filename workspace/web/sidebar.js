/** The left side: who is looking, channels, direct messages and the app. */

import { avatar, byId, el, icon, span } from "./dom.js";
import { t } from "./i18n.js";
import { openMenu } from "./menu.js";
import { browseChannels, createChannel, writeTo } from "./rooms.js";

let drawn = "";

/** Draws the sidebar for the current place {channel} or {home: true}, where anything changed. */
export function drawSidebar(store, place) {
  const channels = [...store.channels.values()].filter((one) => !one.is_archived || one.id === place.channel);
  const entries = channels.map((channel) => facts(channel, store, place));
  const model = JSON.stringify([entries, place.home, store.me.id]);
  if (model === drawn) return;
  drawn = model;
  const held = document.activeElement?.closest("#sidebar")?.contains(document.activeElement) && document.activeElement;
  const href = held && held.getAttribute("href");
  byId("people").replaceChildren(...people(store, place));
  const fill = (id, wanted) => byId(id).replaceChildren(...entries.filter(wanted).map((one) => entry(one, store)));
  fill("channels", (one) => !one.direct);
  fill("directs", (one) => one.direct);
  byId("apps").replaceChildren(homeEntry(store, place));
  if (href) document.querySelector(`#sidebar a[href="${CSS.escape(href)}"]`)?.focus();
}

function people(store, place) {
  const humans = [...store.users.values()].filter((user) => !user.is_bot && !user.deleted);
  return humans.map((user) => {
    const props = { class: "person", "data-user": user.name, title: user.real_name };
    const href = `#/${user.name}/${place.home ? "home" : (place.channel ?? "")}`;
    const current = user.id === store.me.id ? "true" : null;
    const inner = [avatar(user.id, user.real_name), span("person-name", user.label)];
    return el("a", { ...props, href, "aria-current": current }, inner);
  });
}

function facts(channel, store, place) {
  const current = place.channel === channel.id;
  const { count, calls } = current ? { count: 0, calls: 0 } : store.unread(channel.id);
  const direct = Boolean(channel.is_im || channel.is_mpim);
  const other = store.other(channel)?.id;
  const { id, is_private: locked, is_mpim: group, is_archived: archived } = channel;
  return { id, name: store.channelName(channel), current, count, calls, direct, other, locked, group, archived };
}

function entry(one, store) {
  const other = store.user(one.other);
  const kind = one.group ? "group" : one.archived ? "archive" : one.locked ? "lock" : "hash";
  const mark = other ? avatar(other.id, other.real_name, other.is_bot) : icon(kind);
  const spoken = t("{n} unread", { n: one.calls });
  const badge = one.calls > 0 && el("span", { class: "unread", "aria-label": spoken }, one.calls > 99 ? "99+" : String(one.calls));
  const props = { href: store.address(one.id), "data-channel": one.id };
  props.class = one.count ? "place has-unread" : "place";
  const said = one.count && !one.calls ? span("sr-only", t("unread")) : null;
  return link({ ...props, current: one.current }, mark, one.name, badge, said);
}

function homeEntry(store, place) {
  const props = { class: "place", href: store.address("home"), "data-testid": "home-link" };
  return link({ ...props, current: place.home }, icon("home"), t("{app} home", { app: store.app.name }));
}

function link({ current, ...props }, mark, name, ...rest) {
  const here = current ? "page" : null;
  return el("a", { ...props, title: name, "aria-current": here }, mark, el("span", { class: "place-name", dir: "auto" }, name), rest);
}

/** What the + buttons of the sidebar offer. */
export function listenSidebar(store) {
  byId("add-channel").append(icon("plus"));
  byId("add-direct").append(icon("plus"));
  byId("add-channel").addEventListener("click", (event) => {
    const create = { label: t("Create a channel"), run: () => createChannel(store) };
    const browse = { label: t("Browse channels"), run: () => browseChannels(store) };
    openMenu(event.currentTarget, [browse, create], t("Add channels"));
  });
  byId("add-direct").addEventListener("click", () => writeTo(store));
}
