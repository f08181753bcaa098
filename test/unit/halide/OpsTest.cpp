//===- OpsTest.cpp - Every scalar op against C++ --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each op runs on a vector of values, once with a vector schedule and a length
// that leaves a rest, and is compared with what C++ computes.
//
//===----------------------------------------------------------------------===//

#include "test/unit/halide/RunKernel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

namespace {

/// A kernel that computes `body` from %a and %b of type `in`.
std::string elementwise(const std::string &in, const std::string &out,
                        const std::string &body) {
  std::string type = "?x" + in, result = "?x" + out;
  return "#id = affine_map<(i) -> (i)>\n"
         "halide.kernel @k ins [memref<" +
         type + ">, memref<" + type + ">] outs [memref<" + result +
         ">] {\n"
         "^bb0(%x: tensor<" +
         type + ">, %y: tensor<" + type + ">, %z: tensor<" + result +
         ">):\n"
         "  %o = linalg.generic {indexing_maps = [#id, #id, #id],\n"
         "      iterator_types = [\"parallel\"]}\n"
         "      ins(%x, %y : tensor<" +
         type + ">, tensor<" + type +
         ">)\n"
         "      outs(%z : tensor<" +
         result +
         ">)\n"
         "      attrs = {halide.stage = \"out\", halide.vars = [\"i\"]} {\n"
         "  ^bb0(%a: " +
         in + ", %b: " + in + ", %old: " + out + "):\n" + body +
         "\n    linalg.yield %r : " + out +
         "\n"
         "  } -> tensor<" +
         result +
         ">\n"
         "  halide.yield %o : tensor<" +
         result +
         ">\n"
         "} schedule [#halide.stage<\"out\", vectorize(i, 8)>]\n";
}

template <typename T> struct Cases {
  std::vector<T> a, b;
};

/// Pairs of values that include the extremes, 0 and both signs.
template <typename T> Cases<T> integerCases(bool positiveB) {
  constexpr T low = std::numeric_limits<T>::min();
  constexpr T high = std::numeric_limits<T>::max();
  Cases<T> cases;
  for (int64_t a : {int64_t(low), int64_t(low) + 1, int64_t(-7), int64_t(-1),
                    int64_t(0), int64_t(1), int64_t(7), int64_t(high)})
    for (int64_t b : {int64_t(-3), int64_t(1), int64_t(2), int64_t(5)})
      if (!positiveB || b > 0) {
        cases.a.push_back(static_cast<T>(a));
        cases.b.push_back(static_cast<T>(b));
      }
  return cases;
}

Cases<float> floatCases(float low, float high) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> range(low, high);
  Cases<float> cases;
  for (int i = 0; i < 61; ++i) {
    cases.a.push_back(range(random));
    cases.b.push_back(range(random));
  }
  return cases;
}

template <typename Out, typename In>
std::vector<Out> run(const std::string &source, Cases<In> cases) {
  int64_t size = static_cast<int64_t>(cases.a.size());
  std::vector<Out> result(size);
  TestKernel kernel(source);
  kernel({buffer(cases.a, {size}), buffer(cases.b, {size}),
          buffer(result, {size})});
  return result;
}

} // namespace

//===----------------------------------------------------------------------===//
// Integers: exact
//===----------------------------------------------------------------------===//

struct IntegerOp {
  std::string op; // on %a and %b of type i8
  std::function<int(int8_t, int8_t)> expected;
  bool positiveB = false;
};

class IntegerOps : public testing::TestWithParam<IntegerOp> {};

TEST_P(IntegerOps, MatchCpp) {
  const IntegerOp &op = GetParam();
  Cases<int8_t> cases = integerCases<int8_t>(op.positiveB);
  std::vector<int8_t> got = run<int8_t>(elementwise("i8", "i8", op.op), cases);
  for (size_t i = 0; i < got.size(); ++i)
    EXPECT_EQ(int(got[i]), int(int8_t(op.expected(cases.a[i], cases.b[i]))))
        << op.op << " of " << int(cases.a[i]) << ", " << int(cases.b[i]);
}

static IntegerOp binaryI8(const std::string &name,
                          std::function<int(int8_t, int8_t)> expected,
                          bool positiveB = false) {
  return {"    %r = " + name + " %a, %b : i8", std::move(expected), positiveB};
}

