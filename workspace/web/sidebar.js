/** The left side: who is looking, channels, direct messages and the app. */

import { avatar, byId, el, icon, span } from "./dom.js";

/** Draws the sidebar for the current place {channel} or {home: true}. */
export function drawSidebar(store, place) {
  byId("people").replaceChildren(...people(store, place));
  const channels = [...store.channels.values()];
  const rooms = channels.filter((channel) => !channel.is_im);
  const direct = channels.filter((channel) => channel.is_im);
  byId("channels").replaceChildren(...rooms.map((channel) => entry(channel, store, place)));
  byId("directs").replaceChildren(...direct.map((channel) => entry(channel, store, place)));
  byId("apps").replaceChildren(homeEntry(store, place));
}

function people(store, place) {
  const humans = [...store.users.values()].filter((user) => !user.is_bot);
  return humans.map((user) => {
    const props = { class: "person", "data-user": user.name, title: user.real_name };
    const href = `#/${user.name}/${place.home ? "home" : (place.channel ?? "")}`;
    const current = user.id === store.me.id ? "true" : null;
    const inner = [avatar(user.id, user.real_name), span("person-name", user.label)];
    return el("a", { ...props, href, "aria-current": current }, inner);
  });
}

function entry(channel, store, place) {
  const current = place.channel === channel.id;
  const unread = current ? 0 : store.unread(channel.id);
  const name = store.channelName(channel);
  const other = store.other(channel);
  const room = channel.is_private ? "lock" : "hash";
  const mark = other ? avatar(other.id, other.real_name, other.is_bot) : icon(room);
  const label = { class: "unread", "aria-label": `${unread} unread` };
  const count = unread > 0 && el("span", label, unread > 99 ? "99+" : String(unread));
  const props = { href: store.address(channel.id), "data-channel": channel.id };
  props.class = unread ? "place has-unread" : "place";
  return link({ ...props, current }, mark, name, count);
}

function homeEntry(store, place) {
  const props = { class: "place", href: store.address("home"), "data-testid": "home-link" };
  return link({ ...props, current: place.home }, icon("home"), `${store.app.name} home`);
}

function link({ current, ...props }, mark, name, count = null) {
  const here = current ? "page" : null;
  return el("a", { ...props, title: name, "aria-current": here }, mark, span("place-name", name), count);
}
