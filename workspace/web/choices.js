/** Checkboxes and radio buttons. */

import { el } from "./dom.js";
import { common, hear } from "./field.js";
import { mrkdwn, plainText } from "./mrkdwn.js";

/** A text of an option, which may be marked up. */
function text(object, store) {
  if (object?.type === "mrkdwn") return mrkdwn(object.text, store);
  return el("span", { dir: "auto" }, plainText(object));
}

function choice(type, props, option, scope) {
  const { id: name, "data-action": action } = props;
  const data = { "data-action": action, "data-label": plainText(option.text), "data-focus": props["data-focus"] };
  const input = el("input", { type, name, value: option.value, ...data });
  const hint = option.description && el("small", {}, text(option.description, scope.store));
  return el("label", { class: "choice" }, input, el("span", {}, text(option.text, scope.store), hint));
}

/** `checkboxes` or `radio_buttons`. */
export function choices(block, item, scope) {
  const radio = item.type === "radio_buttons";
  const key = radio ? "selected_option" : "selected_options";
  const props = common(block, item);
  const { "data-action": _action, "data-focus": _focus, ...group } = props;
  const role = radio ? "radiogroup" : "group";
  const boxes = item.options.map((option) => choice(radio ? "radio" : "checkbox", props, option, scope));
  const node = el("div", { class: "choices", ...group, role }, boxes);
  const inputs = [...node.querySelectorAll("input")];
  const write = (value) => {
    const wanted = [value[key] ?? []].flat().map((one) => one.value);
    for (const input of inputs) input.checked = wanted.includes(input.value);
  };
  const read = () => {
    const chosen = item.options.filter((_option, n) => inputs[n].checked);
    return { [key]: radio ? (chosen[0] ?? null) : chosen };
  };
  write(scope.initial(block, item));
  return hear(scope, block, item, node, { read, write });
}
