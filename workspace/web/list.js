/** A scrolling list of messages, for the channel and for the thread pane. */

import { messageKey } from "./actions.js";
import { div, el, icon } from "./dom.js";
import { plural, t } from "./i18n.js";
import { opening } from "./intro.js";
import { target } from "./listkeys.js";
import { messageArticle } from "./message.js";
import { Scope } from "./scope.js";
import { Timeline } from "./timeline.js";
import { day, sameDay } from "./times.js";

const STEP = 150;
const MOST = 450;
const GROUP_S = 300;
const NEAR_PX = 60;
const FOCUSABLE = "article, a[href], button, input, textarea, select, summary, [tabindex='0']";
const NONE = new Timeline();

/** Draws `store.timeline(channel, thread)` into `root` from its end, and follows its changes. */
export class MessageList {
  constructor(root, store) {
    Object.assign(this, { root, store, rows: new Map(), scopes: new Map(), from: 0, to: 0, pinned: true });
    this.inner = root.appendChild(div("list-inner"));
    const latest = () => ((this.pinned = true), this.toEnd());
    this.latest = el("button", { type: "button", class: "latest", hidden: true, onclick: latest }, icon("down"), t("Latest messages"));
    root.append(div("latest-box", this.latest));
    root.addEventListener("scroll", () => this.scrolled());
    root.addEventListener("keydown", (event) => this.key(event));
    this.held = null;
    root.addEventListener("pointerdown", () => (this.held ??= []));
    for (const kind of ["pointerup", "pointercancel"]) window.addEventListener(kind, () => setTimeout(() => this.release()));
    new ResizeObserver(() => this.calmly(() => this.pinned && this.toEnd())).observe(this.inner);
  }

  /** Draw or move something, but never between the press and the click: the click would be lost. */
  calmly(act) {
    if (this.held) this.held.push(act);
    else act();
  }

  release() {
    const held = this.held ?? [];
    this.held = null;
    for (const act of held) act();
  }

  get timeline() {
    return this.store.timeline(this.channel, this.thread) ?? NONE;
  }

  message(ts) {
    return this.timeline.get(ts);
  }

