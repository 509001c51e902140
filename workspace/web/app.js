/** The page: reads the address, draws the parts, and feeds them from one event stream. */

import { address, arrive, followPermalinks } from "./address.js";
import * as api from "./api.js";
import { byId, icon, toast } from "./dom.js";
import { drawHeader, drawSideHeader } from "./header.js";
import { Home } from "./home.js";
import { speak, t } from "./i18n.js";
import { listenKeys, openHelp } from "./keys.js";
import { arrows } from "./listkeys.js";
import { Modals } from "./modal.js";
import { Pane } from "./pane.js";
import { Panel } from "./panel.js";
import { listenPreferences } from "./preferences.js";
import { drawSidebar, listenSidebar } from "./sidebar.js";
import { Store } from "./store.js";
import { openSwitcher } from "./switcher.js";

const MAIN = { root: "main", messages: "messages", foot: "status", composer: "composer" };
const SIDE = { root: "thread", messages: "replies", foot: "thread-status", composer: "thread-composer" };

class Page {
  constructor(store) {
    this.store = store;
    this.place = {};
    this.main = new Pane(MAIN, store, false);
    this.side = new Pane(SIDE, store, true);
    this.home = new Home(store);
    this.listen();
  }

  listen() {
    const on = (kind, act) => this.store.addEventListener(kind, ({ detail }) => act(detail));
    on("messages", (change) => this.seen(change));
    on("sidebar", () => this.drawSoon());
    on("status", () => this.side.place.channel && drawSideHeader(this.store, this.side.place));
    on("home", () => this.place.home && this.home.draw());
    on("channel", ({ channel }) => channel === this.place.channel && this.header());
    on("left", ({ channel }) => channel === this.place.channel && this.goFirst());
    addEventListener("hashchange", () => this.route());
    addEventListener("focus", () => this.read());
    const press = (id, mark, act) => {
      if (mark) byId(id).prepend(icon(mark));
      byId(id).addEventListener("click", act);
    };
    press("close-thread", "close", () => this.closeThread());
    press("jump", "search", () => openSwitcher(this.store));
    press("help", "help", openHelp);
    press("show-sidebar", "menu", () => this.showSidebar(true));
    press("agent-toggle", "spark", () => this.toggleAgent());
    press("shade", null, () => this.showSidebar(false));
    press("panel-toggle", "code", () => {});
    arrows(byId("sidebar"), "a[href]");
  }

  showSidebar(on) {
    document.body.classList.toggle("with-sidebar", on);
    if (on) document.querySelector("#sidebar a[aria-current]")?.focus();
  }

  closeThread() {
    location.hash = this.store.address(this.place.channel);
  }

  toggleAgent() {
    location.hash = this.store.address(this.place.channel, this.place.thread === "agent" ? "" : "agent");
  }

  goFirst() {
    location.hash = this.store.address(this.store.channels.keys().next().value);
  }

  /** Go where the address says. Another person is another page. */
  async route() {
    const { hash } = location;
    const { person, channel, thread, at } = address();
    if (person !== this.store.handle) return location.reload();
    this.showSidebar(false);
    if (channel === "home") return this.goHome();
    const known = this.store.channels.has(channel) ? channel : this.store.channels.keys().next().value;
    const here = known === this.place.channel;
    const arrived = here ? true : await this.goChannel(known, !thread);
    if (!arrived || location.hash !== hash) return undefined;
    await this.goThread(thread);
    if (at && location.hash === hash) this.find(at);
    return undefined;
  }

  async goChannel(channel, focus) {
    this.place = { channel };
    this.store.watching = null;
    this.layout();
    const { store } = this;
    store.held = null;
    const newFrom = store.unread(channel).count ? store.readMark(channel) : null;
    if (this.side.place.channel) this.closeSide();
    if (store.isApp(store.channels.get(channel))) api.openHome(store.handle, "messages").catch(() => {});
    if (!(await this.main.open(channel, undefined, { newFrom, focus }))) return false;
    this.read();
    return true;
  }

