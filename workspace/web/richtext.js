/** `rich_text` blocks: sections, lists, quotes and preformatted text. */

import { codeBlock, div, el, link, span } from "./dom.js";
import { emojiOrName } from "./emoji.js";
import { channelMention, special, userMention } from "./mrkdwn.js";

/** A `rich_text` block. */
export function richText(block, store) {
  return div("mrkdwn rich-text", (block.elements ?? []).map((part) => section(part, store)));
}

function section(part, store) {
  const inner = () => (part.elements ?? []).map((leaf) => inline(leaf, store));
  if (part.type === "rich_text_section") return el("div", {}, inner());
  if (part.type === "rich_text_quote") return el("blockquote", {}, inner());
  if (part.type === "rich_text_list") return list(part, store);
  if (part.type !== "rich_text_preformatted") return span("unknown-block", `[${part.type}]`);
  return codeBlock(el("p", {}, inner()).textContent, part.language);
}

function list(part, store) {
  const depth = Math.min(part.indent ?? 0, 8);
  const start = (part.offset ?? 0) + 1;
  const items = (part.elements ?? []).map((item) => el("li", {}, section(item, store)));
  const props = { class: `indent-${depth}`, start: start > 1 ? start : null };
  return el(part.style === "ordered" ? "ol" : "ul", props, items);
}

const LEAVES = {
  text: (leaf) => leaf.text,
  link: (leaf) => link(leaf.url, leaf.text || leaf.url),
  user: (leaf, store) => userMention(leaf.user_id, store),
  channel: (leaf, store) => channelMention(leaf.channel_id, store),
  broadcast: (leaf) => special(leaf.range),
  usergroup: (leaf) => span("mention", `@${leaf.usergroup_id}`),
  emoji: (leaf) => emojiOrName(leaf.name),
  date: (leaf) => el("time", {}, leaf.fallback ?? new Date(leaf.timestamp * 1000).toLocaleString()),
  color: (leaf) => el("code", {}, leaf.value),
};

const TAGS = { bold: "strong", italic: "em", strike: "s", code: "code", underline: "u" };

function inline(leaf, store) {
  const make = LEAVES[leaf.type];
  const node = make ? make(leaf, store) : span("unknown-block", `[${leaf.type}]`);
  const tags = Object.keys(leaf.style ?? {}).filter((name) => leaf.style[name] && TAGS[name]);
  return tags.reduce((inner, name) => el(TAGS[name], {}, inner), node);
}
