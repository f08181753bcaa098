//===- ArenaParts.cpp - Buffers that have to be planned together ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/ArenaParts.h"

#include <algorithm>
#include <tuple>

namespace mlir::eke {

static bool occupies(const ArenaBuffer &buffer) {
  return buffer.size > 0 && buffer.begin < buffer.end;
}

/// The last times before something dies at which something was born: whatever
/// lives together does so at one of them.
static std::vector<int64_t> cutTime(const std::vector<ArenaBuffer> &buffers) {
  std::vector<std::pair<int64_t, bool>> events; // time, birth; deaths first
  for (const ArenaBuffer &buffer : buffers) {
    if (!occupies(buffer))
      continue;
    events.emplace_back(buffer.begin, true);
    events.emplace_back(buffer.end, false);
  }
  std::sort(events.begin(), events.end());
  std::vector<int64_t> times;
  for (size_t i = 0; i + 1 < events.size(); ++i)
    if (events[i].second && !events[i + 1].second)
      times.push_back(events[i].first);
  return times;
}

static std::vector<Tenancy>
getTenancies(const std::vector<ArenaBuffer> &buffers, int64_t alignment) {
  std::vector<int64_t> times = cutTime(buffers);
  auto sectionAt = [&](int64_t time) {
    return static_cast<unsigned>(
        std::lower_bound(times.begin(), times.end(), time) - times.begin());
  };
  std::vector<Tenancy> all;
  for (unsigned i = 0; i < buffers.size(); ++i) {
    const ArenaBuffer &buffer = buffers[i];
    if (occupies(buffer))
      all.push_back({(buffer.size + alignment - 1) / alignment * alignment,
                     buffer.end - buffer.begin, sectionAt(buffer.begin),
                     sectionAt(buffer.end), i});
  }
  std::sort(all.begin(), all.end(), [](const Tenancy &a, const Tenancy &b) {
    return std::tie(a.first, a.buffer) < std::tie(b.first, b.buffer);
  });
  return all;
}

std::vector<ArenaPart> splitIntoParts(const std::vector<ArenaBuffer> &buffers,
                                      int64_t alignment) {
  std::vector<ArenaPart> parts;
  unsigned begin = 0, end = 0; // sections of the last part
  for (Tenancy tenancy : getTenancies(buffers, alignment)) {
    if (tenancy.first >= end) {
      parts.emplace_back();
      begin = tenancy.first;
    }
    ArenaPart &part = parts.back();
    end = std::max(end, tenancy.last);
    tenancy.first -= begin;
    tenancy.last -= begin;
    part.tenancies.push_back(tenancy);
    part.liveBytes.resize(end - begin);
    for (unsigned section = tenancy.first; section < tenancy.last; ++section)
      part.lowerBound =
          std::max(part.lowerBound, part.liveBytes[section] += tenancy.size);
  }
  return parts;
}

} // namespace mlir::eke
