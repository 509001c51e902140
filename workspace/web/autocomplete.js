/** Suggestions above a composer: commands and shortcuts after a /, people after an @, channels after a #. */

import { el } from "./dom.js";
import { t } from "./i18n.js";
import { choices } from "./suggestions.js";

let serial = 0;

/** Offers completions for a textarea; the composer asks it first about each key. */
export class Autocomplete {
  constructor(input, store, inThread = false) {
    Object.assign(this, { input, store, inThread, choices: [], at: 0 });
    const id = `suggestions-${(serial += 1)}`;
    const props = { class: "autocomplete", id, role: "listbox", "data-testid": "autocomplete" };
    this.box = el("div", { ...props, "aria-label": t("Suggestions"), hidden: true });
    input.setAttribute("aria-haspopup", "listbox");
    input.setAttribute("aria-controls", id);
    input.setAttribute("aria-autocomplete", "list");
    input.addEventListener("input", () => this.refresh());
    input.addEventListener("blur", () => this.close());
  }

  refresh() {
    const before = this.input.value.slice(0, this.input.selectionStart);
    this.show(choices(before, this.input.value, this.store, this.inThread));
  }

  show(offered) {
    Object.assign(this, { choices: offered, at: 0 });
    this.box.hidden = !offered.length;
    this.box.replaceChildren(...offered.map((choice, n) => this.option(choice, n)));
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
    const chosen = enters || (event.key === "Tab" && !event.shiftKey);
    if (chosen) this.accept(this.at);
    return chosen;
  }

  accept(n) {
    const { from, insert = "", run } = this.choices[n];
    this.input.setRangeText(insert, from, this.input.selectionStart, "end");
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    run?.();
  }

  close() {
    this.show([]);
  }
}
