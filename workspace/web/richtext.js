/** `rich_text` blocks: sections, lists, quotes and preformatted text. */

import { dateText } from "./dates.js";
import { codeBlock, el, link, span } from "./dom.js";
import { emojiOrName } from "./emoji.js";
import { channelMention, groupMention, special, userMention } from "./mrkdwn.js";

/** A `rich_text` block. */
export function richText(block, store) {
  const parts = (block.elements ?? []).map((part) => section(part, store));
  return el("div", { class: "mrkdwn rich-text" }, parts);
}

const PARTS = {
  __proto__: null,
  rich_text_section: (part, inner) => el("div", { dir: "auto" }, inner()),
  rich_text_quote: (part, inner) => el("blockquote", { dir: "auto" }, inner()),
  rich_text_preformatted: (part, inner) => codeBlock(el("p", {}, inner()).textContent, part.language),
};

function section(part, store) {
  if (part.type === "rich_text_list") return list(part, store);
  const make = PARTS[part.type];
  return make ? make(part, () => leaves(part, store)) : span("unknown-block", `[${part.type}]`);
}

const leaves = (part, store) => (part.elements ?? []).map((leaf) => inline(leaf, store));

const NUMBERS = ["1", "a", "i"];
const BULLETS = ["disc", "circle", "square"];

function list(part, store) {
  const depth = Math.max(0, Math.min(Number(part.indent) || 0, 8));
  const start = (Number(part.offset) || 0) + 1;
  const ordered = part.style === "ordered";
  const items = (part.elements ?? []).map((item) => el("li", {}, leaves(item, store)));
  const name = [`indent-${depth}`, !ordered && BULLETS[depth % 3], part.border && "bordered"];
  const props = { class: name.filter(Boolean).join(" "), dir: "auto", start: start > 1 ? start : null };
  return el(ordered ? "ol" : "ul", { ...props, type: ordered && depth % 3 ? NUMBERS[depth % 3] : null }, items);
}

const LEAVES = {
  __proto__: null,
  text: (leaf) => String(leaf.text ?? ""),
  link: (leaf) => link(leaf.url, String(leaf.text || leaf.url)),
  user: (leaf, store) => userMention(String(leaf.user_id), store),
  channel: (leaf, store) => channelMention(leaf.channel_id, store),
  broadcast: (leaf) => special(String(leaf.range)),
  usergroup: (leaf) => groupMention(leaf.usergroup_id),
  team: ({ team_id: id }, store) => span("mention", `@${store.team?.id === id ? store.team.name : id}`),
  emoji: picture,
  date: moment,
  color: (leaf) => span("color", swatch(String(leaf.value)), el("code", {}, String(leaf.value))),
};

/** An emoji by its code points, which the platform adds, or by its name. */
function picture({ name, unicode, skin_tone: tone }) {
  const points = /^[0-9a-f]{2,6}(-[0-9a-f]{2,6})*$/i.test(unicode ?? "") && unicode.split("-");
  if (points) return String.fromCodePoint(...points.map((point) => Math.min(parseInt(point, 16), 0x10ffff)));
  return emojiOrName(tone > 1 ? `${name}::skin-tone-${tone}` : String(name));
}

function moment({ timestamp, format, fallback, url }) {
  const text = el("time", { title: fallback }, dateText(timestamp, format, fallback));
  return url ? link(url, text) : text;
}

function swatch(value) {
  const node = span("swatch");
  if (/^#[0-9a-f]{3,8}$/i.test(value)) node.style.backgroundColor = value;
  return node;
}

const TAGS = { __proto__: null, bold: "strong", italic: "em", strike: "s", code: "code", underline: "u" };
const MARKED = { __proto__: null, highlight: "highlight", client_highlight: "highlight" };

function inline(leaf, store) {
  const make = LEAVES[leaf.type];
  const node = make ? make(leaf, store) : span("unknown-block", `[${leaf.type}]`);
  const names = Object.keys(leaf.style ?? {}).filter((name) => leaf.style[name]);
  const marked = names.some((name) => MARKED[name]) ? el("mark", {}, node) : node;
  return names.filter((name) => TAGS[name]).reduce((inner, name) => el(TAGS[name], {}, inner), marked);
}
