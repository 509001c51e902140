/** Blocks that hold others or stand out: cards, carousels, containers, tasks, plans, alerts, accounts. */

import { div, ELSEWHERE, el, icon, iconButton, link, safeUrl, span } from "./dom.js";
import { element } from "./elements.js";
import { t } from "./i18n.js";
import { markdown } from "./markdown.js";
import { picture } from "./media.js";
import { plainText, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";

const LEVELS = ["info", "warning", "error", "success"];
const LEVEL_SIGNS = { info: "ℹ", warning: "⚠", error: "✕", success: "✓", default: "•" };

/** An `alert`. */
export function alert(block, scope) {
  const level = LEVELS.includes(block.level) ? block.level : "default";
  const sign = el("span", { class: "alert-sign", "aria-hidden": "true" }, LEVEL_SIGNS[level]);
  const text = typeof block.text === "string" ? block.text : textObject(block.text, scope.store);
  return el("div", { class: `alert-${level}`, role: "note" }, sign, div("alert-text", text));
}

const TASK_SIGNS = { __proto__: null, complete: "✓", error: "!", in_progress: "…", pending: "" };

/** A `task_card`: its state, what was done, and where that came from. */
export function task(block, scope) {
  const status = block.status in TASK_SIGNS ? block.status : "pending";
  const texts = [block.details, block.output].filter(Boolean);
  const { store } = scope;
  const draw = (text) => (text.elements ? richText(text, store) : markdown(text.text ?? text, store));
  const said = texts.map((text) => div("task-text", draw(text)));
  const props = { class: `task-mark task-${status}`, role: "img", "aria-label": t(status.replace("_", " ")) };
  const title = el("span", { dir: "auto" }, String(block.title ?? ""));
  return div("", el("span", props, TASK_SIGNS[status]), div("task-body", title, said, sources(block)));
}

function sources({ sources: all }) {
  if (!all?.length) return null;
  const source = (one) => el("li", {}, link(one.url, String(one.text || one.url)));
  return el("ul", { class: "task-sources", "aria-label": t("Sources") }, all.map(source));
}

/** A `plan`: a title and its tasks. */
export function plan(block, scope, draw) {
  const tasks = (block.tasks ?? []).map((one) => draw({ type: "task_card", ...one }));
  const title = el("strong", { dir: "auto" }, String(block.title?.text ?? block.title ?? ""));
  return folding(block, scope, title, tasks, true);
}

/** A part that folds; whether it is open survives an update. */
function folding(block, scope, head, body, open) {
  const kept = scope.note(block, "open") ?? open;
  const summary = el("summary", {}, head);
  const node = el("details", { open: kept }, summary, body);
  // The click comes before the fold, and "toggle" only after it: an update may come in between.
  summary.addEventListener("click", () => scope.note(block, "open", !node.open));
  return div("", node);
}

/** Which of the page's own icons stand for the platform's; the names that both share come through. */
const ICONS = {
  __proto__: null,
  bot: "spark",
  comment: "chat",
  "eye-open": "eye",
  gear: "system",
  info: "help",
  lightbulb: "sun",
  rocket: "bolt",
  sparkle: "spark",
  star: "spark",
  "star-filled": "spark",
  "thumbs-down": "thumbsDown",
  "thumbs-up": "thumbsUp",
  user: "person",
};

function smallIcon(block, scope) {
  if (block.icon) return div("card-icon", picture(block.icon, scope));
  const name = block.slack_icon?.name;
  return name && div("card-icon", el("span", { title: name }, icon(ICONS[name] ?? name)));
}

/** A `card`. */
export function card(block, scope) {
  const text = (name) => block[name] && div(`card-${name}`, textObject(block[name], scope.store));
  const hero = block.hero_image && div("card-hero", picture(block.hero_image, scope));
  const head = div("card-head", smallIcon(block, scope), div("", text("title"), text("subtitle")));
  const actions = (block.actions ?? []).map((item) => element(block, item, scope));
  return div("", hero, head, text("body"), text("subtext"), actions.length > 0 && div("card-actions", actions));
}

/** A `carousel` of cards, scrolled sideways. */
export function carousel(block, scope, draw) {
  const cards = (block.elements ?? []).map((one) => draw({ type: "card", ...one }));
  const row = el("div", { class: "carousel-row", tabindex: 0, role: "group", "aria-label": t("Cards") }, cards);
  const by = (sign) => () => row.scrollBy({ left: sign * row.clientWidth * 0.8, behavior: "smooth" });
  const back = iconButton("back", t("Earlier cards"), by(-1));
  const on = iconButton("forward", t("Later cards"), by(1));
  return div("", row, cards.length > 1 && div("carousel-bar", back, on));
}

const WIDTHS = ["narrow", "standard", "wide", "full"];

/** A `container` of other blocks, which may fold. */
export function container(block, scope, draw) {
  const width = WIDTHS.includes(block.width) ? block.width : "standard";
  const rich = block.rich_text_title;
  const title = el("strong", { dir: "auto" }, rich ? richText(rich, scope.store) : plainText(block.title));
  const subtitle = block.subtitle && div("container-subtitle", textObject(block.subtitle, scope.store));
  const head = div("container-head", smallIcon(block, scope), div("", title, subtitle));
  const body = div("blocks container-body", (block.child_blocks ?? []).map(draw));
  const folds = () => folding(block, scope, head, body, !block.default_collapsed);
  const node = block.is_collapsible ? folds() : div("", head, body);
  node.classList.add(`container-${width}`);
  if (block.has_header_divider) node.classList.add("has-divider");
  return node;
}

/** An `auth_provider`: an account elsewhere, connected or not. */
export function authProvider(block, scope) {
  const name = plainText(block.name);
  const facts = [block.connected_identity, block.connected_context].map(plainText).filter(Boolean).join(" · ");
  const about = block.is_connected ? facts || t("Connected") : plainText(block.description);
  const sign = span("provider-icon", picture({ image_url: block.icon_url, alt_text: "" }, scope));
  const more = block.is_connected && block.accessory && element(block, block.accessory, scope);
  const text = el("span", {}, el("strong", { dir: "auto" }, name), el("small", { dir: "auto" }, about));
  return div("file-card provider", block.icon_url ? sign : icon("lock"), text, connect(block, scope), more);
}

const LABELS = { connect: "Connect", disconnect: "Disconnect" };

/** The button that leads to where an account is connected, or disconnected; the app hears of it. */
function connect(block, scope) {
  const [word, url] = block.is_connected ? ["disconnect", block.disconnect_url] : ["connect", block.auth_url];
  const href = url && safeUrl(url);
  if (!href) return null;
  const action = { type: "button", action_id: `auth_provider_${word}_${block.value}` };
  const onclick = () => scope.act(block, action, { value: block.value });
  const style = block.is_connected ? "button" : "button primary";
  const props = { class: style, href, ...ELSEWHERE, "data-action": action.action_id, onclick };
  return el("a", props, t(LABELS[word]));
}
