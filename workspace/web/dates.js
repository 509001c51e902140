/** Moments as `<!date^…>` and rich text dates show them: in the reader's own time zone. */

import { locale } from "./i18n.js";

const STYLES = {
  __proto__: null,
  date_num: (at) => [at.getFullYear(), pad(at.getMonth() + 1), pad(at.getDate())].join("-"),
  date_slash: (at) => [pad(at.getMonth() + 1), pad(at.getDate()), at.getFullYear()].join("/"),
  date: (at) => show(at, { month: "long", day: "numeric", year: "numeric" }),
  date_short: (at) => show(at, { month: "short", day: "numeric", year: "numeric" }),
  date_long: (at) => show(at, { weekday: "long", month: "long", day: "numeric", year: "numeric" }),
  date_long_full: (at) => show(at, { weekday: "long", month: "long", day: "numeric", year: "numeric" }),
  date_pretty: (at) => pretty(at) ?? STYLES.date(at),
  date_short_pretty: (at) => pretty(at) ?? STYLES.date_short(at),
  date_long_pretty: (at) => pretty(at) ?? STYLES.date_long(at),
  day_divider_pretty: (at) => pretty(at) ?? show(at, { weekday: "long", month: "long", day: "numeric" }),
  time: (at) => show(at, { hour: "numeric", minute: "2-digit" }),
  time_secs: (at) => show(at, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago: (at) => ago((at - Date.now()) / 1000),
};

const pad = (number) => String(number).padStart(2, "0");
const show = (at, style) => new Intl.DateTimeFormat(locale(), style).format(at);
const midnight = (at) => new Date(at.getFullYear(), at.getMonth(), at.getDate());
const words = () => new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
const relative = (count, unit) => words().format(count, unit);

/** "yesterday", "today" or "tomorrow", or undefined for any other day. */
function pretty(at) {
  const days = Math.round((midnight(at) - midnight(new Date())) / 86_400_000);
  return Math.abs(days) < 2 ? relative(days, "day") : undefined;
}

const STEPS = [["minute", 60], ["hour", 3600], ["day", 86_400], ["month", 2_629_800], ["year", 31_557_600]];

function ago(seconds) {
  const step = STEPS.findLast(([, size]) => Math.abs(seconds) >= size);
  return step ? relative(Math.round(seconds / step[1]), step[0]) : relative(0, "second");
}

/** A Unix time in a format of {tokens}; the fallback where either makes no sense. */
export function dateText(timestamp, format, fallback) {
  const at = new Date(Number(timestamp) * 1000);
  if (!timestamp || Number.isNaN(at.getTime())) return String(fallback ?? "");
  const text = String(format ?? "{date_short} {time}");
  return text.replace(/\{(\w+)\}/g, (whole, name) => STYLES[name]?.(at) ?? whole);
}
