/** Select menus: a box to search in, and a list to choose one or several options from. */

import { div, el, iconButton, span } from "./dom.js";
import { common, pausing } from "./field.js";
import { t } from "./i18n.js";
import { plainText } from "./mrkdwn.js";
import { sourceOf } from "./options.js";
import { popUp } from "./popup.js";

/** The types of the ten select menus. */
export const SELECT = /^(multi_)?(static|external|users|conversations|channels)_select$/;

const MOST_SHOWN = 200;

/** Any select menu. */
export const select = (block, item, scope) => new Menu(block, item, scope).node;

class Menu {
  constructor(block, item, scope) {
    const [, multi, kind] = SELECT.exec(item.type);
    const source = sourceOf(kind, multi, block, item, scope);
    Object.assign(this, { block, item, scope, source, multi: Boolean(multi), shown: [], at: -1, asked: 0 });
    this.chosen = this.initial(kind);
    this.build();
    this.show();
    scope.register(block, item, () => this.value());
  }

  initial(kind) {
    const known = this.scope.initial(this.block, this.item)[this.source.key];
    const here = kind === "conversations" && this.item.default_to_current_conversation && current(this.scope);
    const wanted = [known ?? (here || [])].flat();
    return wanted.map((one) => this.source.found(one)).filter(Boolean);
  }

  value() {
    const states = this.chosen.map((option) => this.source.state(option));
    return { [this.source.key]: this.multi ? states : (states[0] ?? null) };
  }

  build() {
    const props = common(this.block, this.item);
    const list = { id: `${props.id}-list`, class: "options", role: "listbox", popover: "manual" };
    this.list = el("div", { ...list, "aria-label": t("Options"), "aria-multiselectable": this.multi ? "true" : null });
    const role = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false" };
    const typing = { type: "text", autocomplete: "off", spellcheck: "false", dir: "auto" };
    this.input = el("input", { ...props, ...role, ...typing, "aria-controls": list.id });
    this.chips = span("chips-chosen");
    const optional = this.block.type === "input" && this.block.optional && !this.multi;
    const look = { class: "icon-button clear" };
    this.empty = optional && iconButton("close", t("Clear"), () => this.set([]), look);
    this.box = div("field select-box", this.chips, this.input, this.empty);
    this.node = div("select", this.box, this.list);
    this.listen();
  }

  listen() {
    const search = this.source.slow ? pausing(() => this.search()) : () => this.search();
    this.box.addEventListener("click", (event) => this.clicked(event));
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("input", () => {
      this.open();
      if (this.source.slow) this.say(this.hint() ?? t("Searching…"));
      search();
    });
  }

  clicked(event) {
    if (event.target.closest("button")) return;
    this.input.focus();
    this.open();
  }

  /** Show what is chosen. */
  show() {
    this.label();
    if (this.empty) this.empty.hidden = !this.chosen.length;
    if (this.multi) this.chips.replaceChildren(...this.chosen.map((option) => this.chip(option)));
  }

  /** What the box says while nothing is searched for. */
  label() {
    const hint = plainText(this.item.placeholder) || t(this.multi ? "Choose options" : "Choose an option");
    this.input.value = this.multi ? "" : plainText(this.chosen[0]?.text);
    this.input.placeholder = this.multi && this.chosen.length ? "" : hint;
  }

  chip(option) {
    const label = plainText(option.text);
    const remove = () => {
      this.input.focus();
      this.toggle(option);
    };
    const drop = iconButton("close", t("Remove {name}", { name: label }), remove);
    return span("chip", el("span", { dir: "auto" }, label), drop);
  }

  open() {
    if (this.popup) return;
    if (!this.multi && this.input.value === plainText(this.chosen[0]?.text)) this.input.select();
    this.input.setAttribute("aria-expanded", "true");
    this.popup = popUp(this.box, this.list);
    this.search("");
  }

  close() {
    this.popup?.hide();
    this.popup = null;
    this.asked += 1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.label();
  }

  hint(query = this.input.value) {
    const { least } = this.source;
    return query.trim().length < least ? t("Type at least {n} characters", { n: least }) : null;
  }

