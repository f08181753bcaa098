//===- Digest.h - What stands for texts -------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_DIGEST_H
#define EKE_COMPILER_SUPPORT_DIGEST_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace mlir::eke {

/// 32 hexadecimal digits that stand for `texts`, none of which runs into the next: BLAKE3.
std::string digest(llvm::ArrayRef<llvm::StringRef> texts);

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_DIGEST_H
