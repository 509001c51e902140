/** What a composer can suggest for what was typed: commands, shortcuts, people, channels. */

import { t } from "./i18n.js";
import { shortcutEntries } from "./shortcuts.js";

const COMMAND = /^\/[^\s]*$/;
const MENTION = /(?<![0-9A-Za-z_.&;])@([\p{L}\p{N}._-]*)$/u;
const CHANNEL = /(?<![0-9A-Za-z_.&;])#([\p{L}\p{N}._-]*)$/u;
const MOST = 8;

/**
 * Choices for the text before the cursor; `whole` is all of it. A choice is
 * {from, insert, exact, parts: [name, usage, about]}, or has `run` instead of `insert`, or is inert.
 */
export function choices(before, whole, store, inThread) {
  if (COMMAND.test(before)) return inThread ? [] : [...commands(before, store), ...shortcuts(before, store)];
  return usage(whole, store) ?? [...people(before, store), ...channels(before, store)];
}

function commands(typed, store) {
  const lower = typed.toLowerCase();
  const fits = ({ command }) => command.toLowerCase().startsWith(lower);
  const choice = ({ command, usage_hint: hint, description }) => ({
    from: 0,
    insert: `${command} `,
    exact: command === typed,
    parts: [command, hint, description],
  });
  return store.commands.filter(fits).map(choice);
}

/** Global shortcuts by any word of their name: `/` finds them as it does in Slack. */
function shortcuts(typed, store) {
  const wanted = typed.slice(1).toLowerCase();
  const fits = ({ label }) => label.toLowerCase().split(/\s+/).some((word) => word.startsWith(wanted));
  const choice = ({ label, hint, run }) => ({ from: 0, run, parts: [label, t("Shortcut"), hint] });
  return shortcutEntries(store, "global", {}).filter(fits).map(choice);
}

/** While arguments are typed the command's usage stays in view; it cannot be chosen. */
function usage(text, store) {
  const name = /^\/\S+(?=\s)/.exec(text)?.[0];
  const found = store.commands.find(({ command }) => command === name);
  if (!found?.usage_hint) return null;
  return [{ inert: true, parts: [found.command, found.usage_hint, found.description] }];
}

const BROADCASTS = [
  { name: "here", real_name: "Tell everybody who is active here" },
  { name: "channel", real_name: "Tell everybody in this channel" },
];

function people(before, store) {
  const match = MENTION.exec(before);
  if (!match) return [];
  const wanted = match[1].toLowerCase();
  const fits = (user) => `${user.name} ${user.real_name}`.toLowerCase().includes(wanted);
  const all = [...store.users.values()].filter((user) => !user.deleted && fits(user));
  const broad = BROADCASTS.filter(({ name }) => wanted && name.startsWith(wanted));
  const spoken = broad.map(({ name, real_name: about }) => ({ name, real_name: t(about) }));
  const choice = ({ name, real_name: realName }) => ({
    from: match.index,
    insert: `@${name} `,
    exact: name.toLowerCase() === wanted,
    parts: [`@${name}`, "", realName],
  });
  return [...all, ...spoken].slice(0, MOST).map(choice);
}

function channels(before, store) {
  const match = CHANNEL.exec(before);
  if (!match) return [];
  const wanted = match[1].toLowerCase();
  const rooms = [...store.channels.values(), ...store.joinable];
  const named = rooms.filter((room) => !room.is_im && !room.is_mpim && room.name.includes(wanted));
  const choice = ({ name, topic }) => ({
    from: match.index,
    insert: `#${name} `,
    exact: name === wanted,
    parts: [`#${name}`, "", topic ?? ""],
  });
  return named.slice(0, MOST).map(choice);
}
