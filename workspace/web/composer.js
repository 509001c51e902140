/** Where people type: text, slash commands, files and global shortcuts. */

import * as api from "./api.js";
import { Attachments } from "./attachments.js";
import { Autocomplete } from "./autocomplete.js";
import { div, el, iconButton, span, toast } from "./dom.js";
import { t } from "./i18n.js";
import { openMenu } from "./menu.js";
import { openPicker } from "./picker.js";
import { problem } from "./problems.js";
import { shortcutEntries } from "./shortcuts.js";

const COMMAND = /^\/(?!me\s)[^\s/]/;
const drafts = new Map();

/**
 * A composer in `root` for one place at a time. `on.editLast()` edits one's last message; `on.sent()`
 * hears that something was sent. `inThread` composers take no commands.
 */
export class Composer {
  constructor(root, store, inThread, on = {}) {
    Object.assign(this, { root, store, inThread, on });
    const testid = inThread ? "thread-composer" : "composer";
    this.input = el("textarea", { rows: 1, dir: "auto", "data-testid": testid, "aria-label": t("Message") });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("paste", (event) => this.pasted(event));
    this.suggestions = new Autocomplete(this.input, store, inThread);
    const picker = { type: "file", multiple: true, hidden: true, "aria-label": t("Choose files") };
    this.picker = el("input", { ...picker, onchange: () => this.picked() });
    this.attachments = new Attachments();
    this.broadcast = el("input", { type: "checkbox" });
    this.also = el("label", { class: "choice also", hidden: true }, this.broadcast, span("also-text"));
    this.form = div("composer-form", this.attachments.box, this.input, this.also, this.bar());
    this.closed = el("p", { class: "composer-closed", hidden: true });
    root.append(this.suggestions.box, this.form, this.closed);
  }

  bar() {
    const menu = { "data-testid": "shortcuts", "aria-haspopup": "menu" };
    const shortcuts = (event) => openMenu(event.currentTarget, this.shortcuts(), t("Shortcuts"));
    const attach = { "data-testid": "attach" };
    const smile = (event) => openPicker(event.currentTarget, (name) => this.insert(`:${name}: `));
    this.send = iconButton("send", t("Send"), () => this.submit(), { class: "icon-button send" });
    return div(
      "composer-bar",
      this.picker,
      iconButton("clip", t("Attach a file"), () => this.picker.click(), attach),
      !this.inThread && iconButton("bolt", t("Shortcuts"), shortcuts, menu),
      iconButton("smile", t("Emoji"), smile, { "aria-haspopup": "dialog" }),
      this.hint(),
      this.send,
    );
  }

  hint() {
    const key = (name) => el("kbd", {}, name);
    return span("composer-hint", key("Enter"), ` ${t("sends")} · `, key("Shift"), " ", key("Enter"), ` ${t("new line")}`);
  }

  /** Write to this channel or thread from now on; what was typed elsewhere is kept there. */
  open(channel, thread, { placeholder, closed = "", also = "", focus = true }) {
    Object.assign(this, { channel, thread, place: `${channel}/${thread ?? ""}` });
    this.input.placeholder = placeholder;
    this.input.setAttribute("aria-label", placeholder);
    this.input.value = drafts.get(this.place) ?? "";
    this.attachments.take();
    this.broadcast.checked = false;
    this.also.hidden = !also;
    this.also.lastChild.textContent = also;
    this.close(closed);
    this.suggestions.close();
    this.typed();
    if (focus && !closed) this.input.focus();
  }

  /** Say why nothing can be written here, or "" to write again. */
  close(reason) {
    this.form.hidden = Boolean(reason);
    this.closed.hidden = !reason;
    this.closed.textContent = reason;
  }

  typed() {
    drafts.set(this.place, this.input.value);
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight}px`;
  }

  insert(text) {
    this.input.setRangeText(text, this.input.selectionStart, this.input.selectionEnd, "end");
    this.typed();
    this.input.focus();
  }

  key(event) {
    if (event.isComposing) return;
    if (this.suggestions.key(event)) return event.preventDefault();
    const plain = !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
    if (event.key === "ArrowUp" && plain && !this.input.value && this.on.editLast?.()) return event.preventDefault();
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    this.submit();
  }

  /** Send what is there; a refused text comes back. */
  async submit() {
    const text = this.input.value.trim();
    if (!text && !this.attachments.files.length) return;
    const files = this.attachments.take();
    const where = { user: this.store.handle, channel: this.channel, thread_ts: this.thread };
    const say = this.broadcast.checked ? api.broadcast : api.say;
    this.input.value = "";
    this.broadcast.checked = false;
    this.typed();
    this.suggestions.close();
    this.on.sent?.();
    await this.deliver(where, text, files, say).catch((error) => this.refused(where, text, error));
  }

  deliver(where, text, files, say) {
    if (files.length) return this.upload(where, text, files);
    return COMMAND.test(text) ? this.command(where, text) : say({ ...where, text });
  }

  async upload(where, text, files) {
    for (const [n, file] of files.entries()) await api.upload(file, { ...where, text: n ? "" : text });
  }

  async command(where, line) {
    const [, command, text] = /^(\S+)\s*([^]*)$/.exec(line);
    if (where.thread_ts) throw new api.ControlError("commands_not_allowed_in_threads");
    await api.slash({ user: where.user, channel: where.channel, command, text });
  }

  refused(where, text, error) {
    const command = text.split(/\s/)[0];
    const unknown = error.code === "unknown_command";
    const reason = unknown ? t("{command} is not a command of this workspace.", { command }) : problem(error);
    toast(unknown ? reason : t("Not sent: {reason}", { reason }));
    if (this.input.value || where.channel !== this.channel || where.thread_ts !== this.thread) return;
    this.input.value = text;
    this.typed();
  }

  picked() {
    this.attachments.add([...this.picker.files]);
    this.picker.value = "";
    this.input.focus();
  }

  pasted(event) {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    this.attachments.add(files);
  }

  shortcuts() {
    const offered = shortcutEntries(this.store, "global", {});
    return offered.length ? offered : [{ label: t("The app has no shortcuts"), disabled: true }];
  }
}
