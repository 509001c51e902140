/** DOM building blocks: every piece of the page is made of nodes, never of HTML text. */

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

const STROKES = {
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  chat: "M4 5h16v11H10l-5 4v-4H4z",
  clip: "M19 11l-8 8a4 4 0 0 1-6-6l8-8a3 3 0 0 1 4 4l-8 8a1 1 0 0 1-2-2l7-7",
  close: "M6 6l12 12M18 6 6 18",
  code: "M8 7l-5 5 5 5M16 7l5 5-5 5",
  copy: "M9 9h10v11H9zM5 15V4h10",
  down: "M6 9l6 6 6-6",
  eye: "M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6zM12 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  hash: "M9 4 7 20M17 4l-2 16M5 9h15M4 15h15",
  home: "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  send: "M4 12 20 4l-5 16-4-6zM11 14l9-10",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5v.5M15 9.5v.5",
  stop: "M7 7h10v10H7z",
  thumbsDown: "M17 4v9M11 13H5a2 2 0 0 1-2-3l1-4a3 3 0 0 1 3-2h13v9h-3l-4 7a2 2 0 0 1-2-2z",
  thumbsUp: "M7 20v-9M13 11h6a2 2 0 0 1 2 3l-1 4a3 3 0 0 1-3 2H4v-9h3l4-7a2 2 0 0 1 2 2z",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
};

/** A line icon of the page's own drawing, hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", STROKES[name] ?? STROKES.more);
  svg.append(path);
  return svg;
}

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
