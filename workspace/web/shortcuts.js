/** Global and message shortcuts as menu entries. */

import * as api from "./api.js";
import { toast } from "./dom.js";
import { t } from "./i18n.js";

/** Menu entries for the app's shortcuts of a kind; `target` is {} or {channel, ts}. */
export function shortcutEntries(store, kind, target) {
  const run = (shortcut) => async () => {
    const ask = { user: store.handle, callback_id: shortcut.callback_id, ...target };
    const reply = await api.shortcut(ask).catch((error) => error);
    if (!reply.acked) toast(t("“{name}” was not answered in time.", { name: shortcut.name }));
  };
  const entry = (shortcut) => ({ label: shortcut.name, hint: shortcut.description, run: run(shortcut) });
  return store.shortcuts.filter((shortcut) => shortcut.type === kind).map(entry);
}
