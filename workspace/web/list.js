/** A scrolling list of messages, for the channel and for the thread pane. */

import { button, div, el } from "./dom.js";
import { at, messageArticle } from "./message.js";
import { Scope } from "./scope.js";

const SHOWN_AT_FIRST = 150;
const GROUP_S = 300;
const NEAR_END_PX = 60;
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

/** Draws `store.list(channel, thread)` into `root` and follows its changes. */
export class MessageList {
  constructor(root, store) {
    Object.assign(this, { root, store, rows: new Map(), scopes: new Map(), shown: SHOWN_AT_FIRST });
    this.inner = root.appendChild(div("list-inner"));
    this.pinned = true;
    root.addEventListener("scroll", () => this.scrolled());
    new ResizeObserver(() => this.pinned && this.toEnd()).observe(this.inner);
  }

  /** Only a person scrolls up; content that grows must not count as leaving the end. */
  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.root;
    if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) this.pinned = true;
    else if (scrollTop < this.lastTop) this.pinned = false;
    this.lastTop = scrollTop;
  }

  toEnd() {
    this.root.scrollTop = this.root.scrollHeight;
  }

  /** Show another channel or thread from its end; `newFrom` marks what was not read yet. */
  open(channel, thread, newFrom = null) {
    Object.assign(this, { channel, thread, newFrom, shown: SHOWN_AT_FIRST, pinned: true });
    this.scopes.clear();
    this.draw();
  }

  /** Draw everything again. */
  draw() {
    const all = this.store.list(this.channel, this.thread);
    const from = Math.max(0, all.length - this.shown);
    const row = (message, n) => [message.ts, this.row(message, all[from + n - 1])];
    this.rows = new Map(all.slice(from).map(row));
    this.inner.replaceChildren(...(from ? [this.earlier()] : this.start(all)), ...this.rows.values());
    if (this.pinned) this.toEnd();
  }

  /** A message came, changed or went. */
  update(ts, removed) {
    const all = this.store.list(this.channel, this.thread);
    const index = all.findIndex((message) => message.ts === ts);
    const isLast = index === all.length - 1;
    if (removed || index < 0 || (!this.rows.has(ts) && !isLast)) return this.draw();
    const row = this.row(all[index], all[index - 1]);
    if (this.rows.has(ts)) this.rows.get(ts).replaceWith(row);
    else this.inner.append(row);
    this.rows.set(ts, row);
    this.inner.querySelector(".divider.replies")?.replaceWith(count(this));
    if (this.pinned) this.toEnd();
  }

  row(message, previous) {
    const kept = this.scopes.get(message.ts)?.values();
    const scope = new Scope(this.store, { channel: this.channel, ts: message.ts }, kept);
    this.scopes.set(message.ts, scope);
    const compact = follows(message, previous) && !this.isNew(message, previous);
    const view = { store: this.store, channel: this.channel, scope, inThread: Boolean(this.thread), compact };
    return div("row", this.dividers(message, previous), messageArticle(message, view));
  }

  dividers(message, previous) {
    const fresh = this.isNew(message, previous) && divider("divider new", "New");
    if (previous && this.thread && previous.ts === this.thread) return [count(this), fresh];
    if (this.thread || (previous && sameDay(message, previous))) return [fresh];
    return [divider("divider", DAY.format(at(message.ts))), fresh];
  }

  isNew(message, previous) {
    if (this.newFrom === null || message.ts <= this.newFrom) return false;
    return message.user !== this.store.me.id && !(previous?.ts > this.newFrom);
  }

  earlier() {
    const more = () => {
      this.shown += SHOWN_AT_FIRST;
      this.draw();
    };
    return button("Show earlier messages", more, "earlier");
  }

  start(all) {
    const channel = this.store.channels.get(this.channel);
    if (this.thread || !channel) return [];
    const name = this.store.channelName(channel);
    const place = channel.is_im ? `your direct conversation with ${name}` : `the very beginning of #${name}`;
    const bot = this.store.user(this.store.app.bot_user_id)?.name;
    const hint = all.length ? "" : ` Say hello, mention @${bot}, or type / to see what the app can do.`;
    return [div("list-start", `This is ${place}.`, hint)];
  }
}

function count({ store, channel, thread }) {
  const replies = store.list(channel, thread).length - 1;
  return divider("divider replies", replies === 1 ? "1 reply" : `${replies} replies`);
}

const divider = (name, text) => el("div", { class: name, role: "separator" }, el("span", {}, text));

const sameDay = (one, other) => at(one.ts).toDateString() === at(other.ts).toDateString();

function follows(message, previous) {
  if (!previous || message.is_ephemeral || previous.is_ephemeral) return false;
  const sameAuthor = message.user === previous.user && message.username === previous.username;
  return sameAuthor && sameDay(message, previous) && message.ts - previous.ts < GROUP_S;
}