static IntegerOp compareI8(const std::string &predicate,
                           std::function<bool(int8_t, int8_t)> expected) {
  return {"    %c = arith.cmpi " + predicate +
              ", %a, %b : i8\n    %r = arith.extui %c : i1 to i8",
          std::move(expected)};
}

/// Widens, does `op` on i32, and narrows again.
static IntegerOp throughI32(const std::string &widen, const std::string &op,
                            std::function<int(int8_t, int8_t)> expected) {
  return {"    %wa = " + widen + " %a : i8 to i32\n    %wb = " + widen +
              " %b : i8 to i32\n    %w = " + op +
              " %wa, %wb : i32\n    %r = arith.trunci %w : i32 to i8",
          std::move(expected), true};
}

INSTANTIATE_TEST_SUITE_P(
    Halide, IntegerOps,
    testing::Values(
        binaryI8("arith.addi", [](int a, int b) { return a + b; }),
        binaryI8("arith.subi", [](int a, int b) { return a - b; }),
        binaryI8("arith.muli", [](int a, int b) { return a * b; }),
        binaryI8("arith.andi", [](int a, int b) { return a & b; }),
        binaryI8("arith.ori", [](int a, int b) { return a | b; }),
        binaryI8("arith.xori", [](int a, int b) { return a ^ b; }),
        binaryI8(
            "arith.divsi", [](int a, int b) { return a / b; }, true),
        binaryI8(
            "arith.remsi", [](int a, int b) { return a % b; }, true),
        binaryI8(
            "arith.floordivsi",
            [](int a, int b) { return int(std::floor(double(a) / b)); }, true),
        binaryI8(
            "arith.ceildivsi",
            [](int a, int b) { return int(std::ceil(double(a) / b)); }, true),
        binaryI8("arith.divui", [](uint8_t a, uint8_t b) { return a / b; }),
        binaryI8("arith.remui", [](uint8_t a, uint8_t b) { return a % b; }),
        binaryI8("arith.maxsi", [](int a, int b) { return std::max(a, b); }),
        binaryI8("arith.minsi", [](int a, int b) { return std::min(a, b); }),
        binaryI8("arith.maxui",
                 [](uint8_t a, uint8_t b) { return std::max(a, b); }),
        binaryI8("arith.minui",
                 [](uint8_t a, uint8_t b) { return std::min(a, b); }),
        binaryI8(
            "arith.shli", [](int a, int b) { return a << b; }, true),
        binaryI8(
            "arith.shrsi", [](int a, int b) { return a >> b; }, true),
        binaryI8(
            "arith.shrui", [](uint8_t a, uint8_t b) { return a >> b; }, true),
        binaryI8("halide.saturating_add",
                 [](int a, int b) { return std::clamp(a + b, -128, 127); }),
        IntegerOp{"    %r = math.absi %a : i8",
                  [](int a, int) { return std::abs(a); }},
        compareI8("eq", [](int a, int b) { return a == b; }),
        compareI8("ne", [](int a, int b) { return a != b; }),
        compareI8("slt", [](int a, int b) { return a < b; }),
        compareI8("sle", [](int a, int b) { return a <= b; }),
        compareI8("sgt", [](int a, int b) { return a > b; }),
        compareI8("sge", [](int a, int b) { return a >= b; }),
        compareI8("ult", [](uint8_t a, uint8_t b) { return a < b; }),
        compareI8("ule", [](uint8_t a, uint8_t b) { return a <= b; }),
        compareI8("ugt", [](uint8_t a, uint8_t b) { return a > b; }),
        compareI8("uge", [](uint8_t a, uint8_t b) { return a >= b; }),
        throughI32("arith.extsi", "arith.divsi",
                   [](int a, int b) { return a / b; }),
        throughI32("arith.extui", "arith.divui",
                   [](uint8_t a, uint8_t b) { return a / b; }),
        throughI32("arith.extui", "arith.remui",
                   [](uint8_t a, uint8_t b) { return a % b; }),
        IntegerOp{"    %c = arith.trunci %a : i8 to i1\n"
                  "    %d = arith.trunci %b : i8 to i1\n"
                  "    %e = arith.xori %c, %d : i1\n"
                  "    %f = arith.andi %e, %c : i1\n"
                  "    %r = arith.extsi %f : i1 to i8",
                  [](int a, int b) { return -(((a ^ b) & a) & 1); }},
        IntegerOp{"    %i = arith.index_cast %a : i8 to index\n"
                  "    %c = arith.constant 3 : index\n"
                  "    %j = arith.addi %i, %c : index\n"
                  "    %r = arith.index_cast %j : index to i8",
                  [](int a, int) { return a + 3; }}));

