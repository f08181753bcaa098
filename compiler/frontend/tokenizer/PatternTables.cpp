//===- PatternTables.cpp - Patterns as automata ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A state of the automaton is the list of steps at which a pattern's machine may stand
// in front of a character, the preferred first. Where the machine matches, what is less
// preferred than that is left out: a match found later is a better one.
//===----------------------------------------------------------------------===//

#include "compiler/frontend/tokenizer/PatternTables.h"

#include "runtime/include/eke/abi.h"

#include "llvm/ADT/STLExtras.h"

#include <map>
#include <set>

namespace mlir::eke {
namespace {

constexpr size_t mostStates = 2000;
constexpr size_t mostClasses = 255;
constexpr size_t mostSets = 300;
/// Steps of machines that are looked at, which bounds the time.
constexpr size_t mostWork = 100'000'000;

/// The sets that steps ask for, as a partition of the characters.
class Partition {
public:
  Partition(const std::vector<NamedPattern> &patterns, uint32_t space)
      : space(space) {
    for (const NamedPattern &pattern : patterns)
      for (const PatternStep &step : pattern.program.steps)
        if (step.kind == PatternStep::Char || step.kind == PatternStep::Look)
          addSet(step.set);
    if (sets.size() > mostSets)
      return;
    std::set<uint32_t> starts = {0, ' ', ' ' + 1, CodeSet::brokenByte};
    for (const CodeSet &set : sets)
      for (CodeSet::Range range : set.getRanges())
        starts.insert({range.first, range.second + 1});
    std::map<std::vector<bool>, uint32_t> classOf;
    for (uint32_t start : starts) {
      if (start > CodeSet::brokenByte)
        continue;
      std::vector<bool> members;
      for (const CodeSet &set : sets)
        members.push_back(set.contains(start == ' ' ? space : start));
      auto [entry, isNew] = classOf.try_emplace(members, classOf.size());
      if (isNew)
        classes.push_back(members);
      intervals.push_back({start, entry->second});
    }
  }

  size_t addSet(const CodeSet &set) {
    auto found = llvm::find(sets, set);
    if (found == sets.end()) {
      sets.push_back(set);
      return sets.size() - 1;
    }
    return found - sets.begin();
  }

  /// There are too many sets for classes.
  bool isTooFine() const {
    return sets.size() > mostSets || classes.size() > mostClasses;
  }

  /// First character and class of each stretch.
  std::vector<std::pair<uint32_t, uint32_t>> intervals;
  /// Of each class, whether it is in each set.
  std::vector<std::vector<bool>> classes;

private:
  uint32_t space;
  std::vector<CodeSet> sets;
};

/// Makes the automaton of one program.
class Determinizer {
public:
  Determinizer(const PatternProgram &program, Partition &partition)
      : program(program), classCount(partition.classes.size()),
        partition(partition) {
    for (const PatternStep &step : program.steps)
      setOf.push_back(step.kind == PatternStep::Char ||
                              step.kind == PatternStep::Look
                          ? partition.addSet(step.set)
                          : 0);
    visited.resize(program.steps.size());
  }

  /// Rows of a state for each class and the end; nothing if there are too many.
  std::optional<std::vector<std::vector<uint16_t>>> run() {
    numberOf({});
    numberOf({program.start});
    for (size_t state = 0; state < lists.size(); ++state) {
      std::vector<uint16_t> row;
      for (size_t kind = 0; kind <= classCount; ++kind)
        row.push_back(step(state, kind));
      rows.push_back(std::move(row));
      work += (classCount + 1) * program.steps.size();
      if (lists.size() > mostStates || work > mostWork)
        return std::nullopt;
    }
    return std::move(rows);
  }

private:
  using List = std::vector<uint32_t>;

  uint16_t numberOf(const List &list) {
    auto [entry, isNew] = numbers.try_emplace(list, lists.size());
    if (isNew)
      lists.push_back(list);
    return uint16_t(entry->second);
  }

  bool isIn(uint32_t at, size_t kind) const {
    const PatternStep &step = program.steps[at];
    if (kind == classCount)
      return step.kind == PatternStep::Look && step.atEnd;
    return partition.classes[kind][setOf[at]];
  }

