/** Markdown of `markdown` blocks and streamed text: a small subset, as nodes; raw HTML stays text. */

import { codeBlock, el, link } from "./dom.js";
import { scan, sharedRules, unescape } from "./mrkdwn.js";

const DEPTH = 8;

/** A whole Markdown text. */
export function markdown(text, store) {
  const lines = String(text ?? "").replace(/\r\n?/g, "\n").replace(/\t/g, "    ").split("\n");
  return el("div", { class: "markdown", dir: "auto" }, blocks(lines, store, 0));
}

const BLOCKS = [fence, heading, rule, table, quote, list];

function blocks(lines, store, depth) {
  const nodes = [];
  for (let at = 0; at < lines.length; ) {
    if (!lines[at].trim()) {
      at += 1;
      continue;
    }
    const [node, end] = block(lines, at, store, depth);
    nodes.push(node);
    at = end;
  }
  return nodes;
}

function block(lines, at, store, depth) {
  for (const parse of depth < DEPTH ? BLOCKS : []) {
    const found = parse(lines, at, store, depth);
    if (found) return found;
  }
  return paragraph(lines, at, store);
}

function fence(lines, at) {
  const open = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)/.exec(lines[at]);
  if (!open) return null;
  const closes = (line) => line.trim().startsWith(open[1]) && !line.trim().replaceAll(open[1][0], "");
  let end = at + 1;
  while (end < lines.length && !closes(lines[end])) end += 1;
  return [codeBlock(unescape(lines.slice(at + 1, end).join("\n")), open[2]), end + 1];
}

function heading(lines, at, store) {
  const found = /^ {0,3}(#{1,6}) (.*)$/.exec(lines[at]);
  if (!found) return null;
  const title = found[2].trim().replace(/ #+$/, "");
  return [el(`h${found[1].length}`, {}, span(title, store)), at + 1];
}

function rule(lines, at) {
  return /^ {0,3}(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})$/.test(lines[at]) ? [el("hr"), at + 1] : null;
}

function quote(lines, at, store, depth) {
  const mark = /^ {0,3}(?:>|&gt;) ?/;
  if (!mark.test(lines[at])) return null;
  let end = at;
  while (end < lines.length && mark.test(lines[end])) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(mark, ""));
  return [el("blockquote", {}, blocks(inner, store, depth + 1)), end];
}

function cells(line) {
  const inner = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

const isDivider = (line = "") => line.includes("|") && cells(line).every((cell) => /^:?-+:?$/.test(cell));

function table(lines, at, store) {
  if (!lines[at].includes("|") || !isDivider(lines[at + 1])) return null;
  const sides = cells(lines[at + 1]).map(side);
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|")) end += 1;
  const cell = (tag) => (text, n) => el(tag, { class: sides[n] }, span(text, store));
  const row = (line, tag) => el("tr", {}, cells(line).map(cell(tag)));
  const body = lines.slice(at + 2, end).map((line) => row(line, "td"));
  return [grid(el("thead", {}, row(lines[at], "th")), el("tbody", {}, body)), end];
}

function side(divider) {
  if (!divider.endsWith(":")) return "left";
  return divider.startsWith(":") ? "center" : "right";
}

/** A table that scrolls by itself when it is wide. */
export const grid = (...parts) => el("div", { class: "table-scroll", tabindex: 0 }, el("table", {}, parts));

const ITEM = /^( *)([-*+]|\d{1,9}[.)])(?: +(.*)|)$/;

function list(lines, at, store, depth) {
  const first = ITEM.exec(lines[at]);
  if (!first || rule(lines, at)) return null;
  const ordered = /\d/.test(first[2]);
  const node = el(ordered ? "ol" : "ul", ordered ? { start: parseInt(first[2], 10) } : {});
  let end = at;
  while (end < lines.length && sameList(lines, end, first[1].length, ordered)) {
    const stop = itemEnd(lines, end + 1, first[1].length);
    node.append(item(lines.slice(end, stop), store, depth));
    end = stop;
  }
  return [node, end];
}

