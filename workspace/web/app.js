/** The page: reads the address, draws the parts, and feeds them from one event stream. */

import * as api from "./api.js";
import { renderBlocks } from "./blocks.js";
import { Composer } from "./composer.js";
import { byId, div, el, icon, toast } from "./dom.js";
import { MessageList } from "./list.js";
import { Modals } from "./modal.js";
import { Panel } from "./panel.js";
import { Scope } from "./scope.js";
import { drawSidebar } from "./sidebar.js";
import { statusLine } from "./status.js";
import { Store } from "./store.js";

/** `#/person/channel/thread` or `#/person/home` as parts. */
function address() {
  const [, person, channel, thread] = decodeURIComponent(location.hash).split("/");
  return { person: person || localStorage.getItem("person") || "ana", channel, thread };
}

const PERMALINK = /^\/archives\/(\w+)\/p(\d+)(\d{6})$/;

/** Turn a permalink's path into the address of its channel or thread; return the message's ts. */
function arrive(person) {
  const [, channel, seconds, rest] = PERMALINK.exec(location.pathname) ?? [];
  if (!channel) return null;
  const thread = new URLSearchParams(location.search).get("thread_ts");
  history.replaceState(null, "", `/#/${person}/${channel}${thread ? `/${thread}` : ""}`);
  return `${seconds}.${rest}`;
}

class Page {
  constructor(store) {
    this.store = store;
    this.place = {};
    this.list = new MessageList(byId("messages"), store);
    this.replies = new MessageList(byId("replies"), store);
    this.composer = new Composer(byId("composer"), store, false);
    this.answer = new Composer(byId("thread-composer"), store, true);
    this.listen();
  }

