/** Block Kit layout blocks as nodes; an unknown block stays visible as its name in brackets. */

import { alert, authProvider, card, carousel, container, plan, task } from "./cards.js";
import { chart } from "./charts.js";
import { div, el } from "./dom.js";
import { element, unknown } from "./elements.js";
import { t } from "./i18n.js";
import { markdown } from "./markdown.js";
import { call, file, image, missing, picture, video } from "./media.js";
import { plainText, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { dataTable, table } from "./tables.js";

export { missing, picture };

/** All blocks of a message, modal or Home, inside one `scope`. */
export function renderBlocks(blocks, scope) {
  return div("blocks", blocks.map((block) => drawn(block, scope)));
}

/** One block; what is so malformed that it cannot be drawn is shown as its name. */
function drawn(block, scope) {
  const type = String(block?.type);
  try {
    const inner = (child) => drawn({ block_id: block.block_id, ...child }, scope);
    return tag(BLOCKS[type]?.(block, scope, inner) ?? unknown(type), block);
  } catch (error) {
    console.warn(`A block of type ${type} could not be drawn`, error);
    return unknown(type);
  }
}

function tag(node, block) {
  node.classList.add("block", `block-${String(block.type).replace(/\W/g, "")}`);
  if (block.block_id) node.dataset.block = block.block_id;
  return node;
}

const LONG = 1400;

function section(block, scope) {
  const field = (text) => div("section-field", textObject(text, scope.store));
  const fields = block.fields && div("section-fields", block.fields.map(field));
  const text = block.text && longText(block, textObject(block.text, scope.store), scope);
  const body = div("section-body", text, fields);
  return div("", body, block.accessory && div("accessory", accessory(block, scope)));
}

/** A long text is cut behind "See more" unless its block says `expand`. */
function longText(block, text, scope) {
  if (block.expand || text.textContent.length < LONG || scope.note(block, "expanded")) return text;
  const open = () => {
    scope.note(block, "expanded", true);
    text.classList.remove("clamped");
    more.remove();
  };
  const more = el("button", { type: "button", class: "text-button", onclick: open }, t("See more"));
  text.classList.add("clamped");
  return div("", text, more);
}

function accessory(block, scope) {
  const { accessory: item } = block;
  return item.type === "image" ? picture(item, scope) : element(block, item, scope);
}

function header(block) {
  return el("h3", { dir: "auto" }, plainText(block.text));
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
  const target = control.matches("[data-field]") ? control : (control.querySelector("[data-field]") ?? control);
  const optional = block.optional && el("small", {}, ` ${t("(optional)")}`);
  const name = { id: `${target.id}-label`, for: target.id, dir: "auto" };
  const label = el("label", name, plainText(block.label), optional);
  const error = el("div", { class: "field-error", id: `${target.id}-error`, role: "alert" });
  target.setAttribute("aria-labelledby", label.id);
  target.setAttribute("aria-describedby", error.id);
  if (!block.optional) target.setAttribute("aria-required", "true");
  const hint = block.hint && el("div", { class: "hint", dir: "auto" }, plainText(block.hint));
  return div("", label, control, error, hint);
}

const BLOCKS = {
  __proto__: null,
  section,
  header,
  image,
  context,
  input,
  table,
  file,
  video,
  call,
  alert,
  plan,
  card,
  carousel,
  container,
  task_card: task,
  auth_provider: authProvider,
  data_table: dataTable,
  data_visualization: chart,
  actions: elements,
  context_actions: elements,
  divider: () => el("div", { role: "separator" }),
  markdown: (block, scope) => el("div", {}, markdown(block.text, scope.store)),
  rich_text: (block, scope) => richText(block, scope.store),
};
