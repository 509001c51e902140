/** Pop-up menus and the confirmation box. */

import { button, el } from "./dom.js";
import { plainText } from "./mrkdwn.js";

let open = null;

/** Show `items` [{label, hint?, run, disabled?}] by a button; Escape or a click elsewhere closes. */
export function openMenu(anchor, items, name) {
  close();
  const props = { class: "menu", role: "menu", "aria-label": name, onkeydown: move };
  const node = el("div", props, items.map(entry));
  (anchor.closest("dialog") ?? document.body).append(node);
  place(node, anchor.getBoundingClientRect());
  anchor.setAttribute("aria-expanded", "true");
  open = { node, anchor };
  setTimeout(() => document.addEventListener("click", close, { once: true }));
  node.querySelector("button:not(:disabled)")?.focus();
}

function entry(item) {
  const hint = item.hint && el("small", {}, item.hint);
  const props = { type: "button", role: "menuitem", disabled: item.disabled, onclick: item.run };
  return el("button", props, el("span", {}, item.label), hint);
}

function place(node, box) {
  const below = box.bottom + 4 + node.offsetHeight < innerHeight;
  const top = below ? box.bottom + 4 : Math.max(4, box.top - 4 - node.offsetHeight);
  node.style.top = `${top}px`;
  node.style.left = `${Math.max(4, Math.min(box.left, innerWidth - node.offsetWidth - 8))}px`;
}

function move(event) {
  if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    open?.anchor.focus();
    close();
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const entries = [...event.currentTarget.querySelectorAll("button:not(:disabled)")];
  const at = entries.indexOf(document.activeElement) + step;
  entries.at(at % entries.length)?.focus();
}

function close() {
  document.removeEventListener("click", close);
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
        button(plainText(question.deny) || "Cancel", answer(false)),
        button(plainText(question.confirm) || "Yes", answer(true), style),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
