/** Channels as things: browse, join, create, invite, leave, archive; and starting a direct message. */

import * as api from "./api.js";
import { labelled, openDialog } from "./dialog.js";
import { avatar, button, div, el, icon, span, textButton, toast } from "./dom.js";
import { plural, t } from "./i18n.js";
import { arrows } from "./listkeys.js";
import { confirmed } from "./menu.js";
import { others } from "./people.js";
import { complain, problem } from "./problems.js";
import { permalink } from "./typed.js";

const go = (store, channel) => {
  location.hash = store.address(channel);
};

/** What a card leads to may reach the page before its event does. */
function arrived(store, card) {
  store.apply({ type: "channel", channel: card });
  go(store, card.id);
}

/** List the public channels this person is not in; joining leads there. */
export async function browseChannels(store) {
  const { joinable = [] } = await api.state(store.handle).catch(() => ({}));
  store.joinable = joinable;
  const rows = div("pick-list");
  const search = searchField(t("Search channels"), (wanted) => draw(wanted));
  const shown = (wanted) => joinable.filter(({ name, topic }) => `${name} ${topic ?? ""}`.toLowerCase().includes(wanted));
  const draw = (wanted) => {
    const found = shown(wanted).map((room) => joinRow(store, room, () => dialog.close()));
    rows.replaceChildren(...(found.length ? found : [el("p", { class: "none" }, t("There is no other channel to join."))]));
  };
  const create = button(t("Create a channel"), () => (dialog.close(), createChannel(store)));
  const dialog = openDialog({ title: t("Browse channels"), body: [search, rows], footer: [create], testid: "browse" });
  arrows(rows, "button");
  draw("");
}

function joinRow(store, room, close) {
  const join = async () => {
    const joined = await api.join(store.handle, room.id).catch(complain);
    if (!joined) return;
    close();
    arrived(store, joined.channel ?? { ...room, members: [...(room.members ?? []), store.me.id] });
  };
  const count = plural(room.members?.length ?? 0, "1 member", "{n} members");
  const about = el("small", {}, [count, room.topic].filter(Boolean).join(" · "));
  return div("pick-row", icon("hash"), span("pick-name", room.name, about), button(t("Join"), join));
}

/** Ask for a name and whether it is private; leads to the new channel. */
export function createChannel(store) {
  const name = el("input", { class: "field", maxlength: 80, autofocus: true, required: true, "data-testid": "channel-name" });
  const hidden = el("input", { type: "checkbox" });
  const wrong = el("p", { class: "form-problem", role: "alert" });
  const submit = async (event) => {
    event.preventDefault();
    const body = { user: store.handle, name: name.value.trim(), is_private: hidden.checked };
    const made = await api.createChannel(body).catch((error) => error);
    if (!made.channel) return (wrong.textContent = problem(made));
    dialog.close();
    arrived(store, made.channel);
    if (!made.channel.members?.includes(store.app.bot_user_id)) toast(t("Mention or invite {app} to have it here.", { app: store.app.name }));
  };
  const hint = t("Lower-case letters, digits, hyphens; for example plan-budget");
  const choice = el("label", { class: "choice" }, hidden, el("span", {}, t("Private"), el("small", {}, t("Only people who are invited see it."))));
  const form = el("form", { id: "create-channel", onsubmit: submit }, wrong, labelled(t("Name"), name, hint), choice);
  const send = el("button", { type: "submit", class: "button primary", form: "create-channel" }, t("Create"));
  const dialog = openDialog({ title: t("Create a channel"), body: form, footer: [send], testid: "create" });
}

/** Who is in a channel, and what can be done with it. */
export function openDetails(store, room) {
  const members = room.members.map((id) => memberRow(store, room, id, (reply) => again(reply)));
  const again = ({ channel }) => {
    dialog.remove();
    store.apply({ type: "channel", channel });
    openDetails(store, channel);
  };
  const title = store.spokenName(room);
  const list = div("pick-list", members);
  const topic = room.topic && el("p", { class: "topic" }, room.topic);
  const body = [topic, inviteRow(store, room, again), list];
  const footer = footerButtons(store, room, () => dialog.close());
  const dialog = openDialog({ title, body, footer, testid: "details-box" });
}

function memberRow(store, room, id, again) {
  const user = store.user(id);
  const remove = () => api.kick(store.handle, room.id, id).then(again, complain);
  const own = id === store.me.id;
  const off = !own && !room.is_mpim && textButton(t("Remove"), remove);
  const badge = user?.is_bot && el("span", { class: "badge" }, t("APP"));
  const name = span("pick-name", user?.label ?? id, own ? ` (${t("you")})` : "", " ", badge, el("small", {}, user?.real_name));
  return div("pick-row", avatar(id, user?.real_name ?? id, user?.is_bot), name, off);
}

function inviteRow(store, room, again) {
  const absent = [...store.users.values()].filter((user) => !user.deleted && !room.members.includes(user.id));
  if (room.is_mpim || room.is_archived || !absent.length) return null;
  const choose = el("select", { class: "field", "aria-label": t("Person to invite"), "data-testid": "invite" });
  choose.append(...absent.map((user) => el("option", { value: user.id }, `${user.label} — ${user.real_name}`)));
  const invite = () => api.invite(store.handle, room.id, choose.value).then(again, complain);
  return div("invite-row", choose, button(t("Invite"), invite, "primary"));
}

function footerButtons(store, room, close) {
  const copy = () => navigator.clipboard.writeText(permalink(room.id, { ts: "" }).replace(/\/p$/, "")).catch(() => {});
  const leave = () => api.leave(store.handle, room.id).then(close, complain);
  const question = { title: t("Archive this channel?"), text: t("Nobody can write in it any more."), confirm: t("Archive"), style: "danger" };
  const archive = async () => (await confirmed(question)) && api.archive(store.handle, room.id).then(close, complain);
  const admin = store.me.is_admin && !room.is_mpim && !room.is_archived;
  return [
    button(t("Copy link"), copy),
    !room.is_mpim && button(t("Leave channel"), leave),
    admin && button(t("Archive channel"), archive, "danger"),
  ].filter(Boolean);
}

/** Choose one or more people and open the conversation with them. */
export function writeTo(store) {
  const chosen = new Set();
  const app = store.user(store.app.bot_user_id);
  const people = [...others(store), app].filter(Boolean);
  const open = async () => {
    const made = await api.direct(store.handle, [...chosen]).catch(complain);
    if (!made?.channel) return;
    dialog.close();
    arrived(store, made.channel);
  };
  const start = button(t("Open conversation"), open, "primary");
  const pick = (user) => {
    const box = el("input", { type: "checkbox", value: user.id });
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(user.id);
      else chosen.delete(user.id);
      start.disabled = !chosen.size;
    });
    const name = span("pick-name", user.label, " ", user.is_bot && el("span", { class: "badge" }, t("APP")), el("small", {}, user.real_name));
    return el("label", { class: "pick-row" }, box, avatar(user.id, user.real_name, user.is_bot), name);
  };
  start.disabled = true;
  const note = el("p", { class: "hint" }, t("One person is a direct message, several are a group."));
  const dialog = openDialog({ title: t("New message"), body: [note, div("pick-list", people.map(pick))], footer: [start], testid: "write-to" });
}

function searchField(label, changed) {
  const props = { type: "search", class: "field", placeholder: label, "aria-label": label, autofocus: true };
  return el("input", { ...props, oninput: (event) => changed(event.target.value.trim().toLowerCase()) });
}
