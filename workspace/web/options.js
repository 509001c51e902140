/** Where the options of a select menu come from: the element, the workspace, or the app. */

import { plainText } from "./mrkdwn.js";

const NAMES = { __proto__: null, users: "user", conversations: "conversation", channels: "channel" };
const asOption = (value, text) => ({ value, text: { type: "plain_text", text } });

/**
 * The source of a menu: the `key` of its state value, `options(query)` as groups (or a promise of
 * them, null when the app did not answer), `state(option)` and `found(state)`, and `least` letters.
 */
export function sourceOf(kind, multi, block, item, scope) {
  const name = NAMES[kind];
  const key = `selected_${name ?? "option"}${multi ? "s" : ""}`;
  if (kind === "external") return { key, ...fromApp(block, item, scope) };
  const groups = name ? [{ options: places(kind, item, scope) }] : given(item);
  const all = groups.flatMap((group) => group.options ?? []);
  const options = (query) => groups.map((group) => fitting(group, query));
  const listed = (option) => byValue(all, option?.value);
  if (!name) return { key, least: 0, options, state: (option) => option, found: listed };
  const found = (id) => byValue(all, id) ?? (id ? asOption(id, id) : undefined);
  return { key, least: 0, options, state: (option) => option.value, found };
}

const given = (item) => item.option_groups ?? [{ options: item.options ?? [] }];
const byValue = (options, value) => options.find((option) => option.value === value);
const folded = (text) => text.normalize("NFKC").toLocaleLowerCase();

function fitting(group, query) {
  const wanted = folded(query.trim());
  const says = (option) => folded(`${plainText(option.text)} ${plainText(option.description)}`);
  return { ...group, options: (group.options ?? []).filter((option) => says(option).includes(wanted)) };
}

function fromApp(block, item, scope) {
  const options = async (query) => {
    const answer = await scope.suggest(block, item, query);
    return answer && given(answer);
  };
  const same = (option) => option;
  return { slow: true, least: item.min_query_length ?? 3, options, state: same, found: same };
}

function places(kind, item, { store }) {
  if (kind === "users") return [...store.users.values()].filter((user) => !user.deleted).map(person);
  const mine = [...store.channels.values()];
  const open = [...(store.joinable?.values() ?? [])];
  const name = (channel) => `${direct(channel) ? "@" : "#"}${store.channelName(channel)}`;
  const shown = kind === "channels" ? [...mine, ...open].filter(isPublic) : mine.filter(filterOf(item, store));
  return shown.map((channel) => asOption(channel.id, name(channel)));
}

const person = (user) => asOption(user.id, `@${user.label ?? user.name}`);
const direct = (channel) => channel.is_im || channel.is_mpim;
const isPublic = (channel) => !direct(channel) && !channel.is_private;

/** What `filter` of a conversations menu lets through. */
function filterOf({ filter = {} }, store) {
  const kindOf = (channel) => {
    if (direct(channel)) return channel.is_im ? "im" : "mpim";
    return channel.is_private ? "private" : "public";
  };
  const withBot = (channel) => channel.is_im && store.other(channel)?.is_bot;
  return (channel) => {
    const kind = !filter.include || filter.include.includes(kindOf(channel));
    return kind && !(filter.exclude_bot_users && withBot(channel));
  };
}
