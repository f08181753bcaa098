//===- StackUseTest.cpp - The most stack that code takes ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/StackUse.h"

#include <gtest/gtest.h>

using namespace mlir::eke;

namespace {

void add(StackFrames &frames, llvm::StringRef name, uint64_t bytes,
         std::set<std::string> callees) {
  frames[name].bytes = bytes;
  frames[name].callees = std::move(callees);
}

TEST(StackUse, IsThatOfTheDeepestCalls) {
  StackFrames frames;
  add(frames, "entry", 16, {"a", "b"});
  add(frames, "a", 100, {});
  add(frames, "b", 40, {"c"});
  add(frames, "c", 80, {});
  add(frames, "other", 1000, {"entry"});
  StackUse use = findStackUse(frames, "entry");
  EXPECT_EQ(use.bytes, 136u);
  EXPECT_EQ(use.describe(), "136 bytes");
}

TEST(StackUse, NamesWhatIsNotInIt) {
  StackFrames frames;
  add(frames, "entry", 16, {"memcpy", "expf", "a"});
  add(frames, "a", 8, {"a", "b"});
  add(frames, "b", 8, {"c"});
  add(frames, "c", 8, {"b"});
  frames["b"].callsAddress = frames["c"].isDynamic = true;
  StackUse use = findStackUse(frames, "entry");
  EXPECT_EQ(use.bytes, 40u);
  EXPECT_EQ(use.describe(), "40 bytes, and what is taken by expf, memcpy; "
                            "without what is called by an address in b; of one "
                            "call only of a, b; without what depends on "
                            "numbers in c");
}

} // namespace
