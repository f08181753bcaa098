//===- RemoveTree.h - Removing a folder within a signal handler -*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_REMOVETREE_H
#define EKE_COMPILER_SUPPORT_REMOVETREE_H

namespace mlir::eke {

/// Removes the folder `path` with all it holds, as far as that is possible, and follows
/// no link. Makes system calls only.
void removeTree(const char *path);

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_REMOVETREE_H
