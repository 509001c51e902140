/** Files that wait in a composer: chosen, dropped or pasted, each with a way to remove it. */

import { div, el, iconButton, span } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";

const PREVIEW_BYTES = 4 << 20;
const PICTURE = /^image\/(?:png|jpeg|gif|webp)$/;

export class Attachments {
  constructor() {
    this.files = [];
    this.box = div("chips");
  }

  add(files) {
    this.files.push(...files);
    this.draw();
  }

  /** Hand over the files and forget them. */
  take() {
    const { files } = this;
    this.files = [];
    this.draw();
    return files;
  }

  draw() {
    this.box.replaceChildren(...this.files.map((file) => this.chip(file)));
  }

  chip(file) {
    const drop = () => {
      this.files = this.files.filter((one) => one !== file);
      this.draw();
    };
    const remove = iconButton("close", t("Remove {name}", { name: file.name }), drop);
    return span("chip", preview(file), span("chip-name", file.name), remove);
  }
}

function preview(file) {
  if (!PICTURE.test(file.type) || file.size > PREVIEW_BYTES) return icon("file");
  const img = el("img", { alt: "", width: 28, height: 28 });
  const reader = new FileReader();
  reader.onload = () => {
    img.src = reader.result;
  };
  reader.readAsDataURL(file);
  return img;
}

/** Take files that are dropped on `root`; `accept` returns a taker, or null where none is open. */
export function takeDrops(root, taker, name) {
  const veil = div("drop-veil", icon("download"), span("drop-text"));
  const carries = (event) => event.dataTransfer?.types.includes("Files") && taker();
  const show = (on) => {
    veil.lastChild.textContent = on ? t("Drop files to share them in {name}", { name: name() }) : "";
    veil.hidden = !on;
  };
  show(false);
  root.append(veil);
  root.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    show(true);
  });
  root.addEventListener("dragleave", (event) => root.contains(event.relatedTarget) || show(false));
  root.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    show(false);
    taker().add([...event.dataTransfer.files]);
  });
}
