/** Boxes in front of the page: a title, a body and buttons. Escape closes and returns the focus. */

import { div, el, iconButton } from "./dom.js";
import { t } from "./i18n.js";

/**
 * Open a box; returns its node with a `close` of its own. `look` adds a class, `testid` a hook for
 * tests, `onclose` is told when it went. The element that had the focus gets it back.
 */
export function openDialog({ title, body, footer = [], look = "", testid, onclose = () => {} }) {
  const close = iconButton("close", t("Close"), () => dialog.close());
  const dialog = el(
    "dialog",
    { class: `box ${look}`, "aria-label": title, "data-testid": testid },
    el("header", {}, el("h2", {}, title), close),
    div("box-body", body),
    footer.length ? el("footer", {}, footer) : null,
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    onclose();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  (dialog.querySelector("[autofocus], .box-body :is(input, button, a)") ?? close).focus();
  return dialog;
}

/** A form's labelled field. */
export function labelled(label, control, hint) {
  return el("label", { class: "labelled" }, el("span", {}, label), control, hint && el("small", {}, hint));
}
