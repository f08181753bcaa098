//===- DefineCalls.h - Functions that kernels call, inlined -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_HALIDE_DEFINECALLS_H
#define EKE_CODEGEN_HALIDE_DEFINECALLS_H

namespace llvm {
class Module;
} // namespace llvm

namespace mlir::eke {

/// Defines what HalideExpr.cpp calls because Halide has no such operation, or another:
/// conversions of f16, and the larger and the smaller of two numbers. The definitions
/// are inlined; calls for all lanes of a vector become one operation.
void defineCalls(llvm::Module &module);

} // namespace mlir::eke

#endif // EKE_CODEGEN_HALIDE_DEFINECALLS_H
