/** `data_visualization` blocks: bar, line, area and pie charts, each with its numbers as a table. */

import { div, el, span } from "./dom.js";
import { locale, t } from "./i18n.js";
import { grid } from "./markdown.js";

const WIDTH = 480;
const HEIGHT = 230;
const EDGE = { left: 52, right: 10, top: 12, bottom: 30 };
const COLOURS = 6;

function svg(tag, props = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(props)) if (value != null) node.setAttribute(key, value);
  node.append(...children.flat(4));
  return node;
}

const colour = (n) => `series-${n % COLOURS}`;
const finite = (value) => (Number.isFinite(Number(value)) ? Number(value) : 0);
const shown = (value) => finite(value).toLocaleString(locale(), { maximumFractionDigits: 2 });

/** A chart with its title, legend and table. */
export function chart(block) {
  const title = String(block.title ?? "");
  const data = block.chart ?? {};
  const parts = data.type === "pie" ? pie(data, title) : plot(data, title);
  return el("figure", {}, el("figcaption", { dir: "auto" }, title), parts);
}

function frame(title, box, ...children) {
  return svg("svg", { viewBox: box.join(" "), class: "chart", role: "img", "aria-label": title }, ...children);
}

function legend(names) {
  const entry = (name, n) => el("li", { dir: "auto" }, span(`swatch ${colour(n)}`), String(name));
  return el("ul", { class: "legend" }, names.map(entry));
}

function numbers(head, rows) {
  const cell = (tag) => (text, n) => el(tag, { class: n ? "right" : "left", dir: "auto" }, String(text));
  const row = (tag) => (cells) => el("tr", {}, cells.map(cell(tag)));
  const table = grid(el("thead", {}, row("th")(head)), el("tbody", {}, rows.map(row("td"))));
  return el("details", { class: "chart-data" }, el("summary", {}, t("Show the numbers")), table);
}

function pie({ segments = [] }, title) {
  const values = segments.map((one) => Math.max(0, finite(one.value)));
  const total = values.reduce((sum, value) => sum + value, 0) || 1;
  let at = 0;
  const slices = values.map((value, n) => {
    const from = at;
    at += value / total;
    return slice(from, at, n, `${segments[n].label}: ${shown(value)}`);
  });
  const percent = (value) => `${Math.round((value / total) * 100)} %`;
  const names = segments.map((one, n) => `${one.label} · ${percent(values[n])}`);
  const rows = segments.map((one, n) => [one.label, shown(one.value), percent(values[n])]);
  const drawing = div("chart-pie", frame(title, ROUND, slices), legend(names));
  return [drawing, numbers(["", t("Value"), t("Share")], rows)];
}

const RADIUS = 100;
const CENTRE = [RADIUS + 4, RADIUS + 4];
const ROUND = [0, 0, 2 * RADIUS + 8, 2 * RADIUS + 8];

function slice(from, to, n, title) {
  const [x, y] = CENTRE;
  const name = svg("title", {}, title);
  if (to - from > 0.9999) return svg("circle", { cx: x, cy: y, r: RADIUS, class: colour(n) }, name);
  const on = (part) => {
    const angle = (part - 0.25) * 2 * Math.PI;
    return `${(x + RADIUS * Math.cos(angle)).toFixed(2)} ${(y + RADIUS * Math.sin(angle)).toFixed(2)}`;
  };
  const large = to - from > 0.5 ? 1 : 0;
  const d = `M${x} ${y} L${on(from)} A${RADIUS} ${RADIUS} 0 ${large} 1 ${on(to)} Z`;
  return svg("path", { d, class: `slice ${colour(n)}` }, name);
}

