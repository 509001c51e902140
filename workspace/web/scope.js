/** The live form of one message, modal or Home: reads its fields and reports its actions. */

import * as api from "./api.js";
import { toast } from "./dom.js";
import { t } from "./i18n.js";
import { confirmed } from "./menu.js";

const INITIAL = /^initial_(option|options|users?|conversations?|channels?|date|time|date_time)$/;
const NOTES = Symbol("notes");

/** What to say when an action did not reach the app. */
function trouble({ code, warning }) {
  if (code) return t("Refused: {code}", { code });
  return warning ?? t("The app did not answer in time.");
}

/** `target` is {channel, ts} of a message or {view_id}; `kept` holds values to show again. */
export class Scope {
  constructor(store, target, kept = {}) {
    Object.assign(this, { store, target, kept, fields: [], notes: kept[NOTES] ?? new Map() });
  }

  /** Remember how to read a field; `read` returns its part of a state value, `check` a mistake. */
  register(block, element, read, check = () => null) {
    this.fields.push({ block: block.block_id, action: element.action_id, type: element.type, read, check });
  }

  /** State values by block and action, as an app receives them (and, unseen, the notes). */
  values() {
    const values = Object.create(null);
    for (const { block, action, type, read } of this.fields) {
      (values[block] ??= Object.create(null))[action] = { type, ...read() };
    }
    return Object.defineProperty(values, NOTES, { value: this.notes });
  }

  /** What is wrong with what was entered: a text by block. */
  problems() {
    const found = this.fields.map(({ block, check }) => [block, check()]);
    return Object.fromEntries(found.filter(([, problem]) => problem));
  }

  /** Something the page itself remembers of a block through updates: a vote, a folded part. */
  note(block, key, value) {
    const name = `${block.block_id}/${key}`;
    if (value !== undefined) this.notes.set(name, value);
    return this.notes.get(name);
  }

  /** What a field shows first: what was entered before, else the element's own initial value. */
  initial(block, element) {
    const kept = this.kept[block.block_id]?.[element.action_id];
    if (kept?.type === element.type) return kept;
    const initial = { value: element.initial_value };
    for (const [key, value] of Object.entries(element)) {
      const name = INITIAL.exec(key)?.[1];
      if (name) initial[`selected_${name}`] = value;
    }
    return initial;
  }

  /** A field changed: tells the app unless the field is a plain input. */
  async changed(block, element, choice) {
    if (block.type === "input" && !block.dispatch_action) return true;
    return this.act(block, element, choice);
  }

  /** Send a block action, after its confirmation; whether the app took it, null if it was declined. */
  async act(block, element, choice) {
    if (!(await confirmed(element.confirm))) return null;
    if (this.isClosed()) return false;
    const ids = { block_id: block.block_id, action_id: element.action_id };
    const body = { user: this.store.handle, ...this.target, ...ids, type: element.type, ...choice };
    const reply = await api.click({ ...body, values: this.values() }).catch((error) => error);
    if (!reply.acked) toast(trouble(reply));
    return Boolean(reply.acked);
  }

  /** Whether the view is gone, as when something typed in it was still to be told. */
  isClosed() {
    const { views, home } = this.store;
    const { view_id: id } = this.target;
    return Boolean(id) && home?.id !== id && !views.some((view) => view.id === id);
  }

  /** Ask the app for options that fit a text: the ack's option lists, or null when none came. */
  async suggest(block, element, value) {
    const ids = { block_id: block.block_id, action_id: element.action_id };
    const body = { user: this.store.handle, ...this.target, ...ids, value };
    const reply = await api.suggest(body).catch(() => ({}));
    return reply.acked ? reply : null;
  }
}
