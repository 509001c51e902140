/** Where people type: text, slash commands, files and global shortcuts. */

import * as api from "./api.js";
import { Autocomplete } from "./autocomplete.js";
import { div, el, iconButton, span, toast } from "./dom.js";
import { openMenu } from "./menu.js";
import { shortcutEntries } from "./shortcuts.js";

const drafts = new Map();

/** A composer in `root` for one place at a time; `inThread` composers take no commands. */
export class Composer {
  constructor(root, store, inThread) {
    Object.assign(this, { root, store, inThread, files: [] });
    const testid = inThread ? "thread-composer" : "composer";
    this.input = el("textarea", { rows: 1, dir: "auto", "data-testid": testid });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("paste", (event) => this.attach([...event.clipboardData.files]));
    this.suggestions = new Autocomplete(this.input, store);
    const picker = { type: "file", multiple: true, hidden: true, "aria-label": "Choose files" };
    this.picker = el("input", { ...picker, onchange: () => this.picked() });
    this.chips = div("chips");
    root.append(this.suggestions.box, this.chips, this.input, this.bar());
  }

  bar() {
    const menu = { "data-testid": "shortcuts", "aria-haspopup": "menu" };
    const shortcuts = (event) => openMenu(event.currentTarget, this.shortcuts(), "Shortcuts");
    const key = (name) => el("kbd", {}, name);
    return div(
      "composer-bar",
      this.picker,
      iconButton("clip", "Attach a file", () => this.picker.click(), { "data-testid": "attach" }),
      !this.inThread && iconButton("bolt", "Shortcuts", shortcuts, menu),
      span("composer-hint", key("Enter"), " sends · ", key("Shift"), " ", key("Enter"), " new line"),
      iconButton("send", "Send", () => this.send(), { class: "icon-button send" }),
    );
  }

  /** Write to this channel or thread from now on; what was typed elsewhere is kept there. */
  open(channel, thread, placeholder) {
    Object.assign(this, { channel, thread, place: `${channel}/${thread ?? ""}` });
    this.input.placeholder = placeholder;
    this.input.setAttribute("aria-label", placeholder);
    this.input.value = drafts.get(this.place) ?? "";
    this.files = [];
    this.showFiles();
    this.suggestions.close();
    this.grow();
    this.input.focus();
  }

  typed() {
    drafts.set(this.place, this.input.value);
    this.grow();
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight}px`;
  }

  key(event) {
    if (event.isComposing) return;
    if (this.suggestions.key(event)) return event.preventDefault();
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    this.send();
  }

  async send() {
    const text = this.input.value.trim();
    if (!text && !this.files.length) return;
    const files = this.files;
    const where = { user: this.store.handle, channel: this.channel, thread_ts: this.thread };
    this.input.value = "";
    this.files = [];
    this.typed();
    this.showFiles();
    this.suggestions.close();
    await this.deliver(where, text, files).catch((error) => this.refused(where, text, error));
  }

  deliver(where, text, files) {
    if (files.length) return this.upload(where, text, files);
    return /^\/[^\s/]/.test(text) ? this.command(where, text) : api.say({ ...where, text });
  }

  async upload(where, text, files) {
    for (const [n, file] of files.entries()) await api.upload(file, { ...where, text: n ? "" : text });
  }

  async command(where, line) {
    const [, command, text] = /^(\S+)\s*([^]*)$/.exec(line);
    if (where.thread_ts) throw new api.ControlError("commands_not_allowed_in_threads");
    await api.slash({ user: where.user, channel: where.channel, command, text });
  }

  refused(where, text, { code }) {
    const command = text.split(/\s/)[0];
    const reasons = {
      unknown_command: `${command} is not a command of this workspace.`,
      commands_not_allowed_in_threads: `${command} cannot be used in a thread.`,
    };
    toast(reasons[code] ?? `Not sent: ${code ?? "no connection"}`);
    if (this.input.value || where.channel !== this.channel) return;
    this.input.value = text;
    this.typed();
  }

  picked() {
    this.attach([...this.picker.files]);
    this.picker.value = "";
    this.input.focus();
  }

  attach(files) {
    this.files.push(...files);
    this.showFiles();
  }

  showFiles() {
    const chip = (file) => {
      const drop = () => {
        this.files = this.files.filter((one) => one !== file);
        this.showFiles();
      };
      return span("chip", file.name, iconButton("close", `Remove ${file.name}`, drop));
    };
    this.chips.replaceChildren(...this.files.map(chip));
  }

  shortcuts() {
    const offered = shortcutEntries(this.store, "global", {});
    return offered.length ? offered : [{ label: "The app has no shortcuts", disabled: true }];
  }
}
