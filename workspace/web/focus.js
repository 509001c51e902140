/** Keeps the cursor where it is while a form is drawn again. */

/** Which field an element is, to find it again after an update. */
function placeOf(node) {
  const block = node.closest("[data-block]")?.dataset.block;
  return `${block}/${node.dataset.action}/${node.value ?? ""}`;
}

const roughly = (place) => place?.slice(0, place.indexOf("/", place.indexOf("/") + 1));
const FIELDS = ":is(input, textarea, select, button, summary, [tabindex])";

/** Run `draw`; afterwards the field of `root` that had the focus has it again, cursor and all. */
export function keepingFocus(root, draw) {
  const had = root.contains(document.activeElement) ? document.activeElement : null;
  const place = had?.dataset?.action && placeOf(had);
  const cursor = place && "selectionStart" in had ? [had.selectionStart, had.selectionEnd] : null;
  draw();
  if (!place) return false;
  const same = (read) => [...root.querySelectorAll(FIELDS)].find((node) => read(placeOf(node)) === read(place));
  const field = same((text) => text) ?? same(roughly);
  field?.focus();
  if (field && cursor?.[0] != null && field.type !== "email") field.setSelectionRange(...cursor);
  return Boolean(field);
}
