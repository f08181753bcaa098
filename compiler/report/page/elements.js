"use strict";
// Numbers as texts, and elements that several sections have: bars, legends, tables.

const data = JSON.parse(document.getElementById("data").textContent);

// An element; texts become text, whatever is in them.
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {}))
    element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// A number with one of `units`, which are [size, unit] from the largest on.
function formatIn(units, value) {
  const [size, unit] = units.find(([size]) => Math.abs(value) >= size) || units[units.length - 1];
  const number = value / size;
  return number.toFixed(Math.abs(number) < 10 ? 1 : 0) + " " + unit;
}

const energyUnits = [[1e12, "J"], [1e9, "mJ"], [1e6, "µJ"], [1e3, "nJ"], [1, "pJ"]];
const timeUnits = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];
const formatEnergy = picojoules => picojoules ? formatIn(energyUnits, picojoules) : "-";
const formatTime = seconds => seconds ? formatIn(timeUnits, seconds) : "-";
const formatRate = (value, unit) =>
  formatIn([[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""]].map(([size, prefix]) => [size, prefix + unit]), value);
const formatRange = (figure, format) => `${format(figure.nominal)} (${format(figure.low)} to ${format(figure.high)})`;
const round = (number, digits = 6) => Number(number.toPrecision(digits));
const formatCount = number => Math.round(number).toLocaleString("en");
function formatBytes(bytes) {
  return bytes < 1e4 ? `${bytes} B` : bytes < 1e7 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
const formatShare = (part, whole) => whole > 0 ? (100 * part / whole).toFixed(1) + " %" : "-";
const sum = numbers => numbers.reduce((a, b) => a + b, 0);

// Colours go with names, in the order in which these are met.
const names = [];
function colorOf(name) {
  if (!names.includes(name))
    names.push(name);
  return `var(--c${names.indexOf(name) % 8})`;
}

// Parts are [name, size], and a colour if it is not that of the name; `whole` is the size of a full bar.
function drawBar(parts, whole, label, high) {
  const bar = make("div", {class: high ? "bar high" : "bar", role: "img", "aria-label": label});
  for (const [name, size, color] of parts) {
    const part = make("span", {title: name});
    part.style.width = (100 * size / whole) + "%";
    part.style.background = color || colorOf(name);
    bar.append(part);
  }
  return bar;
}

function drawLegend(parts, format, whole) {
  return make("ul", {class: "legend"}, ...parts.map(([name, size]) => {
    const swatch = make("span", {class: "swatch", "aria-hidden": "true"});
    swatch.style.background = colorOf(name);
    return make("li", {}, swatch, whole ? `${name}: ${format(size)}, ${formatShare(size, whole)}` : name);
  }));
}

const describe = (parts, format) => parts.map(([name, size]) => `${name} ${format(size)}`).join(", ");

// A column has a name, `get` for what its cells show, and for numbers `order` as well.
function fillRows(body, columns, rows) {
  body.replaceChildren(...rows.map(row => make("tr", {}, ...columns.map((column, i) => {
    const attributes = {class: column.long ? "text long" : column.wide ? "text wide" : column.text ? "text" : "number"};
    return make(i ? "td" : "th", i ? attributes : {...attributes, scope: "row"}, column.get(row));
  }))));
}

function compare(column, a, b) {
  return column.order ? column.order(a) - column.order(b) : column.get(a).localeCompare(column.get(b), "en", {numeric: true});
}

function makeTable(caption, columns, rows, sorts) {
  const body = make("tbody");
  const head = make("tr");
  for (const column of columns) {
    const cell = make("th", {scope: "col", class: column.text || column.wide ? "text" : "number"});
    head.append(cell);
    if (!sorts || column.wide) {
      cell.append(column.name);
      continue;
    }
    cell.setAttribute("aria-sort", "none");
    const button = make("button", {type: "button"}, column.name);
    cell.append(button);
    button.addEventListener("click", () => {
      const before = cell.getAttribute("aria-sort");
      const descends = before === "none" ? !column.text : before === "ascending";
      for (const other of head.querySelectorAll("[aria-sort]"))
        other.setAttribute("aria-sort", "none");
      cell.setAttribute("aria-sort", descends ? "descending" : "ascending");
      fillRows(body, columns, [...rows].sort((a, b) => descends ? compare(column, b, a) : compare(column, a, b)));
    });
  }
  fillRows(body, columns, rows);
  const table = make("table", {}, make("caption", {}, make("span", {}, caption)), make("thead", {}, head), body);
  return make("div", {class: "scroll", role: "region", tabindex: "0", "aria-label": caption}, table);
}

const energyColumn = whole => [
  {name: "energy", get: row => formatEnergy(row.picojoules.nominal), order: row => row.picojoules.nominal},
  {name: "share", get: row => formatShare(row.picojoules.nominal, whole), order: row => row.picojoules.nominal}];
const countColumn = (name, get) => ({name, get: row => get(row) ? formatCount(get(row)) : "-", order: row => get(row) || 0});
const bytesColumns = (names, prefix) =>
  names.map(memory => countColumn(prefix + memory, row => row.served_by[memory]));

const nominalParts = causes =>
  Object.entries(causes).map(([name, figure]) => [name, figure.nominal]).filter(([, size]) => size > 0);
const countMacs = row => sum(Object.values(row.multiply_adds));
const memoryNames = report => report.target_figures.memories.map(memory => memory.name);
