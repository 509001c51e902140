/** The quick switcher: type a few letters of a channel or person, Enter goes there. */

import * as api from "./api.js";
import { avatar, div, el, icon, span } from "./dom.js";
import { t } from "./i18n.js";
import { others } from "./people.js";
import { complain } from "./problems.js";
import { target } from "./listkeys.js";

const MOST = 12;

/** Open the switcher in front of the page. */
export function openSwitcher(store) {
  if (document.querySelector(".switcher")) return;
  const state = { at: 0, found: [] };
  const list = el("div", { class: "switch-list", role: "listbox", id: "switch-list", "aria-label": t("Places") });
  const label = t("Jump to a channel or person");
  const props = { type: "search", class: "switch-field", placeholder: label, "aria-label": label, role: "combobox" };
  const input = el("input", { ...props, "aria-controls": "switch-list", "aria-expanded": "true", "data-testid": "switcher" });
  const dialog = el("dialog", { class: "switcher", "aria-label": label }, div("switch-head", icon("search"), input), list);
  const choose = (n) => (dialog.close(), state.found[n]?.go());
  const draw = () => {
    state.found = matches(store, input.value.trim().toLowerCase());
    list.replaceChildren(...state.found.map((one, n) => option(one, n, choose)));
    if (!state.found.length) list.append(el("p", { class: "none" }, t("Nothing has this name.")));
    mark(0);
  };
  const mark = (n) => {
    state.at = n;
    [...list.children].forEach((node, index) => node.setAttribute("aria-selected", String(index === n)));
    input.setAttribute("aria-activedescendant", `switch-${n}`);
    list.children[n]?.scrollIntoView({ block: "nearest" });
  };
  input.addEventListener("input", draw);
  input.addEventListener("keydown", (event) => {
    const to = ["Home", "End"].includes(event.key) ? undefined : target(event.key, state.at, state.found.length);
    if (to !== undefined) mark(to);
    else if (event.key === "Enter") choose(state.at);
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  draw();
  dialog.showModal();
  input.focus();
}

function option(one, n, choose) {
  const props = { class: "switch-row", role: "option", id: `switch-${n}`, onclick: () => choose(n) };
  const badge = one.unread > 0 && span("unread", String(one.unread));
  return el("div", props, one.mark(), span("switch-name", one.name), el("small", {}, one.about), badge);
}

/** Places that fit, unread ones first, then those whose name begins so. */
function matches(store, wanted) {
  const all = [...rooms(store), ...joinable(store), ...strangers(store), home(store)];
  const fits = all.filter(({ words }) => words.toLowerCase().includes(wanted));
  const rank = ({ words, unread }) => (words.toLowerCase().startsWith(wanted) ? 0 : 1) - (unread ? 2 : 0);
  return fits.sort((a, b) => rank(a) - rank(b)).slice(0, MOST);
}

const leadTo = (store, place) => () => {
  location.hash = store.address(place);
};

function rooms(store) {
  return [...store.channels.values()].map((room) => {
    const other = store.other(room);
    const name = store.channelName(room);
    const kind = room.is_mpim ? "group" : room.is_archived ? "archive" : room.is_private ? "lock" : "hash";
    const mark = () => (other ? avatar(other.id, other.real_name, other.is_bot) : icon(kind));
    const about = room.is_archived ? t("archived") : (other?.real_name ?? room.topic ?? "");
    const words = `${name} ${other?.name ?? ""} ${other?.real_name ?? ""}`;
    return { name, words, about, mark, unread: store.unread(room.id).count, go: leadTo(store, room.id) };
  });
}

function joinable(store) {
  const enter = (room) => () =>
    api.join(store.handle, room.id).then(leadTo(store, room.id)).catch(complain);
  const place = (room) => ({ name: room.name, words: room.name, about: t("join this channel"), mark: () => icon("hash"), go: enter(room) });
  return store.joinable.filter((room) => !store.channels.has(room.id)).map(place);
}

/** People without a conversation yet. */
function strangers(store) {
  const known = new Set([...store.channels.values()].map((room) => store.other(room)?.id));
  const begin = (user) => async () => {
    const made = await api.direct(store.handle, [user.id]).catch(complain);
    if (!made?.channel) return;
    store.apply({ type: "channel", channel: made.channel });
    location.hash = store.address(made.channel.id);
  };
  const place = (user) => ({
    name: user.label,
    words: `${user.label} ${user.name} ${user.real_name}`,
    about: t("start a conversation"),
    mark: () => avatar(user.id, user.real_name),
    go: begin(user),
  });
  return others(store).filter((user) => !known.has(user.id)).map(place);
}

function home(store) {
  const name = t("{app} home", { app: store.app.name });
  return { name, words: `${name} home`, about: "", mark: () => icon("home"), go: leadTo(store, "home") };
}
