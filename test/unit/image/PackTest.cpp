//===- PackTest.cpp - Packed weights hold the numbers they should ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each test unpacks by the formula in the documentation of `#eke.format` and
// compares number by number with the source.
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/Pack.h"

#include "dialects/eke/Format.h"
#include "dialects/formats/Convert.h"
#include "dialects/formats/Formats.h"
#include "dialects/formats/QuantizeGroup.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <random>
#include <vector>

using namespace mlir::eke;

namespace {

constexpr int64_t tile = 8;

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

struct Matrix {
  Matrix(int64_t rows, int64_t columns, unsigned seed = 1)
      : rows(rows), columns(columns), values(rows * columns) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0.0f, 0.05f);
    for (float &value : values)
      value = normal(random);
  }

  float at(int64_t n, int64_t k) const { return values[n * columns + k]; }

  SourceMatrix source() const {
    return {reinterpret_cast<const uint8_t *>(values.data()),
            SourceMatrix::Element::F32, rows, columns};
  }

  int64_t rows, columns;
  std::vector<float> values;
};

template <typename T> T read(const std::vector<uint8_t> &bytes, int64_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

/// Sizes around the tile of 8 rows, the quad of 4 and the group of 32 columns.
const std::pair<int64_t, int64_t> shapes[] = {
    {1, 1}, {7, 31}, {8, 32}, {9, 33}, {13, 37}, {16, 64}, {64, 96}, {1, 100}};

TEST(Pack, F32) {
  for (auto [rows, columns] : shapes) {
    Matrix matrix(rows, columns);
    std::vector<uint8_t> out(ceilDiv(rows, tile) * tile * columns * 4);
    ASSERT_FALSE(packF32(matrix.source(), tile, out.data()));
    for (int64_t n = 0; n < ceilDiv(rows, tile) * tile; ++n)
      for (int64_t k = 0; k < columns; ++k)
        EXPECT_EQ(
            read<float>(out, ((n / tile) * columns + k) * tile + n % tile),
            n < rows ? matrix.at(n, k) : 0.0f);
  }
}

TEST(Pack, F16) {
  for (auto [rows, columns] : shapes) {
    Matrix matrix(rows, columns);
    std::vector<uint8_t> out(ceilDiv(rows, tile) * tile * columns * 2);
    ASSERT_FALSE(packF16(matrix.source(), tile, out.data()));
    for (int64_t n = 0; n < rows; ++n)
      for (int64_t k = 0; k < columns; ++k)
        EXPECT_EQ(
            read<uint16_t>(out, ((n / tile) * columns + k) * tile + n % tile),
            toF16(matrix.at(n, k)));
  }
}

TEST(Pack, PlainF32KeepsTheOrder) {
  Matrix matrix(5, 3);
  std::vector<uint8_t> out(60);
  ASSERT_FALSE(packPlainF32(matrix.source(), out.data()));
  EXPECT_EQ(std::memcmp(out.data(), matrix.values.data(), 60), 0);
}

TEST(Pack, I8IsWithinHalfAStep) {
  for (auto [rows, columns] : shapes) {
    Matrix matrix(rows, columns);
    const int64_t quads = ceilDiv(columns, 4), tiles = ceilDiv(rows, tile);
    std::vector<uint8_t> out(tiles * quads * tile * 4),
        scales(tiles * tile * 4);
    ASSERT_FALSE(packI8(matrix.source(), tile, out.data(), scales.data()));
    for (int64_t n = 0; n < tiles * tile; ++n) {
      float scale = read<float>(scales, n);
      int largest = 0;
      for (int64_t k = 0; k < quads * 4; ++k) {
        int q = read<int8_t>(
            out, ((n / tile * quads + k / 4) * tile + n % tile) * 4 + k % 4);
        largest = std::max(largest, std::abs(q));
        float expected = n < rows && k < columns ? matrix.at(n, k) : 0;
        // Half a step, and the rounding of the quotient.
        EXPECT_LE(std::fabs(scale * q - expected), scale * 0.50002f);
      }
      EXPECT_EQ(largest, n < rows ? 127 : 0);
    }
  }
}

/// The number at (n, k) of packed i4.
float unpackI4(const std::vector<uint8_t> &out,
               const std::vector<uint8_t> &scales, int64_t groups, int64_t n,
               int64_t k, int64_t offset) {
  int64_t g = k / 32, c = k % 16 / 4, ki = k % 4;
  int64_t place = n / tile * groups + g;
  uint8_t byte = out[((place * 4 + c) * tile + n % tile) * 4 + ki];
  int nibble = k % 32 < 16 ? byte & 0xf : byte >> 4;
  int q = nibble - int(offset);
  if (offset == 0 && nibble >= 8)
    q -= 16;
  return q * fromF16(read<uint16_t>(scales, place * tile + n % tile));
}

class PackI4 : public testing::TestWithParam<int64_t> {};
INSTANTIATE_TEST_SUITE_P(Offsets, PackI4, testing::Values(0, 8));

TEST_P(PackI4, IsWithinAStep) {
  const int64_t offset = GetParam();
  for (auto [rows, columns] : shapes) {
    Matrix matrix(rows, columns);
    const int64_t groups = ceilDiv(columns, 32), tiles = ceilDiv(rows, tile);
    std::vector<uint8_t> out(tiles * groups * 16 * tile),
        scales(tiles * groups * tile * 2);
    ASSERT_FALSE(
        packI4(matrix.source(), tile, offset, out.data(), scales.data()));
    for (int64_t n = 0; n < tiles * tile; ++n)
      for (int64_t k = 0; k < groups * 32; ++k) {
        float expected = n < rows && k < columns ? matrix.at(n, k) : 0;
        float largest = 0;
        for (int64_t i = k / 32 * 32; n < rows && i < k / 32 * 32 + 32; ++i)
          largest = std::max(largest,
                             i < columns ? std::fabs(matrix.at(n, i)) : 0.0f);
        // A step is at most largest/6.6, and clamping at 7 costs at most 1.8.
        EXPECT_LE(
            std::fabs(unpackI4(out, scales, groups, n, k, offset) - expected),
            1.8f * largest / 6.6f);
      }
  }
}

/// The summed squared error of a group with scale d, by the definition.
double errorOf(const float *x, float d) {
  double sum = 0;
  for (int k = 0; k < 32; ++k) {
    double q = d == 0 ? 0 : std::nearbyint(x[k] / d);
    q = std::min(std::max(q, -8.0), 7.0);
    sum += (x[k] - d * q) * (x[k] - d * q);
  }
  return sum;
}

// No f16 scale is much better than the one chosen, and the usual choice, the
// number of largest magnitude over -8, is never better.
TEST(QuantizeGroup, IsNearTheBestOfAllScales) {
  double chosen = 0, best = 0, usual = 0;
  for (unsigned seed = 0; seed < 100; ++seed) {
    Matrix matrix(1, 32, seed);
    const float *x = matrix.values.data();
    QuantGroup group = quantizeI4(x);
    float d = fromF16(group.scale);
    double error = 0, least = 1e30;
    for (int k = 0; k < 32; ++k) {
      EXPECT_GE(group.values[k], -8);
      EXPECT_LE(group.values[k], 7);
      error += std::pow(x[k] - d * group.values[k], 2);
    }
    for (uint32_t bits = 0x1000; bits < 0x3000; ++bits)
      least = std::min(
          {least, errorOf(x, fromF16(bits)), errorOf(x, -fromF16(bits))});
    float largest = *std::max_element(x, x + 32, [](float a, float b) {
      return std::fabs(a) < std::fabs(b);
    });
    double naive = errorOf(x, fromF16(toF16(largest / -8)));
    EXPECT_LE(error, naive * 1.0001) << seed;
    chosen += error;
    best += least;
    usual += naive;
  }
  EXPECT_LE(chosen, best * 1.05);
  EXPECT_LE(chosen, usual * 0.9);
}

TEST(QuantizeGroup, ZeroStaysZero) {
  float zeros[32] = {};
  QuantGroup group = quantizeI4(zeros);
  EXPECT_EQ(fromF16(group.scale), 0.0f);
  for (int8_t value : group.values)
    EXPECT_EQ(value, 0);
}

TEST(Pack, TinyNumbersBecomeZeroNotNaN) {
  Matrix matrix(8, 32);
  for (float &value : matrix.values)
    value = 1e-42f;
  std::vector<uint8_t> out(8 * 32, 1), scales(8 * 4, 1);
  ASSERT_FALSE(packI8(matrix.source(), tile, out.data(), scales.data()));
  EXPECT_EQ(read<float>(scales, 3), 0.0f);
  ASSERT_FALSE(packI4(matrix.source(), tile, 0, out.data(), scales.data()));
  EXPECT_EQ(read<uint16_t>(scales, 3), 0);
}

TEST(Pack, NamesTheFirstBadElement) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  for (auto [rows, columns] : shapes) {
    Matrix matrix(rows, columns);
    std::vector<uint8_t> out(ceilDiv(rows, tile) * tile * ceilDiv(columns, 32) *
                             32 * 4),
        scales(out.size());
    const int64_t last = rows * columns - 1, middle = last / 2;
    matrix.values[last] = nan;
    matrix.values[middle] = -inf;
    for (int format = 0; format < 5; ++format) {
      SourceMatrix source = matrix.source();
      std::optional<BadElement> bad =
          format == 0   ? packF32(source, tile, out.data())
          : format == 1 ? packF16(source, tile, out.data())
          : format == 2 ? packI8(source, tile, out.data(), scales.data())
          : format == 3 ? packI4(source, tile, 0, out.data(), scales.data())
                        : packPlainF32(source, out.data());
      ASSERT_TRUE(bad);
      EXPECT_EQ(bad->index, middle);
      EXPECT_EQ(bad->value, -inf);
    }
  }
}

