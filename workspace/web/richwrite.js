/** Between typed chat markup and `rich_text` blocks, both ways. */

import { emoji } from "./emoji.js";
import { scan, unescape } from "./mrkdwn.js";

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const escape = (text) => text.replace(/[&<>]/g, (letter) => ESCAPES[letter]);

const mark = (sign) =>
  new RegExp(`(?<![0-9A-Za-z])\\${sign}(?=\\S)([^${sign}\\n]+)(?<=\\S)\\${sign}(?![0-9A-Za-z])`, "y");
const CODE = /`([^`\n]+)`/y;
const LINK = /\[([^[\]\n]*)\]\((https?:\/\/[^\s()]+|mailto:[^\s()]+)\)/y;
const BARE = /https?:\/\/[^\s<>"'`|]*[^\s<>"'`|.,;:!?()[\]{}*_~]/y;
const MENTION = /(?<![0-9A-Za-z])([@#])([\p{L}\p{N}_.-]*[\p{L}\p{N}_-])/uy;
const EMOJI = /:([a-z0-9_+'-]+):/y;
const MARKS = { bold: "*", italic: "_", strike: "~", code: "`" };

/** A whole typed text as a `rich_text` block, or null when it is blank; @names are the store's. */
export function toRichText(text, store) {
  if (!text.trim()) return null;
  const parts = text.split(/```\n?([^]*?)\n?```\n?/);
  const between = (part) => sections(part.replace(/\n$/, ""), store);
  const elements = parts.flatMap((part, n) => (n % 2 ? preformatted(part) : between(part)));
  return { type: "rich_text", elements };
}

function preformatted(text) {
  return { type: "rich_text_preformatted", elements: [{ type: "text", text: text || " " }] };
}

const KINDS = [
  [/^( *)[-•] +(.*)$/, "bullet"],
  [/^( *)\d+[.)] +(.*)$/, "ordered"],
  [/^()> ?(.*)$/, "quote"],
];

function kindOf(line) {
  for (const [pattern, kind] of KINDS) {
    const [, indent, text] = pattern.exec(line) ?? [];
    if (text !== undefined) return { kind, depth: Math.min(8, indent.length >> 1), text };
  }
  return { kind: "section", depth: 0, text: line };
}

function sections(text, store) {
  if (!text) return [];
  const groups = [];
  for (const line of text.split("\n").map(kindOf)) {
    const last = groups.at(-1);
    if (last?.kind === line.kind && last.depth === line.depth) last.lines.push(line.text);
    else groups.push({ ...line, lines: [line.text] });
  }
  return groups.map((one) => group(one, (lines) => inline(escape(lines), {}, store)));
}

function group({ kind, depth, lines }, leaves) {
  const section = (text) => ({ type: "rich_text_section", elements: leaves(text) });
  if (kind === "section") return section(lines.join("\n"));
  if (kind === "quote") return { type: "rich_text_quote", elements: leaves(lines.join("\n")) };
  return { type: "rich_text_list", style: kind, indent: depth, elements: lines.map(section) };
}

function inline(text, style, store) {
  const leaf = (one) => (Object.keys(style).length ? { ...one, style } : one);
  const wrap = (name) => (match) => inline(match[1], { ...style, [name]: true }, store);
  const found = scan(text, [
    [CODE, (match) => leaf({ type: "text", text: unescape(match[1]), style: { ...style, code: true } })],
    [LINK, (match) => leaf(linked(match[2], match[1]))],
    [BARE, (match) => leaf({ type: "link", url: unescape(match[0]) })],
    [MENTION, (match) => mention(match, store)],
    [EMOJI, (match) => emoji(match[1]) && leaf({ type: "emoji", name: match[1] })],
    [mark("*"), wrap("bold")],
    [mark("_"), wrap("italic")],
    [mark("~"), wrap("strike")],
  ]);
  return found.flat().map((one) => (typeof one === "string" ? leaf({ type: "text", text: one }) : one));
}

const linked = (url, text) => ({ type: "link", url: unescape(url), ...(text ? { text: unescape(text) } : {}) });

/** A person, a channel or everybody, where the workspace knows the name. */
function mention([, sign, name], store) {
  const named = (one) => one.id === name || one.name === name;
  const channel = sign === "#" && [...store.channels.values()].find(named);
  if (channel) return { type: "channel", channel_id: channel.id };
  if (sign === "#") return null;
  if (["here", "channel", "everyone"].includes(name)) return { type: "broadcast", range: name };
  const user = [...store.users.values()].find(named);
  return user ? { type: "user", user_id: user.id } : null;
}

/** A `rich_text` block as text to type on. */
export function fromRichText(block) {
  return (block?.elements ?? []).map(written).join("\n");
}

function written(part) {
  const text = (part.elements ?? []).map(word).join("");
  if (part.type === "rich_text_quote") return text.replace(/^/gm, "> ");
  if (part.type === "rich_text_preformatted") return `\`\`\`\n${text}\n\`\`\``;
  if (part.type !== "rich_text_list") return text;
  const sign = (n) => (part.style === "ordered" ? `${n + 1 + (part.offset ?? 0)}.` : "-");
  const line = (item, n) => `${"  ".repeat(part.indent ?? 0)}${sign(n)} ${written(item)}`;
  return part.elements.map(line).join("\n");
}

const WORDS = {
  __proto__: null,
  emoji: (leaf) => `:${leaf.name}:`,
  link: (leaf) => (leaf.text ? `[${leaf.text}](${leaf.url})` : leaf.url),
  user: (leaf) => `@${leaf.user_id}`,
  channel: (leaf) => `#${leaf.channel_id}`,
  broadcast: (leaf) => `@${leaf.range}`,
};

function word(leaf) {
  const text = WORDS[leaf.type]?.(leaf) ?? leaf.text ?? leaf.fallback ?? leaf.value ?? "";
  const signs = Object.keys(MARKS).filter((name) => leaf.style?.[name]);
  return signs.reduce((inner, name) => `${MARKS[name]}${inner}${MARKS[name]}`, text);
}
