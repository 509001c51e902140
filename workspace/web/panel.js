/** The developer panel: envelopes to the app and Web API calls from it, live. */

import * as api from "./api.js";
import { el, iconButton, span, textButton } from "./dom.js";

const KEPT = 300;
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });

/** Follows the store's `log` events in `root`; `toggle` is the button that shows it. */
export class Panel {
  constructor(root, toggle, store) {
    Object.assign(this, { root, toggle });
    const rows = { class: "panel-rows", role: "log", "aria-label": "Envelopes and calls" };
    this.rows = el("div", { ...rows, tabindex: 0 });
    const filter = { type: "search", class: "field", placeholder: "Filter", "aria-label": "Filter" };
    this.wanted = el("input", { ...filter, oninput: () => this.filter() });
    const clear = textButton("Clear", () => this.rows.replaceChildren());
    const close = iconButton("close", "Close developer panel", () => this.show(false));
    const title = el("header", { class: "pane-header" }, el("h2", {}, "Developer"), clear, close);
    root.append(title, this.wanted, this.rows);
    toggle.addEventListener("click", () => this.show(root.hidden));
    store.addEventListener("log", ({ detail }) => this.add(detail, new Date()));
    this.show(sessionStorage.getItem("panel") === "open");
    this.past();
  }

  async past() {
    const { calls } = await api.calls(50).catch(() => ({ calls: [] }));
    for (const call of calls) this.add({ ...call, type: "call" }, new Date(call.at * 1000));
  }

  show(open) {
    this.root.hidden = !open;
    this.toggle.setAttribute("aria-pressed", String(open));
    sessionStorage.setItem("panel", open ? "open" : "closed");
    if (open) this.rows.scrollTop = this.rows.scrollHeight;
  }

  add(event, when) {
    const atEnd = this.rows.scrollHeight - this.rows.scrollTop - this.rows.clientHeight < 40;
    const row = event.type === "call" ? callRow(event) : envelopeRow(event);
    row.querySelector("summary").prepend(el("time", {}, CLOCK.format(when)));
    row.hidden = !this.fits(row);
    this.rows.append(row);
    if (this.rows.childElementCount > KEPT) this.rows.firstElementChild.remove();
    if (atEnd) this.rows.scrollTop = this.rows.scrollHeight;
  }

  filter() {
    for (const row of this.rows.children) row.hidden = !this.fits(row);
  }

  fits(row) {
    return row.textContent.toLowerCase().includes(this.wanted.value.toLowerCase());
  }
}

function callRow({ method, ok, error, elapsed_ms: elapsed, args }) {
  const outcome = ok ? span("ok", "ok") : span("bad", error ?? "failed");
  const took = elapsed == null ? null : el("small", {}, `${Math.round(elapsed)} ms`);
  return detail("call", "API", method, [outcome, took], args);
}

function envelopeRow({ direction, summary = {} }) {
  const back = direction === "ack";
  const kind = summary.kind ? `${summary.type} · ${summary.kind}` : summary.type;
  const retry = summary.retry_attempt > 0 && el("small", {}, `retry ${summary.retry_attempt}`);
  const lost = back && !summary.acked && span("bad", "no answer");
  const [name, label] = back ? ["ack", "ACK"] : ["out", "OUT"];
  return detail(name, label, kind ?? "envelope", [retry, lost], summary);
}

function detail(kind, label, name, facts, data) {
  const line = el("summary", {}, span(`tag tag-${kind}`, label), span("panel-name", name), facts);
  const text = JSON.stringify(data ?? {}, null, 2);
  return el("details", { class: "panel-row" }, line, el("pre", {}, text));
}