//===----------------------------------------------------------------------===//
// Floats: within units of 2^-24 of the result, and an absolute error
//===----------------------------------------------------------------------===//

struct FloatOp {
  std::string op; // on %a and %b of type f32
  std::function<double(double, double)> expected;
  double relative = 1; // in 2^-24; what IEEE gives one rounding is 1
  double absolute = 0;
  float low = -100, high = 100;
};

class FloatOps : public testing::TestWithParam<FloatOp> {};

TEST_P(FloatOps, MatchCpp) {
  const FloatOp &op = GetParam();
  Cases<float> cases = floatCases(op.low, op.high);
  std::vector<float> got = run<float>(elementwise("f32", "f32", op.op), cases);
  for (size_t i = 0; i < got.size(); ++i) {
    double expected = op.expected(cases.a[i], cases.b[i]);
    double bound = op.relative * std::ldexp(std::abs(expected), -24);
    EXPECT_NEAR(got[i], expected, bound + op.absolute)
        << op.op << " of " << cases.a[i] << ", " << cases.b[i];
  }
}

static FloatOp binaryF32(const std::string &name,
                         std::function<double(double, double)> expected,
                         double relative = 1) {
  return {"    %r = " + name + " %a, %b : f32", std::move(expected), relative};
}

static FloatOp unaryF32(const std::string &name,
                        std::function<double(double)> expected, double relative,
                        double absolute, float low, float high) {
  return {"    %r = " + name + " %a : f32",
          [expected](double a, double) { return expected(a); },
          relative,
          absolute,
          low,
          high};
}

static FloatOp compareF32(const std::string &predicate,
                          std::function<bool(double, double)> expected) {
  return {"    %c = arith.cmpf " + predicate +
              ", %a, %b : f32\n    %r = arith.select %c, %a, %b : f32",
          [expected](double a, double b) { return expected(a, b) ? a : b; }, 0};
}

// exp and log are Halide's polynomials, powf is made of both; the rest of the
// transcendental functions are libm's. A quotient may be a product with the
// reciprocal: two roundings more.
INSTANTIATE_TEST_SUITE_P(
    Halide, FloatOps,
    testing::Values(
        binaryF32("arith.addf", [](double a, double b) { return a + b; }),
        binaryF32("arith.subf", [](double a, double b) { return a - b; }),
        binaryF32("arith.mulf", [](double a, double b) { return a * b; }),
        binaryF32(
            "arith.divf", [](double a, double b) { return a / b; }, 3),
        binaryF32(
            "arith.maximumf", [](double a, double b) { return std::max(a, b); },
            0),
        binaryF32(
            "arith.minimumf", [](double a, double b) { return std::min(a, b); },
            0),
        binaryF32(
            "arith.maxnumf", [](double a, double b) { return std::max(a, b); },
            0),
        binaryF32(
            "arith.minnumf", [](double a, double b) { return std::min(a, b); },
            0),
        unaryF32(
            "arith.negf", [](double a) { return -a; }, 0, 0, -9, 9),
        unaryF32(
            "math.absf", [](double a) { return std::abs(a); }, 0, 0, -9, 9),
        unaryF32(
            "math.ceil", [](double a) { return std::ceil(a); }, 0, 0, -9, 9),
        unaryF32(
            "math.floor", [](double a) { return std::floor(a); }, 0, 0, -9, 9),
        unaryF32(
            "math.roundeven", [](double a) { return std::nearbyint(a); }, 0, 0,
            -9, 9),
        unaryF32(
            "math.sqrt", [](double a) { return std::sqrt(a); }, 1, 0, 0, 100),
        unaryF32(
            "math.rsqrt", [](double a) { return 1 / std::sqrt(a); }, 4, 0,
            0.01f, 100),
        unaryF32(
            "math.exp", [](double a) { return std::exp(a); }, 8, 1e-37, -120,
            80),
        unaryF32(
            "math.log", [](double a) { return std::log(a); }, 8, 1e-7, 0.001f,
            1000),
        unaryF32(
            "math.sin", [](double a) { return std::sin(a); }, 2, 0, -50, 50),
        unaryF32(
            "math.cos", [](double a) { return std::cos(a); }, 2, 0, -50, 50),
        unaryF32(
            "math.tanh", [](double a) { return std::tanh(a); }, 4, 0, -5, 5),
        unaryF32(
            "math.erf", [](double a) { return std::erf(a); }, 8, 1e-6, -4, 4),
        FloatOp{"    %p = math.absf %a : f32\n"
                "    %r = math.powf %p, %b : f32",
                [](double a, double b) { return std::pow(std::abs(a), b); },
                200, 1e-30, -4, 4},
        FloatOp{"    %r = math.fma %a, %b, %a : f32",
                [](double a, double b) { return a * b + a; }, 2, 1e-3},
        compareF32("oeq", [](double a, double b) { return a == b; }),
        compareF32("one", [](double a, double b) { return a != b; }),
        compareF32("olt", [](double a, double b) { return a < b; }),
        compareF32("ole", [](double a, double b) { return a <= b; }),
        compareF32("ogt", [](double a, double b) { return a > b; }),
        compareF32("uge", [](double a, double b) { return a >= b; }),
        FloatOp{"    %h = arith.truncf %a : f32 to f16\n"
                "    %r = arith.extf %h : f16 to f32",
                [](double a, double) { return a; }, 8192, 0},
        FloatOp{"    %i = arith.fptosi %a : f32 to i32\n"
                "    %r = arith.sitofp %i : i32 to f32",
                [](double a, double) { return std::trunc(a); }, 0},
        FloatOp{"    %p = math.absf %a : f32\n"
                "    %i = arith.fptoui %p : f32 to i8\n"
                "    %r = arith.uitofp %i : i8 to f32",
                [](double a, double) { return std::trunc(std::abs(a)); }, 0, 0,
                -255, 255},
        FloatOp{"    %i = arith.bitcast %a : f32 to i32\n"
                "    %c = arith.constant 0x7fffffff : i32\n"
                "    %j = arith.andi %i, %c : i32\n"
                "    %r = arith.bitcast %j : i32 to f32",
                [](double a, double) { return std::abs(a); }, 0}));