function sameList(lines, at, indent, ordered) {
  const found = ITEM.exec(lines[at]);
  return found && Math.abs(found[1].length - indent) < 2 && /\d/.test(found[2]) === ordered;
}

/** First line after an item: deeper lines belong to it, also behind one blank line. */
function itemEnd(lines, from, indent) {
  const deeper = (line) => line != null && line.search(/\S/) > indent + 1;
  let at = from;
  while (at < lines.length) {
    if (deeper(lines[at])) at += 1;
    else if (!lines[at].trim() && deeper(lines[at + 1])) at += 2;
    else if (!lines[at].trim() && ITEM.test(lines[at + 1] ?? "")) return at + 1;
    else break;
  }
  return at;
}

function item(lines, store, depth) {
  const text = ITEM.exec(lines[0])[3] ?? "";
  const task = /^\[([ xX])\] +(.*)$/.exec(text);
  const box = task && el("input", { type: "checkbox", disabled: true, checked: task[1] !== " " });
  const rest = lines.slice(1);
  const indent = Math.min(...rest.filter((line) => line.trim()).map((line) => line.search(/\S/)));
  const inner = blocks(rest.map((line) => line.slice(indent)), store, depth + 1);
  return el("li", { class: task && "task" }, box, span(task ? task[2] : text, store), inner);
}

const STARTS = /^ {0,3}(?:#{1,6} |```|~~~|>|&gt;|[-*+] |\d{1,9}[.)] )/;

function paragraph(lines, at, store) {
  const ends = (n) => !lines[n].trim() || STARTS.test(lines[n]) || isDivider(lines[n + 1]);
  let end = at + 1;
  while (end < lines.length && !ends(end)) end += 1;
  const text = lines.slice(at, end).map((line) => line.trim()).join("\n");
  return [el("p", {}, span(text, store)), end];
}

const ESCAPED = /\\([!-/:-@[-`{-~])/y;
const CODE = /(?<!`)(`+)([^`](?:[^\n]*?[^`])?)\1(?!`)/y;
const LINK = /!?\[((?:[^[\]\\\n]|\\.)*)\]\(<?([^()\s<>]*(?:\([^()\s<>]*\)[^()\s<>]*)?)>?(?: +"[^"\n]*")?\)/y;
const BOLD_ITALIC = /\*\*\*(?=\S)([^*\n]+)(?<=\S)\*\*\*/y;
const BOLD = /\*\*(?=\S)((?:[^*\n]|\*(?!\*))+)(?<=\S)\*\*/y;
const BOLD_LOW = /(?<![0-9A-Za-z_])__(?=\S)((?:[^_\n]|_(?!_))+)(?<=\S)__(?![0-9A-Za-z_])/y;
const ITALIC = /\*(?=[^\s*])([^*\n]+)(?<=\S)\*/y;
const ITALIC_LOW = /(?<![0-9A-Za-z_])_(?=[^\s_])([^_\n]+)(?<=\S)_(?![0-9A-Za-z_])/y;
const STRIKE = /~~(?=\S)([^~\n]+)(?<=\S)~~/y;

/** One paragraph of Markdown as nodes. A picture elsewhere becomes a link to it. */
function span(text, store) {
  const wrap = (tag) => (match) => el(tag, {}, span(match[1], store));
  return scan(text, [
    [ESCAPED, (match) => match[1]],
    [CODE, (match) => el("code", {}, unescape(match[2].trim()))],
    [LINK, (match) => link(unescape(match[2]), span(match[1] || match[2], store))],
    ...sharedRules(store),
    [BOLD_ITALIC, (match) => el("strong", {}, wrap("em")(match))],
    [BOLD, wrap("strong")],
    [BOLD_LOW, wrap("strong")],
    [ITALIC, wrap("em")],
    [ITALIC_LOW, wrap("em")],
    [STRIKE, wrap("s")],
  ]);
}
