/* Before anything is drawn: the theme and the width of the sidebar that this browser chose before. */
(() => {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