/** Bars, lines or areas over categories. */
function plot({ type, series = [], axis_config: axis = {} }, title) {
  const categories = axis.categories ?? (series[0]?.data ?? []).map((point) => point.label);
  const lines = series.map((one) => valuesOf(one, categories));
  const scale = scaleOf(lines.flat(), categories.length);
  const draw = { bar: bars, area: areas }[type] ?? polylines;
  const names = series.map((one) => String(one.name ?? ""));
  const marks = draw(lines, scale, (n, at) => `${names[n]}, ${categories[at]}: ${shown(lines[n][at])}`);
  const labels = [axis.x_label, axis.y_label].filter(Boolean).join(" · ");
  const rows = categories.map((name, at) => [name, ...lines.map((line) => shown(line[at]))]);
  const about = labels && div("chart-axes", labels);
  const around = [gridLines(scale), categoryNames(categories, scale)];
  const drawing = frame(title, [0, 0, WIDTH, HEIGHT], around, marks);
  return [drawing, about, legend(names), numbers(["", ...names], rows)];
}

function valuesOf({ data = [] }, categories) {
  const known = new Map(data.map((point) => [String(point.label), finite(point.value)]));
  return categories.map((name) => known.get(String(name)) ?? 0);
}

function scaleOf(values, count) {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const step = niceStep((high - low || 1) / 4);
  const [bottom, top] = [Math.floor(low / step) * step, Math.ceil((high || step) / step) * step];
  const band = (WIDTH - EDGE.left - EDGE.right) / Math.max(1, count);
  const tall = HEIGHT - EDGE.top - EDGE.bottom;
  const y = (value) => EDGE.top + tall * (1 - (value - bottom) / (top - bottom || 1));
  const x = (at) => EDGE.left + band * at;
  return { bottom, top, step, band, y, x, mid: (at) => x(at + 0.5) };
}

function niceStep(rough) {
  const size = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].find((factor) => factor * size >= rough) * size;
}

function gridLines({ bottom, top, step, y }) {
  const nodes = [];
  for (let n = 0; n <= Math.min(10, Math.round((top - bottom) / step)); n += 1) {
    const value = bottom + n * step;
    const ends = { x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(value), y2: y(value) };
    nodes.push(svg("line", { ...ends, class: "chart-line" }));
    nodes.push(svg("text", { x: EDGE.left - 6, y: y(value) + 4, "text-anchor": "end" }, shown(value)));
  }
  return nodes;
}

function categoryNames(categories, { mid, band }) {
  const every = Math.ceil(46 / band);
  const room = Math.max(4, Math.floor((band * every) / 7));
  const short = (name) => (name.length > room ? `${name.slice(0, room - 1)}…` : name);
  const place = (at) => ({ x: mid(at), y: HEIGHT - 10, "text-anchor": "middle" });
  const text = (name, at) => svg("text", place(at), short(String(name)));
  return categories.map(text).filter((_node, at) => at % every === 0);
}

function bars(lines, { x, y, band }, name) {
  const wide = (band * 0.76) / lines.length;
  const bar = (n) => (value, at) => {
    const left = x(at) + band * 0.12 + n * wide;
    const [top, bottom] = [y(Math.max(0, value)), y(Math.min(0, value))];
    const size = { x: left, y: top, width: Math.max(1, wide - 1), height: bottom - top };
    return svg("rect", { ...size, class: colour(n) }, svg("title", {}, name(n, at)));
  };
  return lines.map((line, n) => line.map(bar(n)));
}

const pointsOf = (line, { mid, y }) => line.map((value, at) => `${mid(at)},${y(value)}`).join(" ");

function polylines(lines, scale, name) {
  const dot = (n) => (value, at) => {
    const place = { cx: scale.mid(at), cy: scale.y(value), r: 3.5, class: colour(n) };
    return svg("circle", place, svg("title", {}, name(n, at)));
  };
  const path = (line, n) => svg("polyline", { points: pointsOf(line, scale), class: `line ${colour(n)}` });
  return lines.map((line, n) => [path(line, n), ...line.map(dot(n))]);
}

function areas(lines, scale, name) {
  const floor = scale.y(Math.max(0, scale.bottom));
  const fill = (line, n) => {
    const points = `${scale.mid(0)},${floor} ${pointsOf(line, scale)} ${scale.mid(line.length - 1)},${floor}`;
    return svg("polygon", { points, class: `area ${colour(n)}` });
  };
  return [lines.map(fill), polylines(lines, scale, name)];
}
