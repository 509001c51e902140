/** A conversation on the page: messages, what the app is doing, prompts, a composer. */

import { takeDrops } from "./attachments.js";
import { Composer } from "./composer.js";
import { canEdit } from "./editor.js";
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { MessageList } from "./list.js";
import { promptBox, spend } from "./prompts.js";
import { statusLine } from "./status.js";

/** `ids` = {root, messages, foot, composer}. A pane shows one place {channel, thread} at a time. */
export class Pane {
  constructor(ids, store, inThread) {
    Object.assign(this, { store, place: {}, root: byId(ids.root), foot: byId(ids.foot) });
    this.list = new MessageList(byId(ids.messages), store);
    const on = { editLast: () => this.editLast(), sent: () => this.sent() };
    this.composer = new Composer(byId(ids.composer), store, inThread, on);
    const taker = () => (this.composer.form.hidden || !this.place.channel ? null : this.composer.attachments);
    takeDrops(this.root, taker, () => store.spokenName(this.room));
    const follow = (kind, act) => store.addEventListener(kind, ({ detail }) => this.list.calmly(() => act(detail)));
    follow("messages", (change) => this.changed(change));
    follow("status", ({ channel, thread }) => this.statusChanged(channel, thread));
    follow("unread", ({ channel }) => channel === this.place.channel && this.markUnread());
    follow("prompts", () => this.drawFoot());
    follow("channel", ({ channel }) => channel === this.place.channel && this.openComposer(false));
  }

  get room() {
    return this.store.channels.get(this.place.channel);
  }

  /** Show a channel or thread; resolves when its messages are there. */
  async open(channel, thread, { newFrom = null, focus = true } = {}) {
    const place = { channel, thread };
    this.place = place;
    this.list.open(channel, thread, newFrom);
    this.openComposer(focus);
    this.drawFoot();
    await this.store.load(channel, thread);
    if (this.place !== place) return false;
    this.list.calmly(() => this.list.draw());
    this.drawFoot();
    return true;
  }

  openComposer(focus) {
    const { room } = this;
    const { channel, thread } = this.place;
    const name = this.store.spokenName(room);
    const placeholder = thread ? t("Reply…") : t("Message {name}", { name });
    const closed = room.is_archived ? t("This channel is archived. Nothing can be written here.") : "";
    const direct = room.is_im || room.is_mpim;
    const also = thread && !direct ? t("Also send to {name}", { name }) : "";
    this.composer.open(channel, thread, { placeholder, closed, also, focus });
  }

  close() {
    this.place = {};
  }

  markUnread() {
    if (this.place.thread) return;
    this.list.newFrom = this.store.readMark(this.place.channel);
    this.list.draw();
  }

  changed({ channel, thread, ts, removed }) {
    if (channel !== this.place.channel || thread !== this.place.thread) return;
    if (!document.hasFocus() && this.list.newFrom === null) this.list.newFrom = this.store.readMark(channel) || null;
    this.list.update(ts, removed);
    if (thread) this.drawFoot();
  }

  statusChanged(channel, thread) {
    if (channel && channel !== this.place.channel) return;
    if (thread && !this.place.thread && this.list.message(thread)) this.list.update(thread);
    this.drawFoot();
  }

  drawFoot() {
    const { channel, thread } = this.place;
    if (!channel) return;
    const prompts = promptBox(this.store, this.place, () => this.drawFoot());
    this.foot.replaceChildren(...[this.busy(channel, thread), prompts].filter(Boolean));
  }

  /** What the app does in this thread, or in a place of this channel that has no row of its own. */
  busy(channel, thread) {
    const { store } = this;
    if (thread) return this.streams() ? null : statusLine(store, channel, thread);
    const places = [...store.statuses.values(), ...store.sessions.values()];
    const loose = places.filter((one) => one.channel === channel && !store.timeline(channel)?.get(one.thread_ts));
    return loose.map((one) => statusLine(store, channel, one.thread_ts)).find(Boolean);
  }

  /** Whether a message here is being written: it has a line of its own. */
  streams() {
    return this.list.timeline.slice(-STEP_BACK).some((one) => one.streaming_state === "in_progress");
  }

  sent() {
    this.list.pinned = true;
    this.list.newFrom = null;
    spend(this.store, this.place);
    this.drawFoot();
  }

  /** Edit one's last message here; whether there is one. */
  editLast() {
    const recent = this.list.timeline.slice(-STEP_BACK);
    const last = recent.findLast((message) => canEdit(message, this.store));
    if (last) this.list.edit(last.ts);
    return Boolean(last);
  }
}

const STEP_BACK = 50;