  listen() {
    const on = (kind, act) => this.store.addEventListener(kind, ({ detail }) => act(detail));
    on("messages", (change) => this.changed(change));
    on("status", ({ channel, thread }) => this.statusChanged(channel, thread));
    on("sidebar", () => this.drawSoon());
    on("home", () => this.place.home && this.drawHome());
    addEventListener("hashchange", () => this.route());
    addEventListener("focus", () => this.read());
    byId("close-thread").append(icon("close"));
    byId("close-thread").addEventListener("click", () => this.closeThread());
    byId("thread").addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) this.closeThread();
    });
  }

  closeThread() {
    location.hash = this.store.address(this.place.channel);
  }

  /** Go where the address says. Another person is another page. */
  async route() {
    const { person, channel, thread } = address();
    if (person !== this.store.handle) return location.reload();
    if (channel === "home") return this.goHome();
    const known = this.store.channels.has(channel) ? channel : this.store.channels.keys().next().value;
    if (known !== this.place.channel) await this.goChannel(known);
    await this.goThread(thread);
  }

  async goChannel(channel) {
    this.place = { channel };
    this.layout();
    const newFrom = this.store.unread(channel) ? this.store.readMark(channel) : null;
    this.list.open(channel, undefined, newFrom);
    const room = this.store.channels.get(channel);
    const name = `${room.is_im ? "" : "#"}${this.store.channelName(room)}`;
    this.composer.open(channel, undefined, `Message ${name}`);
    if (this.isApp(room)) api.openHome(this.store.handle, "messages").catch(() => {});
    await this.store.load(channel);
    if (this.place.channel !== channel) return;
    this.list.draw();
    this.read();
  }

  async goThread(thread) {
    const same = this.place.thread === thread;
    this.place.thread = thread;
    byId("thread").hidden = !thread;
    if (!thread || same) return;
    const { channel } = this.place;
    this.replies.open(channel, thread);
    this.answer.open(channel, thread, "Reply…");
    await this.store.load(channel, thread);
    if (this.place.thread !== thread) return;
    this.store.freshThreads.delete(thread);
    this.replies.draw();
    this.list.update(thread);
    this.statusChanged(channel, thread);
  }

  goHome() {
    this.place = { home: true };
    this.layout();
    byId("thread").hidden = true;
    this.drawHome();
    api.openHome(this.store.handle, "home").catch((error) => toast(`Home was not opened: ${error.code}`));
  }

  drawHome() {
    const view = this.store.home;
    const none = `${this.store.app.name} has not published a home for you yet.`;
    const kept = this.homeScope?.values();
    this.homeScope = new Scope(this.store, { view_id: view?.id }, kept);
    const shown = view ? renderBlocks(view.blocks ?? [], this.homeScope) : div("list-start", none);
    byId("home-body").replaceChildren(shown);
  }

  layout() {
    const { home, channel } = this.place;
    for (const id of ["messages", "composer", "status"]) byId(id).hidden = Boolean(home);
    byId("home").hidden = !home;
    byId("status").replaceChildren();
    this.header(home ? null : this.store.channels.get(channel));
    this.drawSoon();
  }

  header(channel) {
    const direct = !channel || channel.is_im;
    const name = channel ? this.store.channelName(channel) : this.store.app.name;
    const members = channel && !direct ? `${channel.members?.length ?? 0} members` : "";
    byId("place-title").textContent = direct ? name : `# ${name}`;
    byId("place-about").textContent = members;
    document.title = `${name} · Atelier workspace`;
    byId("tabs").replaceChildren(...(direct ? this.tabs(!channel) : []));
  }

  tabs(home) {
    const own = [...this.store.channels.values()].find((one) => this.isApp(one));
    const tab = (text, to, on) => {
      const props = { class: "tab", href: this.store.address(to), "aria-current": on ? "page" : null };
      return el("a", props, text);
    };
    return [own && tab("Messages", own.id, !home), tab("Home", "home", home)].filter(Boolean);
  }

  /** Whether a channel is the conversation with the app. */
  isApp(channel) {
    return this.store.other(channel)?.id === this.store.app.bot_user_id;
  }

  changed({ channel, thread, ts, removed }) {
    if (channel !== this.place.channel) return;
    this.store.freshThreads.delete(this.place.thread);
    if (thread && thread === this.place.thread) this.replies.update(ts, removed);
    if (!thread) this.list.update(ts, removed);
    if (!thread) this.read();
  }

  statusChanged(channel, thread) {
    if (channel !== this.place.channel) return;
    const known = this.store.list(channel).some((message) => message.ts === thread);
    if (known) this.list.update(thread);
    const line = statusLine(this.store, channel, thread);
    if (!known && thread !== this.place.thread) byId("status").replaceChildren(...(line ? [line] : []));
    if (thread === this.place.thread) byId("thread-status").replaceChildren(...(line ? [line] : []));
  }

  read() {
    if (this.place.channel && document.hasFocus()) this.store.markRead(this.place.channel);
  }

  drawSoon() {
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = null;
      drawSidebar(this.store, this.place);
    });
  }

  /** Bring a message into view, in the thread or the channel. */
  find(ts) {
    const row = this.replies.rows.get(ts) ?? this.list.rows.get(ts);
    row?.classList.add("wanted");
    row?.scrollIntoView({ block: "center" });
  }

  /** After a lost connection: everything again, in case the server began anew. */
  async again() {
    await this.store.refresh();
    await this.store.loadAll(() => true);
    if (this.place.channel) this.list.draw();
    if (this.place.thread) this.replies.draw();
  }
}

function connection(up) {
  byId("connection").dataset.state = up ? "up" : "down";
  byId("connection").textContent = up ? "" : "Reconnecting…";
}

async function start() {
  const { person } = address();
  const wanted = arrive(person);
  const store = new Store(person);
  await store.refresh().catch(elsewhere);
  localStorage.setItem("person", person);
  const page = new Page(store);
  new Modals(byId("modal"), store);
  new Panel(byId("panel"), byId("panel-toggle"), store);
  const up = (again) => (connection(true), again && page.again());
  const down = () => connection(false);
  api.follow(person, store.lastEventId, { up, down, event: (event) => store.apply(event) });
  await page.route();
  page.find(wanted);
  await store.loadAll((key) => !store.lists.has(key));
}

/** A person this workspace does not have: start as the first one. */
function elsewhere(error) {
  if (error.code !== "user_not_found") throw error;
  localStorage.removeItem("person");
  location.hash = "";
  location.reload();
  throw error;
}

start().catch((error) => toast(`The page could not start: ${error.message}`));
