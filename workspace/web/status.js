/** What the app is doing in a place: its status with loading messages, its session, the stop button. */

import * as api from "./api.js";
import { el, icon, span } from "./dom.js";
import { t } from "./i18n.js";
import { complain } from "./problems.js";

const ROTATE_MS = 2500;
const rotating = new Map();

/** What the app does in a thread: {text, loading, stops}, or null. A status wins over the session. */
export function activity(store, channel, thread) {
  const status = store.status(channel, thread);
  if (status) return { text: status.status, loading: status.loading_messages ?? [], stops: true };
  const session = store.session(channel, thread)?.session_status;
  if (session === "processing") return { text: t("is working…"), loading: [], stops: true };
  if (session === "suspended") return { text: t("is waiting for a decision"), loading: [], stops: false };
  return null;
}

/** A line for a thread, or null where the app does nothing there. */
export function statusLine(store, channel, thread) {
  const found = activity(store, channel, thread);
  return found && line(store, channel, thread, found);
}

/** The line below a message that grows. */
export function streamLine(store, channel, thread) {
  return line(store, channel, thread, { text: t("is writing…"), loading: [], stops: true });
}

function line(store, channel, thread, { text, loading, stops }) {
  const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
  const said = el("span", {}, el("strong", {}, store.app.name), ` ${text}`);
  const props = { class: stops ? "status-line" : "status-line waits", "data-testid": "status", role: "status" };
  return el("div", props, dots, said, loading.length ? loadingMessages(loading) : null, stops && store.stoppable && stopButton(store, channel, thread));
}

function stopButton(store, channel, thread) {
  const ask = { user: store.handle, channel, thread_ts: thread };
  const onclick = (event) => {
    event.currentTarget.disabled = true;
    api.stop(ask).catch(complain);
  };
  const props = { type: "button", class: "stop", "data-testid": "stop", onclick };
  return el("button", props, icon("stop"), t("Stop"));
}

function loadingMessages(messages) {
  const node = span("loading-message", messages[0]);
  node.setAttribute("aria-hidden", "true");
  if (messages.length > 1) rotating.set(node, messages);
  return node;
}

/** One ticker for all lines; a line that left the page is forgotten. */
setInterval(() => {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const [node, messages] of rotating) {
    const next = (messages.indexOf(node.textContent) + 1) % messages.length;
    if (node.isConnected) node.textContent = messages[next];
    else rotating.delete(node);
  }
}, ROTATE_MS);
