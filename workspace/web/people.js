/** The people of the workspace. */

import * as api from "./api.js";

/** Who can be written to: everybody who is there, without the reader and the app. */
export function others(store) {
  const reachable = (user) => !user.is_bot && !user.deleted && user.id !== store.me.id;
  return [...store.users.values()].filter(reachable);
}

const BROADCAST = /<!(?:here|channel|everyone)[|>]/;

/** Whether a message calls for this person. */
export function callsFor(user, { text = "" }) {
  return text.includes(`<@${user.id}`) || BROADCAST.test(text);
}

/** Somebody unknown wrote or came: ask once who is there now. */
export async function learn(store, ids) {
  const strangers = ids.filter((id) => id && !store.users.has(id) && !store.strangers.has(id));
  if (!strangers.length) return;
  for (const id of strangers) store.strangers.add(id);
  const { users } = await api.state(store.handle).catch(() => ({}));
  if (users) store.meet(users);
  store.emit("sidebar");
}
