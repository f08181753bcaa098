//===- Version.cpp - The version of the compiler --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/Version.h"

llvm::StringRef mlir::eke::getVersion() { return EKE_VERSION; }
