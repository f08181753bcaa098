//===- CompileKernel.h - From kernel descriptions to bitcode ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_HALIDE_COMPILEKERNEL_H
#define EKE_CODEGEN_HALIDE_COMPILEKERNEL_H

#include "codegen/halide/Kernel.h"

namespace mlir::eke::kernel {

/// The most memory a stage may take on the stack, in bytes.
inline constexpr int64_t maxStackBytes = 64 * 1024;

/// What Halide made of a kernel.
struct HalideResult {
  std::string bitcode;   // of the LLVM that Halide was built with
  std::string statement; // the loops, for people to read
  std::string error;     // if not empty, the rest is
};

/// Compiles `kernel` for `target`, in Halide's notation ("arm-64-linux-…").
/// Stages whose schedule does not say so are inlined, or stored in full if they
/// reduce. Fails if a stage needs more memory than the stack gives it.
HalideResult compileWithHalide(const Kernel &kernel, const std::string &target);

/// What Halide takes a target for.
struct HalideMachine {
  bool isArm = false, isX86 = false;
  int bits = 0;
};

/// Nothing if Halide does not know `target`, or it leaves something open.
std::optional<HalideMachine> findHalideMachine(const std::string &target);

} // namespace mlir::eke::kernel

#endif // EKE_CODEGEN_HALIDE_COMPILEKERNEL_H
