/** Block Kit layout blocks as nodes; an unknown block stays visible as its name in brackets. */

import { div, ELSEWHERE, el, icon, link, localSrc, span } from "./dom.js";
import { element, unknown } from "./elements.js";
import { grid, markdown } from "./markdown.js";
import { plainText, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";

/** All blocks of a message, modal or Home, inside one `scope`. */
export function renderBlocks(blocks, scope) {
  const draw = (block) => BLOCKS[block.type]?.(block, scope) ?? unknown(block.type);
  return div("blocks", blocks.map((block) => tag(draw(block), block)));
}

function tag(node, block) {
  node.classList.add("block", `block-${String(block.type).replace(/\W/g, "")}`);
  if (block.block_id) node.dataset.block = block.block_id;
  return node;
}

/** A picture of this server; for any other host a note with a link: nothing is loaded from outside. */
export function picture(item, scope) {
  const address = item._src ?? item.image_url ?? "";
  const src = localSrc(address, scope.store.fileToken);
  const alt = item.alt_text ?? "";
  if (!src || !address) return missing(alt, item.image_url);
  const onerror = (event) => event.target.replaceWith(missing(alt));
  return el("img", { src, alt, loading: "lazy", onerror });
}

/** What stands where a picture cannot be shown. */
export function missing(alt, url) {
  const where = url ? link(url, "open elsewhere") : "not available";
  return span("missing-picture", icon("file"), `${alt || "Picture"} — `, where);
}

function section(block, scope) {
  const field = (text) => div("section-field", textObject(text, scope.store));
  const fields = block.fields && div("section-fields", block.fields.map(field));
  const body = div("section-body", textObject(block.text, scope.store), fields);
  return div("", body, block.accessory && div("accessory", accessory(block, scope)));
}

function accessory(block, scope) {
  const { accessory: item } = block;
  return item.type === "image" ? picture(item, scope) : element(block, item, scope);
}

function header(block) {
  return el("h3", { dir: "auto" }, plainText(block.text));
}

function image(block, scope) {
  const title = block.title && el("figcaption", {}, plainText(block.title));
  const shown = picture(block, scope);
  const href = shown.getAttribute("src");
  return el("figure", {}, title, href ? el("a", { href, ...ELSEWHERE }, shown) : shown);
}

function context(block, scope) {
  const draw = (item) => (item.type === "image" ? picture(item, scope) : textObject(item, scope.store));
  return el("div", {}, block.elements.map(draw));
}

function elements(block, scope) {
  return el("div", {}, block.elements.map((item) => element(block, item, scope)));
}

function input(block, scope) {
  const control = element(block, block.element, scope);
  const optional = block.optional && el("small", {}, " (optional)");
  const target = control.querySelector("summary") ?? control;
  const label = el("label", { id: `${target.id}-label`, for: target.id }, plainText(block.label), optional);
  target.setAttribute("aria-labelledby", label.id);
  const hint = block.hint && div("hint", plainText(block.hint));
  return div("", label, control, el("div", { class: "field-error", role: "alert" }), hint);
}

function table(block, scope) {
  const sides = (block.column_settings ?? []).map((column) => column?.align ?? "left");
  const fill = (cell) => (cell.type === "rich_text" ? richText(cell, scope.store) : String(cell.text ?? ""));
  const cell = (kind) => (one, n) => el(kind, { class: sides[n] ?? "left", dir: "auto" }, fill(one));
  const row = (cells, kind) => el("tr", {}, cells.map(cell(kind)));
  const [head = [], ...rest] = block.rows;
  const body = rest.map((cells) => row(cells, "td"));
  return div("", grid(el("thead", {}, row(head, "th")), el("tbody", {}, body)));
}

function file(block) {
  return div("file-card", icon("file"), `File ${block.external_id ?? ""}`);
}

function video(block) {
  const title = plainText(block.title);
  const name = block.title_url ? link(block.title_url, title) : title;
  return div("file-card", icon("file"), "Video: ", name);
}

function alert(block, scope) {
  const levels = ["info", "warning", "error", "success"];
  const level = levels.includes(block.level) ? block.level : "default";
  return el("div", { class: `alert-${level}`, role: "note" }, textObject(block.text, scope.store));
}

const TASK_ICONS = { complete: "✓", error: "!", in_progress: "…" };

function task(block, scope) {
  const status = block.status in TASK_ICONS ? block.status : "pending";
  const texts = [block.details, block.output].filter(Boolean);
  const draw = (text) => (text.elements ? richText : markdown)(text, scope.store);
  const said = texts.map((text) => div("task-text", draw(text)));
  const props = { class: `task-mark task-${status}`, role: "img", "aria-label": status };
  const mark = el("span", props, TASK_ICONS[status] ?? "");
  return div("", mark, div("", String(block.title ?? ""), said));
}

function plan(block, scope) {
  const tasks = (block.tasks ?? []).map((one) => tag(task(one, scope), { type: "task_card" }));
  return el("div", {}, el("strong", {}, String(block.title ?? "")), tasks);
}

const BLOCKS = {
  section,
  header,
  image,
  context,
  input,
  table,
  file,
  video,
  alert,
  plan,
  task_card: task,
  actions: elements,
  context_actions: elements,
  divider: () => el("div", { role: "separator" }),
  markdown: (block, scope) => el("div", {}, markdown(block.text, scope.store)),
  rich_text: (block, scope) => richText(block, scope.store),
};
