/** The app's "is thinking…" line with its stop button. */

import * as api from "./api.js";
import { el, icon, toast } from "./dom.js";

/** A status line for a thread, or null where the app shows none and there is no `otherwise`. */
export function statusLine(store, channel, thread, otherwise = "") {
  const text = store.status(channel, thread) || otherwise;
  if (!text) return null;
  const ask = { user: store.handle, channel, thread_ts: thread };
  const onclick = () => api.stop(ask).catch((error) => toast(`Stop refused: ${error.code}`));
  const props = { type: "button", class: "stop", "data-testid": "stop", onclick };
  const button = el("button", props, icon("stop"), "Stop");
  const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
  const line = el("span", {}, el("strong", {}, store.app.name), ` ${text}`);
  return el("div", { class: "status-line", "data-testid": "status", role: "status" }, dots, line, button);
}
