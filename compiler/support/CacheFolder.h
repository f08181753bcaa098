//===- CacheFolder.h - What can be made again -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_CACHEFOLDER_H
#define EKE_COMPILER_SUPPORT_CACHEFOLDER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::eke {

/// A folder that is kept from one command to the next, and that may be deleted at any time:
/// `name`, seen from $XDG_CACHE_HOME/eke or ~/.cache/eke. It is there afterwards, for this
/// user alone.
llvm::Expected<std::string> makeCacheFolder(llvm::StringRef name);

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_CACHEFOLDER_H