  async goThread(thread) {
    if (this.place.thread === thread) return;
    this.place.thread = thread;
    this.store.watching = thread;
    byId("agent-toggle").setAttribute("aria-pressed", String(thread === "agent"));
    if (!thread) return this.closeSide(true);
    const where = thread === "agent" ? this.store.appChannel()?.id : this.place.channel;
    if (!where) return undefined;
    byId("thread").hidden = false;
    const root = thread === "agent" ? undefined : thread;
    const opened = this.side.open(where, root);
    drawSideHeader(this.store, this.side.place);
    if (!root) api.context(this.store.handle, this.place.channel).catch(() => {});
    if (!(await opened)) return undefined;
    this.store.freshThreads.delete(thread);
    if (root) this.main.list.update(root);
    return undefined;
  }

  closeSide(refocus = false) {
    const held = byId("thread").contains(document.activeElement);
    byId("thread").hidden = true;
    this.side.close();
    if (held && refocus) this.main.composer.input.focus();
  }

  goHome() {
    this.place = { home: true };
    this.main.close();
    this.closeSide();
    this.layout();
    this.home.open();
  }

  layout() {
    const { home, channel } = this.place;
    for (const id of ["messages", "composer", "status"]) byId(id).hidden = Boolean(home);
    byId("home").hidden = !home;
    byId("agent-toggle").hidden = Boolean(home) || this.store.isApp(this.store.channels.get(channel));
    this.header();
    this.drawSoon();
  }

  header() {
    drawHeader(this.store, this.store.channels.get(this.place.channel));
    drawSidebar(this.store, this.place);
  }

  /** What is on the screen counts as read. */
  seen({ channel, thread }) {
    if (channel !== this.place.channel) return;
    if (!thread) this.read();
  }

  read() {
    if (!this.place.channel || !document.hasFocus()) return;
    this.store.markRead(this.place.channel);
    if (this.side.place.channel) this.store.markRead(this.side.place.channel);
  }

  drawSoon() {
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = null;
      drawSidebar(this.store, this.place);
    });
  }

  /** Bring a message into view, in the thread or the channel. */
  find(ts) {
    const found = (this.place.thread && this.side.list.reveal(ts)) || this.main.list.reveal(ts);
    if (!found) toast(t("This message is not here any more."));
  }

  /** After a lost connection: everything again, in case the server began anew. */
  async again() {
    await this.store.refresh();
    await this.store.loadAll(() => true);
    if (this.place.channel && !this.store.channels.has(this.place.channel)) return this.goFirst();
    for (const pane of [this.main, this.side]) if (pane.place.channel) pane.list.draw();
    return undefined;
  }
}

function connection(up) {
  byId("offline").hidden = up;
  byId("connection").textContent = up ? "" : t("Reconnecting…");
}

async function start() {
  const { person } = address();
  arrive(person);
  const store = new Store(person);
  await store.refresh().catch(elsewhere);
  localStorage.setItem("person", person);
  speak(store.me.locale);
  const page = new Page(store);
  new Modals(byId("modal"), store);
  new Panel(byId("panel"), byId("panel-toggle"), store);
  listenSidebar(store);
  listenPreferences();
  listenKeys(page);
  followPermalinks(store);
  const up = (again) => (connection(true), again && page.again());
  const down = () => connection(false);
  api.follow(person, store.lastEventId, { up, down, event: (event) => store.apply(event) });
  await page.route();
  await store.loadAll((key) => !store.timelines.has(key));
}

/** A person this workspace does not have: start as the first one. */
function elsewhere(error) {
  if (error.code !== "user_not_found") throw error;
  localStorage.removeItem("person");
  location.hash = "";
  location.reload();
  throw error;
}

start().catch((error) => toast(t("The page could not start: {reason}", { reason: error.message })));
