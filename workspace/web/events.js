/** What each event of the stream does to the store. */

import { learn } from "./people.js";

const put = (store, event) => store.put(event.channel, event.message);
const remove = (store, event) => store.remove(event.channel, event.ts);
const view = (store, event) => store.setView(event.view);
const log = (store, event) => store.emit("log", event);

/** A new reply marks its thread, and one by the app ends the app's status line there. */
function arrived(store, event) {
  const { channel, message } = event;
  const { thread_ts: thread, ts } = message;
  put(store, event);
  learn(store, [message.bot_id ? null : message.user]);
  if (!thread || thread === ts) return;
  if (message.user !== store.me.id && store.watching !== thread) store.freshThreads.add(thread);
  if (message.bot_id) store.note("statuses", "status", { channel, thread_ts: thread, status: "" });
  else store.emit("messages", { channel, ts: thread });
}

/** A channel is new to this person, or changed. */
function channel(store, event) {
  const { id, members } = event.channel;
  if (members && !members.includes(store.me.id)) return;
  learn(store, members ?? []);
  const isNew = !store.channels.has(id);
  store.channels.set(id, event.channel);
  store.emit("sidebar");
  store.emit("channel", { channel: id });
  if (isNew) store.load(id).catch(() => {});
}

function left(store, { channel: id }) {
  store.channels.delete(id);
  for (const key of store.timelines.keys()) if (key.split("/")[0] === id) store.timelines.delete(key);
  store.emit("sidebar");
  store.emit("left", { channel: id });
}

function read(store, { channel: id, ts }) {
  if (ts > store.readMark(id)) store.reads.set(id, ts);
  store.emit("sidebar");
}

function home(store, event) {
  store.home = event.view;
  store.emit("home");
}

/** What events do to the messages themselves; doing it again changes nothing. */
export const MESSAGES = {
  __proto__: null,
  message: put,
  message_changed: put,
  ephemeral: (store, event) => store.whisper(event.channel, event.message),
  message_deleted: remove,
  ephemeral_deleted: remove,
  reaction: (store, event) => store.amend(event.channel, event.ts, { reactions: event.reactions }),
};

export const HANDLERS = {
  ...MESSAGES,
  __proto__: null,
  message: arrived,
  view_opened: view,
  view_pushed: view,
  view_updated: view,
  view_closed: (store, event) => store.closeView(event.view_id),
  envelope: log,
  call: log,
  status: (store, event) => store.note("statuses", "status", { loading_messages: [], ...event }),
  session: (store, event) => store.note("sessions", "status", event),
  prompts: (store, event) => store.note("prompts", "prompts", event),
  channel,
  channel_left: left,
  read,
  home,
};
