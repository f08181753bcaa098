//===- WidthsTest.cpp - Entries that differ in their rows -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Session.h"

#include <gtest/gtest.h>
#include <vector>

using namespace eke::rt;

namespace {

eke_model modelOf(const std::vector<eke_entry> &entries) {
  eke_model model = {};
  model.entry_count = int32_t(entries.size());
  model.entries = entries.data();
  return model;
}

TEST(Widths, HaveAnyNumberOfRowCounts) {
  std::vector<eke_entry> entries;
  for (int64_t rows = 1; rows <= 40; ++rows) {
    eke_entry entry = {};
    entry.name = "x";
    entry.rows = rows;
    entries.push_back(entry);
  }
  std::swap(entries[3], entries[30]);
  eke_model model = modelOf(entries);
  Widths widths(model, "x");
  EXPECT_EQ(widths.mostRows(), 40);
  for (int64_t rows = 1; rows <= 40; ++rows) {
    EXPECT_EQ(widths.upTo(rows).rows, rows);
    EXPECT_EQ(widths.atLeast(rows).rows, rows);
  }
  EXPECT_EQ(widths.upTo(99).rows, 40);
  EXPECT_EQ(widths.atLeast(99).rows, 40);
}

TEST(Widths, TakeTheNextOnesBesideGaps) {
  std::vector<eke_entry> entries(3);
  int64_t rows[] = {4, 1, 16};
  for (int i = 0; i < 3; ++i) {
    entries[i].name = "x";
    entries[i].rows = rows[i];
  }
  eke_model model = modelOf(entries);
  Widths widths(model, "x");
  EXPECT_EQ(widths.upTo(15).rows, 4);
  EXPECT_EQ(widths.atLeast(5).rows, 16);
  EXPECT_EQ(widths.atLeast(1).rows, 1);
}

} // namespace