/// Attention masks scores with large negative numbers, and with infinity.
TEST(FloatOps, ExpOfMaskIsZero) {
  Cases<float> cases;
  cases.a = {-1e30f, -1e4f, -200, 0, 1, -3.4e38f, -104, -88, 1000};
  cases.b.assign(cases.a.size(), 0);
  std::vector<float> got = run<float>(
      elementwise("f32", "f32", "    %r = math.exp %a : f32"), cases);
  for (size_t i : {0, 1, 2, 5})
    EXPECT_EQ(got[i], 0.0f) << cases.a[i];
  EXPECT_FLOAT_EQ(got[3], 1.0f);
  EXPECT_FLOAT_EQ(got[4], 2.7182817f);
  EXPECT_LT(got[6], 1e-37f);
  EXPECT_LT(got[7], 1e-37f);
  EXPECT_GT(got[8], 1e38f);
}

TEST(FloatOps, InfinityIsKept) {
  Cases<float> cases;
  cases.a = {-5, 7};
  cases.b = {0, 0};
  std::vector<float> got =
      run<float>(elementwise("f32", "f32",
                             "    %i = arith.constant 0xff800000 : f32\n"
                             "    %m = arith.maximumf %a, %i : f32\n"
                             "    %zero = arith.constant 0.0 : f32\n"
                             "    %c = arith.cmpf olt, %a, %zero : f32\n"
                             "    %r = arith.select %c, %i, %m : f32"),
                 cases);
  EXPECT_EQ(got[0], -std::numeric_limits<float>::infinity());
  EXPECT_EQ(got[1], 7);
}

/// f16 as the bits of half numbers: all finite values survive both ways.
TEST(FloatOps, HalfRoundTrip) {
  Cases<int16_t> cases;
  for (int bits = 0; bits < 0x10000; ++bits)
    if ((bits & 0x7c00) != 0x7c00)
      cases.a.push_back(static_cast<int16_t>(bits));
  cases.b = cases.a;
  std::vector<int16_t> got =
      run<int16_t>(elementwise("i16", "i16",
                               "    %h = arith.bitcast %a : i16 to f16\n"
                               "    %f = arith.extf %h : f16 to f32\n"
                               "    %g = arith.truncf %f : f32 to f16\n"
                               "    %r = arith.bitcast %g : f16 to i16"),
                   cases);
  EXPECT_EQ(got, cases.a);
}
