/** Interactive elements of blocks. Each maker takes (block, element, scope) and returns a node. */

import { div, ELSEWHERE, el, iconButton, safeUrl } from "./dom.js";
import { openMenu } from "./menu.js";
import { mrkdwn, plainText } from "./mrkdwn.js";

let serial = 0;

/** A visible stand-in for something this page cannot draw. */
export const unknown = (type) => div("unknown-block", `[${type}]`);

/** Any interactive element; null when it is not meant for this reader. */
export function element(block, item, scope) {
  const readers = item.visible_to_user_ids;
  if (readers && !readers.includes(scope.store.me.id)) return null;
  const make = SELECT.test(item.type) ? select : MAKERS[item.type];
  return make ? make(block, item, scope) : unknown(item.type);
}

/** Attributes every control shares: an id for its label, its action and a spoken name. */
function common(block, item, fallback) {
  const label = item.accessibility_label || plainText(item.placeholder) || fallback || item.action_id;
  return { id: `field-${(serial += 1)}`, "data-action": item.action_id, "aria-label": label };
}

const hear = (scope, block, item, node, read) => {
  scope.register(block, item, read);
  node.addEventListener("change", () => scope.changed(block, item, read()));
  return node;
};

function button(block, item, scope) {
  const href = item.url && safeUrl(item.url);
  const style = ["primary", "danger"].includes(item.style) ? item.style : "";
  const press = async (event) => {
    const node = event.currentTarget;
    node.setAttribute("aria-busy", "true");
    await scope.act(block, item, { value: item.value });
    node.removeAttribute("aria-busy");
  };
  const names = { "data-action": item.action_id, "aria-label": item.accessibility_label };
  const props = { ...names, class: `button ${style}`, onclick: press };
  if (!href) return el("button", { type: "button", ...props }, plainText(item.text));
  return el("a", { ...props, href, ...ELSEWHERE }, plainText(item.text));
}

const SELECT = /^(multi_)?(static|external|users|conversations|channels)_select$/;
const SINGULAR = { users: "user", conversations: "conversation", channels: "channel" };

/** All ten select menus: the kind names the source of options and the key of the state value. */
function select(block, item, scope) {
  const [, multi, kind] = SELECT.exec(item.type);
  const groups = optionGroups(kind, item, scope.store);
  const options = groups.flatMap((group) => group.options);
  const byObject = !SINGULAR[kind];
  const key = `selected_${byObject ? "option" : SINGULAR[kind]}${multi ? "s" : ""}`;
  const pick = (value) => (byObject ? options.find((option) => option.value === value) : value);
  const was = [scope.initial(block, item)[key] ?? []].flat().map((one) => one.value ?? one);
  const menu = { block, item, scope, groups, key, pick, was };
  return multi ? manyOf(menu) : oneOf(menu);
}

function optionGroups(kind, item, store) {
  if (item.option_groups) return item.option_groups;
  if (kind === "users") return [{ options: [...store.users.values()].map(userOption) }];
  if (!SINGULAR[kind]) return [{ options: item.options ?? initialOptions(item) }];
  const fits = (channel) => kind === "conversations" || !channel.is_im;
  const name = (channel) => `${channel.is_im ? "@" : "#"}${store.channelName(channel)}`;
  const shown = [...store.channels.values()].filter(fits);
  return [{ options: shown.map((channel) => asOption(channel.id, name(channel))) }];
}

const asOption = (value, text) => ({ value, text: { type: "plain_text", text } });
const userOption = (user) => asOption(user.id, user.label);

const initialOptions = (item) => [item.initial_option ?? item.initial_options ?? []].flat();

function oneOf({ block, item, scope, groups, key, pick, was }) {
  const option = ({ value, text }) =>
    el("option", { value, selected: was.includes(value) }, plainText(text));
  const group = ({ label, options }) =>
    label ? el("optgroup", { label: plainText(label) }, options.map(option)) : options.map(option);
  const first = el("option", { value: "" }, plainText(item.placeholder) || "Choose…");
  const node = el("select", { class: "field", ...common(block, item) }, first, groups.map(group));
  return hear(scope, block, item, node, () => ({ [key]: (node.value && pick(node.value)) || null }));
}

function manyOf({ block, item, scope, groups, key, pick, was }) {
  const props = common(block, item);
  const summary = el("summary", { class: "field", id: props.id, "aria-label": props["aria-label"] });
  const box = (option) => choice("checkbox", props, option, was.includes(option.value), scope);
  const group = (one) => [one.label && el("small", {}, plainText(one.label)), one.options.map(box)];
  const node = el("details", { class: "multi" }, summary, div("multi-options", groups.map(group)));
  const read = () => ({ [key]: checkedIn(node).map((input) => pick(input.value)) });
  const tell = () => {
    const labels = checkedIn(node).map((input) => input.dataset.label);
    summary.textContent = labels.join(", ") || plainText(item.placeholder) || "Choose…";
  };
  tell();
  node.addEventListener("change", tell);
  node.addEventListener("keydown", (event) => fold(node, event));
  return hear(scope, block, item, node, read);
}

const checkedIn = (node) => [...node.querySelectorAll("input:checked")];