  uint16_t step(size_t state, size_t kind) {
    visited.assign(visited.size(), false);
    List next;
    bool matches = false;
    List stack;
    const List list = lists[state];
    for (uint32_t first : list) {
      stack.push_back(first);
      while (!stack.empty() && !matches) {
        uint32_t at = stack.back();
        stack.pop_back();
        if (visited[at])
          continue;
        visited[at] = true;
        const PatternStep &step = program.steps[at];
        if (step.kind == PatternStep::Match) {
          matches = true;
        } else if (step.kind == PatternStep::Split) {
          stack.push_back(step.other);
          stack.push_back(step.next);
        } else if (isIn(at, kind)) {
          if (step.kind == PatternStep::Look)
            stack.push_back(step.next);
          else if (!llvm::is_contained(next, step.next))
            next.push_back(step.next);
        }
      }
      if (matches)
        break;
    }
    return numberOf(next) | (matches ? EKE_PATTERN_MATCH : 0);
  }

  const PatternProgram &program;
  size_t classCount;
  Partition &partition;
  std::vector<size_t> setOf;
  std::vector<bool> visited;
  size_t work = 0;
  std::map<List, size_t> numbers;
  std::vector<List> lists;
  std::vector<std::vector<uint16_t>> rows;
};

using Rows = std::vector<std::vector<uint16_t>>;

/// Joins states that nothing tells apart. The first two stay what they are.
Rows minimize(const Rows &rows) {
  constexpr uint16_t numberBits = EKE_PATTERN_MATCH - 1;
  std::vector<uint16_t> groups(rows.size(), 0);
  for (size_t count = 0;;) {
    std::map<std::vector<uint16_t>, uint16_t> known;
    std::vector<uint16_t> now;
    for (size_t state = 0; state < rows.size(); ++state) {
      std::vector<uint16_t> key = {groups[state]};
      for (uint16_t entry : rows[state])
        key.push_back((entry & ~numberBits) | groups[entry & numberBits]);
      now.push_back(known.try_emplace(key, known.size()).first->second);
    }
    groups = now;
    if (known.size() == count)
      break;
    count = known.size();
  }
  Rows result;
  for (size_t state = 0; state < rows.size(); ++state) {
    if (groups[state] != result.size())
      continue;
    std::vector<uint16_t> row;
    for (uint16_t entry : rows[state])
      row.push_back((entry & ~numberBits) | groups[entry & numberBits]);
    result.push_back(std::move(row));
  }
  return result;
}

/// The states in which a search may wait in vain.
class VainStates {
public:
  explicit VainStates(const Rows &rows)
      : rows(rows), fails(rows.size()), marks(rows.size()) {
    for (bool changes = true; changes;) {
      changes = false;
      for (size_t state = 1; state < rows.size(); ++state)
        if (!fails[state] && mayFail(state))
          fails[state] = changes = true;
    }
  }

  /// Numbers the states that wait in a loop. Nothing if a search could wait in two of
  /// them, or go round through several states: it might not be linear.
  std::optional<std::vector<uint8_t>> findLoops() {
    std::vector<uint8_t> loops(rows.size(), 0);
    uint8_t count = 0;
    for (size_t state = 1; state < rows.size(); ++state) {
      if (!walk(state))
        return std::nullopt;
      if (!fails[state] || !stays(state))
        continue;
      if (count == EKE_MOST_LOOPS)
        return std::nullopt;
      loops[state] = ++count;
    }
    return loops;
  }

private:
  enum Mark : uint8_t { Unknown, Open, Free, Loops };

  bool stays(size_t state) const {
    return llvm::is_contained(rows[state], state);
  }

  /// Whether the search may end behind a state without a match on the way.
  bool mayFail(size_t state) const {
    for (auto [kind, next] : llvm::enumerate(rows[state])) {
      bool isEnd = kind + 1 == rows[state].size();
      if (!(next & EKE_PATTERN_MATCH) && (next == 0 || isEnd || fails[next]))
        return true;
    }
    return false;
  }

