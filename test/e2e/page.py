"""A browser shows the page of `eke report --html`: all of it, to everyone, and loads nothing.

A headless Chromium without a network draws pages of a model with code, of two targets with
two formats each, and of drafting. Without a browser the test is skipped (77).
"""

import subprocess
import sys
from itertools import combinations
from pathlib import Path

from browser import Browser, find_browser
from harness import EKE, EXAMPLE, expect, expect_equal, finish, temporary_folder

if not find_browser():
    print("skipped: no Chromium; ./dev setup installs chromium-headless-shell")
    sys.exit(77)

ALWAYS = ["Energy by layer", "Which memory serves what", "Tensors", "Memory map"]
PAGES = {
    # name: the options, and the sections of each report
    "code": (["--target=raspberry-pi-5", "--rows=1"],
             ["Energy by cause", "What is saved", "Kernels", *ALWAYS, "Arena"]),
    "compared": (["--target=raspberry-pi-5,cortex-m7", "--weights=i8,i4", "--instructions=off"],
                 ["Energy by cause", "What is saved", *ALWAYS]),
    "drafting": (["--target=raspberry-pi-5", "--exit=4", "--drafts=3", "--acceptance-rate=0.5",
                  "--instructions=off"], ["Energy by cause", "What is saved", *ALWAYS])}

# Functions that the page is asked through.
HELPERS = """
window.texts = selector => [...document.querySelectorAll(selector)].map(e => e.textContent);
window.boxes = selector => [...document.querySelectorAll(selector)].map(e => {
  const {left, right, top, bottom} = e.getBoundingClientRect();
  return [left, right, top, bottom];
});
window.tableOf = start => [...document.querySelectorAll("table")].find(
  table => table.caption.textContent.startsWith(start));
window.column = (table, name) => {
  const i = [...table.tHead.rows[0].cells].findIndex(cell => cell.textContent === name);
  return [...table.tBodies[0].rows].map(row => row.cells[i].textContent);
};
window.where = element => element === document.body ? null : {
  kind: element.classList.contains("dot") ? "dot" : element.classList.contains("buffer") ? "buffer" : element.localName,
  text: element.getAttribute("aria-label") || element.textContent,
  shows: element.classList.contains("mark") ? getComputedStyle(element).strokeWidth === "4px"
                                            : getComputedStyle(element).outlineStyle !== "none"};
window.luminance = name => {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const parts = getComputedStyle(probe).color.match(/[0-9.]+/g).map(Number);
  probe.remove();
  const [r, g, b] = parts.map(c => c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
"""


def number(text):
    return 0 if text == "-" else float(text.replace(",", ""))


def write_page(folder, name):
    path = folder / f"{name}.html"
    subprocess.run([EKE, "report", EXAMPLE, *PAGES[name][0], f"--html={path}"], check=True,
                   stdout=subprocess.DEVNULL)
    return path


def show(browser, path, **how):
    browser.show(path.as_uri(), **how)
    browser.run(HELPERS + "0")


def check_detector(browser, path):
    """What is wrong is found, or none of the other checks would mean anything."""
    broken = path.with_name("broken.html")
    broken.write_text(path.read_text().replace(
        "<main", '<img src="https://example.org/x.png"><script>missing();</script><main'))
    show(browser, broken)
    found = browser.complaints(broken.as_uri())
    expect(any("missing" in what for what in found), f"an exception is noticed: {found}")
    expect(any("Content Security Policy" in what for what in found), "so is what the policy forbids")


def check_sections(browser, path, name):
    show(browser, path)
    expect_equal(browser.complaints(path.as_uri()), [], f"{name}: nothing to complain of")
    count = browser.run("data.reports.length")
    expect_equal(browser.run("texts('h3')"), PAGES[name][1] * count, f"{name}: the sections of {count} reports")
    titles = count + browser.run("data.comparison ? 1 : 0")
    expect_equal(browser.run("texts('h2').length"), titles, f"{name}: their titles")
    empty = browser.run("[...document.querySelectorAll('tbody')].filter(b => !b.rows.length).length")
    expect_equal(empty, 0, f"{name}: no table is empty")


def check_width(browser, path, name):
    show(browser, path, width=400)
    expect_equal(browser.run("document.documentElement.scrollWidth"), 400, f"{name}: no overflow at 400 pixels")
    wide = [box for box in browser.run("boxes('svg.drawing')") if box[1] - box[0] > 400]
    expect_equal(wide, [], f"{name}: drawings fit")


def check_roofline(browser):
    kernels = browser.run("data.reports[0].kernels.filter(k => countMacs(k) > 0).length")
    expect_equal(browser.run("boxes('.dot').length"), kernels, f"a dot for each of {kernels} kernels that multiply")
    # What the memory bounds is on its roof: the middle of the dot is as high as the line there.
    ends = browser.run("""(() => {
      const roof = document.querySelector(".roof"), frame = roof.ownerSVGElement;
      return [...roof.points].map(p => [p.x + frame.x.baseVal.value, p.y + frame.y.baseVal.value]);
    })()""")
    (x0, y0), (x1, y1) = ends
    dots = browser.run("""[...document.querySelectorAll(".dot")].map(e =>
      [e.cx.baseVal.value, e.cy.baseVal.value, e.getAttribute("aria-label")])""")
    above = {text: y0 + (x - x0) * (y1 - y0) / (x1 - x0) - y for x, y, text in dots}
    on = [distance for text, distance in above.items() if "bound by dram" in text]
    expect(on and max(map(abs, on)) < 1, f"{len(on)} kernels are on the roof of DRAM, within {max(map(abs, on)):.2f} pixels")
    inside = [x for x, _, text in dots if "no byte of dram" in text]
    right = browser.run("document.querySelector('.drawing .axis').x1.baseVal.value")
    expect(inside and min(inside) > right, f"{len(inside)} that read nothing from DRAM are at the edge")


