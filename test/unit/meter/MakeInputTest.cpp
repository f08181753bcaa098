//===- MakeInputTest.cpp - Numbers for the inputs of an entry -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/MakeInput.h"
#include "runtime/include/eke/abi.h"

#include "gtest/gtest.h"

#include <cstring>

using namespace mlir::eke::profile;

namespace {

Argument makeArgument(int32_t type, uint64_t bytes) {
  Argument argument;
  argument.type = type;
  argument.bytes = bytes;
  return argument;
}

TEST(MakeInput, FloatsAreFromMinusOneToOne) {
  std::string bytes = makeInput(makeArgument(EKE_F32, 4000), 0);
  ASSERT_EQ(bytes.size(), 4000u);
  float least = 2, most = -2;
  for (size_t i = 0; i < bytes.size(); i += sizeof(float)) {
    float number;
    std::memcpy(&number, &bytes[i], sizeof number);
    least = std::min(least, number);
    most = std::max(most, number);
  }
  EXPECT_GE(least, -1);
  EXPECT_LT(least, -0.9f);
  EXPECT_LT(most, 1);
  EXPECT_GT(most, 0.9f);
}

TEST(MakeInput, HalvesAreFromMinusOneToOne) {
  for (auto [type, one] : {std::pair(EKE_F16, 0x3c00), {EKE_BF16, 0x3f80}}) {
    std::string bytes = makeInput(makeArgument(type, 2000), 0);
    ASSERT_EQ(bytes.size(), 2000u);
    for (size_t i = 0; i < bytes.size(); i += 2) {
      uint16_t number;
      std::memcpy(&number, &bytes[i], sizeof number);
      EXPECT_LE(number & 0x7fff, one);
    }
  }
}

TEST(MakeInput, ASeedGivesTheSameNumbers) {
  Argument argument = makeArgument(EKE_I8, 100);
  EXPECT_EQ(makeInput(argument, 1), makeInput(argument, 1));
  EXPECT_NE(makeInput(argument, 1), makeInput(argument, 2));
}

TEST(MakeInput, WhatCountsIsZero) {
  for (int32_t type : {EKE_I32, EKE_I64, EKE_BOOL})
    EXPECT_EQ(makeInput(makeArgument(type, 16), 3), std::string(16, '\0'));
}

TEST(MakeInput, OrTheLeastThatIsAllowed) {
  Argument argument = makeArgument(EKE_I64, 8);
  argument.min = -3;
  EXPECT_EQ(makeInput(argument, 3), std::string(8, '\0'));
  argument.min = 258;
  EXPECT_EQ(makeInput(argument, 3), std::string("\2\1\0\0\0\0\0\0", 8));
}

} // namespace
