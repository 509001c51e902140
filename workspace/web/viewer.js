/** A picture in large: its name, its alternative text, a download; arrows lead to the message's others. */

import { el, icon, iconButton, localSrc } from "./dom.js";
import { t } from "./i18n.js";
import { fileSize } from "./sizes.js";

/** Show one of `pictures` over the page; Escape or a click beside it closes. */
export function viewPicture(pictures, first, store) {
  let at = pictures.indexOf(first);
  const dialog = el("dialog", { class: "viewer", "data-testid": "viewer" });
  const step = (by) => show((at + by + pictures.length) % pictures.length);
  const show = (index) => {
    at = index;
    dialog.setAttribute("aria-label", nameOf(pictures[at]));
    dialog.replaceChildren(bar(pictures[at], store, dialog), stage(pictures[at], store), caption(pictures, at, step));
  };
  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowRight") step(1);
    if (key === "ArrowLeft") step(-1);
  });
  dialog.addEventListener("click", ({ target }) => target.matches("dialog, .viewer-stage") && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  show(at);
  dialog.showModal();
}

const nameOf = (file) => file.title || file.name;

function bar(file, store, dialog) {
  const size = file.original_w ? `${file.original_w} × ${file.original_h} · ` : "";
  const who = store.user(file.user)?.label;
  const facts = [who, size + fileSize(file.size ?? 0)].filter(Boolean).join(" · ");
  const href = localSrc(file.url_private_download ?? file.url_private, store.fileToken);
  const download = { class: "button", href, download: file.name };
  return el(
    "header",
    {},
    el("div", { class: "viewer-title" }, el("h2", {}, nameOf(file)), el("small", {}, facts)),
    el("a", download, icon("download"), t("Download")),
    iconButton("close", t("Close"), () => dialog.close(), { autofocus: true }),
  );
}

function stage(file, store) {
  const src = localSrc(file.url_private, store.fileToken);
  const img = el("img", { src, alt: file.alt_txt || nameOf(file), width: file.original_w, height: file.original_h });
  return el("div", { class: "viewer-stage" }, img);
}

function caption(pictures, at, step) {
  const alt = pictures[at].alt_txt;
  const said = alt ? t("Alternative text: {alt}", { alt }) : t("No alternative text");
  const many = pictures.length > 1;
  return el(
    "footer",
    {},
    many && iconButton("down", t("Previous picture"), () => step(-1), { class: "icon-button previous" }),
    el("p", { class: alt ? "" : "none" }, said),
    many && el("small", {}, `${at + 1} / ${pictures.length}`),
    many && iconButton("down", t("Next picture"), () => step(1), { class: "icon-button next" }),
  );
}
