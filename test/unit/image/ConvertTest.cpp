//===- ConvertTest.cpp - Conversions agree with LLVM's APFloat ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/Convert.h"

#include "llvm/ADT/APFloat.h"

#include <gtest/gtest.h>

#include <random>

using namespace mlir::eke;
using llvm::APFloat;
using llvm::APInt;

namespace {

uint32_t bitsOf(float value) { return llvm::bit_cast<uint32_t>(value); }

/// `bits` of `from`, converted to `to` by APFloat.
uint32_t convert(uint32_t bits, unsigned width, const llvm::fltSemantics &from,
                 const llvm::fltSemantics &to) {
  APFloat value(from, APInt(width, bits));
  bool lossy;
  value.convert(to, APFloat::rmNearestTiesToEven, &lossy);
  return value.bitcastToAPInt().getZExtValue();
}

TEST(Convert, EveryF16) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    float value = fromF16(bits);
    if (std::isnan(value)) {
      EXPECT_TRUE((bits & 0x7fff) > 0x7c00) << bits;
      continue;
    }
    EXPECT_EQ(bitsOf(value),
              convert(bits, 16, APFloat::IEEEhalf(), APFloat::IEEEsingle()))
        << bits;
    EXPECT_EQ(toF16(value), bits);
  }
}

TEST(Convert, EveryBF16) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits)
    EXPECT_EQ(bitsOf(fromBF16(bits)), bits << 16);
}

void expectToF16(uint32_t bits) {
  float value = llvm::bit_cast<float>(bits);
  if (std::isnan(value)) {
    EXPECT_TRUE(std::isnan(fromF16(toF16(value)))) << bits;
    return;
  }
  EXPECT_EQ(toF16(value),
            convert(bits, 32, APFloat::IEEEsingle(), APFloat::IEEEhalf()))
      << value;
}

// Every exponent and both signs, with the mantissas next to the bits at which
// rounding happens in normal and subnormal numbers.
TEST(Convert, F32ToF16AroundEveryTie) {
  for (uint32_t top = 0; top < 0x200; ++top)
    for (int bit = 0; bit < 23; ++bit)
      for (int kept = 0; kept < 4; ++kept)
        for (int delta = -1; delta <= 1; ++delta) {
          uint32_t mantissa =
              ((kept << 1 | 1) << bit) + static_cast<uint32_t>(delta);
          expectToF16(top << 23 | (mantissa & 0x7fffff));
        }
}

TEST(Convert, F32ToF16AtRandom) {
  std::mt19937 random(1);
  for (int i = 0; i < 300000; ++i)
    expectToF16(random());
  // Dense around the numbers that f16 can hold at all.
  for (int i = 0; i < 300000; ++i)
    expectToF16((random() & 0x80000000) | (0x33000000 + random() % 0x15000000));
}

TEST(Convert, RoundsTiesToEven) {
  for (int i = -1000; i < 1000; ++i)
    for (float fraction : {0.0f, 0.25f, 0.5f, 0.75f})
      EXPECT_EQ(roundToEven(i + fraction), std::nearbyint(i + fraction));
}

} // namespace
