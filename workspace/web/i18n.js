/** The page's own words, in English and Chinese. English text is the key; messages are never translated. */

import { language } from "./settings.js";
import { ZH } from "./zh.js";
import { ZH_BLOCKS } from "./zhblocks.js";

let current = "en";

/** Choose by the reader's locale, unless this browser has a language of its own. */
export function speak(locale) {
  const wanted = language() === "auto" ? String(locale ?? "en") : language();
  current = wanted.toLowerCase().startsWith("zh") ? "zh" : "en";
  document.documentElement.lang = current === "zh" ? "zh-CN" : "en";
  for (const node of document.querySelectorAll("[data-t]")) translate(node);
}

/** The language in use as a locale for dates and numbers. */
export const locale = () => (current === "zh" ? "zh-CN" : undefined);

/** A text of the page with its {places} filled. */
export function t(text, values = {}) {
  const said = (current === "zh" && (ZH[text] ?? ZH_BLOCKS[text])) || text;
  return said.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** One of two texts by a number, which fills {n}. */
export const plural = (n, one, many) => t(n === 1 && current === "en" ? one : many, { n });

/** Translate a node of the page's frame: its text, or the attribute that `data-t` names. */
function translate(node) {
  const attribute = node.dataset.t;
  if (!attribute) node.textContent = t(node.textContent.trim());
  for (const name of attribute.split(" ").filter(Boolean)) {
    node.setAttribute(name, t(node.getAttribute(name)));
  }
}
