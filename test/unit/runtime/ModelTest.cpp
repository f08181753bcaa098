//===- ModelTest.cpp - Entries and states of a model ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Session.h"

#include <cerrno>
#include <gtest/gtest.h>
#include <numeric>
#include <vector>

using namespace eke::rt;

namespace {

int calls;
void count(void *const *, uint8_t *, uint8_t *) { ++calls; }

const int64_t three[] = {3}, one[] = {1};

/// An entry with one input of three integers.
template <typename Integer> struct Bounded {
  eke_tensor tensor;
  eke_entry entry = {"f", "", 1, 0, 1, &tensor, count, 0, 0};

  Bounded(int32_t dtype, int64_t min, int64_t max)
      : tensor{"x", dtype, 1, three, 0, min, max} {}

  /// The element that is out of bounds; -1 if the entry ran.
  int64_t run(std::vector<Integer> x) {
    int before = calls;
    void *args[] = {x.data()};
    int64_t element = -1;
    int32_t argument = eke_find_out_of_bounds(&entry, args, &element);
    EXPECT_EQ(argument, element < 0 ? -1 : 0);
    EXPECT_EQ(eke_call(&entry, args, nullptr, nullptr),
              argument < 0 ? 0 : ERANGE);
    EXPECT_EQ(calls, before + (argument < 0));
    return element;
  }
};

TEST(Bounds, AreBothAllowed) {
  Bounded<int32_t> tokens(EKE_I32, 0, 9);
  EXPECT_EQ(tokens.run({0, 9, 5}), -1);
  EXPECT_EQ(tokens.run({0, 9, 10}), 2);
  EXPECT_EQ(tokens.run({0, -1, 10}), 1);
  EXPECT_EQ(tokens.run({INT32_MIN, 0, 0}), 0);
}

TEST(Bounds, HoldForEveryTypeOfIntegers) {
  EXPECT_EQ(Bounded<int8_t>(EKE_I8, -2, 2).run({-2, -3, 0}), 1);
  EXPECT_EQ(Bounded<uint8_t>(EKE_U8, 0, 200).run({200, 0, 201}), 2);
  EXPECT_EQ(Bounded<uint8_t>(EKE_BOOL, 0, 1).run({1, 2, 0}), 1);
  EXPECT_EQ(Bounded<int16_t>(EKE_I16, 0, 300).run({300, 301, 0}), 1);
  EXPECT_EQ(Bounded<int64_t>(EKE_I64, 0, 1).run({INT64_MAX, 0, 0}), 0);
  EXPECT_EQ(Bounded<int64_t>(EKE_I64, INT64_MIN, INT64_MAX)
                .run({INT64_MAX, INT64_MIN, 0}),
            -1);
}

TEST(Bounds, AreNotLookedForInOutputs) {
  Bounded<int32_t> result(EKE_I32, 0, 9);
  result.tensor.is_output = 1;
  EXPECT_EQ(result.run({99, 99, 99}), -1);
}

eke_model modelOf(const std::vector<eke_entry> &entries,
                  const std::vector<eke_state> &states) {
  eke_model model = {};
  model.entry_count = int32_t(entries.size());
  model.entries = entries.data();
  model.state_count = int32_t(states.size());
  model.states = states.data();
  return model;
}

TEST(Model, FindsEntriesByNameAndByRole) {
  std::vector<eke_entry> entries = {{"a", "x", 1, 0, 0, nullptr, count, 0, 0},
                                    {"b", "y", 1, 0, 0, nullptr, count, 0, 0},
                                    {"b", "x", 4, 0, 0, nullptr, count, 0, 0}};
  eke_model model = modelOf(entries, {});
  EXPECT_EQ(eke_find_entry(&model, "b", 0), &model.entries[1]);
  EXPECT_EQ(eke_find_entry(&model, "b", 4), &model.entries[2]);
  EXPECT_EQ(eke_find_entry(&model, "y", 0), nullptr);
  EXPECT_EQ(eke_find_role(&model, "x", 4), &model.entries[2]);
  EXPECT_EQ(eke_find_role(&model, "x", 0), &model.entries[0]);
  EXPECT_EQ(eke_find_role(&model, "x", 2), nullptr);
}

TEST(Model, ResetsEveryStateAndNothingElse) {
  const uint8_t pattern[] = {1, 2};
  std::vector<eke_state> states = {
      {"zeros", EKE_U8, 1, three, 64, 3, nullptr, 0},
      {"pattern", EKE_U8, 1, three, 0, 6, pattern, 2},
      {"whole", EKE_U8, 1, one, 128, 2, pattern, 2}};
  eke_model model = modelOf({}, states);
  std::vector<uint8_t> state(192, 9), expected(192, 9);
  for (int i = 0; i < 6; ++i)
    expected[i] = pattern[i % 2];
  expected[64] = expected[65] = expected[66] = 0;
  expected[128] = 1;
  expected[129] = 2;
  eke_reset(&model, state.data());
  EXPECT_EQ(state, expected);
}

TEST(Widths, HaveAnyNumberOfRowCounts) {
  std::vector<eke_entry> entries;
  for (int64_t rows = 1; rows <= 40; ++rows)
    entries.push_back({"f", "x", rows, 0, 0, nullptr, count, 0, 0});
  std::swap(entries[3], entries[30]);
  eke_model model = modelOf(entries, {});
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
  std::vector<eke_entry> entries;
  for (int64_t rows : {4, 1, 16})
    entries.push_back({"f", "x", rows, 0, 0, nullptr, count, 0, 0});
  eke_model model = modelOf(entries, {});
  Widths widths(model, "x");
  EXPECT_EQ(widths.upTo(15).rows, 4);
  EXPECT_EQ(widths.atLeast(5).rows, 16);
  EXPECT_EQ(widths.atLeast(1).rows, 1);
}

} // namespace
