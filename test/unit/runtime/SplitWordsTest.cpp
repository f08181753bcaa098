//===- SplitWordsTest.cpp - A command line as words -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/os/baremetal/CommandLine.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

using namespace eke::rt;

namespace {

using Words = std::vector<std::string>;

/// The words of `text`; "too many" for more than four.
Words split(std::string text) {
  char *words[4];
  int count = splitWords(text.data(), words, 4);
  return count < 0 ? Words{"too many"} : Words(words, words + count);
}

TEST(SplitWordsTest, CutsAtSpaces) {
  EXPECT_EQ(split("net --in  x "), (Words{"net", "--in", "x"}));
  EXPECT_EQ(split(" net"), Words{"net"});
  EXPECT_EQ(split(""), Words{});
  EXPECT_EQ(split("  "), Words{});
}

TEST(SplitWordsTest, KeepsSpacesBetweenQuotes) {
  EXPECT_EQ(split("net \"a b\" c\" \"d"), (Words{"net", "a b", "c d"}));
  EXPECT_EQ(split("net \"\" x"), (Words{"net", "", "x"}));
  EXPECT_EQ(split("net \"a b"), (Words{"net", "a b"}));
}

TEST(SplitWordsTest, TakesWhatIsBehindABackslash) {
  EXPECT_EQ(split("a\\ b \\\"c\\\\ \"\\\"\""), (Words{"a b", "\"c\\", "\""}));
  EXPECT_EQ(split("a\\"), Words{"a\\"});
}

TEST(SplitWordsTest, CountsWords) {
  EXPECT_EQ(split("a b c d"), (Words{"a", "b", "c", "d"}));
  EXPECT_EQ(split("a b c d "), (Words{"a", "b", "c", "d"}));
  EXPECT_EQ(split("a b c d e"), Words{"too many"});
}

} // namespace
