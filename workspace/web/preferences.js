/** The buttons at the foot of the sidebar: theme and language. */

import { byId, icon } from "./dom.js";
import { t } from "./i18n.js";
import { openMenu } from "./menu.js";
import { language, nextTheme, setLanguage, setTheme, theme } from "./settings.js";

const MARKS = { auto: "system", light: "sun", dark: "moon" };
const THEMES = { auto: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };
const LANGUAGES = [["auto", "As my locale"], ["en", "English"], ["zh", "中文"]];

/** Make the buttons work. */
export function listenPreferences() {
  drawTheme();
  byId("theme").addEventListener("click", () => {
    setTheme(nextTheme());
    drawTheme();
  });
  byId("language").append(icon("globe"));
  byId("language").addEventListener("click", (event) => openMenu(event.currentTarget, languages(), t("Language")));
}

function drawTheme() {
  const label = t(THEMES[theme()]);
  byId("theme").replaceChildren(icon(MARKS[theme()]));
  byId("theme").setAttribute("aria-label", label);
  byId("theme").title = label;
}

function languages() {
  const entry = ([name, label]) => ({
    label: t(label),
    hint: name === language() ? "✓" : "",
    run: () => setLanguage(name),
  });
  return LANGUAGES.map(entry);
}