/** Escape closes an open list, and not the modal around it. */
function fold(node, event) {
  if (event.key !== "Escape" || !node.open) return;
  event.preventDefault();
  node.open = false;
}

function choice(type, props, option, checked, scope) {
  const hint = option.description && el("small", {}, plainText(option.description));
  const data = { "data-action": props["data-action"], "data-label": plainText(option.text) };
  const input = el("input", { type, name: props.id, value: option.value, checked, ...data });
  const text = option.text.type === "mrkdwn" ? mrkdwn(option.text.text, scope.store) : plainText(option.text);
  return el("label", { class: "choice" }, input, el("span", {}, text, hint));
}

function choices(block, item, scope) {
  const radio = item.type === "radio_buttons";
  const props = common(block, item);
  const key = radio ? "selected_option" : "selected_options";
  const was = [scope.initial(block, item)[key] ?? []].flat().map((one) => one.value);
  const kind = radio ? "radio" : "checkbox";
  const box = (option) => choice(kind, props, option, was.includes(option.value), scope);
  const { "data-action": _, ...group } = { ...props, role: radio ? "radiogroup" : "group" };
  const node = el("div", { class: "choices", ...group }, item.options.map(box));
  const values = () => checkedIn(node).map((input) => input.value);
  const chosen = () => item.options.filter((option) => values().includes(option.value));
  return hear(scope, block, item, node, () => ({ [key]: radio ? (chosen()[0] ?? null) : chosen() }));
}

const PICKERS = { datepicker: ["date", "selected_date"], timepicker: ["time", "selected_time"] };

function picker(block, item, scope) {
  const [type, key] = PICKERS[item.type];
  const value = scope.initial(block, item)[key] ?? "";
  const node = el("input", { type, class: "field", value, ...common(block, item) });
  return hear(scope, block, item, node, () => ({ [key]: node.value || null }));
}

function dateTime(block, item, scope) {
  const seconds = scope.initial(block, item).selected_date_time;
  const local = seconds && new Date(seconds * 1000 - new Date().getTimezoneOffset() * 60000);
  const value = local ? local.toISOString().slice(0, 16) : "";
  const node = el("input", { type: "datetime-local", class: "field", value, ...common(block, item) });
  const read = () => ({ selected_date_time: node.value ? Date.parse(node.value) / 1000 : null });
  return hear(scope, block, item, node, read);
}

const INPUT_TYPES = { number_input: "number", email_text_input: "email", url_text_input: "url" };

function textInput(block, item, scope) {
  const lengths = { minlength: item.min_length, maxlength: item.max_length };
  const range = { min: item.min_value, max: item.max_value };
  const step = item.is_decimal_allowed ? "any" : null;
  const type = INPUT_TYPES[item.type] ?? "text";
  const value = scope.initial(block, item).value ?? "";
  const props = { ...common(block, item), class: "field", dir: "auto", ...lengths };
  const placeholder = plainText(item.placeholder);
  const node = item.multiline
    ? el("textarea", { ...props, placeholder, rows: 4, value })
    : el("input", { ...props, ...range, placeholder, step, type, value });
  return hear(scope, block, item, node, () => ({ value: node.value || null }));
}

function overflow(block, item, scope) {
  const run = (option) => {
    const href = option.url && safeUrl(option.url);
    if (href) window.open(href, "_blank", "noopener,noreferrer");
    scope.act(block, item, { selected_option: option });
  };
  const entry = (option) => {
    const hint = plainText(option.description);
    return { label: plainText(option.text), hint, run: () => run(option) };
  };
  const open = (event) => openMenu(event.currentTarget, item.options.map(entry), "More actions");
  const props = { "data-action": item.action_id, "aria-haspopup": "menu" };
  return iconButton("more", "More actions", open, props);
}

function feedback(block, item, scope) {
  const vote = (spec, name) => {
    const press = async () => {
      for (const one of node.children) one.setAttribute("aria-pressed", String(one === made));
      await scope.act(block, item, { value: spec.value });
    };
    const label = spec.accessibility_label || plainText(spec.text);
    const made = iconButton(name, label, press, { "data-action": item.action_id, "aria-pressed": "false" });
    return made;
  };
  const node = el("span", { class: "feedback", role: "group", "aria-label": "Feedback" });
  node.append(vote(item.positive_button, "thumbsUp"), vote(item.negative_button, "thumbsDown"));
  return node;
}

function iconAction(block, item, scope) {
  const press = () => scope.act(block, item, { value: item.value });
  const label = item.accessibility_label || plainText(item.text);
  const props = { class: "icon-button with-text", "data-action": item.action_id };
  const made = iconButton(item.icon, label, press, props);
  made.append(plainText(item.text));
  return made;
}

const MAKERS = {
  button,
  overflow,
  checkboxes: choices,
  radio_buttons: choices,
  datepicker: picker,
  timepicker: picker,
  datetimepicker: dateTime,
  plain_text_input: textInput,
  number_input: textInput,
  email_text_input: textInput,
  url_text_input: textInput,
  feedback_buttons: feedback,
  icon_button: iconAction,
};
