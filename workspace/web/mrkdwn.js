/** The chat markup of messages: escaped text with <entities>, *bold*, _italic_, ~strike~, `code`. */

import { dateText } from "./dates.js";
import { codeBlock, el, link, span } from "./dom.js";
import { emoji } from "./emoji.js";

const ESCAPES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

/** Undo the three escapes of stored text, once. */
export const unescape = (text) => text.replace(/&(?:lt|gt|amp);/g, (escape) => ESCAPES[escape]);

const TRIGGER = /[`<*_~:h![\\@#]/g;

/**
 * Turn text into nodes: at each place the first rule that matches wins. A rule is a sticky
 * pattern and a function from its match to a node, or to null when it declines.
 */
export function scan(text, rules) {
  const nodes = [];
  let plain = 0;
  for (let at = next(text, 0); at < text.length; at = next(text, at)) {
    const [node, length] = firstHit(text, at, rules);
    if (node == null) {
      at += 1;
      continue;
    }
    nodes.push(unescape(text.slice(plain, at)), node);
    at += length;
    plain = at;
  }
  nodes.push(unescape(text.slice(plain)));
  return nodes.filter((node) => node !== "");
}

function next(text, from) {
  TRIGGER.lastIndex = from;
  return TRIGGER.exec(text)?.index ?? text.length;
}

function firstHit(text, at, rules) {
  for (const [pattern, make] of rules) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    const node = match && make(match);
    if (node != null) return [node, match[0].length];
  }
  return [null, 0];
}

const OPEN = "(?<![0-9A-Za-z])";
const CLOSE = "(?![0-9A-Za-z])";
const between = (mark) =>
  new RegExp(`${OPEN}\\${mark}(?=\\S)([^${mark}\\n]+)(?<=\\S)\\${mark}${CLOSE}`, "y");
const CODE = /`([^`\n]+)`/y;
const ENTITY = /<([^<>\n]+)>/y;
const EMOJI = /:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/y;
const URL_CHAR = "(?:(?!&[lg]t;)[^\\s<>\"'`|，。；：！？、（）「」《》])";
const URL_END = "[^\\s<>\"'`|，。；：！？、（）「」《》.,;:!?()\\[\\]{}*_~]";
const BARE_URL = new RegExp(`https?://${URL_CHAR}*${URL_END}`, "y");

/** Rules that chat markup and Markdown share: entities, emoji, addresses. */
export function sharedRules(store) {
  return [
    [ENTITY, (match) => entity(match[1], store)],
    [EMOJI, (match) => emoji(match[1])],
    [BARE_URL, (match) => link(unescape(match[0]), unescape(match[0]))],
  ];
}

/** One line of chat markup as nodes. */
export function inline(text, store) {
  const wrap = (tag) => (match) => el(tag, {}, inline(match[1], store));
  return scan(text, [
    [CODE, (match) => el("code", {}, unescape(match[1]))],
    ...sharedRules(store),
    [between("*"), wrap("strong")],
    [between("_"), wrap("em")],
    [between("~"), wrap("s")],
  ]);
}

/** What stands between < and >: a person, a channel, a group, a date or a link; null if none. */
export function entity(body, store) {
  const [target, ...rest] = body.split("|");
  const label = rest.length ? unescape(rest.join("|")) : null;
  if (target.startsWith("@")) return userMention(target.slice(1), store, label);
  if (target.startsWith("#")) return channelMention(target.slice(1), store, label);
  if (target.startsWith("!")) return special(target.slice(1), label);
  const url = unescape(target);
  if (!/^(?:https?:\/\/|mailto:)/i.test(url)) return null;
  return link(url, label || url.replace(/^mailto:/i, ""));
}

/** A person's name; marked when it is the reader. */
export function userMention(id, store, label = null) {
  const name = id === store.me.id ? "mention mention-me" : "mention";
  return el("span", { class: name, "data-user": id }, `@${store.user(id)?.label ?? label ?? id}`);
}

/** A channel's name that leads there where the reader may go. */
export function channelMention(id, store, label = null) {
  const channel = store.channels.get(id);
  if (!channel) return span("mention", `#${label || "unknown-channel"}`);
  return el("a", { class: "mention", href: store.address(id) }, `#${channel.name}`);
}

/** <!here> and its like: everybody, a moment, a group. */
export function special(body, label = null) {
  const [name, ...rest] = body.split("^");
  const all = ["here", "channel", "everyone"].includes(name);
  if (all) return span("mention mention-me", `@${name}`);
  if (name === "date") return moment(rest, label ?? body);
  if (name === "subteam") return groupMention(rest[0], label);
  return label && span("mention", label);
}

function moment([timestamp, format, url], fallback) {
  const text = el("time", { title: fallback }, dateText(timestamp, format, fallback));
  return url ? link(url, text) : text;
}

/** A group of people; their number is all that is known where there is no name. */
export const groupMention = (id, label) => span("mention", label || `@${id ?? "group"}`);

const QUOTED = /^(?:&gt;|>) ?/;

/** A whole message text in chat markup. */
export function mrkdwn(text, store) {
  const box = el("div", { class: "mrkdwn", dir: "auto" });
  String(text ?? "").split(/```([^]*?)```/).forEach((part, index) => {
    if (index % 2) box.append(codeBlock(unescape(part.replace(/^\n|\n$/g, ""))));
    else box.append(...lines(index ? part.replace(/^\n/, "") : part, store));
  });
  return box;
}

function lines(text, store) {
  const groups = [];
  for (const line of text.split("\n")) {
    const quoted = QUOTED.test(line);
    if (groups.at(-1)?.quoted !== quoted) groups.push({ quoted, lines: [] });
    groups.at(-1).lines.push(quoted ? line.replace(QUOTED, "") : line);
  }
  const render = (group) => inline(group.lines.join("\n"), store);
  const draw = (group) => (group.quoted ? el("blockquote", {}, render(group)) : render(group));
  return groups.flatMap(draw);
}

/** A `plain_text` or `mrkdwn` text object. */
export function textObject(object, store) {
  if (!object) return null;
  if (object.type === "mrkdwn") return mrkdwn(object.text, store);
  return el("div", { class: "mrkdwn", dir: "auto" }, plainText(object));
}

const EMOJIS = new RegExp(EMOJI.source, "g");

/** The characters of a `plain_text` object. */
export function plainText(object) {
  const text = unescape(typeof object === "string" ? object : (object?.text ?? ""));
  if (object?.emoji === false) return text;
  return text.replace(EMOJIS, (whole, name) => emoji(name) ?? whole);
}
