//===- ReduceOps.h - Drop ops while a module is interesting -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_TOOLS_REDUCEOPS_H
#define EKE_COMPILER_TOOLS_REDUCEOPS_H

namespace mlir::eke {

/// Makes `--eke-reduce-ops` known to the command line. Of a module it drops what it can
/// while a program finds it interesting (`test=PROGRAM`, which gets `test-arg=ARGUMENT`…
/// and a file's name, and ends with another status than 0 then). The module is valid
/// whenever it asks; upstream's `--reduction-tree` makes others of modules whose ops
/// use each other, and crashes on them.
void registerReduceOpsPass();

} // namespace mlir::eke

#endif // EKE_COMPILER_TOOLS_REDUCEOPS_H
