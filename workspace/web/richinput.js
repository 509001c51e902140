/** `rich_text_input`: typed chat markup with a toolbar and a preview; the app gets a rich_text block. */

import { div, el } from "./dom.js";
import { common, dispatchTyping } from "./field.js";
import { t } from "./i18n.js";
import { plainText } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { fromRichText, toRichText } from "./richwrite.js";

const TOOLS = [
  ["B", "Bold", "*", "*"],
  ["I", "Italic", "_", "_"],
  ["S", "Strikethrough", "~", "~"],
  ["</>", "Code", "`", "`"],
  ["🔗", "Link", "[", "](https://)"],
  ["•", "Bulleted list", "- ", ""],
  ["1.", "Numbered list", "1. ", ""],
  ["❝", "Quote", "> ", ""],
  ["{ }", "Code block", "```\n", "\n```"],
];

/** A rich text input. */
export function richInput(block, item, scope) {
  const first = scope.initial(block, item);
  const value = fromRichText(first.rich_text_value ?? first.value);
  const placeholder = plainText(item.placeholder);
  const props = { ...common(block, item), class: "field", dir: "auto", placeholder, value };
  const node = el("textarea", { ...props, rows: item.min_lines ?? 4 });
  const preview = div("rich-preview");
  const read = () => ({ rich_text_value: toRichText(node.value, scope.store) });
  const draw = () => show(preview, read().rich_text_value, scope.store);
  scope.register(block, item, read);
  dispatchTyping(scope, block, item, node, read);
  node.addEventListener("input", draw);
  draw();
  return div("rich-input", toolbar(node), node, preview);
}

/** The preview, which only text with some formatting needs. */
function show(preview, value, store) {
  const bare = (leaf) => leaf.type === "text" && !leaf.style;
  const plain = (part) => part.type === "rich_text_section" && part.elements.every(bare);
  const formatted = value && !value.elements.every(plain);
  preview.replaceChildren(...(formatted ? [richText(value, store)] : []));
}

function toolbar(node) {
  const tool = ([sign, name, before, after]) => {
    const label = t(name);
    const onclick = () => wrap(node, before, after);
    return el("button", { type: "button", class: "tool", title: label, "aria-label": label, onclick }, sign);
  };
  return el("div", { class: "toolbar", role: "toolbar", "aria-label": t("Formatting") }, TOOLS.map(tool));
}

/** Put marks around the selection, or before each of its lines. */
function wrap(node, before, after) {
  const { selectionStart: start, selectionEnd: end, value } = node;
  const chosen = value.slice(start, end);
  const lines = !after;
  const from = lines ? value.lastIndexOf("\n", start - 1) + 1 : start;
  const inner = lines ? value.slice(from, end).replace(/^/gm, before) : before + chosen + after;
  node.setRangeText(inner, from, end, "end");
  if (!lines && !chosen) node.setSelectionRange(start + before.length, start + before.length);
  node.focus();
  node.dispatchEvent(new Event("input", { bubbles: true }));
}
