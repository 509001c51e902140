/** A file below a message: a picture to enlarge, a text to read, anything else to download. */

import { missing } from "./blocks.js";
import { div, el, icon, localSrc, span, textButton } from "./dom.js";
import { t } from "./i18n.js";
import { fileSize } from "./sizes.js";
import { viewPicture } from "./viewer.js";

const PICTURE = /^image\/(?:png|jpeg|gif|webp)$/;
const TEXT = /^(?:text\/|application\/(?:json|xml|yaml|toml|javascript|x-sh|sql))/;
const SNIPPET_BYTES = 200_000;
const LINES = 8;
const snippets = new Map();

/** What a message shows of one of its files; `files` are all of them. */
export function fileCard(file, files, store) {
  const href = localSrc(file.url_private, store.fileToken);
  const name = file.title || file.name;
  if (file.mode === "tombstone") return plain("trash", t("This file was deleted."));
  if (file._processing) return el("div", { class: "file-card busy", "aria-busy": "true" }, icon("clock"), label(name, t("Processing…")));
  if (!href) return plain("file", name || t("File not available"));
  if (PICTURE.test(file.mimetype ?? "")) return picture(file, files, store);
  if (TEXT.test(file.mimetype ?? "") && file.size <= SNIPPET_BYTES) return snippet(file, href);
  return card(file, href);
}

const plain = (mark, text) => div("file-card", icon(mark), text);
const label = (name, facts) => el("span", { class: "file-label" }, name, el("small", {}, facts));
const facts = (file) => `${(file.filetype || "file").toUpperCase()} · ${fileSize(file.size ?? 0)}`;

function card(file, href) {
  const props = { class: "file-card", href, download: file.name, title: t("Download") };
  return el("a", props, icon("file"), label(file.title || file.name, facts(file)), icon("download"));
}

/** The picture in a size for the list: the thumbnail where the server made one. */
function picture(file, files, store) {
  const name = file.title || file.name;
  const small = localSrc(file.thumb_360, store.fileToken);
  const src = small ?? localSrc(file.url_private, store.fileToken);
  const width = small ? file.thumb_360_w : file.original_w;
  const height = small ? file.thumb_360_h : file.original_h;
  const onerror = () => open.replaceWith(missing(name));
  const img = el("img", { src, alt: file.alt_txt || name, width, height, onerror });
  const pictures = files.filter((one) => PICTURE.test(one.mimetype ?? "") && !one._processing);
  const props = { type: "button", class: "file-thumb", "data-file": file.id, "aria-label": t("Open {name}", { name }) };
  const open = el("button", { ...props, onclick: () => viewPicture(pictures, file, store) }, img);
  return el("figure", { class: "file-image" }, el("figcaption", {}, name), open);
}

/** The first lines of a text file; the rest on request. */
function snippet(file, href) {
  const code = el("code");
  const pre = el("pre", { tabindex: 0, "aria-label": file.name, hidden: true }, code);
  const more = textButton(t("Show more"), () => toggle());
  more.hidden = true;
  let [whole, open] = ["", false];
  const toggle = () => show((open = !open));
  const show = (all) => {
    const lines = whole.split("\n");
    code.textContent = all ? whole : lines.slice(0, LINES).join("\n");
    more.hidden = lines.length <= LINES;
    more.textContent = all ? t("Show less") : t("Show more");
    pre.hidden = !whole;
  };
  content(file, href).then((text) => show(((whole = text), open)), () => {});
  return el("div", { class: "file-snippet", "data-file": file.id }, card(file, href), pre, span("file-more", more));
}

/** The text of a file, fetched once. */
function content(file, href) {
  if (!snippets.has(file.id)) {
    const read = (reply) => (reply.ok ? reply.text() : "");
    snippets.set(file.id, fetch(href).then(read));
  }
  return snippets.get(file.id);
}
