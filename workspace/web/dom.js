/** DOM building blocks: every piece of the page is made of nodes, never of HTML text. */

import { icon } from "./icons.js";

export { icon };

const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "multiple", "textContent"]);

/** Make an element; `onclick`-like props take functions, `class` and attributes take strings. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) setProp(node, key, value);
  node.append(...children.flat(3).filter((child) => child != null && child !== false));
  return node;
}

function setProp(node, key, value) {
  if (value == null || value === false) return;
  if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
  else if (PROPERTIES.has(key)) node[key] = value;
  else node.setAttribute(key, value === true ? "" : value);
}

/** A div with a class. */
export const div = (name, ...children) => el("div", { class: name }, ...children);

/** A span with a class. */
export const span = (name, ...children) => el("span", { class: name }, ...children);

/** Attributes of a link that opens elsewhere and tells the target nothing. */
export const ELSEWHERE = { target: "_blank", rel: "noopener noreferrer" };

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/** An ordinary button with a text; `style` is "", "primary" or "danger". */
export function button(label, onclick, style = "") {
  return el("button", { type: "button", class: `button ${style}`, onclick }, label);
}

/** A button that looks like a link. */
export function textButton(label, onclick) {
  return el("button", { type: "button", class: "text-button", onclick }, label);
}

/** A button that shows only an icon; `label` is its name and tooltip. */
export function iconButton(name, label, onclick, props = {}) {
  const type = { type: "button", class: "icon-button", title: label, "aria-label": label };
  return el("button", { ...type, onclick, ...props }, icon(name));
}

/** The address if it is http, https or mailto, else null. */
export function safeUrl(text) {
  try {
    const url = new URL(text);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A link that opens elsewhere and tells the target nothing; plain text for a refused scheme. */
export function link(url, ...children) {
  const href = safeUrl(url);
  if (!href) return span("dead-link", ...children);
  return el("a", { href, ...ELSEWHERE }, ...children);
}

/** Path of a stored file of this very server with the page's token, or null for anything else. */
export function localSrc(address, token) {
  const local = new Set(["localhost", "127.0.0.1", "[::1]", location.hostname]);
  const url = address && URL.canParse(address, location.origin) && new URL(address, location.origin);
  if (!url || !local.has(url.hostname) || url.port !== location.port) return null;
  if (!url.pathname.startsWith("/files/")) return null;
  if (token && !url.searchParams.has("t")) url.searchParams.set("t", token);
  return url.pathname + url.search;
}

/** A block of code with a copy button. */
export function codeBlock(text, language = "") {
  const copy = iconButton("copy", "Copy code", () => navigator.clipboard.writeText(text));
  const label = language && div("code-language", language);
  return div("code-block", label, el("pre", { tabindex: 0 }, el("code", {}, text)), copy);
}

const PALETTE = 8;

/** A square with a person's first letters; the colour follows the id. */
export function avatar(id, name, isBot = false) {
  const hash = [...String(id)].reduce((sum, char) => (sum * 47 + char.codePointAt(0)) % 9973, 7);
  const tint = isBot ? "avatar-app" : `avatar-${hash % PALETTE}`;
  return el("span", { class: `avatar ${tint}`, "aria-hidden": "true" }, initials(name));
}

function initials(name) {
  const words = String(name || "?").trim().split(/\s+/);
  const first = [...words[0]][0].toUpperCase();
  const last = words.length > 1 ? [...words.at(-1)][0].toUpperCase() : "";
  return first + last;
}

/** Say something short at the bottom of the page for six seconds. */
export function toast(text) {
  const note = div("toast", text);
  byId("toasts").append(note);
  byId("toasts").hidePopover();
  byId("toasts").showPopover(); // again on top, also of a modal
  setTimeout(() => note.remove(), 6000);
}
