//===- PlausibleFigures.h - What a figure of a profile may be ---*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_TARGETS_PLAUSIBLEFIGURES_H
#define EKE_COMPILER_TARGETS_PLAUSIBLEFIGURES_H

#include "llvm/ADT/StringRef.h"

namespace google::protobuf {
class FieldDescriptor;
}

namespace mlir::eke {

/// The least and the most that a field of a profile may be. What is outside was meant in
/// another unit: no device is like that.
struct FigureLimits {
  llvm::StringLiteral message, field, unit;
  double least, most;
};

/// The limits of a field, or null if it has none.
const FigureLimits *findLimits(const google::protobuf::FieldDescriptor &field);

} // namespace mlir::eke

#endif // EKE_COMPILER_TARGETS_PLAUSIBLEFIGURES_H
