/** Pictures, videos, files and calls: nothing is loaded from other hosts. */

import { div, ELSEWHERE, el, icon, link, localSrc, span } from "./dom.js";
import { t } from "./i18n.js";
import { plainText } from "./mrkdwn.js";

/** A picture of this server; for any other host a note with a link: nothing is loaded from outside. */
export function picture(item, scope) {
  const address = item._src ?? item.image_url ?? "";
  const src = localSrc(address, scope.store.fileToken);
  const alt = String(item.alt_text ?? "");
  if (!src || !address) return missing(alt, item.image_url);
  const onerror = (event) => event.target.replaceWith(missing(alt));
  return el("img", { src, alt, title: alt, loading: "lazy", onerror });
}

/** What stands where a picture cannot be shown. */
export function missing(alt, url) {
  const where = url ? [t("not loaded here: "), link(url, t("open elsewhere"))] : t("not available");
  const name = el("span", { dir: "auto" }, alt || t("Picture"));
  const title = url ? t("This page loads nothing from other hosts") : null;
  return el("span", { class: "missing-picture", title }, icon("image"), name, " — ", where);
}

/** An `image` block. */
export function image(block, scope) {
  const title = block.title && el("figcaption", { dir: "auto" }, plainText(block.title));
  const shown = picture(block, scope);
  const href = shown.getAttribute("src");
  return el("figure", {}, title, href ? el("a", { href, ...ELSEWHERE }, shown) : shown);
}

/** A remote `file`. */
export function file(block) {
  const { title, name, url_private: url } = block.file ?? {};
  const label = title || name || `${t("File")} ${block.external_id ?? ""}`;
  return div("file-card", icon("file"), el("span", { dir: "auto" }, url ? link(url, label) : label));
}

/** A `video`: what it is and where to watch it; no foreign frame is opened here. */
export function video(block, scope) {
  const title = plainText(block.title);
  const thumbnail = { image_url: block.thumbnail_url, _src: block._src, alt_text: block.alt_text || title };
  const by = [block.author_name, block.provider_name].filter(Boolean).join(" · ");
  const name = el("strong", { dir: "auto" }, block.title_url ? link(block.title_url, title) : title);
  const about = block.description && div("video-about", plainText(block.description));
  const watch = link(block.video_url || block.title_url || "", t("Watch elsewhere"));
  const side = block.thumbnail_url && div("video-thumb", picture(thumbnail, scope));
  return div("video", side, div("video-text", name, by && el("small", {}, by), about, watch));
}

/** A `call`: its title, who takes part, and where to join. */
export function call(block, scope) {
  const about = block.call?.v1 ?? {};
  const people = (about.all_participants ?? []).map((one) => participant(one, scope.store)).join(", ");
  const ended = about.has_ended && span("badge", t("ENDED"));
  const join = about.join_url && !about.has_ended && link(about.join_url, t("Join"));
  const title = el("strong", { dir: "auto" }, about.name || `${t("Call")} ${block.call_id ?? ""}`);
  const facts = [about.display_id, people].filter(Boolean).join(" · ");
  const sign = el("span", { "aria-hidden": "true" }, "📞");
  return div("file-card", sign, el("span", {}, title, ended, el("small", {}, facts)), join);
}

const participant = (one, store) => store.user(one.slack_id)?.label ?? one.display_name ?? one.slack_id ?? "";
