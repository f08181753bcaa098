//===- Quants.h - Numbers that files store in blocks ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A row of a matrix is a row of blocks, each with so many numbers and what scales
// them:
//
//   q4_1   scale f16 | minimum f16 | 16 bytes of two numbers of 4 bits    32 numbers
//
// One table says all that the compiler knows of a kind of block.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_QUANTS_H
#define EKE_DIALECTS_EKE_QUANTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace mlir::eke {

/// 32 numbers as they are stored: number k is scale * values[k] + minimum.
struct QuantGroup {
  static constexpr int64_t size = 32;

  uint16_t scale;   // f16
  uint16_t minimum; // f16
  int8_t values[size];
};

/// A kind of block.
struct QuantKind {
  /// The name in `!eke.quants`.
  llvm::StringLiteral name;
  /// Of a block.
  int64_t elements, bytes;
  /// The numbers of a block in f32, each operation rounded by itself.
  void (*decode)(const uint8_t *block, float *numbers);

  /// Takes a block apart, if it is one group; null otherwise.
  void (*split)(const uint8_t *block, QuantGroup &group) = nullptr;
  /// Of a group: what its values may be, and may its minimum be other than zero?
  int lowest = 0, highest = 0;
  bool hasMinimum = false;

  /// Is a block a group of such values, with no minimum unless that is allowed?
  bool isGroupOf(int low, int high, bool mayHaveMinimum) const {
    return split && lowest >= low && highest <= high &&
           (!hasMinimum || mayHaveMinimum);
  }

  /// The kind called `name`, or null.
  static const QuantKind *lookup(llvm::StringRef name);
  static llvm::ArrayRef<QuantKind> getAll();
  /// The names of all kinds, as a message lists them: `q8_0, q4_0 or q4_1`.
  static std::string listNames();
};

} // namespace mlir::eke

#endif // EKE_DIALECTS_EKE_QUANTS_H
