//===- CallStackTest.cpp - Call sites by what is on the stack -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/CallStack.h"

#include <gtest/gtest.h>

using namespace mlir::eke::profile;

namespace {

/// An entry at 0x100 calls a kernel at 0x400 for sites 0 and 1, a kernel at 0x500
/// for site 2, a function of the model at 0x200, and somebody at 0x900; that
/// function calls the kernel at 0x400 for site 3. The head at 0x300 calls it too.
class CallStackTest : public testing::Test {
protected:
  CallStackTest() {
    stack.add(0x110, {0x100, 0x400, 0});
    stack.add(0x120, {0x100, 0x400, 1});
    stack.add(0x130, {0x100, 0x500, 2});
    stack.add(0x140, {0x100, 0x200, std::nullopt});
    stack.add(0x150, {0x100, 0x900, std::nullopt});
    stack.add(0x210, {0x200, 0x400, 3});
    stack.add(0x310, {0x300, 0x400, 4});
  }

  /// The site of a stack, youngest word first, in the kernel at 0x400.
  std::optional<size_t> find(llvm::ArrayRef<uint64_t> words,
                             uint64_t entry = 0x100,
                             uint64_t function = 0x400) const {
    return stack.findSite(words, entry, function);
  }

  CallStack stack;
};

TEST_F(CallStackTest, OneKernelIsToldApartByReturnAddress) {
  EXPECT_EQ(find({1, 2, 0x110, 3}), 0u);
  EXPECT_EQ(find({1, 2, 0x120, 3}), 1u);
}

TEST_F(CallStackTest, WhatEarlierCallsLeftIsYounger) {
  EXPECT_EQ(find({0x110, 1, 0x120, 3}), 1u);
  EXPECT_EQ(find({0x310, 0x120, 3}), 1u) << "another entry's";
  EXPECT_EQ(find({0x120, 1, 0x310}, 0x300), 4u);
}

TEST_F(CallStackTest, AnotherKernelsAddressIsNotOurs) {
  EXPECT_EQ(find({0x110, 0x130}), 0u);
  EXPECT_EQ(find({0x110, 0x130}, 0x100, 0x500), 2u);
  EXPECT_EQ(find({0x110, 0x130}, 0x100, 0x900), 2u) << "that kernel calls it";
}

TEST_F(CallStackTest, FunctionsOfTheModelArePassedThrough) {
  EXPECT_EQ(find({1, 0x210, 2, 0x140, 3}), 3u);
  EXPECT_EQ(find({1, 0x210, 2}), std::nullopt) << "not called by the entry";
}

TEST_F(CallStackTest, BetweenKernelsThereIsNoSite) {
  EXPECT_EQ(find({}, 0x100, 0x100), std::nullopt);
  EXPECT_EQ(find({1, 2, 3}, 0x100, 0x100), std::nullopt);
  EXPECT_EQ(find({0x110, 0x150, 3}, 0x100, 0x900), std::nullopt)
      << "the entry itself has called that";
}

} // namespace
