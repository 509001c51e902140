/** Modals: a stack of views, the newest shown; values survive updates and pushed views. */

import * as api from "./api.js";
import { renderBlocks } from "./blocks.js";
import { button, div, el, iconButton } from "./dom.js";
import { plainText } from "./mrkdwn.js";
import { Scope } from "./scope.js";

const FIELDS = ":is(input, textarea, select, summary)";
const REQUIRED = "Please complete this required field.";
const NO_ANSWER = "The app did not answer in time. Please try again.";

/** Which field an element is, to find it again after an update. */
const placeOf = (node) => `${node?.closest("[data-block]")?.dataset.block}/${node?.dataset.action}`;

/** Shows `store.views` in one dialog. */
export class Modals {
  constructor(dialog, store) {
    Object.assign(this, { dialog, store, scopes: new Map(), view: null });
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.dismiss();
    });
    store.addEventListener("views", () => this.render());
    this.render();
  }

  render() {
    const view = this.store.views.at(-1) ?? null;
    if (view === this.view) return;
    const focus = view?.id === this.view?.id ? placeOf(document.activeElement) : null;
    this.view = view;
    if (!view) return this.dialog.close();
    const kept = this.scopes.get(view.id)?.values();
    this.scope = new Scope(this.store, { view_id: view.id }, kept);
    this.scopes.set(view.id, this.scope);
    this.dialog.replaceChildren(this.form(view));
    this.dialog.setAttribute("aria-label", plainText(view.title));
    if (!this.dialog.open) this.dialog.showModal();
    this.focus(focus);
  }

  form(view) {
    const dismiss = () => this.dismiss();
    const submit = { type: "submit", class: "button primary" };
    const onsubmit = (event) => {
      event.preventDefault();
      this.submit();
    };
    this.send = view.submit && el("button", submit, plainText(view.submit));
    this.problem = el("div", { class: "form-problem", role: "alert" });
    return el(
      "form",
      { novalidate: true, autocomplete: "off", onsubmit },
      el("header", {}, el("h2", {}, plainText(view.title)), iconButton("close", "Close", dismiss)),
      div("modal-body", this.problem, renderBlocks(view.blocks ?? [], this.scope)),
      el("footer", {}, button(plainText(view.close) || "Close", dismiss), this.send),
    );
  }

  focus(where) {
    const fields = [...this.dialog.querySelectorAll(`.modal-body ${FIELDS}`)];
    const same = where && fields.find((node) => placeOf(node) === where);
    (same ?? fields[0] ?? this.send ?? this.dialog).focus();
  }

  async submit() {
    const view = this.view;
    const values = this.scope.values();
    this.show(this.missing(view, values));
    if (this.dialog.querySelector(".has-error")) return;
    this.send.disabled = true;
    const ask = { user: this.store.handle, view_id: view.id, values };
    const reply = await api.submit(ask).catch((error) => error);
    if (this.view?.id === view.id) this.answer(view, reply);
  }

  answer(view, reply) {
    this.send.disabled = false;
    if (reply.code) this.problem.textContent = `Refused: ${reply.code}`;
    else if (!reply.acked) this.problem.textContent = NO_ANSWER;
    else if (Object.keys(reply.errors ?? {}).length) this.show(reply.errors);
    else if (!reply.response_action) this.store.closeView(view.id);
  }

  /** Required inputs that were left empty, as errors by block. */
  missing(view, values) {
    const inputs = (view.blocks ?? []).filter((block) => block.type === "input" && !block.optional);
    const empty = ({ block_id, element }) => {
      const { type, ...rest } = values[block_id]?.[element.action_id] ?? { type: "" };
      return type && Object.values(rest).every((value) => value == null || value.length === 0);
    };
    return Object.fromEntries(inputs.filter(empty).map((block) => [block.block_id, REQUIRED]));
  }

  /** Show errors by block id; those without a block stand at the top. */
  show(errors) {
    const inputs = [...this.dialog.querySelectorAll(".block-input")];
    for (const node of inputs) this.showOne(node, errors[node.dataset.block]);
    const blocks = new Set(inputs.map((node) => node.dataset.block));
    const others = Object.entries(errors).filter(([block]) => !blocks.has(block));
    this.problem.textContent = others.map(([, text]) => text).join(" ");
    this.dialog.querySelector(`.has-error ${FIELDS}`)?.focus();
  }

  showOne(node, text) {
    node.classList.toggle("has-error", Boolean(text));
    node.querySelector(".field-error").textContent = text ?? "";
  }

  dismiss() {
    const ask = { user: this.store.handle, view_id: this.view.id };
    this.store.closeView(this.view.id);
    api.closeView(ask).catch(() => {});
  }
}
