//===- MatmulTest.cpp - Matrix products under their schedules -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products with packed weights, in each form that a target has, over shapes
// around the tiles: 8 rows of weights, 4 of activations, groups of 32. Integer
// sums are exact. A sum of K products in f32, in any order, is within
// K * 2^-24 * sum |x * w| of the exact one.
//
//===----------------------------------------------------------------------===//

#include "test/unit/halide/RunKernel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <random>
#include <regex>
#include <sstream>

namespace {

/// The rows of the activations, the tiles of 8 weight rows, and the steps
/// along the inputs: 4 for i8, 32 for i4, 1 for floats.
struct Shape {
  int64_t m, no, k;
};

/// Reads Inputs/`name` and replaces $M, $NO and $K, and $S by a schedule: the
/// lines that start with `rows:` for several rows, those with `row:` for one.
std::string instantiate(const std::string &name, Shape shape) {
  std::ifstream file(std::string(EKE_TEST_INPUTS) + "/" + name);
  EXPECT_TRUE(file) << name;
  const std::string mine = shape.m == 1 ? "row: " : "rows: ";
  std::string source, schedule, line;
  while (std::getline(file, line)) {
    size_t at = line.find("row");
    if (at != 3 || line.compare(0, 3, "// ") != 0)
      source += line + "\n";
    else if (line.compare(3, mine.size(), mine) == 0)
      schedule += line.substr(3 + mine.size()) + "\n";
  }
  auto replace = [&](const char *what, const std::string &by) {
    source = std::regex_replace(source, std::regex(what), by);
  };
  replace("\\$SCHEDULE", schedule);
  replace("\\$NO", std::to_string(shape.no));
  replace("\\$M", std::to_string(shape.m));
  replace("\\$K2", std::to_string(shape.k / 2));
  replace("\\$K4", std::to_string(shape.k * 4));
  replace("\\$K", std::to_string(shape.k));
  return source;
}

template <typename T>
std::vector<T> randomIntegers(int64_t size, int low, int high) {
  static std::mt19937 random(7);
  std::uniform_int_distribution<int> range(low, high);
  std::vector<T> values(size);
  for (T &value : values)
    value = static_cast<T>(range(random));
  return values;
}

std::vector<float> randomFloats(int64_t size) {
  static std::mt19937 random(9);
  std::uniform_real_distribution<float> range(-1, 1);
  std::vector<float> values(size);
  for (float &value : values)
    value = range(random);
  return values;
}

/// A number that f16 holds, and its bits.
struct Halves {
  std::vector<float> values;
  std::vector<uint16_t> bits;
};

Halves randomHalves(int64_t size) {
  Halves halves;
  for (int mantissa : randomIntegers<int>(size, 0, 1023)) {
    bool negative = mantissa % 3 == 0;
    halves.values.push_back((negative ? -1 : 1) * (1 + mantissa / 1024.0f) / 8);
    halves.bits.push_back((negative << 15) | ((15 - 3) << 10) | mantissa);
  }
  return halves;
}

class I8 : public testing::TestWithParam<std::tuple<const char *, Shape>> {};
class I4 : public testing::TestWithParam<std::tuple<const char *, Shape>> {};
class Floats : public testing::TestWithParam<std::tuple<const char *, Shape>> {
};

} // namespace

static void PrintTo(const Shape &shape, std::ostream *out) {
  *out << shape.m << "x" << shape.no << "x" << shape.k;
}

TEST_P(I8, IsExact) {
  auto [name, shape] = GetParam();
  auto [m, no, k] = shape;
  auto x = randomIntegers<int8_t>(m * k * 4, -127, 127);
  auto w = randomIntegers<int8_t>(no * k * 32, -127, 127);
  x.front() = w.front() = 127;
  std::vector<int32_t> y(m * no * 8);
  TestKernel kernel(instantiate(name, shape));
  kernel(
      {buffer(x, {m, k * 4}), buffer(w, {no, k, 8, 4}), buffer(y, {m, no, 8})});
  for (int64_t row = 0; row < m; ++row)
    for (int64_t n = 0; n < no * 8; ++n) {
      int32_t sum = 0;
      for (int64_t i = 0; i < k * 4; ++i)
        sum += x[row * k * 4 + i] *
               w[(((n / 8) * k + i / 4) * 8 + n % 8) * 4 + i % 4];
      ASSERT_EQ(y[row * no * 8 + n], sum) << "row " << row << ", n " << n;
    }
}

