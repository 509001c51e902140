/** Suggestions above a composer: slash commands at the start of the text, people after an @. */

import { el } from "./dom.js";

const COMMAND = /^\/\S*$/;
const MENTION = /(?<![0-9A-Za-z_.&;])@([\p{L}\p{N}._-]*)$/u;
const MOST_PEOPLE = 8;
let serial = 0;

/** Offers completions for a textarea; the composer asks it first about each key. */
export class Autocomplete {
  constructor(input, store) {
    Object.assign(this, { input, store, choices: [], at: 0 });
    const id = `suggestions-${(serial += 1)}`;
    const props = { class: "autocomplete", id, role: "listbox", "data-testid": "autocomplete" };
    this.box = el("div", { ...props, "aria-label": "Suggestions", hidden: true });
    input.setAttribute("aria-controls", id);
    input.setAttribute("aria-autocomplete", "list");
    input.addEventListener("input", () => this.refresh());
    input.addEventListener("blur", () => this.close());
  }

  refresh() {
    const before = this.input.value.slice(0, this.input.selectionStart);
    this.show(COMMAND.test(before) ? this.commands(before) : this.usage() ?? this.people(before));
  }

  commands(typed) {
    const lower = typed.toLowerCase();
    const fits = ({ command }) => command.toLowerCase().startsWith(lower);
    const choice = ({ command, usage_hint: usage, description }) => ({
      from: 0,
      insert: `${command} `,
      exact: command === typed,
      parts: [command, usage, description],
    });
    return this.store.commands.filter(fits).map(choice);
  }

  /** While arguments are typed the command's usage stays in view; it cannot be chosen. */
  usage() {
    const name = /^\/\S+(?=\s)/.exec(this.input.value)?.[0];
    const found = this.store.commands.find(({ command }) => command === name);
    if (!found?.usage_hint) return null;
    return [{ inert: true, parts: [found.command, found.usage_hint, found.description] }];
  }

  people(before) {
    const match = MENTION.exec(before);
    if (!match) return [];
    const typed = match[1].toLowerCase();
    const fits = (user) => `${user.name} ${user.real_name}`.toLowerCase().includes(typed);
    const choice = ({ name, real_name: realName }) => ({
      from: match.index,
      insert: `@${name} `,
      exact: name.toLowerCase() === typed,
      parts: [`@${name}`, "", realName],
    });
    return [...this.store.users.values()].filter(fits).slice(0, MOST_PEOPLE).map(choice);
  }

  show(choices) {
    Object.assign(this, { choices, at: 0 });
    this.box.hidden = !choices.length;
    this.box.replaceChildren(...choices.map((choice, n) => this.option(choice, n)));
    this.mark();
  }

  option({ parts: [name, usage, about], inert }, n) {
    const pick = (event) => (event.preventDefault(), inert || this.accept(n));
    const props = { class: inert ? "inert" : "", role: "option", id: `${this.box.id}-${n}` };
    const parts = [el("strong", {}, name), usage && el("code", {}, usage), el("span", {}, about)];
    return el("div", { ...props, onmousedown: pick }, parts);
  }

  mark() {
    const current = this.open ? this.box.children[this.at] : null;
    for (const node of this.box.children) node.setAttribute("aria-selected", String(node === current));
    if (current) this.input.setAttribute("aria-activedescendant", current.id);
    else this.input.removeAttribute("aria-activedescendant");
    current?.scrollIntoView({ block: "nearest" });
  }

  get open() {
    return this.choices.some((choice) => !choice.inert);
  }

  /** Handle a key; true when it was for the suggestions. */
  key(event) {
    if (event.key === "Escape" && !this.box.hidden) return this.close(), true;
    if (!this.open) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.at = (this.at + step + this.choices.length) % this.choices.length;
    if (step) return this.mark(), true;
    const enters = event.key === "Enter" && !event.shiftKey && !this.choices[this.at].exact;
    const chosen = enters || event.key === "Tab";
    if (chosen) this.accept(this.at);
    return chosen;
  }

  accept(n) {
    const { from, insert } = this.choices[n];
    this.input.setRangeText(insert, from, this.input.selectionStart, "end");
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  close() {
    this.show([]);
  }
}