def check_arena(browser):
    arenas = browser.run("data.reports[0].arena")
    boxes = browser.run("boxes('.buffer')")
    expect_equal(len(boxes), sum(len(arena["buffers"]) for arena in arenas), f"{len(boxes)} buffers are drawn")
    overlaps = [(a, b) for a, b in combinations(boxes, 2)
                if min(a[1], b[1]) - max(a[0], b[0]) > 2 and min(a[3], b[3]) - max(a[2], b[2]) > 2]
    expect_equal(overlaps, [], "none on another")
    largest = max(arenas[0]["buffers"], key=lambda buffer: buffer["bytes"])
    box = boxes[arenas[0]["buffers"].index(largest)]
    area = browser.run("boxes('.live')")[0]
    share = (box[1] - box[0]) / (area[1] - area[0]) * arenas[0]["steps"]
    expect(abs(share - (largest["last"] - largest["first"] + 1)) < 0.2,
           f"{largest['name']} is as wide as its steps, {share:.2f}")
    expect_equal(browser.run("texts('h4')"), [arena["entry"] for arena in arenas], "each entry has an arena")


def walk_with_tab(browser):
    """Where the Tab key goes, from the top to the end of the page."""
    stops = []
    for _ in range(500):
        browser.press("Tab")
        stop = browser.run("where(document.activeElement)")
        if stop is None or stop in stops[:1]:
            return stops
        stops.append(stop)
    return stops


def check_keyboard(browser):
    stops = walk_with_tab(browser)
    reached = {(stop["kind"], stop["text"]) for stop in stops}
    heads = browser.run("texts('thead button')")
    expect_equal(sum(stop["kind"] == "button" for stop in stops), len(heads), f"Tab reaches {len(heads)} heads")
    expect({"dot", "buffer"} <= {kind for kind, _ in reached}, "a dot and a buffer")
    expect_equal([stop for stop in stops if not stop["shows"]], [], f"each of {len(stops)} stops shows the focus")
    count = browser.run("document.querySelectorAll('.dot').length")
    browser.run("document.querySelector('.dot[tabindex=\"0\"]').focus()")
    texts, shown = [], []
    for _ in range(count):
        texts.append(browser.run("where(document.activeElement).text"))
        shown.append(browser.run("document.querySelector('.detail').textContent"))
        browser.press("ArrowRight")
    expect_equal(len(set(texts)), count, "arrow keys reach every dot")
    expect_equal(shown, texts, f"its numbers show: {texts[0]}")


def check_sorting(browser):
    """Heads sort, by a click and by the keyboard, and say so."""
    for how, order, descends in [("click", "descending", True), ("Enter", "ascending", False)]:
        browser.run("""window.table = tableOf("What each kernel"),
          window.button = [...table.querySelectorAll("thead button")].find(b => b.textContent === "multiply-adds"); 0""")
        browser.run("button.focus()")
        if how == "click":
            browser.click("button")
        else:
            browser.press(how)
        values = [number(text) for text in browser.run("column(table, 'multiply-adds')")]
        expect(len(values) > 5 and values == sorted(values, reverse=descends), f"{how} sorts, {order}: {values[:3]}")
        expect_equal(browser.run("button.parentElement.getAttribute('aria-sort')"), order, f"{how} says so")


def check_colours(browser):
    backgrounds = []
    for dark in [False, True]:
        browser.prefer(dark)
        browser.settle()
        backgrounds.append(browser.run("getComputedStyle(document.body).backgroundColor + "
                                       "getComputedStyle(document.querySelector('.dot')).fill"))
        page, *texts = [browser.run(f"luminance('--{name}')") for name in ["page", "text", "soft", "focus"]]
        contrast = min((max(page, text) + 0.05) / (min(page, text) + 0.05) for text in texts)
        expect(contrast >= 4.5, f"{'dark' if dark else 'light'}: texts have a contrast of {contrast:.1f}")
    expect(backgrounds[0] != backgrounds[1], f"the colours follow what is preferred: {backgrounds}")


def check_summary(browser, path):
    show(browser, path)
    text = browser.run("texts('section p').join('\\n')")
    expect("tokens for each verification" in text, "drafting says how many tokens a verification gives")


with temporary_folder() as folder:
    paths = {name: write_page(Path(folder), name) for name in PAGES}
    with Browser(find_browser()) as browser:
        check_detector(browser, paths["code"])
        for name, path in paths.items():
            check_sections(browser, path, name)
            check_width(browser, path, name)
        check_summary(browser, paths["drafting"])
        show(browser, paths["code"])
        expect("Estimated time: " in browser.run("texts('.energy').join()"), "the summary has the time")
        check_roofline(browser)
        check_arena(browser)
        check_keyboard(browser)
        check_sorting(browser)
        check_colours(browser)
        expect_equal(browser.complaints(paths["code"].as_uri()), [], "nothing to complain of after all that")
finish()
