/** What this person's page knows: people, channels, messages, threads, status lines, unread marks. */

import * as api from "./api.js";

const isReply = (message) => message.thread_ts && message.thread_ts !== message.ts;
const inTimeline = (message) => !isReply(message) || message.subtype === "thread_broadcast";
const label = (user) => (/\p{Script=Han}/u.test(user.real_name) ? user.real_name : user.name);
const threadKey = (channel, ts) => `${channel}/${ts}`;

/**
 * Applies the event stream. Emits `messages` {channel, thread, ts, removed},
 * `sidebar`, `views`, `home`, `status` {channel, thread} and `log` (developer events).
 */
export class Store extends EventTarget {
  constructor(user) {
    super();
    this.handle = user;
    this.lists = new Map();
    this.statuses = new Map();
    this.freshThreads = new Set();
    this.late = new Set();
  }

  /** Fetch (again) everything but messages. */
  async refresh() {
    const state = await api.state(this.handle);
    Object.assign(this, { team: state.team, me: state.me, app: state.app, home: state.home });
    Object.assign(this, { commands: state.commands ?? [], shortcuts: state.shortcuts ?? [] });
    this.fileToken = state.file_token;
    this.users = new Map(state.users.map((user) => [user.id, { ...user, label: label(user) }]));
    this.channels = new Map(state.channels.map((channel) => [channel.id, channel]));
    this.views = state.views ?? [];
    this.lastEventId = state.last_event_id ?? 0;
    for (const kind of ["sidebar", "views", "home"]) this.emit(kind);
  }

  emit(kind, detail = {}) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }

  user(id) {
    return this.users.get(id);
  }

  /** Link to a channel, or to a thread in it, for this person. */
  address(channel, thread) {
    return `#/${this.handle}/${channel}${thread ? `/${thread}` : ""}`;
  }

  /** The other party of a direct message, or undefined. */
  other(channel) {
    return channel.is_im ? this.user(channel.members.find((id) => id !== this.me.id)) : undefined;
  }

  /** The other party's name for a direct message, else the channel's. */
  channelName(channel) {
    return this.other(channel)?.label ?? channel.name;
  }

  /** Messages of a channel or thread, oldest first; empty until `load` is done. */
  list(channel, thread) {
    const found = this.lists.get(thread ? threadKey(channel, thread) : channel);
    return [...(found?.values() ?? [])].sort((a, b) => (a.ts < b.ts ? -1 : 1));
  }

  /** Fetch a channel or thread; events that arrive meanwhile are applied on top. */
  async load(channel, thread) {
    const key = thread ? threadKey(channel, thread) : channel;
    const late = [];
    this.late.add(late);
    const asked = api.messages(channel, thread, this.handle);
    const { messages } = await asked.finally(() => this.late.delete(late));
    const shown = thread ? messages : messages.filter(inTimeline);
    this.lists.set(key, new Map(shown.map((message) => [message.ts, message])));
    for (const event of late) this.apply(event);
    this.emit("sidebar");
  }

  /** Fetch every channel, and every thread that was open, for which `wanted(key)` holds. */
  async loadAll(wanted) {
    const keys = new Set([...this.channels.keys(), ...this.lists.keys()]);
    for (const key of [...keys].filter(wanted)) await this.load(...key.split("/"));
  }

  /** Apply one event of the stream; applying it twice changes nothing. */
  apply(event) {
    for (const late of this.late) late.push(event);
    HANDLERS[event.type]?.(this, event);
  }

  put(channel, message) {
    const thread = message.thread_ts ?? message.ts;
    if (inTimeline(message)) this.set(channel, channel, message);
    this.set(threadKey(channel, thread), channel, message, thread);
    this.emit("sidebar");
  }

  set(key, channel, message, thread) {
    this.lists.get(key)?.set(message.ts, message);
    this.emit("messages", { channel, thread, ts: message.ts });
  }

  /** Forget a message wherever it is shown. */
  remove(channel, ts) {
    for (const [key, list] of this.lists) {
      const [home, thread] = key.split("/");
      const removed = home === channel && list.delete(ts);
      if (removed) this.emit("messages", { channel, thread, ts, removed });
    }
    this.emit("sidebar");
  }

  /** How many messages of others are newer than what this person has read. */
  unread(channel) {
    const read = this.readMark(channel);
    const news = (message) => message.ts > read && message.user !== this.me.id && !message.is_ephemeral;
    return this.list(channel).filter(news).length;
  }

  readMark(channel) {
    return localStorage.getItem(`read/${this.handle}/${channel}`) ?? "";
  }

  markRead(channel) {
    const last = this.list(channel).at(-1);
    if (last) localStorage.setItem(`read/${this.handle}/${channel}`, last.ts);
    this.emit("sidebar");
  }

  setStatus(channel, thread, text) {
    this.statuses.set(threadKey(channel, thread), text);
    this.emit("status", { channel, thread });
  }

  /** The app's status line in a thread, or "". */
  status(channel, thread) {
    return this.statuses.get(threadKey(channel, thread)) ?? "";
  }

  setView(view) {
    const at = this.views.findIndex((known) => known.id === view.id);
    this.views = at < 0 ? [...this.views, view] : this.views.with(at, view);
    this.emit("views");
  }

  closeView(id) {
    this.views = this.views.filter((view) => view.id !== id);
    this.emit("views");
  }
}

const put = (store, event) => store.put(event.channel, event.message);

/** A new reply marks its thread, and one by the app ends the app's status line there. */
function arrived(store, event) {
  const { channel, message } = event;
  put(store, event);
  if (!isReply(message)) return;
  if (message.user !== store.me.id) store.freshThreads.add(message.thread_ts);
  if (message.bot_id) store.setStatus(channel, message.thread_ts, "");
  else store.emit("messages", { channel, ts: message.thread_ts });
}

const remove = (store, event) => store.remove(event.channel, event.ts);
const view = (store, event) => store.setView(event.view);
const log = (store, event) => store.emit("log", event);

const HANDLERS = {
  message: arrived,
  message_changed: put,
  ephemeral: put,
  message_deleted: remove,
  ephemeral_deleted: remove,
  view_opened: view,
  view_pushed: view,
  view_updated: view,
  view_closed: (store, event) => store.closeView(event.view_id),
  envelope: log,
  call: log,
  status: (store, event) => store.setStatus(event.channel, event.thread_ts, event.status ?? ""),
  home(store, event) {
    store.home = event.view;
    store.emit("home");
  },
  channel(store, event) {
    store.channels.set(event.channel.id, event.channel);
    store.emit("sidebar");
  },
  reaction(store, event) {
    for (const [key, list] of store.lists) {
      const [channel, thread] = key.split("/");
      const message = channel === event.channel && list.get(event.ts);
      if (message) store.set(key, channel, { ...message, reactions: event.reactions }, thread);
    }
  },
};
