/** A box in the top layer that stays by its anchor. */

/** Show `node` under (or above) `anchor` until `hide` of what is returned is called. */
export function popUp(anchor, node) {
  const place = () => placeBy(anchor, node);
  node.showPopover();
  place();
  addEventListener("scroll", place, true);
  addEventListener("resize", place);
  const hide = () => {
    removeEventListener("scroll", place, true);
    removeEventListener("resize", place);
    if (node.matches(":popover-open")) node.hidePopover();
  };
  return { hide, place };
}

function placeBy(anchor, node) {
  const box = anchor.getBoundingClientRect();
  node.style.width = `${Math.max(box.width, 180)}px`;
  const below = innerHeight - box.bottom - 10;
  const above = box.top - 10;
  const up = below < Math.min(node.scrollHeight, 220) && above > below;
  node.style.maxHeight = `${Math.max(90, Math.min(300, up ? above : below))}px`;
  node.style.top = `${up ? box.top - node.offsetHeight - 4 : box.bottom + 4}px`;
  node.style.left = `${Math.max(4, Math.min(box.left, innerWidth - node.offsetWidth - 4))}px`;
}
