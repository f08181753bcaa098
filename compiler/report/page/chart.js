// Drawings that take the width that they get, and whose marks the keyboard reaches.

// The namespace of drawings, as the page has it.
const drawingSpace = document.getElementById("drawings").namespaceURI;

function draw(tag, attributes, ...children) {
  const element = document.createElementNS(drawingSpace, tag);
  for (const [name, value] of Object.entries(attributes || {}))
    element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const drawText = (x, y, text, attributes) => draw("text", {x, y, ...attributes}, text);
const drawLine = (x1, y1, x2, y2, name) => draw("line", {x1, y1, x2, y2, class: name});

// A text cut to a width in pixels, at about as many for a letter as labels have.
const letterWidth = 6.6;
function cutText(text, width) {
  const letters = Math.floor(width / letterWidth);
  return text.length <= letters ? text : letters < 4 ? "" : text.slice(0, letters - 1) + "…";
}

// Values to label between two ends: `count` or fewer, 1, 2 or 5 times a power of ten apart.
function chooseTicks(low, high, count) {
  const power = 10 ** Math.floor(Math.log10((high - low || 1) / count));
  const step = power * [1, 2, 5, 10].find(by => (high - low) / (power * by) <= count);
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high * (1 + 1e-9); ++i)
    ticks.push(i * step);
  return ticks;
}

// The same on a logarithmic axis: powers of ten, and 2 and 5 times those if they are few.
function chooseLogTicks(low, high) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; ++power)
    for (const by of high / low > 3e3 ? [1] : [1, 2, 5])
      if (by * 10 ** power >= low * 0.999 && by * 10 ** power <= high * 1.001)
        ticks.push(by * 10 ** power);
  return ticks;
}

// Marks are one stop of the Tab key; the arrow keys go from one to the next.
class Marks {
  constructor(detail) {
    this.detail = detail;
    this.elements = [];
  }

  add(element, text) {
    const number = this.elements.push(element) - 1;
    element.classList.add("mark");
    element.setAttribute("role", "img");
    element.setAttribute("aria-label", text);
    element.setAttribute("tabindex", number ? "-1" : "0");
    element.append(draw("title", {}, text));
    const show = () => { this.detail.textContent = text; };
    element.addEventListener("pointerenter", show);
    element.addEventListener("focus", show);
    element.addEventListener("keydown", event => {
      const last = this.elements.length - 1;
      const next = {ArrowRight: number + 1, ArrowDown: number + 1, ArrowLeft: number - 1, ArrowUp: number - 1,
                    Home: 0, End: last}[event.key];
      if (next === undefined)
        return;
      event.preventDefault();
      this.focus(Math.min(Math.max(next, 0), last));
    });
    return element;
  }

  focus(number) {
    this.elements.forEach((element, i) => element.setAttribute("tabindex", i === number ? "0" : "-1"));
    this.elements[number]?.focus();
  }
}

// `paint` fills a drawing of a width and adds its marks, anew whenever the width changes.
function makeChart(label, height, paint) {
  const detail = make("p", {class: "detail", "aria-live": "polite"},
                      "Point at a mark, or reach it with Tab and the arrow keys, to read its numbers.");
  const drawing = draw("svg", {class: "drawing", role: "group", "aria-label": label, height});
  const chart = make("div", {class: "chart"}, drawing, detail);
  let painted = 0, marks = new Marks(detail);
  new ResizeObserver(() => {
    const width = Math.floor(chart.clientWidth);
    if (width === painted || width === 0)
      return;
    painted = width;
    const focused = marks.elements.indexOf(document.activeElement);
    marks = new Marks(detail);
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    drawing.replaceChildren();
    paint(drawing, width, marks);
    if (focused >= 0)
      marks.focus(focused);
  }).observe(chart);
  return chart;
}
