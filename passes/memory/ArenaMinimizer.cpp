//===- ArenaMinimizer.cpp - Lower a plan of a part of an arena ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/ArenaMinimizer.h"

#include "passes/memory/ArenaSearch.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace mlir::eke {
namespace {

using Answer = ArenaSearch::Answer;

/// A linear congruential generator (Knuth's MMIX constants): the same numbers
/// on every machine.
class Random {
public:
  /// From -128 to 127.
  int64_t next() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<int64_t>(state >> 56) - 128;
  }

private:
  uint64_t state = 1;
};

/// Searches with one order after another, each for a short time. A search that
/// starts with the wrong buffers may never end; one that starts with those that
/// were in the way of others often ends soon.
class Restarts {
public:
  explicit Restarts(const ArenaPart &part);

  Answer fitInto(int64_t height, int64_t &steps);

  const Placement &placement() const { return search.placement(); }
  /// The most steps that it takes to place every buffer at the first try.
  int64_t directSteps() const { return direct; }

private:
  std::vector<unsigned> rank(bool isFirst, bool startsWithFull);
  int64_t most(const std::vector<int64_t> &ofSection,
               const Tenancy &tenancy) const;

  const ArenaPart &part;
  ArenaSearch search;
  Random random;
  int64_t direct = 0;
};

} // namespace

/// Orders of a cycle: two kinds of rank by two choices of what is tried first.
static constexpr unsigned kOrders = 4;
/// Most orders get so many times the steps of a search without any failure.
static constexpr int64_t kPatience = 2;
/// The search goes as deep as a part has buffers.
static constexpr size_t kMostBuffers = 2000;

Restarts::Restarts(const ArenaPart &part) : part(part), search(part) {
  for (const Tenancy &tenancy : part.tenancies)
    direct += tenancy.last - tenancy.first;
  direct *= part.tenancies.size();
}

int64_t Restarts::most(const std::vector<int64_t> &ofSection,
                       const Tenancy &tenancy) const {
  return *std::max_element(ofSection.begin() + tenancy.first,
                           ofSection.begin() + tenancy.last);
}

/// Ranks by the fullest section and the lifetime, or by the lifetime. Behind the
/// first orders, the section that was in the way most often takes the place of
/// the fullest, and lifetimes vary by up to a quarter.
std::vector<unsigned> Restarts::rank(bool isFirst, bool startsWithFull) {
  std::vector<std::array<int64_t, 3>> keys;
  for (const Tenancy &tenancy : part.tenancies) {
    int64_t section =
        most(isFirst ? part.liveBytes : search.conflicts(), tenancy);
    int64_t life = tenancy.lifetime * (512 + (isFirst ? 0 : random.next()));
    if (startsWithFull)
      keys.push_back({section, life, tenancy.size});
    else
      keys.push_back({life, tenancy.size, section});
  }
  std::vector<unsigned> order(keys.size()), ranks(keys.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](unsigned a, unsigned b) {
    return keys[a] != keys[b] ? keys[a] > keys[b] : a < b;
  });
  for (unsigned i = 0; i < order.size(); ++i)
    ranks[order[i]] = i;
  return ranks;
}

Answer Restarts::fitInto(int64_t height, int64_t &steps) {
  // The last order gets a quarter of all steps: enough for a proof, in the end.
  int64_t last = steps / 4;
  for (unsigned round = 0; steps > 0; ++round) {
    int64_t left = steps > last ? std::min(steps, kPatience * direct) : steps;
    steps -= left;
    Answer answer = search.fitInto(
        height, round % 2 ? FirstTried::Tightest : FirstTried::Lowest,
        rank(round < kOrders, round % kOrders < 2), left);
    steps += left;
    if (answer != Answer::Unknown)
      return answer;
  }
  return Answer::Unknown;
}

bool minimizeHeight(const ArenaPart &part, int64_t goal, Placement &placed,
                    int64_t &steps) {
  Restarts restarts(part);
  if (restarts.directSteps() > steps || part.tenancies.size() > kMostBuffers)
    return false;
  int64_t unit = 0;
  for (const Tenancy &tenancy : part.tenancies)
    unit = std::gcd(unit, tenancy.size);

  // Nothing fits below `proven`, nothing was found below `tried`. Each round
  // tries `proven`, then halves what is between, with twice the steps of the
  // last one.
  int64_t proven = std::max(goal, part.lowerBound), tried = proven;
  int64_t share = kOrders * kPatience * restarts.directSteps();
  while (placed.height > proven && steps > 0) {
    if (tried >= placed.height) {
      tried = proven;
      share *= 2;
    }
    int64_t height = tried;
    if (tried > proven)
      height += (placed.height - tried) / 2 / unit * unit;
    int64_t left = std::min(share, steps);
    steps -= left;
    Answer answer = restarts.fitInto(height, left);
    steps += left;
    if (answer == Answer::Fits)
      placed = restarts.placement();
    else
      tried = height + unit;
    if (answer == Answer::DoesNotFit)
      proven = tried;
  }
  return placed.height <= proven;
}

} // namespace mlir::eke
