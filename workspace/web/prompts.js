/** Suggested prompts of the app: a click sends one. */

import * as api from "./api.js";
import { div, el, icon, iconButton } from "./dom.js";
import { t } from "./i18n.js";
import { complain } from "./problems.js";

const used = new WeakSet();

/** The prompts for a pane's place, or null. `sent` is called after one was chosen. */
export function promptBox(store, { channel, thread }, changed) {
  const offer = find(store, channel, thread);
  if (!offer) return null;
  const done = () => (used.add(offer), changed());
  const send = ({ message }) => {
    done();
    api.say({ user: store.handle, channel, thread_ts: offer.thread_ts || undefined, text: message }).catch(complain);
  };
  const title = offer.title || t("Try one of these");
  const head = div("prompts-head", icon("spark"), el("strong", {}, title), iconButton("close", t("Hide the prompts"), done));
  const props = { class: "prompts", "data-testid": "prompts", role: "group", "aria-label": title };
  return el("div", props, head, div("prompts-list", offer.prompts.map((one) => choice(one, send))));
}

const choice = (one, send) =>
  el("button", { type: "button", class: "prompt", title: one.message, dir: "auto", onclick: () => send(one) }, one.title);

/** Prompts of a thread stand in its pane; those of the conversation, or of a thread not begun, in the main one. */
function find(store, channel, thread) {
  const here = (offer) => {
    const known = offer.thread_ts && store.timeline(channel)?.get(offer.thread_ts);
    return thread ? offer.thread_ts === thread : !known;
  };
  const offers = [...store.prompts.values()].filter((offer) => offer.channel === channel && here(offer));
  return offers.findLast((offer) => offer.prompts?.length && !used.has(offer));
}

/** The person went on by themselves: the prompts of this place have done their work. */
export function spend(store, { channel, thread }) {
  const offer = find(store, channel, thread);
  if (offer) used.add(offer);
}
