/** Line icons of the page's own drawing. */

const STROKES = {
  archive: "M4 5h16v4H4zM6 9v10h12V9M10 13h4",
  back: "M15 5l-7 7 7 7",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  chat: "M4 5h16v11H10l-5 4v-4H4z",
  check: "M5 12.5l4.5 4.5L19 7.5",
  clip: "M19 11l-8 8a4 4 0 0 1-6-6l8-8a3 3 0 0 1 4 4l-8 8a1 1 0 0 1-2-2l7-7",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3.5 2",
  close: "M6 6l12 12M18 6 6 18",
  code: "M8 7l-5 5 5 5M16 7l5 5-5 5",
  copy: "M9 9h10v11H9zM5 15V4h10",
  down: "M6 9l6 6 6-6",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  edit: "M5 19l1-4L16 5l3 3L9 18zM14 7l3 3",
  eye: "M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6zM12 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  forward: "M9 5l7 7-7 7",
  globe: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M3 12h18M12 3c5 5.5 5 12.5 0 18M12 3c-5 5.5-5 12.5 0 18",
  group: "M9 6a3 3 0 1 0 0 6 3 3 0 0 0 0-6M3 19a6 6 0 0 1 12 0M15.5 6.5a3 3 0 0 1 0 5M17.5 14.5a6 6 0 0 1 3.5 4.5",
  hash: "M9 4 7 20M17 4l-2 16M5 9h15M4 15h15",
  help: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9.5 9.5a2.5 2.5 0 1 1 3.5 2.300c-.7.3-1 .8-1 1.700M12 16.5v.2",
  home: "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01",
  leave: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  menu: "M4 7h16M4 12h16M4 17h16",
  moon: "M19 14.5A7.5 7.5 0 0 1 9.5 5a7.5 7.5 0 1 0 9.5 9.5z",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  pause: "M9 6v12M15 6v12",
  person: "M12 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M5 20a7 7 0 0 1 14 0",
  play: "M8 5l11 7-11 7z",
  plus: "M12 5v14M5 12h14",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l4.5 4.5",
  send: "M4 12 20 4l-5 16-4-6zM11 14l9-10",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5v.5M15 9.5v.5",
  spark: "M12 3l2 6.5L20.5 12 14 14l-2 7-2-7-6.5-2L10 9.5z",
  stop: "M7 7h10v10H7z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M18.700 5.300l-1.400 1.400M6.700 17.300l-1.400 1.400",
  system: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 3v18M12 7a5 5 0 0 1 0 10",
  thumbsDown: "M17 4v9M11 13H5a2 2 0 0 1-2-3l1-4a3 3 0 0 1 3-2h13v9h-3l-4 7a2 2 0 0 1-2-2z",
  thumbsUp: "M7 20v-9M13 11h6a2 2 0 0 1 2 3l-1 4a3 3 0 0 1-3 2H4v-9h3l4-7a2 2 0 0 1 2 2z",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  warning: "M12 4l9 16H3zM12 10v5M12 17.5v.2",
};

const SVG = "http://www.w3.org/2000/svg";

/** A line icon, hidden from screen readers; an unknown name is three dots. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", STROKES[name] ?? STROKES.more);
  svg.append(path);
  return svg;
}
