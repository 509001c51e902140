/** The workspace's conditions: its clock, which can be moved on, and what should go wrong. */

import * as api from "./api.js";
import { labelled } from "./dialog.js";
import { button, div, el, iconButton, span, textButton } from "./dom.js";
import { AT_ONCE, CALLS, ENVELOPES, describe, KINDS_OF_ENVELOPE, METHODS, rule } from "./faults.js";
import { t } from "./i18n.js";
import { complain } from "./problems.js";
import { seconds } from "./times.js";

const TARGETS = [["call", "A call of the app", CALLS], ["envelope", "An envelope to the app", ENVELOPES], ["now", "At once", AT_ONCE]];
const QUIET_MS = 300;

export class Tools {
  constructor() {
    this.ahead = 0;
    this.now = el("strong", { class: "tools-now", "data-testid": "clock-now" });
    this.list = el("div", { class: "fault-list", "data-testid": "faults" });
    this.root = el("div", { class: "panel-tools", hidden: true }, this.clock(), this.faults());
    setInterval(() => this.beat(), 1000);
  }

  show(on) {
    this.root.hidden = !on;
    if (on) this.refresh();
  }

  async refresh() {
    await this.advance(0);
    await this.drawFaults();
  }

  async drawFaults() {
    const { faults = [] } = await api.faults().catch(() => ({}));
    const rows = faults.map((fault) => this.faultRow(fault));
    this.list.replaceChildren(...(rows.length ? rows : [el("p", { class: "none" }, t("Everything goes well."))]));
  }

  /** Something happened: how often faults fired may have changed. */
  heard() {
    if (this.root.hidden || this.waiting) return;
    this.waiting = setTimeout(() => ((this.waiting = null), this.refresh()), QUIET_MS);
  }

  clock() {
    const minutes = el("input", { type: "number", class: "field", min: 0, step: "any", value: "60", "aria-label": t("Minutes") });
    const move = (by) => () => this.advance(by * 60);
    const custom = div("tools-row", minutes, button(t("Advance by minutes"), () => this.advance(Number(minutes.value) * 60)));
    const steps = div("tools-row", button(t("+1 min"), move(1)), button(t("+5 min"), move(5)), button(t("+1 h"), move(60)));
    const about = el("p", { class: "hint" }, t("Retries, expiries and scheduled messages that become due happen at once."));
    return el("section", {}, el("h3", {}, t("Clock")), this.now, steps, custom, about);
  }

  async advance(seconds_) {
    const { now } = await api.advance(seconds_).catch((error) => (complain(error), {}));
    if (now) this.ahead = now * 1000 - Date.now();
    this.tick();
  }

  /** The clock runs; faults may be added elsewhere. */
  beat() {
    if (!this.root.checkVisibility()) return;
    this.tick();
    this.beats = ((this.beats ?? 0) + 1) % 3;
    if (!this.beats) this.drawFaults();
  }

  tick() {
    const minutes = Math.round(this.ahead / 60_000);
    const ahead = minutes ? ` (+${minutes} min)` : "";
    this.now.textContent = seconds(new Date(Date.now() + this.ahead)) + ahead;
  }

  faults() {
    const clear = textButton(t("Clear all"), () => api.clearFaults().then(() => this.refresh(), complain));
    const head = div("tools-head", el("h3", {}, t("Faults")), clear);
    return el("section", {}, head, this.list, this.form());
  }

  form() {
    const select = (label) => el("select", { class: "field", "aria-label": label });
    const field = (label, more) => el("input", { class: "field", "aria-label": label, ...more });
    const parts = { target: select(t("What is hit")), effect: select(t("What happens")) };
    parts.name = field(t("Which one"), { placeholder: "*", list: "fault-names", "data-testid": "fault-name" });
    parts.value = field(t("How much"), { "data-testid": "fault-value" });
    parts.nth = field(t("From the nth"), { type: "number", min: 1, placeholder: t("first") });
    parts.count = field(t("How often"), { type: "number", min: 1, placeholder: t("always") });
    parts.names = el("datalist", { id: "fault-names" });
    parts.value.required = true;
    parts.target.append(...TARGETS.map(([value, label]) => el("option", { value }, t(label))));
    parts.target.addEventListener("change", () => retarget(parts));
    parts.effect.addEventListener("change", () => revalue(parts));
    const add = el("button", { type: "submit", class: "button primary", "data-testid": "fault-add" }, t("Add fault"));
    parts.unit = labelled(t("How much"), parts.value);
    const line = (label, node) => labelled(label, node);
    const often = div("tools-row", line(t("From the nth"), parts.nth), line(t("How often"), parts.count));
    const rows = [line(t("What is hit"), parts.target), line(t("Which one"), parts.name), line(t("What happens"), parts.effect)];
    rows.push(parts.unit, often, parts.names, add);
    const form = el("form", { class: "fault-form", "data-testid": "fault-form", onsubmit: (event) => this.add(event, parts) }, rows);
    retarget(parts);
    return form;
  }

  async add(event, parts) {
    event.preventDefault();
    const [, , effects] = TARGETS.find(([value]) => value === parts.target.value);
    const given = { name: parts.name.value.trim(), nth: parts.nth.value, count: parts.count.value, value: parts.value.value };
    await api.addFault(rule(parts.target.value, effects[parts.effect.value], given)).catch(complain);
    await this.refresh();
  }

  faultRow({ id, match = {}, effect = {}, fired = 0, seen = 0 }) {
    const remove = () => api.clearFaults(id).then(() => this.refresh(), complain);
    const facts = el("small", {}, t("fired {fired} of {seen}", { fired, seen }));
    const name = span("fault-name", match.method ?? match.envelope ?? "*");
    return div("fault", div("fault-text", name, span("", describe(match, effect)), facts), iconButton("trash", t("Remove this fault"), remove));
  }
}

/** Another kind of target has other effects and other names. */
function retarget(parts) {
  const [target, , effects] = TARGETS.find(([value]) => value === parts.target.value);
  parts.effect.replaceChildren(...Object.entries(effects).map(([value, { label }]) => el("option", { value }, t(label))));
  const names = target === "call" ? METHODS : KINDS_OF_ENVELOPE;
  parts.names.replaceChildren(...names.map((value) => el("option", { value })));
  for (const one of ["name", "nth", "count"]) parts[one].closest("label")?.toggleAttribute("hidden", target === "now");
  revalue(parts);
}

function revalue(parts) {
  const [, , effects] = TARGETS.find(([value]) => value === parts.target.value);
  const { value, unit = "" } = effects[parts.effect.value];
  const needed = value !== undefined;
  parts.unit.hidden = !needed;
  parts.unit.firstChild.textContent = t(unit || "How much");
  parts.value.disabled = !needed;
  parts.value.value = value ?? "";
}