TEST(Pack, RefusesWhatTheFormatCannotHold) {
  Matrix matrix(2, 32);
  std::vector<uint8_t> out(8 * 32 * 4), scales(8 * 4);
  matrix.values[40] = 65519.0f; // rounds to the largest f16
  EXPECT_FALSE(packF16(matrix.source(), tile, out.data()));
  matrix.values[40] = 65520.0f;
  std::optional<BadElement> bad = packF16(matrix.source(), tile, out.data());
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->index, 40);
  EXPECT_FALSE(packI8(matrix.source(), tile, out.data(), scales.data()));
  EXPECT_FALSE(packI4(matrix.source(), tile, 0, out.data(), scales.data()));
  matrix.values[40] = 2e5f;
  EXPECT_TRUE(packI4(matrix.source(), tile, 0, out.data(), scales.data()));
}

/// The error of rounding is measured before anybody asks whether the format holds it.
TEST(Pack, TheErrorOfWhatAFormatCannotHoldIsInfinite) {
  mlir::DialectRegistry registry;
  registerFormats(registry);
  mlir::MLIRContext context(registry);
  context.loadDialect<EkeDialect>();
  for (const char *name : {"i4", "i4m", "i8g"}) {
    const FormatInterface &format = *FormatInterface::lookup(&context, name);
    Matrix matrix(3, 40);
    EXPECT_LT(format.measureError(matrix.source()), 1) << name;
    matrix.values[50] = -3e38f;
    matrix.values[51] = 3e38f;
    EXPECT_EQ(format.measureError(matrix.source()),
              std::numeric_limits<double>::infinity())
        << name;
  }
}

TEST(Pack, ReadsF16AndBF16) {
  const uint16_t f16[] = {0x3c00, 0xc000, 0x0001, 0x7bff};
  const uint16_t bf16[] = {0x3f80, 0xc000, 0x0001, 0x7f7f};
  std::vector<uint8_t> out(16);
  auto pack = [&](const uint16_t *data, SourceMatrix::Element element) {
    return packPlainF32(
        {reinterpret_cast<const uint8_t *>(data), element, 2, 2}, out.data());
  };
  ASSERT_FALSE(pack(f16, SourceMatrix::Element::F16));
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(read<float>(out, i), fromF16(f16[i]));
  ASSERT_FALSE(pack(bf16, SourceMatrix::Element::BF16));
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(read<float>(out, i), fromBF16(bf16[i]));
}

} // namespace