  /** Ask the source for options that fit, and show them unless something newer was asked. */
  async search(query = this.input.value) {
    const turn = (this.asked += 1);
    const hint = this.hint(query);
    if (hint) return this.say(hint);
    if (!this.source.slow) return this.draw(this.source.options(query));
    this.say(t("Searching…"));
    const groups = await this.source.options(query);
    if (turn !== this.asked || !this.popup) return;
    if (groups) this.draw(groups);
    else this.say(t("The app did not answer in time."));
  }

  say(text) {
    this.shown = [];
    this.list.replaceChildren(el("div", { class: "options-note", role: "status" }, text));
    this.popup?.place();
  }

  draw(groups) {
    this.shown = [];
    this.at = -1;
    const nodes = groups.filter((group) => group.options?.length).map((group) => this.group(group));
    if (!nodes.length) return this.say(t("No results"));
    this.list.replaceChildren(...nodes);
    const chosen = this.shown.findIndex((one) => this.has(one.option));
    this.move(this.multi ? 0 : Math.max(0, chosen));
    this.popup?.place();
  }

  group({ label, options }) {
    const room = MOST_SHOWN - this.shown.length;
    const lines = options.slice(0, Math.max(0, room)).map((option) => this.line(option));
    const name = label && el("div", { class: "options-label", dir: "auto" }, plainText(label));
    const role = label ? { role: "group", "aria-label": plainText(label) } : { role: "presentation" };
    return el("div", role, name, lines);
  }

  line(option) {
    const id = `${this.list.id}-${this.shown.length}`;
    const state = { role: "option", id, "aria-selected": String(this.has(option)), dir: "auto" };
    const hint = option.description && el("small", {}, plainText(option.description));
    const node = el("div", { ...state, onclick: () => this.pick(option) }, plainText(option.text), hint);
    this.shown.push({ option, node });
    return node;
  }

  has(option) {
    return this.chosen.some((one) => one.value === option.value);
  }

  move(to) {
    if (!this.shown.length) return;
    this.shown[this.at]?.node.classList.remove("active");
    this.at = (to + this.shown.length) % this.shown.length;
    const { node } = this.shown[this.at];
    node.classList.add("active");
    node.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", node.id);
  }

  key(event) {
    if (event.isComposing) return;
    const act = this.popup ? this.openKeys()[event.key] : this.closedKeys()[event.key];
    if (!act || act() === false) return;
    event.preventDefault();
  }

  openKeys() {
    const { at } = this;
    const move = { ArrowDown: () => this.move(at + 1), ArrowUp: () => this.move(at - 1) };
    const enter = () => this.shown[at] && this.pick(this.shown[at].option);
    return { __proto__: null, ...move, Enter: enter, Escape: () => this.close(), Backspace: () => this.back() };
  }

  closedKeys() {
    const open = () => this.open();
    return { __proto__: null, ArrowDown: open, ArrowUp: open, Enter: open, Backspace: () => this.back() };
  }

  /** Backspace in an empty box takes the last of several away. */
  back() {
    if (!this.multi || this.input.value || !this.chosen.length) return false;
    this.toggle(this.chosen.at(-1));
  }

  pick(option) {
    if (this.multi) return this.toggle(option);
    this.close();
    this.set([option]);
  }

  toggle(option) {
    const left = this.chosen.filter((one) => one.value !== option.value);
    const most = this.item.max_selected_items ?? Infinity;
    const full = left.length === this.chosen.length && left.length >= most;
    if (full) return this.say(t("At most {n} can be chosen.", { n: most }));
    const searched = this.popup && this.input.value;
    this.set(left.length < this.chosen.length ? left : [...this.chosen, option]);
    if (searched) this.search("");
  }

  /** Take a choice over, and take it back when its confirmation is declined. */
  async set(chosen) {
    const before = this.chosen;
    this.take(chosen);
    const taken = await this.scope.changed(this.block, this.item, this.value());
    if (taken === null) this.take(before);
  }

  take(chosen) {
    this.chosen = chosen;
    this.show();
    for (const { option, node } of this.shown) node.setAttribute("aria-selected", String(this.has(option)));
    this.popup?.place();
  }
}

/** The conversation that the person looks at. */
function current({ target, store }) {
  const [, , shown] = decodeURIComponent(location.hash).split("/");
  return [target.channel, shown].find((id) => store.channels.has(id));
}
