/** Typed inputs: text, number, email, address; and dates and times. */

import { div, el, safeUrl, span } from "./dom.js";
import { common, dispatchTyping, hear } from "./field.js";
import { t } from "./i18n.js";
import { plainText } from "./mrkdwn.js";

const KINDS = {
  __proto__: null,
  plain_text_input: { type: "text", check: textMistake },
  number_input: { type: "text", check: numberMistake },
  email_text_input: { type: "email", check: emailMistake },
  url_text_input: { type: "url", check: urlMistake },
};

/** Any of the four typed inputs. */
export function textInput(block, item, scope) {
  const { type, check } = KINDS[item.type];
  const value = scope.initial(block, item).value ?? "";
  const inputmode = item.type === "number_input" ? (item.is_decimal_allowed ? "decimal" : "numeric") : null;
  const placeholder = plainText(item.placeholder);
  const props = { ...common(block, item), class: "field", dir: "auto", placeholder, value };
  const line = { ...props, type, inputmode };
  const node = item.multiline ? el("textarea", { ...props, rows: 4 }) : el("input", line);
  const read = () => ({ value: node.value || null });
  scope.register(block, item, read, () => (node.value ? check(node.value, item) : null));
  dispatchTyping(scope, block, item, node, read);
  return item.max_length ? div("counted", node, counter(node, item.max_length)) : node;
}

const count = (text) => [...text].length;

function counter(node, most) {
  const shown = span("counter");
  const tell = () => {
    const left = most - count(node.value);
    shown.textContent = left;
    shown.title = t("{left} of {most} characters left", { left, most });
    shown.classList.toggle("bad", left < 0);
  };
  node.addEventListener("input", tell);
  tell();
  return shown;
}

function textMistake(text, { min_length: least = 0, max_length: most = 3000 }) {
  if (count(text) < least) return t("Please enter at least {n} characters.", { n: least });
  return count(text) > most ? t("Please enter no more than {n} characters.", { n: most }) : null;
}

function numberMistake(text, { is_decimal_allowed: decimal, min_value: least, max_value: most }) {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text.trim())) return t("Please enter a number.");
  if (!decimal && /\./.test(text)) return t("Please enter a whole number.");
  const low = least != null && Number(text) < Number(least);
  if (low) return t("Please enter a number of at least {n}.", { n: least });
  const high = most != null && Number(text) > Number(most);
  return high ? t("Please enter a number of at most {n}.", { n: most }) : null;
}

function emailMistake(text) {
  const good = /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim());
  return good ? null : t("Please enter a valid email address.");
}

function urlMistake(text) {
  const web = /^https?:\/\//i.test(text.trim()) && safeUrl(text.trim());
  return web ? null : t("Please enter a valid URL.");
}

const PICKERS = {
  __proto__: null,
  datepicker: ["date", "selected_date"],
  timepicker: ["time", "selected_time"],
};

/** `datepicker` or `timepicker`. */
export function picker(block, item, scope) {
  const [type, key] = PICKERS[item.type];
  const node = el("input", { type, class: "field", ...common(block, item) });
  const read = () => ({ [key]: node.value || null });
  const write = (value) => {
    node.value = value[key] ?? "";
  };
  write(scope.initial(block, item));
  hear(scope, block, item, node, { read, write });
  return item.timezone ? div("zoned", node, el("small", {}, item.timezone)) : node;
}

/** `datetimepicker`: a moment, in the reader's time zone. */
export function dateTime(block, item, scope) {
  const node = el("input", { type: "datetime-local", class: "field", ...common(block, item) });
  const read = () => ({ selected_date_time: node.value ? Date.parse(node.value) / 1000 : null });
  const write = ({ selected_date_time: seconds }) => {
    node.value = seconds ? local(new Date(seconds * 1000)) : "";
  };
  write(scope.initial(block, item));
  return hear(scope, block, item, node, { read, write });
}

const local = (at) => new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