TEST_P(I4, IsWithinBound) {
  auto [name, shape] = GetParam();
  auto [m, no, groups] = shape;
  auto x = randomIntegers<int8_t>(m * groups * 32, -127, 127);
  auto w = randomIntegers<uint8_t>(no * groups * 128, 0, 255);
  // The largest sums of products: -8 * -127 in every place.
  std::fill(x.begin(), x.begin() + 32, -127);
  std::fill(w.begin(), w.begin() + 128, 0x88);
  Halves scales = randomHalves(no * groups * 8);
  std::vector<float> y(m * no * 8);
  TestKernel kernel(instantiate(name, shape));
  kernel({buffer(x, {m, groups * 32}), buffer(w, {no, groups, 4, 8, 4}),
          buffer(scales.bits, {no, groups, 8}), buffer(y, {m, no, 8})});
  for (int64_t row = 0; row < m; ++row)
    for (int64_t n = 0; n < no * 8; ++n) {
      double sum = 0, magnitude = 0;
      for (int64_t g = 0; g < groups; ++g) {
        int dot = 0;
        for (int64_t i = 0; i < 32; ++i) {
          int64_t c = i % 16 / 4, ki = i % 4;
          uint8_t byte =
              w[((((n / 8) * groups + g) * 4 + c) * 8 + n % 8) * 4 + ki];
          int nibble = i < 16 ? byte & 15 : byte >> 4;
          dot += ((nibble ^ 8) - 8) * x[(row * groups + g) * 32 + i];
        }
        double part =
            double(dot) * scales.values[((n / 8) * groups + g) * 8 + n % 8];
        sum += part;
        magnitude += std::abs(part);
      }
      ASSERT_NEAR(y[row * no * 8 + n], sum,
                  (groups + 1) * std::ldexp(magnitude, -24))
          << "row " << row << ", n " << n;
    }
}

TEST_P(Floats, AreWithinBound) {
  auto [name, shape] = GetParam();
  auto [m, no, k] = shape;
  std::vector<float> x = randomFloats(m * k);
  Halves w = randomHalves(no * k * 8);
  std::vector<float> y(m * no * 8);
  TestKernel kernel(instantiate(name, shape));
  bool isHalf = std::string(name).find("f16") == 0;
  kernel({buffer(x, {m, k}),
          isHalf ? buffer(w.bits, {no, k, 8}) : buffer(w.values, {no, k, 8}),
          buffer(y, {m, no, 8})});
  for (int64_t row = 0; row < m; ++row)
    for (int64_t n = 0; n < no * 8; ++n) {
      double sum = 0, magnitude = 0;
      for (int64_t i = 0; i < k; ++i) {
        double product =
            double(x[row * k + i]) * w.values[((n / 8) * k + i) * 8 + n % 8];
        sum += product;
        magnitude += std::abs(product);
      }
      ASSERT_NEAR(y[row * no * 8 + n], sum, k * std::ldexp(magnitude, -24))
          << "row " << row << ", n " << n;
    }
}

// One row; one less than, as many as and one more than a tile; a prime number.
static const Shape shapes[] = {{1, 1, 2}, {1, 5, 6},  {3, 3, 4}, {4, 4, 2},
                               {5, 5, 4}, {16, 2, 6}, {13, 7, 8}};

INSTANTIATE_TEST_SUITE_P(Halide, I8,
                         testing::Combine(testing::Values("i8-dot.mlir",
                                                          "i8-pairs.mlir",
                                                          "i8-pairs16.mlir"),
                                          testing::ValuesIn(shapes)));

INSTANTIATE_TEST_SUITE_P(Halide, I4,
                         testing::Combine(testing::Values("i4-dot.mlir",
                                                          "i4-sums16.mlir",
                                                          "i4-saturating.mlir"),
                                          testing::ValuesIn(shapes)));

INSTANTIATE_TEST_SUITE_P(Halide, Floats,
                         testing::Combine(testing::Values("f32.mlir",
                                                          "f16.mlir"),
                                          testing::ValuesIn(shapes)));
