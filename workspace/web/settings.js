/** What this browser keeps about the page itself: its theme and its language. */

const THEMES = ["auto", "light", "dark"];
const LANGUAGES = ["auto", "en", "zh"];

const kept = (name, allowed) => {
  const value = localStorage.getItem(name);
  return allowed.includes(value) ? value : allowed[0];
};

/** "auto" (as the system has it), "light" or "dark". */
export const theme = () => kept("theme", THEMES);

/** "auto" (as the person's locale has it), "en" or "zh". */
export const language = () => kept("language", LANGUAGES);

/** Choose a theme; the page changes at once. */
export function setTheme(name) {
  localStorage.setItem("theme", name);
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
}

/** Choose a language; the page starts again in it. */
export function setLanguage(name) {
  localStorage.setItem("language", name);
  location.reload();
}

/** The theme after this one, for a toggle. */
export const nextTheme = () => THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
