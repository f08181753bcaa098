//===- ChoiceProblem.cpp - One of several choices for each item -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/ChoiceProblem.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mlir::eke {
namespace {

/// The steps of a search that finds no end.
constexpr size_t mostSteps = 2'000'000;

/// From a choice of an item to the next that is heavier and cheaper, on the lower convex
/// hull of its choices.
struct Step {
  size_t item, to;
  double load, saved;

  double getRate() const { return saved / load; }
};

/// The numbers of the choices on the lower convex hull, lightest first.
std::vector<size_t> findHull(const std::vector<Choice> &choices) {
  std::vector<size_t> order(choices.size());
  for (size_t number = 0; number < order.size(); ++number)
    order[number] = number;
  llvm::stable_sort(order, [&](size_t a, size_t b) {
    return std::pair(choices[a].load, choices[a].cost) <
           std::pair(choices[b].load, choices[b].cost);
  });
  std::vector<size_t> hull;
  for (size_t number : order) {
    const Choice &next = choices[number];
    if (!hull.empty() && next.cost >= choices[hull.back()].cost)
      continue; // heavier and no cheaper
    while (hull.size() > 1) {
      const Choice &a = choices[hull[hull.size() - 2]],
                   &b = choices[hull.back()];
      // Is b above the line from a to the next one?
      if ((a.cost - b.cost) * (next.load - a.load) >
          (a.cost - next.cost) * (b.load - a.load))
        break;
      hull.pop_back();
    }
    hull.push_back(number);
  }
  return hull;
}

class Solver {
public:
  explicit Solver(const ChoiceProblem &problem)
      : items(problem.items), capacity(problem.capacity) {}

  std::optional<ChoiceSolution> run();

private:
  void measure(ChoiceSolution &solution) const;
  void relax();
  void dropHopeless();
  void search(size_t depth, double cost, double load);

  const std::vector<std::vector<Choice>> &items;
  const double capacity;
  ChoiceSolution best;
  /// What a unit of capacity is worth in the relaxation.
  double rate = 0;
  /// By item: the numbers of the choices that a better solution may have, the most promising
  /// first, and the least that each costs with its load at the rate.
  std::vector<std::vector<size_t>> open;
  std::vector<double> least;
  /// The items that have several, and of those from each on the sum of `least`, and the load
  /// of the lightest choices.
  std::vector<size_t> order;
  std::vector<double> leastRest, lightestRest;
  std::vector<size_t> current;
  size_t steps = 0;
};

} // namespace

void Solver::measure(ChoiceSolution &solution) const {
  solution.cost = solution.load = 0;
  for (auto [choices, number] : llvm::zip_equal(items, solution.chosen)) {
    solution.cost += choices[number].cost;
    solution.load += choices[number].load;
  }
}

/// Starts with the lightest choices, and takes the steps that save most for their load.
void Solver::relax() {
  std::vector<Step> hullSteps;
  for (auto [item, choices] : llvm::enumerate(items)) {
    std::vector<size_t> hull = findHull(choices);
    best.chosen.push_back(hull.front());
    for (size_t at = 1; at < hull.size(); ++at) {
      const Choice &from = choices[hull[at - 1]], &to = choices[hull[at]];
      hullSteps.push_back(
          {item, hull[at], to.load - from.load, from.cost - to.cost});
    }
  }
  measure(best);
  llvm::stable_sort(hullSteps, [](const Step &a, const Step &b) {
    return a.getRate() > b.getRate();
  });
  double cost = best.cost, load = best.load;
  std::vector<char> isStopped(items.size(), 0);
  best.bound = -1;
  for (const Step &step : hullSteps) {
    bool fits = load + step.load <= capacity;
    if (!fits && best.bound < 0) { // the relaxation ends within this step
      rate = step.getRate();
      best.bound = cost - (capacity - load) * rate;
    }
    // The rest is no relaxation any more, but may still fit.
    if (!fits || isStopped[step.item]) {
      isStopped[step.item] = 1;
      continue;
    }
    best.chosen[step.item] = step.to;
    load += step.load;
    cost -= step.saved;
  }
  measure(best);
  if (best.bound < 0)
    best.bound = best.cost;
}

/// Leaves out the choices with which the relaxation alone costs more than what is known.
void Solver::dropHopeless() {
  auto price = [&](const Choice &choice) {
    return choice.cost + rate * choice.load;
  };
  double sum = 0;
  for (const std::vector<Choice> &choices : items) {
    double lowest = std::numeric_limits<double>::infinity();
    for (const Choice &choice : choices)
      lowest = std::min(lowest, price(choice));
    least.push_back(lowest);
    sum += lowest;
  }
  const double slack = best.cost - (sum - rate * capacity);
  for (auto [item, choices] : llvm::enumerate(items)) {
    std::vector<size_t> &left = open.emplace_back();
    for (size_t number = 0; number < choices.size(); ++number)
      if (price(choices[number]) - least[item] < slack ||
          number == best.chosen[item])
        left.push_back(number);
    llvm::stable_sort(left, [&, &choices = choices](size_t a, size_t b) {
      return price(choices[a]) < price(choices[b]);
    });
  }
}

/// Decides the items from `depth` on.
void Solver::search(size_t depth, double cost, double load) {
  if (++steps > mostSteps)
    return;
  if (depth == order.size()) {
    if (cost < best.cost) {
      best.chosen = current;
      best.cost = cost;
      best.load = load;
    }
    return;
  }
  size_t item = order[depth];
  for (size_t number : open[item]) {
    const Choice &choice = items[item][number];
    double nextCost = cost + choice.cost, nextLoad = load + choice.load;
    double bound =
        nextCost + leastRest[depth + 1] - rate * (capacity - nextLoad);
    if (nextLoad + lightestRest[depth + 1] > capacity || bound >= best.cost)
      continue;
    current[item] = number;
    search(depth + 1, nextCost, nextLoad);
  }
}

std::optional<ChoiceSolution> Solver::run() {
  relax();
  if (best.load > capacity)
    return std::nullopt;
  dropHopeless();
  current = best.chosen;
  double cost = 0, load = 0;
  for (size_t item = 0; item < items.size(); ++item) {
    if (open[item].size() > 1) {
      order.push_back(item);
      continue;
    }
    cost += items[item][current[item]].cost;
    load += items[item][current[item]].load;
  }
  // Those first whose choices differ most: they decide.
  auto getSpread = [&](size_t item) {
    auto [low, high] = std::minmax_element(
        open[item].begin(), open[item].end(), [&](size_t a, size_t b) {
          return items[item][a].load < items[item][b].load;
        });
    return items[item][*high].load - items[item][*low].load;
  };
  llvm::stable_sort(
      order, [&](size_t a, size_t b) { return getSpread(a) > getSpread(b); });
  leastRest.assign(order.size() + 1, 0);
  lightestRest.assign(order.size() + 1, 0);
  for (size_t depth = order.size(); depth-- > 0;) {
    size_t item = order[depth];
    double lightest = std::numeric_limits<double>::infinity();
    for (size_t number : open[item])
      lightest = std::min(lightest, items[item][number].load);
    leastRest[depth] = leastRest[depth + 1] + least[item];
    lightestRest[depth] = lightestRest[depth + 1] + lightest;
  }
  search(0, cost, load);
  measure(best);
  if (steps <= mostSteps)
    best.bound = best.cost;
  return std::move(best);
}

std::optional<ChoiceSolution> solve(const ChoiceProblem &problem) {
  return Solver(problem).run();
}

} // namespace mlir::eke
