/** The live form of one message, modal or Home: reads its fields and reports its actions. */

import * as api from "./api.js";
import { toast } from "./dom.js";
import { confirmed } from "./menu.js";

const INITIAL = /^initial_(option|options|users?|conversations?|channels?|date|time|date_time)$/;

/** `target` is {channel, ts} of a message or {view_id}; `kept` holds values to show again. */
export class Scope {
  constructor(store, target, kept = {}) {
    Object.assign(this, { store, target, kept, fields: [] });
  }

  /** Remember how to read a field; `read` returns its part of a state value. */
  register(block, element, read) {
    this.fields.push({ block: block.block_id, action: element.action_id, type: element.type, read });
  }

  /** State values by block and action, as an app receives them. */
  values() {
    const values = {};
    for (const { block, action, type, read } of this.fields) {
      (values[block] ??= {})[action] = { type, ...read() };
    }
    return values;
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
  changed(block, element, choice) {
    if (block.type === "input" && !block.dispatch_action) return;
    this.act(block, element, choice);
  }

  /** Send a block action, after its confirmation; resolves to whether the app took it. */
  async act(block, element, choice) {
    if (!(await confirmed(element.confirm))) return false;
    const ids = { block_id: block.block_id, action_id: element.action_id };
    const body = { user: this.store.handle, ...this.target, ...ids, type: element.type, ...choice };
    const reply = await api.click({ ...body, values: this.values() }).catch((error) => error);
    if (!reply.acked) toast(reply.code ? `Refused: ${reply.code}` : "The app did not answer in time.");
    return Boolean(reply.acked);
  }
}