  /** Only a person scrolls up; content that grows must not count as leaving the end. */
  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.root;
    const below = scrollHeight - scrollTop - clientHeight;
    if (below < NEAR_PX && this.atEnd) this.pinned = true;
    else if (scrollTop < this.lastTop) this.pinned = false;
    this.lastTop = scrollTop;
    this.latest.hidden = this.pinned;
    if (scrollTop < 2 * NEAR_PX && this.from > 0 && !this.pinned) this.earlier();
    else if (below < 2 * NEAR_PX && !this.atEnd) this.later();
  }

  toEnd() {
    if (!this.atEnd) this.show(this.timeline.length - STEP, this.timeline.length);
    this.root.scrollTop = this.root.scrollHeight;
    this.latest.hidden = true;
  }

  /** Show another channel or thread from its end; `newFrom` marks what was not read yet. */
  open(channel, thread, newFrom = null) {
    Object.assign(this, { channel, thread, newFrom, pinned: true, editing: null, draft: null });
    this.scopes.clear();
    this.show(this.timeline.length - STEP, this.timeline.length);
  }

  /** Draw everything again: what was drawn, and what came since where that was the end. */
  draw() {
    const { length } = this.timeline;
    if (this.atEnd) this.show(length - Math.max(STEP, this.rows.size), length);
    else this.show(this.from, Math.min(this.to, length));
  }

  /** Draw the messages from one index up to another. */
  show(from, to) {
    Object.assign(this, { from: Math.max(0, from), to, atEnd: to === this.timeline.length });
    this.root.setAttribute("aria-busy", "true");
    this.rows = new Map(this.made(this.from, to));
    this.inner.replaceChildren(...this.start(), ...this.rows.values());
    if (this.pinned) this.toEnd();
    requestAnimationFrame(() => this.root.removeAttribute("aria-busy"));
  }

  /** What stands above the first message, once it is drawn. */
  start() {
    const known = this.store.timeline(this.channel, this.thread);
    return this.from || !known ? [] : opening(this.store, this.channel, this.thread, known.length);
  }

  made(from, to) {
    const { timeline } = this;
    const before = from ? timeline.at(from - 1) : undefined;
    const messages = timeline.slice(from, to);
    return messages.map((message, n) => [message.ts, this.row(message, n ? messages[n - 1] : before)]);
  }

  /** A message came, changed or went. */
  update(ts, removed) {
    const { timeline } = this;
    const index = timeline.place(ts);
    if (removed || !timeline.get(ts)) return this.draw();
    const comes = !this.rows.has(ts);
    if (comes && (index !== timeline.length - 1 || !this.atEnd)) return this.missed(index);
    const row = this.row(timeline.get(ts), index ? timeline.at(index - 1) : undefined);
    if (comes) this.inner.append(row);
    else swap(this.rows.get(ts), row);
    this.rows.set(ts, row);
    if (comes) this.to = timeline.length;
    this.inner.querySelector(".divider.replies")?.replaceWith(count(this));
    if (!this.pinned) return undefined;
    return this.rows.size > MOST ? this.show(timeline.length - STEP, timeline.length) : this.toEnd();
  }

  /** A message that has no row: outside of what is drawn it needs none. */
  missed(index) {
    if (index > this.from && index < this.to) this.draw();
  }

  row(message, previous) {
    const kept = this.scopes.get(message.ts)?.values();
    const scope = new Scope(this.store, { channel: this.channel, ts: message.ts }, kept);
    this.scopes.set(message.ts, scope);
    const editing = this.editing === message.ts;
    const compact = follows(message, previous) && !this.isNew(message, previous);
    const { store, channel } = this;
    const view = { store, channel, list: this, scope, inThread: Boolean(this.thread), compact, editing };
    return div("row", this.dividers(message, previous), messageArticle(message, view));
  }

  dividers(message, previous) {
    const fresh = this.isNew(message, previous) && divider("divider new", t("New"));
    if (previous && this.thread && previous.ts === this.thread) return [count(this), fresh];
    if (this.thread || (previous && sameDay(message.ts, previous.ts))) return [fresh];
    return [divider("divider", day(message.ts)), fresh];
  }

  isNew(message, previous) {
    if (this.newFrom === null || message.ts <= this.newFrom) return false;
    return this.store.isNews(message) && !(previous?.ts > this.newFrom);
  }

  /** Draw a page of earlier messages above, and let go of the latest where there are too many. */
  earlier() {
    const was = this.from;
    const anchor = this.rows.get(this.timeline.at(was).ts);
    this.from = Math.max(0, was - STEP);
    const made = this.made(this.from, was);
    for (const [ts, row] of made) this.rows.set(ts, row);
    this.hold(anchor, () => {
      anchor.before(...this.start(), ...made.map(([, row]) => row));
      this.forget(this.from + MOST, this.to);
    });
    this.update(this.timeline.at(was).ts);
    this.to = Math.min(this.to, this.from + MOST);
    this.atEnd = this.to === this.timeline.length;
  }

  /** The same below. */
  later() {
    const was = this.to;
    const anchor = this.rows.get(this.timeline.at(was - 1).ts);
    this.to = Math.min(this.timeline.length, was + STEP);
    this.atEnd = this.to === this.timeline.length;
    const made = this.made(was, this.to);
    for (const [ts, row] of made) this.rows.set(ts, row);
    const from = Math.max(this.from, this.to - MOST);
    this.hold(anchor, () => {
      this.inner.append(...made.map(([, row]) => row));
      this.forget(this.from, from);
      if (from > this.from) this.inner.querySelector(".list-start")?.remove();
    });
    this.from = from;
  }

  forget(from, to) {
    for (const { ts } of from < to ? this.timeline.slice(from, to) : []) {
      this.rows.get(ts)?.remove();
      this.rows.delete(ts);
    }
  }

  /** Change what is around a row without moving the row on the screen. */
  hold(anchor, change) {
    const top = anchor.offsetTop;
    change();
    this.root.scrollTop += anchor.offsetTop - top;
    this.lastTop = this.root.scrollTop;
  }

  /** Bring a message into view and mark it; whether it is here. */
  reveal(ts) {
    if (!this.message(ts)) return false;
    const index = this.timeline.place(ts);
    this.pinned = false;
    if (!this.rows.has(ts)) this.show(index - STEP / 2, Math.min(this.timeline.length, index + STEP / 2));
    for (const row of this.inner.querySelectorAll(".wanted")) row.classList.remove("wanted");
    const row = this.rows.get(ts);
    row.classList.add("wanted");
    row.scrollIntoView({ block: "center" });
    return true;
  }

  /** Edit a message in its place, or stop editing with null. */
  edit(ts) {
    const before = this.editing;
    Object.assign(this, { editing: ts, draft: null });
    for (const one of [before, ts]) if (one && this.message(one)) this.update(one);
    if (!ts && before) this.article(before)?.focus();
    if (ts) this.rows.get(ts)?.scrollIntoView({ block: "nearest" });
  }

  article(ts) {
    return this.rows.get(ts)?.querySelector("article");
  }

  /** Arrow keys move from message to message; letters act on the one that has the focus. */
  key(event) {
    const article = event.target.closest("article");
    if (event.target !== this.root && event.target !== article) return;
    if (article && messageKey(event, article, this)) return event.preventDefault();
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const articles = [...this.inner.querySelectorAll("article")];
    const to = target(event.key, articles.indexOf(article), articles.length);
    if (to === undefined || !articles[to]) return;
    event.preventDefault();
    articles[to].focus();
  }
}

function count({ timeline }) {
  return divider("divider replies", plural(timeline.length - 1, "1 reply", "{n} replies"));
}

const divider = (name, text) => el("div", { class: name, role: "separator" }, el("span", {}, text));

/** Put a new row in the place of an old one; what had the focus in it has it again. */
function swap(old, row) {
  const at = [...old.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  old.replaceWith(row);
  if (old.classList.contains("wanted")) row.classList.add("wanted");
  if (at >= 0) row.querySelectorAll(FOCUSABLE)[at]?.focus({ preventScroll: true });
}

function follows(message, previous) {
  if (!previous || message.is_ephemeral || previous.is_ephemeral) return false;
  if (message.subtype === "thread_broadcast") return false;
  const sameAuthor = message.user === previous.user && message.username === previous.username;
  return sameAuthor && sameDay(message.ts, previous.ts) && message.ts - previous.ts < GROUP_S;
}
