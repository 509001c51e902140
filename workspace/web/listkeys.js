/** Arrow keys in lists: one stop for Tab, arrows, Home and End inside. */

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** Where a key leads from position `from` among `count` entries; undefined for another key. */
export function target(key, from, count) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = STEPS[key];
  if (!step) return undefined;
  if (from < 0) return step > 0 ? 0 : count - 1;
  return Math.min(count - 1, Math.max(0, from + step));
}

/** Let the arrow keys move the focus among the visible elements of `root` that fit `selector`. */
export function arrows(root, selector) {
  root.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, textarea, select")) return;
    const entries = [...root.querySelectorAll(selector)].filter((one) => one.checkVisibility());
    const from = entries.indexOf(document.activeElement?.closest(selector));
    const to = target(event.key, from, entries.length);
    if (to === undefined || !entries[to]) return;
    event.preventDefault();
    entries[to].focus();
  });
}
