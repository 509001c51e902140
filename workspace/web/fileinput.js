/** `file_input`: files that are uploaded as soon as they are chosen, and named in the state value. */

import { div, el, iconButton, span } from "./dom.js";
import { common } from "./field.js";
import { t } from "./i18n.js";
import { uploadPrivately } from "./uploads.js";

const MOST = 10;

/** A file input. */
export const fileInput = (block, item, scope) => new FileInput(block, item, scope).node;

class FileInput {
  constructor(block, item, scope) {
    const files = [...(scope.initial(block, item).files ?? [])];
    Object.assign(this, { block, item, scope, files, pending: 0, most: item.max_files ?? MOST });
    const accept = item.filetypes?.map((type) => `.${type}`).join(",");
    const onchange = () => this.take([...this.input.files]);
    const props = { ...common(block, item, t("Choose files")), type: "file", accept, multiple: this.most > 1 };
    this.input = el("input", { ...props, class: "field file-field", onchange });
    this.list = div("file-chips");
    this.problem = el("div", { class: "field-problem", role: "status" });
    this.node = div("file-input", this.input, this.list, this.problem);
    scope.register(block, item, () => ({ files: this.files }), () => this.mistake());
    this.show();
  }

  mistake() {
    return this.pending ? t("Please wait until the upload is done.") : null;
  }

  async take(chosen) {
    this.input.value = "";
    this.problem.textContent = "";
    const room = this.most - this.files.length - this.pending;
    const wanted = chosen.filter((file) => this.fits(file)).slice(0, room);
    if (wanted.length < chosen.length) this.problem.textContent = this.limits();
    this.pending += wanted.length;
    this.show();
    await Promise.all(wanted.map((file) => this.upload(file)));
    this.scope.changed(this.block, this.item, { files: this.files });
  }

  fits(file) {
    const types = this.item.filetypes;
    const name = file.name.toLowerCase();
    return !types?.length || types.some((type) => name.endsWith(`.${type.toLowerCase()}`));
  }

  limits() {
    const types = this.item.filetypes?.join(", ");
    const most = t("At most {n} files.", { n: this.most });
    return types ? `${most} ${t("Only {types}.", { types })}` : most;
  }

  async upload(file) {
    const { handle } = this.scope.store;
    const stored = await uploadPrivately(handle, file).catch(() => null);
    this.pending -= 1;
    if (stored) this.files.push(stored);
    else this.problem.textContent = t("{name} could not be uploaded.", { name: file.name });
    this.show();
  }

  show() {
    const chip = (file) => span("chip", el("span", { dir: "auto" }, file.name), this.remover(file));
    const waiting = this.pending > 0 && span("chip", t("Uploading…"));
    this.list.replaceChildren(...this.files.map(chip), ...(waiting ? [waiting] : []));
  }

  remover(file) {
    const drop = () => {
      this.files.splice(this.files.indexOf(file), 1);
      this.show();
    };
    return iconButton("close", t("Remove {name}", { name: file.name }), drop);
  }
}