  /// Marks a state by whether a loop is at or behind it; false for what is refused. The
  /// depth is that of the automaton, but no more than a few thousand.
  bool walk(size_t state) {
    if (marks[state] != Unknown)
      return marks[state] != Open;
    marks[state] = Open;
    bool hasLoop = false;
    for (size_t kind = 0; kind + 1 < rows[state].size(); ++kind) {
      size_t next = rows[state][kind];
      if (next == state || (next & EKE_PATTERN_MATCH) || !fails[next])
        continue;
      if (!walk(next))
        return false;
      hasLoop |= marks[next] == Loops;
    }
    bool waits = fails[state] && stays(state);
    if (hasLoop && waits)
      return false;
    marks[state] = hasLoop || waits ? Loops : Free;
    return true;
  }

  const Rows &rows;
  std::vector<bool> fails; ///< state 0 does not count
  std::vector<Mark> marks;
};

/// Numbers classes anew, those as one that no automaton tells apart.
std::vector<uint8_t> joinClasses(std::vector<Rows> &all, size_t classCount) {
  std::map<std::vector<uint16_t>, uint8_t> known;
  std::vector<uint8_t> numbers;
  std::vector<size_t> kept;
  for (size_t kind = 0; kind < classCount; ++kind) {
    std::vector<uint16_t> column;
    for (const Rows &rows : all)
      for (const auto &row : rows)
        column.push_back(row[kind]);
    auto [entry, isNew] = known.try_emplace(column, uint8_t(known.size()));
    if (isNew)
      kept.push_back(kind);
    numbers.push_back(entry->second);
  }
  for (Rows &rows : all)
    for (auto &row : rows) {
      std::vector<uint16_t> shorter;
      for (size_t kind : kept)
        shorter.push_back(row[kind]);
      shorter.push_back(row[classCount]);
      row = std::move(shorter);
    }
  return numbers;
}

CharClasses makeClasses(const Partition &partition,
                        const std::vector<uint8_t> &numbers) {
  CharClasses classes;
  classes.count = *std::max_element(numbers.begin(), numbers.end()) + 1;
  for (size_t i = 0; i < partition.intervals.size(); ++i) {
    auto [first, kind] = partition.intervals[i];
    uint32_t end = i + 1 < partition.intervals.size()
                       ? partition.intervals[i + 1].first
                       : first + 1;
    uint8_t number = numbers[kind];
    for (uint32_t code = first; code < std::min(end, 128u); ++code)
      classes.ascii[code] = number;
    if (first == CodeSet::brokenByte)
      classes.broken = number;
    else if (end > 128 &&
             (classes.ranges.empty() || classes.ranges.back().second != number))
      classes.ranges.push_back({std::max(first, 128u), number});
  }
  return classes;
}

} // namespace

llvm::Expected<PatternTables>
compilePatterns(const std::vector<NamedPattern> &patterns, uint32_t space) {
  Partition partition(patterns, space);
  auto refuse = [](const NamedPattern &pattern, const llvm::Twine &why) {
    return llvm::createStringError(pattern.name + " " + why);
  };
  std::vector<Rows> all;
  PatternTables result;
  for (const NamedPattern &pattern : patterns) {
    if (partition.isTooFine())
      return refuse(pattern, "tells too many kinds of characters apart");
    auto rows = Determinizer(pattern.program, partition).run();
    if (!rows)
      return refuse(pattern, "needs too many states");
    for (uint16_t entry : (*rows)[1])
      if (entry & EKE_PATTERN_MATCH)
        return refuse(pattern, "matches where there is nothing");
    all.push_back(minimize(*rows));
    if (all.back().size() < 2) // it matches nothing
      all.back().resize(2, all.back().front());
    auto loops = VainStates(all.back()).findLoops();
    if (!loops)
      return refuse(pattern, "might take more than linear time");
    result.tables.push_back({{}, std::move(*loops)});
  }
  std::vector<uint8_t> numbers = joinClasses(all, partition.classes.size());
  result.classes = makeClasses(partition, numbers);
  for (auto [table, rows] : llvm::zip(result.tables, all))
    for (const auto &row : rows)
      table.states.insert(table.states.end(), row.begin(), row.end());
  return result;
}

} // namespace mlir::eke
