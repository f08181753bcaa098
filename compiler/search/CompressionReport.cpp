//===- CompressionReport.cpp - What plans of formats cost -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/CompressionReport.h"

#include "compiler/report/FormatEnergy.h"
#include "compiler/report/Table.h"

#include "llvm/ADT/StringMap.h"

namespace json = llvm::json;
using llvm::formatv;

namespace mlir::eke {

/// What is expected of a plan, and what was measured.
static json::Object describe(const CompressionPoint &point) {
  json::Object object{
      {"weight_bytes", point.bytes},
      {"perplexity", point.perplexity},
      {"added_perplexity", point.added},
      {"expected_divergence", point.planned.loss},
  };
  if (point.energy.isKnown())
    object["modelled_picojoules"] =
        json::Object{{"nominal", point.energy.nominal},
                     {"low", point.energy.low},
                     {"high", point.energy.high}};
  return object;
}

std::string printPlan(const CompressionPoint &plan, const FormatTable &table) {
  json::Object tried;
  for (auto [matrix, name] : llvm::enumerate(table.getMatrices())) {
    json::Object formats;
    for (auto [format, of] : llvm::enumerate(table.getFormats())) {
      const FormatEntry &entry = table.at(matrix, format);
      formats[of] = json::Object{{"picojoules", entry.energy},
                                 {"bytes", entry.bytes},
                                 {"divergence", entry.loss}};
    }
    tried[name] = std::move(formats);
  }
  json::Object file = describe(plan);
  file["bound"] = plan.planned.bound;
  file["formats"] = toJSON(plan.planned.plan);
  file["tried"] = std::move(tried);
  return formatv("{0:2}\n", json::Value(std::move(file)));
}

/// `5 i8, 2 i4`
static std::string countFormats(const FormatPlan &plan) {
  llvm::MapVector<StringRef, unsigned> counts;
  for (const PlannedFormat &each : plan)
    ++counts[each.format];
  std::string text;
  for (auto [format, count] : counts)
    text += formatv("{0}{1} {2}", text.empty() ? "" : ", ", count, format);
  return text;
}

void printPlanTable(double perplexity, llvm::ArrayRef<CompressionPoint> uniform,
                    const CompressionPoint &plan, llvm::raw_ostream &os) {
  Table table(1);
  table.addLine({"matrices", "weights", "modelled energy", "relative",
                 "perplexity", "added", "expected divergence"});
  table.addLine({"f32, nothing rounded", "", "", "",
                 formatv("{0:f3}", perplexity), "", ""});
  const double whole = uniform.front().energy.nominal;
  auto add = [&](StringRef name, const CompressionPoint &point) {
    table.addLine(
        {name.str(), formatv("{0}", point.bytes),
         point.energy.isKnown() ? formatRange(point.energy) : "?",
         whole > 0
             ? formatv("{0:f1} %", 100 * point.energy.nominal / whole).str()
             : "?",
         formatv("{0:f3}", point.perplexity),
         formatv("{0:f2} %", 100 * point.added),
         formatv("{0:E2}", point.planned.loss)});
  };
  for (const CompressionPoint &point : uniform)
    add(point.name, point);
  add(countFormats(plan.planned.plan), plan);
  table.print(os);
}

std::string printCurveAsJSON(llvm::ArrayRef<CompressionPoint> curve,
                             llvm::ArrayRef<CompressionPoint> uniform) {
  json::Array points, others;
  for (const CompressionPoint &point : curve) {
    json::Object object = describe(point);
    object["formats"] = toJSON(point.planned.plan);
    points.push_back(std::move(object));
  }
  for (const CompressionPoint &point : uniform) {
    json::Object object = describe(point);
    object["format"] = point.name;
    others.push_back(std::move(object));
  }
  return formatv("{0:2}\n",
                 json::Value(json::Object{{"curve", std::move(points)},
                                          {"uniform", std::move(others)}}));
}

namespace {

/// A picture of points on two axes.
class Plot {
public:
  explicit Plot(llvm::ArrayRef<llvm::ArrayRef<CompressionPoint>> series);

  void addAxes();
  void addPoint(const CompressionPoint &point, StringRef colour);
  void addLine(llvm::ArrayRef<CompressionPoint> points);
  std::string take() { return header + body + "</svg>\n"; }

private:
  static constexpr double left = 70, right = 460, top = 40, bottom = 290;

  double getX(const CompressionPoint &point) const {
    return left + (right - left) * point.energy.nominal / most;
  }
  double getY(double added) const {
    return bottom - (bottom - top) * (added - lowest) / (highest - lowest);
  }
  void addText(double x, double y, StringRef anchor, const Twine &text) {
    body += formatv("<text x=\"{0:f1}\" y=\"{1:f1}\" text-anchor=\"{2}\">{3}"
                    "</text>\n",
                    x, y, anchor, text.str());
  }

  std::string header, body;
  double most = 0, lowest = 0, highest = 0.001;
};

} // namespace

Plot::Plot(llvm::ArrayRef<llvm::ArrayRef<CompressionPoint>> series) {
  header = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"560\" "
           "height=\"340\" font-family=\"sans-serif\" font-size=\"11\" "
           "fill=\"#222222\">\n"
           "<rect width=\"560\" height=\"340\" fill=\"#ffffff\"/>\n";
  for (llvm::ArrayRef<CompressionPoint> points : series)
    for (const CompressionPoint &point : points) {
      most = std::max(most, point.energy.nominal);
      lowest = std::min(lowest, point.added);
      highest = std::max(highest, point.added);
    }
  most = most > 0 ? most * 1.05 : 1;
}

void Plot::addAxes() {
  body += formatv("<path d=\"M{0},{1}V{2}H{3}\" fill=\"none\" "
                  "stroke=\"#666666\"/>\n",
                  left, top, bottom, right);
  constexpr int ticks = 4;
  for (int tick = 0; tick <= ticks; ++tick) {
    double part = double(tick) / ticks;
    double added = lowest + part * (highest - lowest);
    addText(left - 6, getY(added) + 4, "end",
            formatv("{0:f1} %", 100 * added).str());
    addText(left + part * (right - left), bottom + 18, "middle",
            tick == 0 ? "0" : formatEnergy(part * most));
  }
  addText(left, 20, "start", "perplexity added to the model's own");
  addText(right, bottom + 38, "end", "modelled energy");
}

void Plot::addPoint(const CompressionPoint &point, StringRef colour) {
  body += formatv("<circle cx=\"{0:f1}\" cy=\"{1:f1}\" r=\"3.5\" "
                  "fill=\"{2}\"/>\n",
                  getX(point), getY(point.added), colour);
  if (!point.name.empty())
    addText(getX(point) + 7, getY(point.added) + 4, "start",
            "all " + point.name);
}

void Plot::addLine(llvm::ArrayRef<CompressionPoint> points) {
  std::string path;
  for (const CompressionPoint &point : points)
    path += formatv("{0}{1:f1},{2:f1}", path.empty() ? "M" : "L", getX(point),
                    getY(point.added));
  body += formatv("<path d=\"{0}\" fill=\"none\" stroke=\"#1f77b4\"/>\n", path);
}

std::string plotCurve(llvm::ArrayRef<CompressionPoint> curve,
                      llvm::ArrayRef<CompressionPoint> uniform) {
  Plot plot({curve, uniform});
  plot.addAxes();
  plot.addLine(curve);
  for (const CompressionPoint &point : curve)
    plot.addPoint(point, "#1f77b4");
  for (const CompressionPoint &point : uniform)
    plot.addPoint(point, "#d62728");
  return plot.take();
}

} // namespace mlir::eke
