/** The developer panel: envelopes to the app and Web API calls from it, live; the clock and faults. */

import * as api from "./api.js";
import { button, div, el, icon, iconButton, textButton } from "./dom.js";
import { t } from "./i18n.js";
import { arrows } from "./listkeys.js";
import { Row } from "./panelrow.js";
import { Tools } from "./tools.js";

const KEPT = 500;
const PAST = 400;
const NEAR_PX = 40;
const KINDS = {
  all: ["Everything", () => true],
  events: ["Events", (row) => row.type === "events_api"],
  commands: ["Slash commands", (row) => row.type === "slash_commands"],
  interactive: ["Interactions", (row) => row.type === "interactive"],
  calls: ["API calls", (row) => row.type === "call"],
  problems: ["Problems", (row) => row.problem],
};

/** Follows the store's `log` events in `root`; `toggle` is the button that shows it. */
export class Panel {
  constructor(root, toggle, store) {
    Object.assign(this, { root, toggle, store, rows: [], byEnvelope: new Map(), paused: null });
    const props = { class: "panel-rows", role: "log", "aria-label": t("Envelopes and calls"), "aria-live": "off" };
    this.list = el("div", { ...props, tabindex: 0 });
    this.none = el("p", { class: "none" }, t("Nothing yet. Say something to the app, and what it is sent and what it calls appears here."));
    this.tools = new Tools();
    this.traffic = div("panel-traffic", this.filters(), this.none, this.list);
    root.append(this.head(), this.traffic, this.tools.root);
    arrows(this.list, "summary");
    toggle.addEventListener("click", () => this.show(root.hidden));
    store.addEventListener("log", ({ detail }) => this.hear(detail));
    this.turn("traffic");
    this.show(sessionStorage.getItem("panel") === "open");
    this.past();
  }

  head() {
    const tab = (name, label) => el("button", { type: "button", class: "tab", "data-turn": name, onclick: () => this.turn(name) }, label);
    const close = iconButton("close", t("Close developer panel"), () => this.show(false));
    const tabs = div("panel-tabs", tab("traffic", t("Traffic")), tab("tools", t("Clock and faults")));
    return el("header", { class: "pane-header" }, el("h2", { class: "sr-only" }, t("Developer")), tabs, close);
  }

  filters() {
    const props = { type: "search", class: "field", placeholder: t("Filter"), "aria-label": t("Filter"), "data-testid": "panel-filter" };
    this.wanted = el("input", { ...props, oninput: () => this.filter() });
    const options = Object.entries(KINDS).map(([value, [label]]) => el("option", { value }, t(label)));
    const kinds = { class: "field", "aria-label": t("Kind"), "data-testid": "panel-kind", onchange: () => this.filter() };
    this.kind = el("select", kinds, options);
    this.pauser = button("", () => this.pause(!this.paused), "quiet");
    this.pauser.dataset.testid = "panel-pause";
    this.drawPause();
    const clear = textButton(t("Clear"), () => this.clear());
    return div("panel-filters", this.wanted, this.kind, this.pauser, clear);
  }

  /** Show the traffic or the tools. */
  turn(name) {
    this.traffic.hidden = name !== "traffic";
    this.tools.show(name === "tools");
    for (const tab of this.root.querySelectorAll("[data-turn]")) tab.setAttribute("aria-pressed", String(tab.dataset.turn === name));
    this.toEnd();
  }

  show(open) {
    this.root.hidden = !open;
    this.toggle.setAttribute("aria-pressed", String(open));
    sessionStorage.setItem("panel", open ? "open" : "closed");
    this.toEnd();
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
  }

  /** What happened before this page was opened. */
  async past() {
    const last = this.store.lastEventId;
    const found = await api.past(this.store.handle, Math.max(0, last - PAST), last).catch(() => []);
    const early = found.filter(({ type }) => type === "call" || type === "envelope");
    const later = this.rows;
    this.clear();
    for (const event of early) this.add(event, event.at ? new Date(event.at * 1000) : null);
    for (const row of later) this.place(row);
  }

  hear(event) {
    this.tools.heard();
    if (this.paused) this.paused.push([event, new Date()]);
    else this.add(event, new Date());
    if (this.paused) this.drawPause();
  }

  /** A new row; the end of a delivery is told in the row of its envelope. */
  add(event, when) {
    const known = event.type === "envelope" && this.byEnvelope.get(event.summary?.envelope_id);
    if (known) known.finish(event);
    else this.place(new Row(event, when));
    if (known) known.node.hidden = !this.fits(known);
  }

  place(row) {
    const { list } = this;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_PX;
    this.rows.push(row);
    if (row.envelope) this.byEnvelope.set(row.envelope, row);
    row.node.hidden = !this.fits(row);
    list.append(row.node);
    this.none.hidden = true;
    if (this.rows.length > KEPT) this.drop(this.rows.shift());
    if (atEnd) this.toEnd();
  }

  drop(row) {
    row.node.remove();
    this.byEnvelope.delete(row.envelope);
  }

  clear() {
    for (const row of this.rows) this.drop(row);
    this.rows = [];
    this.none.hidden = false;
  }

  pause(on) {
    const waiting = this.paused ?? [];
    this.paused = on ? [] : null;
    for (const [event, when] of waiting) this.add(event, when);
    this.drawPause();
  }

  drawPause() {
    const waiting = this.paused?.length;
    const label = this.paused ? t("Resume") : t("Pause");
    this.pauser.replaceChildren(icon(this.paused ? "play" : "pause"), waiting ? `${label} (${waiting})` : label);
    this.pauser.setAttribute("aria-pressed", String(Boolean(this.paused)));
  }

  filter() {
    for (const row of this.rows) row.node.hidden = !this.fits(row);
    this.toEnd();
  }

  fits(row) {
    const [, wanted] = KINDS[this.kind.value];
    return wanted(row) && row.says(this.wanted.value.trim().toLowerCase());
  }
}
