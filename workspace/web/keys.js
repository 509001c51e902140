/** The page's keys, and the box that lists them. */

import { openDialog } from "./dialog.js";
import { byId, el } from "./dom.js";
import { t } from "./i18n.js";
import { openSwitcher } from "./switcher.js";

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const CTRL = MAC ? "⌘" : "Ctrl";
const LISTED = [
  ["Moving about", [
    [`${CTRL} K`, "Jump to a channel or person"],
    ["Alt ↑", "Channel above"],
    ["Alt ↓", "Channel below"],
    ["Alt Shift ↑ ↓", "Unread channel above or below"],
    ["F6", "Next part of the page"],
    ["Esc", "Close the thread, the menu or the box"],
    ["?", "This list"],
  ]],
  ["Writing", [
    ["Enter", "Send"],
    ["Shift Enter", "New line"],
    ["↑", "Edit your last message (in an empty field)"],
    ["/", "Commands and shortcuts"],
    ["@ #", "People and channels"],
    ["Tab", "Take the suggestion"],
  ]],
  ["On a message", [
    ["↑ ↓", "Message before or after"],
    ["T", "Reply in thread"],
    ["R", "Add a reaction"],
    ["E", "Edit your message"],
    ["U", "Mark unread"],
    ["M", "More actions"],
    ["Del", "Delete your message"],
  ]],
];
const REGIONS = ["#sidebar .place[aria-current]", "#messages", "#home", "#composer textarea", "#replies", "#thread-composer textarea", "#panel .panel-rows"];

/** Listen to keys for the whole page; `page` closes the thread and knows the store. */
export function listenKeys(page) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const act = wanted(event, page);
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function wanted(event, page) {
  const { key, altKey: alt, shiftKey: shift } = event;
  const ctrl = event.ctrlKey || event.metaKey;
  const inBox = Boolean(document.querySelector("dialog:modal"));
  if (ctrl && !alt && key.toLowerCase() === "k") return () => openSwitcher(page.store);
  if (inBox) return null;
  if (alt && !ctrl && (key === "ArrowUp" || key === "ArrowDown")) return () => step(key === "ArrowUp" ? -1 : 1, shift);
  if (key === "F6") return () => nextRegion(shift ? -1 : 1);
  if (key === "Escape") return escape(event, page);
  const writing = event.target.closest("input, textarea, select");
  if (ctrl && key === "/") return openHelp;
  return key === "?" && !ctrl && !writing ? openHelp : null;
}

/** Escape closes what is nearest to where the focus is. */
function escape(event, page) {
  if (document.body.classList.contains("with-sidebar")) return () => page.showSidebar(false);
  if (event.target.closest("#panel")) return () => byId("panel-toggle").click();
  return page.side.place.channel ? () => page.closeThread() : null;
}

/** Go to the next place of the sidebar, or to the next unread one. */
function step(by, unread) {
  const all = [...document.querySelectorAll("#sidebar .place[data-channel]")];
  const at = all.findIndex((one) => one.hasAttribute("aria-current"));
  const order = all.map((_, n) => all[(at + by * (n + 1) + all.length * 2) % all.length]);
  const next = order.find((one) => !unread || one.classList.contains("has-unread"));
  if (next) location.hash = next.getAttribute("href");
}

function nextRegion(by) {
  const nodes = REGIONS.map((one) => document.querySelector(one)).filter((node) => node?.checkVisibility());
  const at = nodes.findIndex((node) => node.contains(document.activeElement));
  nodes.at((at + by + nodes.length) % nodes.length)?.focus();
}

/** Show the list of keys. */
export function openHelp() {
  if (document.querySelector(".help")) return;
  const row = ([keys, about]) => el("tr", {}, el("td", {}, keys.split(" ").map((key) => [el("kbd", {}, key), " "])), el("td", {}, t(about)));
  const group = ([title, rows]) => el("section", {}, el("h3", {}, t(title)), el("table", {}, el("tbody", {}, rows.map(row))));
  openDialog({ title: t("Keyboard"), body: LISTED.map(group), look: "help", testid: "help" });
}
