//===- ArenaBounds.cpp - Where buffers without a place can lie ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/ArenaBounds.h"

#include <algorithm>

namespace mlir::eke {

static constexpr int64_t infinite = INT64_MAX;

ArenaBounds::ArenaBounds(const ArenaPart &part)
    : tenancies(part.tenancies), sections(part.liveBytes.size()),
      conflictsOf(part.liveBytes.size()) {}

void ArenaBounds::reset(int64_t heightLimit, int64_t stepLimit) {
  height = heightLimit;
  steps = stepLimit;
  bounds.assign(tenancies.size(), {0, 0});
  trail.clear();
}

void ArenaBounds::set(unsigned item, Bounds to) {
  trail.push_back({item, bounds[item]});
  bounds[item] = to;
}

void ArenaBounds::undo(size_t changes) {
  for (; trail.size() > changes; trail.pop_back())
    bounds[trail.back().item] = trail.back().before;
}

bool ArenaBounds::tighten(const Items &items) {
  for (bool changed = true; changed;) {
    changed = false;
    if (!fillSections(items) || !raise(items, changed))
      return false;
    orderSections(items, changed);
  }
  return true;
}

unsigned ArenaBounds::endOf(const Items &items) const {
  unsigned end = 0;
  for (unsigned item : items)
    end = std::max(end, tenancies[item].last);
  return end;
}

void ArenaBounds::Section::add(unsigned item, int64_t itsOffset,
                               int64_t itsTop) {
  live += itsTop - itsOffset;
  if (itsOffset < offset) {
    nextOffset = offset;
    offset = itsOffset;
    lowest = item;
  } else {
    nextOffset = std::min(nextOffset, itsOffset);
  }
  if (itsTop < top) {
    nextTop = top;
    top = itsTop;
    lowestTop = item;
  } else {
    nextTop = std::min(nextTop, itsTop);
  }
}

/// False if the items of a section do not fit above the lowest of them.
bool ArenaBounds::fillSections(const Items &items) {
  unsigned begin = tenancies[items.front()].first, end = endOf(items);
  std::fill(sections.begin() + begin, sections.begin() + end,
            Section{0, 0, 0, infinite, infinite, infinite, infinite});
  for (unsigned item : items) {
    const Tenancy &tenancy = tenancies[item];
    int64_t offset = bounds[item].lowest, top = offset + tenancy.size;
    steps -= tenancy.last - tenancy.first;
    for (unsigned i = tenancy.first; i < tenancy.last; ++i)
      sections[i].add(item, offset, top);
  }
  for (unsigned i = begin; i < end; ++i) {
    if (sections[i].live == 0 ||
        sections[i].offset + sections[i].live <= height)
      continue;
    ++conflictsOf[i];
    return false;
  }
  return steps >= 0;
}

ArenaBounds::Surroundings ArenaBounds::look(unsigned item) const {
  Surroundings others{infinite, infinite, 0};
  for (unsigned i = tenancies[item].first; i < tenancies[item].last; ++i) {
    const Section &section = sections[i];
    others.offset =
        std::min(others.offset,
                 section.lowest == item ? section.nextOffset : section.offset);
    others.top = std::min(
        others.top, section.lowestTop == item ? section.nextTop : section.top);
    others.live = std::max(others.live, section.live);
  }
  return others;
}

/// What is not on its floor lies on another item, and one, the same or a third,
/// keeps it from lying lower. False if there is none.
bool ArenaBounds::raise(const Items &items, bool &changed) {
  for (unsigned item : items) {
    auto [floor, lowest] = bounds[item];
    if (lowest == floor)
      continue;
    Surroundings others = look(item);
    if (others.top > height - tenancies[item].size ||
        others.offset >= floor + tenancies[item].size)
      return false;
    if (others.top > lowest) {
      set(item, {floor, others.top});
      changed = true;
    }
  }
  return true;
}

/// Where only one item can be the lowest of a section, the others of the section
/// are above it.
void ArenaBounds::orderSections(const Items &items, bool &changed) {
  unsigned end = endOf(items);
  for (unsigned i = tenancies[items.front()].first; i < end; ++i) {
    const Section &section = sections[i];
    if (section.nextOffset == infinite ||
        section.nextOffset <= height - section.live)
      continue;
    int64_t top =
        bounds[section.lowest].lowest + tenancies[section.lowest].size;
    for (unsigned item : items) {
      const Tenancy &tenancy = tenancies[item];
      if (item != section.lowest && tenancy.first <= i && i < tenancy.last &&
          bounds[item].lowest < top) {
        set(item, {bounds[item].floor, top});
        changed = true;
      }
    }
  }
}

} // namespace mlir::eke
