/** A small emoji picker: a search and a grid; any name the workspace knows can be typed. */

import { div, el } from "./dom.js";
import { emoji, QUICK_REACTIONS } from "./emoji.js";
import { t } from "./i18n.js";
import { closeMenu, popUp } from "./menu.js";

const OFFERED = [
  ...QUICK_REACTIONS,
  ..."-1 wave clap pray muscle raised_hands ok_hand handshake smile joy sweat_smile wink sunglasses".split(" "),
  ..."heart_eyes star-struck partying_face neutral_face confused cry sob rage scream shrug facepalm".split(" "),
  ..."fire star sparkles zap rocket trophy 100 x warning rotating_light exclamation question bulb mag".split(" "),
  ..."memo pushpin calendar hourglass bell lock key bug robot_face art camera gift coffee pizza cake".split(" "),
  ..."rainbow seedling repeat arrow_right red_circle large_green_circle large_blue_circle new soon".split(" "),
];
const COLUMNS = 8;
const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS };

/** Open the picker by a button; `pick(name)` is told the choice. */
export function openPicker(anchor, pick) {
  const grid = div("picker-grid");
  const search = el("input", {
    type: "search",
    class: "field",
    placeholder: t("Search or type a name"),
    "aria-label": t("Search or type a name"),
    "data-testid": "picker-search",
  });
  const choose = (name) => {
    closeMenu();
    anchor.focus();
    pick(name);
  };
  const draw = () => grid.replaceChildren(...matching(search.value).map((name) => cell(name, choose)));
  search.addEventListener("input", draw);
  search.addEventListener("keydown", (event) => enter(event, grid));
  grid.addEventListener("keydown", (event) => move(event, grid));
  draw();
  const props = { class: "menu picker", role: "dialog", "aria-label": t("Emoji"), "data-testid": "picker" };
  popUp(anchor, el("div", props, search, grid));
  search.focus();
}

function matching(typed) {
  const wanted = typed.trim().toLowerCase().replace(/^:|:$/g, "").replaceAll(" ", "_");
  const named = OFFERED.filter((name) => emoji(name) && name.includes(wanted));
  const exact = wanted && emoji(wanted) && !named.includes(wanted);
  return exact ? [wanted, ...named] : named;
}

function cell(name, choose) {
  const props = { type: "button", title: `:${name}:`, "aria-label": name, "data-emoji": name };
  return el("button", { ...props, onclick: () => choose(name) }, emoji(name));
}

function enter(event, grid) {
  if (event.key === "ArrowDown") grid.querySelector("button")?.focus();
  else if (event.key === "Enter") grid.querySelector("button")?.click();
  else return;
  event.preventDefault();
}

function move(event, grid) {
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  const cells = [...grid.children];
  cells[cells.indexOf(document.activeElement) + step]?.focus();
}
