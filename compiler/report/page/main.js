// How reports compare, and the page that they make.

function drawComparison(comparison) {
  const title = row => `${row.target} ${row.weights}`;
  const ratio = ({ratio}) =>
    ratio ? `${ratio.nominal.toFixed(2)} (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})` : "-";
  const total = row => sum(nominalParts(row.picojoules).map(part => part[1]));
  const most = Math.max(...comparison.reports.map(total), 0) || 1;
  const used = [...new Set(comparison.reports.flatMap(row => nominalParts(row.picojoules).map(part => part[0])))];
  const columns = [
    {name: "target, weights", text: true, get: title}, {name: "per", text: true, get: row => row.per},
    {name: "by cause", wide: true, get: row => {
      const parts = nominalParts(row.picojoules);
      return drawBar(parts, most, describe(parts, formatEnergy) || "none");
    }},
    {name: "energy", get: row => formatEnergy(total(row)), order: total},
    {name: "ratio to the first", get: ratio},
    {name: "better in", get: row => row.ratio ? `${(100 * row.better).toFixed(0)} % of draws` : "-"}];
  return make("section", {"aria-label": "Comparison"}, make("h2", {}, "Comparison"),
              drawLegend(used.map(name => [name, 0])),
              makeTable("Only what has a price counts", columns, comparison.reports),
              ...comparison.reports.filter(row => row.without_price.length).map(row => make("p", {class: "soft"},
                `${title(row)}, per ${row.per}: no price of its own for ${row.without_price.join(", ")}`)),
              ...comparison.reports.filter(row => row.left_out.length).map(row => make("p", {class: "soft"},
                `${title(row)}, per ${row.per}: without ${row.left_out.join(" and ")}, of which nothing is known without code`)));
}

const titleOf = report =>
  `${report.model} for ${report.target}, weights ${report.weights}, per ${report.per}`;

function drawReport(report, number) {
  const title = titleOf(report);
  const missing = report.not_counted.map(op => make("p", {}, "Not counted: " + op));
  return make("section", {id: `report-${number}`, "aria-label": title}, make("h2", {}, title), ...drawSummary(report), ...missing,
              ...drawCauses(report), ...drawSaved(report), ...drawKernels(report), ...drawLayers(report),
              ...drawServed(report), ...drawTensors(report), ...drawMemoryMap(report), ...drawArenas(report));
}

const title = "Modelled energy of " + [...new Set(data.reports.map(report => report.model))].join(", ");
document.title = title;
document.getElementById("title").textContent = title;
if (data.comparison)
  main.append(drawComparison(data.comparison));
if (data.reports.length > 1)
  main.append(make("nav", {"aria-label": "Reports"}, make("ul", {}, ...data.reports.map((report, number) =>
    make("li", {}, make("a", {href: `#report-${number}`}, titleOf(report)))))));
main.append(...data.reports.map(drawReport));
