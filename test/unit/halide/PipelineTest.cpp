//===- PipelineTest.cpp - Kernels of several stages -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/halide/RunKernel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numeric>
#include <sstream>

static std::string readInput(const std::string &name) {
  std::ifstream file(std::string(EKE_TEST_INPUTS) + "/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

static std::vector<float> wave(int64_t size) {
  std::vector<float> values(size);
  for (int64_t i = 0; i < size; ++i)
    values[i] = std::sin(0.7f * i) * (1 + i % 5);
  return values;
}

/// Two outputs share stages, rows end inside a vector, and sums are factored.
TEST(Pipeline, NormalizesAndQuantizesRows) {
  constexpr int64_t rows = 3, width = 37;
  std::vector<float> x = wave(rows * width), weight = wave(width);
  std::vector<int8_t> values(rows * width);
  std::vector<float> scales(rows);
  TestKernel kernel(readInput("rows.mlir"));
  kernel({buffer(x, {rows, width}), buffer(weight, {width}),
          buffer(values, {rows, width}), buffer(scales, {rows})});
  for (int64_t m = 0; m < rows; ++m) {
    double squares = 0, amax = 0;
    std::vector<double> norm(width);
    for (int64_t k = 0; k < width; ++k)
      squares += double(x[m * width + k]) * x[m * width + k];
    for (int64_t k = 0; k < width; ++k) {
      norm[k] =
          x[m * width + k] / std::sqrt(squares / width + 1e-5) * weight[k];
      amax = std::max(amax, std::abs(norm[k]));
    }
    // A few roundings of f32 in the scale.
    EXPECT_NEAR(scales[m], amax / 127, amax / 127 * 1e-6);
    for (int64_t k = 0; k < width; ++k)
      // Rounding differs only where the quotient is that close to a half.
      EXPECT_NEAR(values[m * width + k], norm[k] / amax * 127, 0.501);
  }
}

/// Softmax over a length known only when run, with and without a promise that
/// vectors fit into it.
TEST(Pipeline, SoftmaxOfDynamicLength) {
  std::string source = readInput("softmax.mlir");
  std::string promise = " {extent_multiple = 8 : i64}";
  for (bool promised : {false, true}) {
    std::string text = source;
    if (!promised)
      text.erase(text.find(promise), promise.size());
    TestKernel kernel(text);
    for (int64_t length : {1, 7, 8, 9, 16, 40}) {
      if (promised && length % 8 != 0)
        continue;
      std::vector<float> x = wave(2 * length), y(2 * length), sums(2);
      x[0] = -1e30f;
      kernel(
          {buffer(x, {2, length}), buffer(y, {2, length}), buffer(sums, {2})});
      for (int row = 0; row < 2; ++row) {
        const float *in = &x[row * length];
        double peak = *std::max_element(in, in + length), sum = 0;
        for (int64_t i = 0; i < length; ++i) {
          double expected = std::exp(in[i] - peak);
          EXPECT_NEAR(y[row * length + i], expected, 4e-7) << length;
          sum += expected;
        }
        EXPECT_NEAR(sums[row], sum, sum * 1e-6) << length;
      }
    }
  }
}

/// Indices computed from loops, scalars and data.
TEST(Pipeline, GathersAndShifts) {
  TestKernel kernel(R"(
#id = affine_map<(m, k) -> (m, k)>
halide.kernel @gather ins [memref<3xi32>, memref<10x6xf32>, index] outs [memref<3x6xf32>] {
^bb0(%tokens: tensor<3xi32>, %table: tensor<10x6xf32>, %p: index, %y: tensor<3x6xf32>):
  %o = linalg.generic {indexing_maps = [affine_map<(m, k) -> (m)>, #id],
      iterator_types = ["parallel", "parallel"]}
      ins(%tokens : tensor<3xi32>) outs(%y : tensor<3x6xf32>) {
  ^bb0(%t: i32, %old: f32):
    %k = linalg.index 1 : index
    %row = arith.index_cast %t : i32 to index
    %c = affine.apply affine_map<(d)[s] -> ((d + s * 5) mod 6)>(%k)[%p]
    %e = tensor.extract %table[%row, %c] : tensor<10x6xf32>
    linalg.yield %e : f32
  } -> tensor<3x6xf32>
  halide.yield %o : tensor<3x6xf32>
})");
  std::vector<int32_t> tokens = {9, 0, 4};
  std::vector<float> table(60), y(18);
  std::iota(table.begin(), table.end(), 0.0f);
  kernel({buffer(tokens, {3}), buffer(table, {10, 6}), int64_t(2),
          buffer(y, {3, 6})});
  for (int m = 0; m < 3; ++m)
    for (int k = 0; k < 6; ++k)
      EXPECT_EQ(y[m * 6 + k], table[tokens[m] * 6 + (k + 10) % 6]);
}

/// An output's own values are where its result starts from.
TEST(Pipeline, UpdatesOutputsInPlace) {
  TestKernel kernel(R"(
#a = affine_map<(i, j) -> (i, j)>
#b = affine_map<(i, j) -> (i)>
#c = affine_map<(i) -> (i)>
halide.kernel @update ins [memref<4x5xi32>] outs [memref<4xi32>, memref<4xi32>] {
^bb0(%x: tensor<4x5xi32>, %y: tensor<4xi32>, %z: tensor<4xi32>):
  %sum = linalg.generic {indexing_maps = [#a, #b], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x5xi32>) outs(%y : tensor<4xi32>) {
  ^bb0(%e: i32, %old: i32):
    %s = arith.addi %old, %e : i32
    linalg.yield %s : i32
  } -> tensor<4xi32>
  %twice = linalg.generic {indexing_maps = [#c], iterator_types = ["parallel"]}
      outs(%z : tensor<4xi32>) {
  ^bb0(%old: i32):
    %s = arith.addi %old, %old : i32
    linalg.yield %s : i32
  } -> tensor<4xi32>
  halide.yield %sum, %twice : tensor<4xi32>, tensor<4xi32>
})");
  std::vector<int32_t> x(20), y = {100, 200, 300, 400}, z = {1, 2, 3, 4};
  std::iota(x.begin(), x.end(), 0);
  kernel({buffer(x, {4, 5}), buffer(y, {4}), buffer(z, {4})});
  EXPECT_EQ(y, (std::vector<int32_t>{110, 235, 360, 485}));
  EXPECT_EQ(z, (std::vector<int32_t>{2, 4, 6, 8}));
}

/// A memref's strides are where its elements are.
TEST(Pipeline, FollowsStrides) {
  TestKernel kernel(R"(
halide.kernel @copy ins [memref<2x3xf32, strided<[1, 2]>>] outs [memref<2x3xf32, strided<[4, 1]>>] {
^bb0(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>):
  %o = linalg.copy ins(%x : tensor<2x3xf32>) outs(%y : tensor<2x3xf32>) -> tensor<2x3xf32>
  halide.yield %o : tensor<2x3xf32>
})");
  std::vector<float> x = {1, 2, 3, 4, 5, 6}, y(7);
  kernel({buffer(x, {2, 3}), buffer(y, {2, 3})});
  EXPECT_EQ(y, (std::vector<float>{1, 3, 5, 0, 2, 4, 6}));
}

TEST(Pipeline, ParallelLoopsAreTasks) {
  std::string source = R"(
halide.kernel @exp ins [memref<?xf32>] outs [memref<?xf32>] {
^bb0(%x: tensor<?xf32>, %y: tensor<?xf32>):
  %o = linalg.exp {halide.stage = "out", halide.vars = ["i"]}
      ins(%x : tensor<?xf32>) outs(%y : tensor<?xf32>) -> tensor<?xf32>
  halide.yield %o : tensor<?xf32>
} schedule [#halide.stage<"out", split(i, io, ii, 8), vectorize(ii), parallel(io, 3)>])";
  TestKernel kernel(source);
  EXPECT_NE(kernel.statement.find("halide_do_par_for"), std::string::npos);
  std::vector<float> x = wave(100), y(100);
  kernel({buffer(x, {100}), buffer(y, {100})});
  for (int i = 0; i < 100; ++i)
    EXPECT_NEAR(y[i], std::exp(x[i]), std::exp(x[i]) * 5e-7);
}

//===----------------------------------------------------------------------===//
// Refusals
//===----------------------------------------------------------------------===//

/// A kernel from memref<?x8xf32> to one of type `out` with this body.
static std::string refusal(const std::string &body,
                           const std::string &schedule = "") {
  TestKernel kernel(R"(
#a = affine_map<(i, j) -> (i, j)>
#r = affine_map<(i, j) -> (i)>
halide.kernel @k ins [memref<?x8xf32>] outs [memref<?x8xf32>] {
^bb0(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>):
)" + body + "} schedule [" +
                    schedule + "]");
  return kernel.error;
}

static const char *const twoStages = R"(
  %c = arith.constant 0 : index
  %n = tensor.dim %x, %c : tensor<?x8xf32>
  %e = tensor.empty(%n) : tensor<?x8xf32>
  %s = linalg.exp {halide.stage = "s"} ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  %o = linalg.exp {halide.stage = "o"} ins(%s : tensor<?x8xf32>) outs(%y : tensor<?x8xf32>) -> tensor<?x8xf32>
  halide.yield %o : tensor<?x8xf32>
)";

TEST(Refusal, OfUnknownMemory) {
  EXPECT_EQ(refusal(twoStages, "#halide.stage<\"s\", compute_root>"),
            "'halide.kernel' op Halide: stage \"s\" needs memory of a size "
            "that is not known when compiled\n");
}

TEST(Refusal, OfHalide) {
  std::string error = refusal(twoStages, "#halide.stage<\"s\", unroll(d1)>");
  EXPECT_NE(error.find("'halide.kernel' op Halide: "), std::string::npos);
}

TEST(Refusal, OfTooMuchMemory) {
  TestKernel kernel(R"(
halide.kernel @k ins [memref<200x100xf32>] outs [memref<200x100xf32>] {
^bb0(%x: tensor<200x100xf32>, %y: tensor<200x100xf32>):
  %e = tensor.empty() : tensor<200x100xf32>
  %s = linalg.exp {halide.stage = "s"} ins(%x : tensor<200x100xf32>) outs(%e : tensor<200x100xf32>) -> tensor<200x100xf32>
  %o = linalg.exp ins(%s : tensor<200x100xf32>) outs(%y : tensor<200x100xf32>) -> tensor<200x100xf32>
  halide.yield %o : tensor<200x100xf32>
} schedule [#halide.stage<"s", compute_root>])");
  EXPECT_EQ(kernel.error, "'halide.kernel' op Halide: stage \"s\" needs 80000 "
                          "bytes, more than 65536\n");
}

TEST(Refusal, OfOpsWithoutCounterpart) {
  EXPECT_EQ(refusal(R"(
  %o = linalg.generic {indexing_maps = [#a, #a], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x8xf32>) outs(%y : tensor<?x8xf32>) {
  ^bb0(%e: f32, %old: f32):
    %r = math.atan %e : f32
    linalg.yield %r : f32
  } -> tensor<?x8xf32>
  halide.yield %o : tensor<?x8xf32>
)"),
            "'halide.kernel' op is not for Halide: math.atan has no "
            "counterpart in Halide\n");
}

TEST(Refusal, OfReadingAnOutput) {
  EXPECT_EQ(refusal(R"(
  %o = linalg.exp ins(%y : tensor<?x8xf32>) outs(%y : tensor<?x8xf32>) -> tensor<?x8xf32>
  halide.yield %o : tensor<?x8xf32>
)"),
            "'halide.kernel' op is not for Halide: an output is read other "
            "than as the initial value of its result\n");
}

TEST(Refusal, OfArgumentsAsResults) {
  EXPECT_EQ(refusal("  halide.yield %x : tensor<?x8xf32>\n"),
            "'halide.kernel' op is not for Halide: a result is not computed "
            "by a linalg op\n");
}

TEST(Refusal, OfArithmeticOnHalves) {
  TestKernel kernel(R"(
halide.kernel @k ins [memref<8xf16>] outs [memref<8xf16>] {
^bb0(%x: tensor<8xf16>, %y: tensor<8xf16>):
  %o = linalg.add ins(%x, %x : tensor<8xf16>, tensor<8xf16>) outs(%y : tensor<8xf16>) -> tensor<8xf16>
  halide.yield %o : tensor<8xf16>
})");
  EXPECT_EQ(kernel.error, "'halide.kernel' op is not for Halide: arith.addf "
                          "computes in f16; f16 is for storage only\n");
}

/// Codegen has f16 as bits, which no other conversion may take for a number.
TEST(Refusal, OfOtherConversionsOfHalves) {
  for (auto [name, from, to] :
       {std::tuple("sitofp", "i32", "f16"), std::tuple("fptosi", "f16", "i32"),
        std::tuple("uitofp", "i8", "f16")}) {
    std::string in = from, out = to;
    TestKernel kernel(
        "halide.kernel @k ins [memref<8x" + in + ">] outs [memref<8x" + out +
        ">] {\n^bb0(%x: tensor<8x" + in + ">, %y: tensor<8x" + out + R"(>):
  %o = linalg.generic {indexing_maps = [affine_map<(d) -> (d)>, affine_map<(d) -> (d)>],
      iterator_types = ["parallel"]} ins(%x : tensor<8x)" +
        in + ">) outs(%y : tensor<8x" + out + ">) {\n^bb0(%a: " + in +
        ", %b: " + out + "):\n  %c = arith." + name + " %a : " + in + " to " +
        out + "\n  linalg.yield %c : " + out + "\n} -> tensor<8x" + out +
        ">\nhalide.yield %o : tensor<8x" + out + ">\n}");
    EXPECT_EQ(kernel.error, "'halide.kernel' op is not for Halide: arith." +
                                std::string(name) +
                                " computes in f16; f16 is for storage only\n");
  }
}
