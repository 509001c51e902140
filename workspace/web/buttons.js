/** Elements that are pressed: buttons, overflow menus, feedback, icon and workflow buttons. */

import { div, ELSEWHERE, el, iconButton, link, safeUrl, button as plainButton } from "./dom.js";
import { t } from "./i18n.js";
import { confirmed, openMenu } from "./menu.js";
import { plainText } from "./mrkdwn.js";

const styled = (item) => `button ${["primary", "danger"].includes(item.style) ? item.style : ""}`;

/** Run while the node shows that it waits. */
async function busy(node, act) {
  node.setAttribute("aria-busy", "true");
  await act();
  node.removeAttribute("aria-busy");
}

/** A button; one with an address opens it in a new tab and tells the app as well. */
export function button(block, item, scope) {
  const href = item.url && safeUrl(item.url);
  const act = (node) => busy(node, () => scope.act(block, item, { value: item.value }));
  const names = { "data-action": item.action_id, "aria-label": item.accessibility_label };
  const props = { ...names, class: styled(item), onclick: (event) => act(event.currentTarget) };
  if (!href) return el("button", { type: "button", ...props }, plainText(item.text));
  const leave = (event) => follow(event, href, block, item, scope);
  return el("a", { ...props, href, ...ELSEWHERE, onclick: leave }, plainText(item.text));
}

/** Go where a link button leads; with a confirmation only after it. */
async function follow(event, href, block, item, scope) {
  const { currentTarget: node } = event;
  const { confirm, ...rest } = item;
  if (confirm) {
    event.preventDefault();
    if (!(await confirmed(confirm))) return;
    window.open(href, "_blank", "noopener,noreferrer");
  }
  await busy(node, () => scope.act(block, rest, { value: item.value }));
}

/** The menu behind three dots. */
export function overflow(block, item, scope) {
  const run = (option) => {
    const href = option.url && safeUrl(option.url);
    if (href) window.open(href, "_blank", "noopener,noreferrer");
    scope.act(block, item, { selected_option: option });
  };
  const entry = (option) => {
    const hint = plainText(option.description);
    return { label: plainText(option.text), hint, run: () => run(option) };
  };
  const open = (event) => openMenu(event.currentTarget, item.options.map(entry), t("More actions"));
  const props = { "data-action": item.action_id, "aria-haspopup": "menu" };
  return iconButton("more", t("More actions"), open, props);
}

/** Thumbs up and down; the pressed one stays marked, also after an update of the message. */
export function feedback(block, item, scope) {
  const key = `feedback/${item.action_id}`;
  const press = async (spec) => {
    mark(scope.note(block, key, spec.value));
    await scope.act(block, item, { value: spec.value });
  };
  const vote = (spec, name) => {
    const label = spec.accessibility_label || plainText(spec.text);
    return iconButton(name, label, () => press(spec), { "data-action": item.action_id });
  };
  const votes = [item.positive_button, item.negative_button];
  const nodes = votes.map((spec, n) => vote(spec, n ? "thumbsDown" : "thumbsUp"));
  const mark = (value) =>
    nodes.forEach((node, n) => node.setAttribute("aria-pressed", String(votes[n].value === value)));
  mark(scope.note(block, key));
  return el("span", { class: "feedback", role: "group", "aria-label": t("Feedback") }, nodes);
}

/** A button with an icon of the page's own. */
export function iconAction(block, item, scope) {
  const press = (event) => busy(event.currentTarget, () => scope.act(block, item, { value: item.value }));
  const label = item.accessibility_label || plainText(item.text);
  const props = { class: "icon-button with-text", "data-action": item.action_id };
  const made = iconButton(item.icon, label, press, props);
  made.append(plainText(item.text));
  return made;
}

/** Starts a workflow: there are none here, so it says what it would start, and with what. */
export function workflow(_block, item) {
  const props = { type: "button", class: styled(item), "data-action": item.action_id };
  const open = () => showTrigger(plainText(item.text), item.workflow?.trigger ?? {});
  const label = item.accessibility_label;
  return el("button", { ...props, "aria-label": label, onclick: open }, plainText(item.text));
}

function showTrigger(name, trigger) {
  const inputs = trigger.customizable_input_parameters ?? [];
  const facts = inputs.map((one) => el("li", {}, el("code", {}, one.name), " ", String(one.value ?? "")));
  const dialog = el("dialog", { class: "confirm", "aria-label": name, onclose: () => dialog.remove() });
  dialog.append(
    el("h2", { dir: "auto" }, name),
    div("confirm-text", t("This workspace runs no workflows. In Slack this button starts:"), " ", where(trigger)),
    el("ul", {}, facts),
    el("footer", {}, plainButton(t("Close"), () => dialog.close(), "primary")),
  );
  document.body.append(dialog);
  dialog.showModal();
}

const where = ({ url }) => (url ? link(url, url) : t("a workflow"));
