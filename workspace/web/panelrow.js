/** One line of the developer panel: an envelope with what became of it, or a call with its answer. */

import * as api from "./api.js";
import { div, el, iconButton, span } from "./dom.js";
import { t } from "./i18n.js";
import { seconds } from "./times.js";

const TAGS = { events_api: "EVENT", slash_commands: "SLASH", interactive: "ACTION", call: "API" };
const SECRET = /^(?:token|client_secret|signing_secret|authorization)$/i;
const TOKEN = /\bx(?:ox[a-z]|app)-[\w-]+/g;

/** A copy without tokens, at any depth. */
export function redacted(value, name = "") {
  if (SECRET.test(name) && value) return "•••";
  if (typeof value === "string") return value.replace(TOKEN, "•••");
  if (Array.isArray(value)) return value.map((one) => redacted(one));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, redacted(one, key)]));
}

/** A row for an event of the developer stream; `when` is null for what has no time. */
export class Row {
  constructor(event, when) {
    this.event = event;
    const isCall = event.type === "call";
    const summary = event.summary ?? {};
    this.type = isCall ? "call" : (summary.type ?? "envelope");
    this.envelope = isCall ? null : summary.envelope_id;
    this.facts = span("panel-facts");
    const tag = span(isCall ? "tag tag-call" : "tag tag-out", TAGS[this.type] ?? "OUT");
    const name = span("panel-name", isCall ? event.method : (summary.kind ?? this.type));
    this.line = el("summary", {}, el("time", {}, when ? seconds(when) : ""), tag, name, this.facts);
    this.node = el("details", { class: "panel-row", "data-kind": this.type }, this.line);
    this.node.addEventListener("toggle", () => this.node.open && this.expand());
    if (isCall) this.answered(event);
    else this.finish(event);
  }

  answered({ ok, error, status, elapsed_ms: elapsed }) {
    const limited = status === 429 || error === "ratelimited";
    const unknown = error === "unknown_method";
    this.problem = !ok;
    const said = unknown ? t("unknown method") : limited ? t("rate limited") : (error ?? `HTTP ${status}`);
    this.node.classList.toggle("limited", limited);
    this.node.classList.toggle("unknown", unknown);
    const took = elapsed == null ? null : el("small", {}, `${elapsed < 10 ? elapsed.toFixed(1) : Math.round(elapsed)} ms`);
    this.tell(took, ok ? span("ok", "ok") : span("bad", said));
  }

  /** The envelope went out, or its acknowledgement came or did not. */
  finish({ direction, summary = {} }) {
    const { acked, retry_attempt: attempt, retry_reason: reason, outcome, copy_of: copy, given_up: over } = summary;
    if (direction === "ack") this.event = { ...this.event, summary: { ...this.event.summary, ...summary } };
    const done = direction === "ack" || (outcome && !["pending", "held"].includes(outcome));
    this.problem = Boolean(attempt) || (done && !acked);
    const retry = attempt > 0 && el("small", { class: "retry", title: reason ?? "" }, t("retry {n}", { n: attempt }));
    const twin = copy && el("small", {}, t("copy"));
    const end = acked ? span("tag tag-ack", "ACK") : span("bad", t(OUTCOMES[outcome] ?? outcome ?? "no answer"));
    const note = over && el("small", { class: "bad" }, t("given up"));
    this.tell(retry, twin, note, done ? end : el("small", {}, outcome === "held" ? t("held") : "…"));
  }

  tell(...facts) {
    this.facts.replaceChildren(...facts.filter(Boolean));
    this.node.classList.toggle("problem", Boolean(this.problem));
    this.text = null;
  }

  /** Whether the row, with everything in it, has a text. */
  says(wanted) {
    if (!wanted) return true;
    this.text ??= `${this.line.textContent} ${JSON.stringify(redacted(this.event))}`.toLowerCase();
    return this.text.includes(wanted);
  }

  async expand() {
    if (this.opened && this.event.type === "call") return;
    this.opened = true;
    const parts = this.event.type === "call" ? this.call() : await this.delivery();
    this.node.replaceChildren(this.line, ...parts.map(([title, data]) => json(title, data)));
  }

  call() {
    const { args, answer, response, ok, error, status } = this.event;
    const said = answer ?? response ?? { ok, ...(error ? { error } : {}), status };
    return [[t("Arguments"), args ?? {}], [t("Answer"), said]];
  }

  /** The payload is fetched when it is looked at. */
  async delivery() {
    const { summary = {}, payload } = this.event;
    const sent = payload ?? (await payloadOf(summary));
    return [...(sent ? [[t("Payload"), sent]] : []), [t("Delivery"), summary]];
  }
}

const OUTCOMES = {
  __proto__: null,
  no_ack: "no answer",
  no_connection: "not connected",
  dropped: "dropped",
  stopped: "stopped",
  http_error: "HTTP error",
};

async function payloadOf({ envelope_id: id, kind }) {
  const { payloads = [] } = await api.payloads(kind).catch(() => ({}));
  return payloads.findLast((one) => one.envelope_id === id)?.payload;
}

function json(title, data) {
  const text = JSON.stringify(redacted(data), null, 2);
  const copy = iconButton("copy", t("Copy {name}", { name: title }), () => navigator.clipboard.writeText(text));
  const head = div("panel-part-head", el("strong", {}, title), copy);
  return div("panel-part", head, el("pre", { tabindex: 0, "aria-label": title }, text));
}
