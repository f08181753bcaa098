//===- OutputTarget.h - Where the name of an output leads -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_OUTPUTTARGET_H
#define EKE_COMPILER_SUPPORT_OUTPUTTARGET_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::eke {

/// Where the name of an output leads, behind all symbolic links.
struct OutputTarget {
  /// Absolute, without links; the file need not exist.
  std::string path;
  enum Kind {
    Regular, ///< a file that is there or can be made
    Folder,
    Direct ///< a device, a FIFO or a descriptor: it is not replaced
  } kind = Regular;
  /// Another number of the descriptor that is meant, which the caller closes, or -1.
  int descriptor = -1;
};

/// Follows `path`, also where a link dangles.
llvm::Expected<OutputTarget> findOutputTarget(llvm::StringRef path);

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_OUTPUTTARGET_H
