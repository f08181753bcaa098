//===- ResultsTest.cpp - Outputs that differ ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/Results.h"
#include "runtime/include/eke/abi.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace mlir::eke;

namespace {

template <typename Number>
std::optional<std::string> compare(int32_t type, std::vector<Number> numbers,
                                   std::vector<Number> expected) {
  profile::Argument argument;
  argument.name = "y";
  argument.type = type;
  auto bytesOf = [](const std::vector<Number> &all) {
    return llvm::StringRef(reinterpret_cast<const char *>(all.data()),
                           all.size() * sizeof(Number));
  };
  return compareOutputs(argument, bytesOf(numbers), bytesOf(expected));
}

TEST(Results, FloatsDifferByTheirLargest) {
  EXPECT_FALSE(compare<float>(EKE_F32, {100, 0.5f}, {100, -0.4f}));
  std::optional<std::string> difference =
      compare<float>(EKE_F32, {100, 3}, {100, 1});
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->rfind("output 'y' differs by 2", 0), 0u) << *difference;
  EXPECT_FALSE(compare<uint16_t>(EKE_F16, {0x3c00}, {0x3c01})); // 1, 1.001
  EXPECT_TRUE(compare<uint16_t>(EKE_F16, {0x3c00}, {0x3e00}));  // 1, 1.5
}

TEST(Results, WhatIsNoNumberIsTheSameOrAnother) {
  constexpr float infinity = INFINITY, none = NAN;
  EXPECT_FALSE(compare<float>(EKE_F32, {infinity, none}, {infinity, none}));
  EXPECT_EQ(compare<float>(EKE_F32, {1, none}, {1, 1}),
            "output 'y' is another one");
  EXPECT_TRUE(compare<float>(EKE_F32, {1, -infinity}, {1, infinity}));
  EXPECT_TRUE(compare<float>(EKE_F32, {1}, {1, 1}));
}

TEST(Results, SmallIntegersAreRounded) {
  EXPECT_FALSE(compare<int8_t>(EKE_I8, {-128, 4}, {-127, 5}));
  EXPECT_TRUE(compare<int8_t>(EKE_I8, {-128, 4}, {-126, 4}));
  EXPECT_FALSE(compare<uint8_t>(EKE_U8, {255}, {254}));
  EXPECT_TRUE(compare<int32_t>(EKE_I32, {7}, {8}));
  EXPECT_TRUE(compare<uint8_t>(EKE_BOOL, {0}, {1}));
}

} // namespace
