//===- RunKernel.h - Compile and run a kernel here --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   TestKernel kernel("halide.kernel @k …");
//   std::vector<float> x(8), y(8);
//   kernel({buffer(x, {8}), int64_t(3), buffer(y, {8})});
//
//===----------------------------------------------------------------------===//

#ifndef EKE_TEST_UNIT_HALIDE_RUNKERNEL_H
#define EKE_TEST_UNIT_HALIDE_RUNKERNEL_H

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

/// A dense array, with MLIR's order of dimensions.
struct TestBuffer {
  void *data;
  size_t bytes;
  std::vector<int64_t> shape;
};

template <typename T>
TestBuffer buffer(std::vector<T> &data, std::vector<int64_t> shape) {
  return {data.data(), data.size() * sizeof(T), std::move(shape)};
}

/// A kernel compiled for this machine.
class TestKernel {
public:
  /// Parses a module with one kernel and compiles it. If that fails, `error`
  /// has the diagnostics.
  explicit TestKernel(const std::string &source);
  ~TestKernel();

  using Args = std::vector<std::variant<TestBuffer, int64_t>>;

  /// Runs the kernel; its arguments are in the order of its signature. It runs
  /// on memory that ends, and then on memory that starts, where a page starts
  /// that cannot be touched.
  void operator()(const Args &args);

  std::string error;
  std::string statement;

private:
  void run(const Args &args, bool guardEnd);

  struct Code;
  std::unique_ptr<Code> code;
};

#endif // EKE_TEST_UNIT_HALIDE_RUNKERNEL_H
