/** `table` and `data_table` blocks. */

import { div, el, textButton } from "./dom.js";
import { t } from "./i18n.js";
import { grid } from "./markdown.js";
import { richText } from "./richtext.js";

const SIDES = ["left", "center", "right"];
const PAGE_SIZE = 5;

/** What a cell shows. */
function filled(cell, store) {
  if (cell?.type === "rich_text") return richText(cell, store);
  return String(cell?.text ?? cell?.value ?? "");
}

/** A `table` block: its first row is the header. */
export function table(block, scope) {
  const settings = block.column_settings ?? [];
  const look = (n) => {
    const side = SIDES.includes(settings[n]?.align) ? settings[n].align : "left";
    return settings[n]?.is_wrapped ? side : `${side} unwrapped`;
  };
  const cell = (kind) => (one, n) => el(kind, { class: look(n), dir: "auto" }, filled(one, scope.store));
  const row = (cells, kind) => el("tr", {}, cells.map(cell(kind)));
  const [head = [], ...rest] = block.rows;
  const body = rest.map((cells) => row(cells, "td"));
  return div("", grid(el("thead", {}, row(head, "th")), el("tbody", {}, body)));
}

/** A `data_table` block: searched, sorted and turned page by page. */
export const dataTable = (block, scope) => new DataTable(block, scope).node;

class DataTable {
  constructor(block, scope) {
    const [head = [], ...rows] = block.rows;
    const kept = scope.note(block, "table") ?? { query: "", sort: -1, down: false, page: 0 };
    Object.assign(this, { block, scope, head, rows, ...kept, size: block.page_size ?? PAGE_SIZE });
    const names = { placeholder: t("Search"), "aria-label": t("Search the table") };
    const oninput = () => this.turn({ query: this.input.value, page: 0 });
    this.input = el("input", { type: "search", class: "field", ...names, value: this.query, oninput });
    this.body = div("data-table-body");
    this.pager = div("pager");
    this.node = div("", this.input, this.body, this.pager);
    this.draw();
  }

  turn(change) {
    Object.assign(this, change);
    const { query, sort, down, page } = this;
    this.scope.note(this.block, "table", { query, sort, down, page });
    this.draw();
  }

  found() {
    const wanted = this.query.toLocaleLowerCase();
    const text = (cell) => plain(cell, this.scope.store).toLocaleLowerCase();
    const says = (row) => row.some((cell) => text(cell).includes(wanted));
    const rows = this.rows.filter(says);
    if (this.sort < 0) return rows;
    const sign = this.down ? -1 : 1;
    return rows.toSorted((one, other) => sign * compare(one[this.sort], other[this.sort], this.scope.store));
  }

  draw() {
    const rows = this.found();
    const pages = Math.max(1, Math.ceil(rows.length / this.size));
    const page = Math.min(this.page, pages - 1);
    const shown = rows.slice(page * this.size, (page + 1) * this.size);
    const caption = el("caption", { dir: "auto" }, String(this.block.caption ?? ""));
    const head = el("thead", {}, el("tr", {}, this.head.map((cell, n) => this.title(cell, n))));
    const body = el("tbody", {}, shown.map((row) => el("tr", {}, row.map((cell, n) => this.cell(cell, n)))));
    this.body.replaceChildren(grid(caption, head, body));
    this.pager.replaceChildren(...this.pages(page, pages, rows.length));
  }

  title(cell, n) {
    const sorted = n === this.sort ? (this.down ? "descending" : "ascending") : "none";
    const onclick = () => this.turn({ sort: n, down: n === this.sort && !this.down, page: 0 });
    const sign = { none: "", ascending: " ↑", descending: " ↓" }[sorted];
    const name = filled(cell, this.scope.store);
    const press = el("button", { type: "button", class: "sort", onclick }, name, sign);
    return el("th", { scope: "col", "aria-sort": sorted, dir: "auto" }, press);
  }

  cell(cell, n) {
    const isName = n === (this.block.row_header_column_index ?? 0);
    const side = cell?.type === "raw_number" ? "right" : "left";
    const props = { class: side, dir: "auto", scope: isName ? "row" : null };
    return el(isName ? "th" : "td", props, filled(cell, this.scope.store));
  }

  pages(page, pages, count) {
    const first = count ? page * this.size + 1 : 0;
    const last = Math.min(count, (page + 1) * this.size);
    const place = t("{first}–{last} of {count}", { first, last, count });
    if (pages < 2) return [place];
    const go = (label, to) => {
      const node = textButton(label, () => this.turn({ page: to }));
      node.disabled = to < 0 || to >= pages;
      return node;
    };
    return [go(t("Previous"), page - 1), place, go(t("Next"), page + 1)];
  }
}

const plain = (cell, store) => {
  const shown = filled(cell, store);
  return typeof shown === "string" ? shown : shown.textContent;
};

function compare(one, other, store) {
  if (one?.type === "raw_number" && other?.type === "raw_number") return one.value - other.value;
  return plain(one, store).localeCompare(plain(other, store), undefined, { numeric: true });
}
