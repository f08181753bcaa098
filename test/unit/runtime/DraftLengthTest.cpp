//===- DraftLengthTest.cpp - How many tokens to draft ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/DraftLength.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace eke::rt;

namespace {

/// A language whose blocks and head cost so much, and one row more such a part.
eke_language languageOf(int32_t runs, int32_t exit, float head, float row) {
  eke_language language = {};
  language.runs = runs;
  language.exit = exit;
  language.drafts = 8;
  language.head = language.exit_head = head;
  for (int i = 0; i <= EKE_MOST_DRAFTS; ++i)
    language.rows[i] = 1 + float(i) * row;
  return language;
}

const eke_language boundByMemory = languageOf(30, 6, 3, 0.02f);

/// Runs a cycle in which the exit always has this lead, and of whose drafts at most
/// `right` are accepted. Returns how many were drafted, or -1 for a plain step.
int64_t runCycle(DraftLength &length, float lead, int64_t right) {
  int64_t most = length.most(), drafted = 0;
  if (most == 0)
    return -1;
  while (drafted < most && (length.isFixed() || length.wants(lead)))
    ++drafted;
  length.learn(std::min(right, drafted), right < drafted);
  return drafted;
}

TEST(DraftLength, IsLongerWhereTheExitIsSure) {
  DraftLength one(boundByMemory, -1), other(boundByMemory, -1);
  int64_t unsure = runCycle(one, 0.1f, 8), sure = runCycle(other, 5, 8);
  EXPECT_GE(unsure, 1);
  EXPECT_GT(sure, unsure);
  EXPECT_LE(sure, boundByMemory.drafts);
}

TEST(DraftLength, FollowsWhatIsAccepted) {
  DraftLength length(boundByMemory, -1);
  int64_t first = runCycle(length, 0.1f, 8);
  for (int i = 0; i < 100; ++i)
    runCycle(length, 0.1f, 8);
  EXPECT_GT(runCycle(length, 0.1f, 8), first) << "everything is accepted";
  for (int i = 0; i < 400; ++i)
    runCycle(length, 0.1f, 0);
  EXPECT_LE(runCycle(length, 0.1f, 0), 0) << "nothing is";
}

/// Of so many steps, how many ask the exit if nothing that it says is ever right?
int countAsked(const eke_language &language, int steps) {
  DraftLength length(language, -1);
  for (int i = 0; i < 1000; ++i)
    runCycle(length, 3, 0);
  int asked = 0;
  for (int i = 0; i < steps; ++i)
    asked += runCycle(length, 3, 0) >= 0;
  return asked;
}

TEST(DraftLength, GivesUpAndTriesAgainAfterAWhile) {
  // Asking costs 3, a plain step 33: every tenth time that is about a hundredth.
  EXPECT_EQ(countAsked(boundByMemory, 320), 32);
  eke_language cheap = boundByMemory;
  cheap.exit_head = 0.25f;
  EXPECT_EQ(countAsked(cheap, 320), 320) << "asking costs next to nothing";
}

TEST(DraftLength, FillsTheRowsThatAreVerifiedAnyhow) {
  // Drafts are expensive, and verified by a model for four or for nine rows.
  eke_language language = languageOf(30, 15, 3, 0);
  std::fill_n(language.rows + 4, 5, 4.0f);
  DraftLength length(language, -1);
  EXPECT_EQ(runCycle(length, 5, 8), 3);
}

TEST(DraftLength, IsZeroWhereRowsCostAsMuchAsSteps) {
  eke_language language = languageOf(30, 15, 3, 1);
  DraftLength length(language, -1), fixed(language, 5);
  EXPECT_EQ(runCycle(length, 5, 8), 0);
  EXPECT_EQ(runCycle(fixed, 5, 8), 5) << "unless that is asked for";
}

} // namespace
