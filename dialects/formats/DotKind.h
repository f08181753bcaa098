//===- DotKind.h - Which integer product a target is good at ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_FORMATS_DOTKIND_H
#define EKE_DIALECTS_FORMATS_DOTKIND_H

#include "dialects/eke/EkeDialect.h"

namespace mlir::eke {

/// How products of int8 are summed, by what the target has for it.
enum class DotKind {
  /// Four products into 32 bits by one instruction (Arm dot product), or by two, of bytes
  /// that are taken apart in pairs (Arm's DSP extension: sxtb16, smlad).
  Quads,
  /// As Quads; or the products of all lanes of two vectors into one number of 32 bits (Arm
  /// MVE: vmladav).
  Lanes,
  /// As Quads for one row; of two rows, eight products each by one instruction (Arm
  /// i8mm), so rows lie side by side.
  Octets,
  /// Products in 16 bits, two of them added there, pairs widened (Arm without dot
  /// product: smull, smlal, sadalp).
  Halves,
  /// Two products of 16-bit numbers into 32 bits (x86: pmaddwd); nibbles are
  /// multiplied as unsigned numbers (pmaddubsw).
  Pairs,
  /// As Pairs; or four products of unsigned numbers with signed ones into 32 bits (x86
  /// VNNI: vpdpbusd).
  UnsignedQuads,
};

/// Is it one whose sums are 32 bits wide from the beginning?
inline bool sumsQuads(DotKind kind) {
  return kind == DotKind::Quads || kind == DotKind::Lanes ||
         kind == DotKind::Octets;
}

/// The kind for `target`; `Pairs`, which asks for nothing, if it is null.
DotKind getDotKind(TargetAttr target);

} // namespace mlir::eke

#endif // EKE_DIALECTS_FORMATS_DOTKIND_H
