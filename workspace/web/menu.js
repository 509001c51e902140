/** Pop-up menus and the confirmation box. */

import { button, el } from "./dom.js";
import { t } from "./i18n.js";
import { arrows } from "./listkeys.js";
import { plainText } from "./mrkdwn.js";

let open = null;

/**
 * Show `items` [{label, hint?, run, disabled?, danger?}] by a button; "-" is a line between them.
 * Escape, Tab or a click elsewhere closes.
 */
export function openMenu(anchor, items, name) {
  const props = { class: "menu", role: "menu", "aria-label": name };
  const entries = items.filter(Boolean).map(entry);
  const node = el("div", props, entries);
  arrows(node, "button:not(:disabled)");
  popUp(anchor, node);
  node.querySelector("button:not(:disabled)")?.focus();
}

/** Show a node by a button until Escape, Tab out of a menu, or a click elsewhere. */
export function popUp(anchor, node) {
  close();
  node.addEventListener("keydown", leave);
  (anchor.closest("dialog") ?? document.body).append(node);
  place(node, anchor.getBoundingClientRect());
  anchor.setAttribute("aria-expanded", "true");
  open = { node, anchor };
  setTimeout(() => document.addEventListener("click", outside));
}

/** Close the menu that is open, if any. */
export function closeMenu() {
  close();
}

function entry(item) {
  if (item === "-") return el("div", { class: "menu-line", role: "separator" });
  const hint = item.hint && el("small", {}, item.hint);
  const props = { type: "button", role: "menuitem", disabled: item.disabled };
  const look = item.danger ? "danger" : null;
  return el("button", { ...props, class: look, onclick: () => chosen(item) }, el("span", {}, item.label), hint);
}

function chosen(item) {
  const anchor = open?.anchor;
  close();
  anchor?.focus();
  item.run();
}

function place(node, box) {
  const below = box.bottom + 4 + node.offsetHeight < innerHeight;
  const top = below ? box.bottom + 4 : Math.max(4, box.top - 4 - node.offsetHeight);
  node.style.top = `${top}px`;
  node.style.left = `${Math.max(4, Math.min(box.left, innerWidth - node.offsetWidth - 8))}px`;
}

function leave(event) {
  const tabs = event.key === "Tab" && event.currentTarget.getAttribute("role") === "menu";
  if (event.key !== "Escape" && !tabs) return;
  event.preventDefault();
  event.stopPropagation();
  open?.anchor.focus();
  close();
}

function outside(event) {
  if (!open?.node.contains(event.target)) close();
}

function close() {
  document.removeEventListener("click", outside);
  open?.node.remove();
  open?.anchor.removeAttribute("aria-expanded");
  open = null;
}

/** Ask with a `confirm` object; true at once where there is none. */
export function confirmed(question) {
  if (!question) return Promise.resolve(true);
  return new Promise((resolve) => {
    const answer = (yes) => () => {
      dialog.remove();
      resolve(yes);
    };
    const style = question.style === "danger" ? "danger" : "primary";
    const dialog = el(
      "dialog",
      { class: "confirm", "aria-label": plainText(question.title), oncancel: answer(false) },
      el("h2", {}, plainText(question.title)),
      el("p", {}, plainText(question.text)),
      el(
        "footer",
        {},
        button(plainText(question.deny) || t("Cancel"), answer(false)),
        button(plainText(question.confirm) || t("Yes"), answer(true), style),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
