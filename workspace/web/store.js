/** What this person's page knows: people, channels, messages, threads, what the app is doing, unread marks. */

import * as api from "./api.js";
import { HANDLERS, MESSAGES } from "./events.js";
import { callsFor } from "./people.js";
import { Timeline } from "./timeline.js";

const READ_MS = 150;

/** Whether a message belongs to a thread and is not its parent. */
export const isReply = (message) => Boolean(message.thread_ts && message.thread_ts !== message.ts);
const inTimeline = (message) => !isReply(message) || message.subtype === "thread_broadcast";
const label = (user) => (/\p{Script=Han}/u.test(user.real_name) ? user.real_name : user.name);
const keyOf = (channel, thread) => (thread ? `${channel}/${thread}` : channel);

/**
 * Applies the event stream. Emits `messages` {channel, thread, ts, removed}, `sidebar`, `views`,
 * `home`, `status` {channel, thread}, `prompts` {channel, thread}, `left` {channel} and `log`.
 */
export class Store extends EventTarget {
  constructor(user) {
    super();
    this.handle = user;
    for (const kept of ["timelines", "whispers", "statuses", "sessions", "prompts", "reads"]) {
      this[kept] = new Map();
    }
    Object.assign(this, { freshThreads: new Set(), late: new Set(), reading: new Set(), strangers: new Set() });
  }

  /** Fetch (again) everything but messages. */
  async refresh() {
    const state = await api.state(this.handle);
    Object.assign(this, { team: state.team, me: state.me, app: state.app, home: state.home });
    Object.assign(this, { commands: state.commands ?? [], shortcuts: state.shortcuts ?? [] });
    Object.assign(this, { fileToken: state.file_token, views: state.views ?? [], stoppable: state.stoppable ?? true });
    this.meet(state.users);
    this.channels = new Map(state.channels.map((channel) => [channel.id, channel]));
    this.joinable = state.joinable ?? [];
    this.reads = new Map(Object.entries(state.reads ?? Object.fromEntries(this.reads)));
    this.lastEventId = state.last_event_id ?? 0;
    for (const kept of ["statuses", "sessions", "prompts"]) this[kept] = byPlace(state[kept]);
    for (const kind of ["sidebar", "views", "home", "status", "prompts"]) this.emit(kind);
  }

