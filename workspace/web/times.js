/** Moments as people read them, in the page's language. */

import { locale } from "./i18n.js";

const cache = new Map();

function format(name, options, moment) {
  const key = `${name}/${locale()}`;
  if (!cache.has(key)) cache.set(key, new Intl.DateTimeFormat(locale(), options));
  return cache.get(key).format(moment);
}

/** The moment of a message timestamp. */
export const at = (ts) => new Date(Number(ts) * 1000);

/** Hours and minutes of a timestamp. */
export const clock = (ts) => format("clock", { hour: "2-digit", minute: "2-digit" }, at(ts));

/** The same without AM and PM, for narrow places. */
export const shortClock = (ts) => clock(ts).replace(/\s?[AP]M$/i, "");

/** Date and time in full, for tooltips. */
export const full = (ts) => format("full", { dateStyle: "full", timeStyle: "medium" }, at(ts));

/** The day of a timestamp. */
export const day = (ts) => format("day", { weekday: "long", day: "numeric", month: "long" }, at(ts));

/** Hours, minutes and seconds of a Date. */
export const seconds = (moment) => format("seconds", { timeStyle: "medium", hourCycle: "h23" }, moment);

/** Whether two timestamps fall on one day here. */
export const sameDay = (one, other) => at(one).toDateString() === at(other).toDateString();
