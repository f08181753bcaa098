//===- Traffic.h - What an op moves and computes ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Ops say so by `TrafficInterface` (EkeInterfaces.td): those of this dialect
// themselves, those of linalg by what their bodies do (passes/energy).
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_TRAFFIC_H
#define EKE_DIALECTS_EKE_TRAFFIC_H

#include "mlir/IR/Operation.h"

#include <array>

namespace mlir::eke {

/// Kinds of instructions, as `#eke.costs` prices them.
enum class InstructionKind { Scalar, Vector, Memory };
inline constexpr unsigned kInstructionKinds = 3;

/// The type of the numbers that a multiply-add multiplies.
enum class MacType { Int8, F16, BF16, F32 };
inline constexpr unsigned kMacTypes = 4;

/// The type that a multiply-add of such elements has: that of the narrowest which holds
/// them, f32 for all that are wider.
MacType getMacType(Type element);

/// As people write it: int8, f16, bf16 or f32.
StringRef getName(MacType type);

/// What one execution of an op moves and computes. Bytes are those that have to be
/// moved at least: an element that is used several times is read once.
struct Traffic {
  /// Of each operand, and of each result.
  SmallVector<int64_t> read, written;
  /// Multiply-adds, by `MacType`.
  std::array<int64_t, kMacTypes> macs = {};

  int64_t &operator[](MacType type) { return macs[unsigned(type)]; }
};

/// Bytes of a tensor of `type` in memory, in its format if it has one; 0 of what is no
/// tensor or has no static shape.
int64_t getStoredBytes(Type type);

/// Of an op that reads all its operands and writes all its results.
Traffic readAndWriteAll(Operation *op);

} // namespace mlir::eke

#endif // EKE_DIALECTS_EKE_TRAFFIC_H
