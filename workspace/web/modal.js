/** Modals: stacks of views, the newest shown; values survive updates and pushed views. */

import * as api from "./api.js";
import { renderBlocks } from "./blocks.js";
import { button, div, el, iconButton } from "./dom.js";
import { keepingFocus } from "./focus.js";
import { t } from "./i18n.js";
import { plainText } from "./mrkdwn.js";
import { Scope } from "./scope.js";

const FIELDS = ":is(input, textarea, select, [role=combobox])";
const REQUIRED = "Please complete this required field.";
const NO_ANSWER = "We had some trouble connecting. Try again?";

/** Shows `store.views` in one dialog. */
export class Modals {
  constructor(dialog, store) {
    Object.assign(this, { dialog, store, scopes: new Map(), view: null });
    dialog.addEventListener("cancel", (event) => {
      if (event.target !== dialog) return;
      event.preventDefault();
      this.dismiss();
    });
    store.addEventListener("views", () => this.render());
    this.render();
  }

  render() {
    const view = this.store.views.at(-1) ?? null;
    if (view === this.view) return;
    const same = view?.id === this.view?.id;
    this.view = view;
    this.forget();
    if (!view) return this.close();
    if (same) return this.again(view);
    this.draw(view);
    if (!this.dialog.open) this.dialog.showModal();
    this.focus();
  }

  close() {
    this.dialog.close();
    this.dialog.replaceChildren();
  }

  /** Forget what was entered in views that are gone. */
  forget() {
    const open = new Set(this.store.views.map((view) => view.id));
    for (const id of this.scopes.keys()) if (!open.has(id)) this.scopes.delete(id);
  }

  /** The same view in a new state: the cursor and the scrolled place stay. */
  again(view) {
    const { scrollTop = 0 } = this.dialog.querySelector(".modal-body") ?? {};
    const waits = this.waiting;
    const kept = keepingFocus(this.dialog, () => this.draw(view));
    this.dialog.querySelector(".modal-body").scrollTop = scrollTop;
    if (waits) this.wait(true);
    if (!kept) this.focus();
  }

  draw(view) {
    const kept = this.scopes.get(view.id)?.values() ?? view.state?.values;
    this.scope = new Scope(this.store, { view_id: view.id }, kept);
    this.scopes.set(view.id, this.scope);
    this.dialog.replaceChildren(this.form(view));
    this.dialog.setAttribute("aria-label", plainText(view.title));
    this.waiting = false;
  }

  form(view) {
    const submit = { type: "submit", class: "button primary", disabled: view.submit_disabled === true };
    const onsubmit = (event) => {
      event.preventDefault();
      if (!this.waiting && this.send && !this.send.disabled) this.submit();
    };
    this.send = view.submit && el("button", submit, plainText(view.submit));
    this.problem = el("div", { class: "form-problem", role: "alert" });
    const body = div("modal-body", this.problem, renderBlocks(view.blocks ?? [], this.scope));
    body.tabIndex = -1;
    const close = button(plainText(view.close) || t("Cancel"), () => this.dismiss());
    const footer = el("footer", {}, close, this.send);
    return el("form", { novalidate: true, autocomplete: "off", onsubmit }, this.header(view), body, footer);
  }

  /** Title, and a way back where there is a view below; the cross closes the whole stack. */
  header(view) {
    const back = view.previous_view_id && iconButton("back", t("Back"), () => this.dismiss());
    const title = el("h2", { dir: "auto" }, plainText(view.title));
    return el("header", {}, back, title, iconButton("close", t("Close"), () => this.dismissAll()));
  }

  focus() {
    const wanted = this.dialog.querySelector(".modal-body [data-focus]");
    const first = this.dialog.querySelector(`.modal-body ${FIELDS}`);
    (wanted ?? first ?? this.send ?? this.dialog.querySelector("footer button")).focus();
  }

  async submit() {
    const { view, scope } = this;
    const values = scope.values();
    this.show({ ...scope.problems(), ...this.missing(view, values) });
    if (this.dialog.querySelector(".has-error")) return;
    this.wait(true);
    const ask = { user: this.store.handle, view_id: view.id, values };
    const reply = await api.submit(ask).catch((error) => error);
    if (this.view?.id === view.id) this.answer(view, reply);
  }

  /** Nothing can be submitted twice while the app has not answered. */
  wait(on) {
    this.waiting = on;
    if (!this.send) return;
    this.send.disabled = on;
    this.send.setAttribute("aria-busy", String(on));
  }

  answer(view, reply) {
    this.wait(false);
    if (reply.code) this.problem.textContent = t("Refused: {code}", { code: reply.code });
    else if (!reply.acked) this.problem.textContent = t(NO_ANSWER);
    else if (Object.keys(reply.errors ?? {}).length) this.show(reply.errors);
    else if (!reply.response_action) this.store.closeView(view.id);
  }

  /** Required inputs that were left empty, as errors by block. */
  missing(view, values) {
    const inputs = allInputs(view.blocks ?? []).filter((block) => !block.optional);
    const empty = ({ block_id, element }) => {
      const { type, ...rest } = values[block_id]?.[element.action_id] ?? { type: "" };
      return type && Object.values(rest).every((value) => value == null || value.length === 0);
    };
    return Object.fromEntries(inputs.filter(empty).map((block) => [block.block_id, t(REQUIRED)]));
  }

  /** Show errors by block id; those without a block stand at the top. */
  show(errors) {
    const inputs = [...this.dialog.querySelectorAll(".block-input")];
    for (const node of inputs) showOne(node, errors[node.dataset.block]);
    const blocks = new Set(inputs.map((node) => node.dataset.block));
    const others = Object.entries(errors).filter(([block]) => !blocks.has(block));
    this.problem.textContent = others.map(([, text]) => text).join(" ");
    const first = this.dialog.querySelector(`.has-error ${FIELDS}`);
    (first ?? (this.problem.textContent ? this.dialog.querySelector(".modal-body") : null))?.focus();
  }

  /** Close the view on top; what is below it is shown again. */
  dismiss() {
    const { view, store } = this;
    const root = view.clear_on_close && (view.root_view_id ?? view.id);
    const gone = store.views.filter((one) => one === view || (root && stackOf(one) === root));
    for (const one of gone) store.closeView(one.id);
    this.tell(view);
  }

  /** Close every view of the stack on top. */
  dismissAll() {
    const stack = this.store.views.filter((one) => stackOf(one) === stackOf(this.view));
    for (const view of stack.toReversed()) this.store.closeView(view.id);
    this.tell(stack[0]);
  }

  tell(view) {
    return api.closeView({ user: this.store.handle, view_id: view.id }).catch(() => {});
  }
}

const stackOf = (view) => view.root_view_id ?? view.id;

function allInputs(blocks) {
  const nested = blocks.flatMap((block) => allInputs(block.child_blocks ?? []));
  return [...blocks.filter((block) => block.type === "input"), ...nested];
}

function showOne(node, text) {
  node.classList.toggle("has-error", Boolean(text));
  node.querySelector(".field-error").textContent = text ?? "";
  const field = node.querySelector("[data-field]");
  if (text) field?.setAttribute("aria-invalid", "true");
  else field?.removeAttribute("aria-invalid");
}