  meet(users) {
    this.users = new Map(users.map((user) => [user.id, { ...user, label: label(user) }]));
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

  /** Whether a channel is the conversation with the app. */
  isApp(channel) {
    return Boolean(channel) && this.other(channel)?.id === this.app.bot_user_id;
  }

  /** The conversation with the app, or undefined. */
  appChannel() {
    return [...this.channels.values()].find((channel) => this.isApp(channel));
  }

  /** The other parties' names for a direct message, else the channel's. */
  channelName(channel) {
    if (!channel.is_im && !channel.is_mpim) return channel.name;
    const others = channel.members.filter((id) => id !== this.me.id);
    return others.map((id) => this.user(id)?.label ?? id).join(", ") || channel.name;
  }

  /** The channel's name as it is written in a sentence. */
  spokenName(channel) {
    return `${channel.is_im || channel.is_mpim ? "" : "#"}${this.channelName(channel)}`;
  }

  /** Messages of a channel or thread; undefined until they are loaded. */
  timeline(channel, thread) {
    return this.timelines.get(keyOf(channel, thread));
  }

  /** Messages of a channel or thread, oldest first; empty until `load` is done. */
  list(channel, thread) {
    return this.timeline(channel, thread)?.slice() ?? [];
  }

  /** Fetch a channel or thread; events that arrive meanwhile are applied on top. */
  async load(channel, thread) {
    const late = { channel, events: [] };
    this.late.add(late);
    const asked = api.messages(channel, thread, this.handle);
    const { messages } = await asked.finally(() => this.late.delete(late));
    const lasting = messages.filter((message) => !message.is_ephemeral);
    const mine = [...(this.whispers.get(channel)?.values() ?? [])];
    const here = (message) => (thread ? message.thread_ts === thread : inTimeline(message));
    const shown = thread ? lasting : lasting.filter(inTimeline);
    this.timelines.set(keyOf(channel, thread), new Timeline([...shown, ...mine.filter(here)]));
    for (const event of late.events) MESSAGES[event.type](this, event);
    this.emit("sidebar");
  }

  /** Fetch every channel, and every thread that was open, for which `wanted(key)` holds. */
  async loadAll(wanted) {
    const keys = new Set([...this.channels.keys(), ...this.timelines.keys()]);
    for (const key of keys) {
      const [channel, thread] = key.split("/");
      if (!this.channels.has(channel)) this.timelines.delete(key);
      else if (wanted(key)) await this.load(channel, thread);
    }
  }

  /** Apply one event of the stream; applying it twice changes nothing. */
  apply(event) {
    const isMessage = event.type in MESSAGES;
    for (const late of this.late) if (isMessage && late.channel === event.channel) late.events.push(event);
    HANDLERS[event.type]?.(this, event);
  }

  put(channel, message) {
    const thread = message.thread_ts ?? message.ts;
    if (inTimeline(message)) this.set(channel, message);
    this.set(channel, message, thread);
    this.emit("sidebar");
  }

  set(channel, message, thread) {
    this.timeline(channel, thread)?.set(message);
    this.emit("messages", { channel, thread, ts: message.ts });
  }

  /** Show a message that only this person sees, until the page is loaded anew. */
  whisper(channel, message) {
    if (!this.whispers.has(channel)) this.whispers.set(channel, new Map());
    this.whispers.get(channel).set(message.ts, message);
    this.put(channel, message);
  }

  /** Forget a message wherever it is shown. */
  remove(channel, ts) {
    this.whispers.get(channel)?.delete(ts);
    for (const [key, timeline] of this.timelines) {
      const [home, thread] = key.split("/");
      const removed = home === channel && timeline.delete(ts);
      if (removed) this.emit("messages", { channel, thread, ts, removed });
    }
    this.emit("sidebar");
  }

  /** Replace parts of a message wherever it is shown. */
  amend(channel, ts, parts) {
    for (const [key, timeline] of this.timelines) {
      const [home, thread] = key.split("/");
      const message = home === channel && timeline.get(ts);
      if (message) this.set(channel, { ...message, ...parts }, thread);
    }
  }

  /** What of others this person has not read: how many messages, and how many call for them. */
  unread(channel) {
    const room = this.channels.get(channel);
    const direct = room?.is_im || room?.is_mpim;
    const news = (this.timeline(channel)?.after(this.readMark(channel)) ?? []).filter((one) => this.isNews(one));
    const calls = direct ? news : news.filter((message) => callsFor(this.me, message));
    return { count: news.length, calls: calls.length };
  }

  isNews(message) {
    return message.user !== this.me.id && !message.is_ephemeral;
  }

  /** The timestamp up to which a channel is read. */
  readMark(channel) {
    return this.reads.get(channel) ?? "";
  }

  /** Everything in a channel has been seen. */
  markRead(channel) {
    const last = this.timeline(channel)?.slice(-40).findLast((message) => !message.is_ephemeral);
    if (!last || this.held === channel || last.ts <= this.readMark(channel)) return;
    this.reads.set(channel, last.ts);
    this.emit("sidebar");
    this.tellRead(channel);
  }

  /** Let a message and what follows count as news until the channel is opened again. */
  markUnread(channel, ts) {
    const at = this.timeline(channel).place(ts);
    this.held = channel;
    this.reads.set(channel, at ? this.timeline(channel).at(at - 1).ts : "0");
    this.emit("sidebar");
    this.emit("unread", { channel });
    this.tellRead(channel);
  }

  /** Tell the server how far this person has read, a moment later: what comes at once is told at once. */
  tellRead(channel) {
    if (this.reading.has(channel)) return;
    this.reading.add(channel);
    setTimeout(() => {
      this.reading.delete(channel);
      const body = { user: this.handle, channel, ts: this.readMark(channel) };
      if (this.channels.has(channel)) api.read(body).catch(() => {});
    }, READ_MS);
  }

  /** Remember something of a place (a status, a session, prompts) and say that it changed. */
  note(kept, kind, { channel, thread_ts: thread, ...rest }) {
    const key = keyOf(channel, thread);
    this[kept].set(key, { ...this[kept].get(key), ...rest, channel, thread_ts: thread });
    this.emit(kind, { channel, thread });
  }

  /** The app's status of a place: {status, loading_messages}, or undefined. */
  status(channel, thread) {
    const found = this.statuses.get(keyOf(channel, thread));
    return found?.status ? found : undefined;
  }

  /** The agent session of a thread: {session_status, title}, or undefined. */
  session(channel, thread) {
    return this.sessions.get(keyOf(channel, thread));
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

const byPlace = (items) => new Map((items ?? []).map((one) => [keyOf(one.channel, one.thread_ts), one]));
