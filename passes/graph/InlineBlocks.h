//===- InlineBlocks.h - Models without blocks -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_GRAPH_INLINEBLOCKS_H
#define EKE_PASSES_GRAPH_INLINEBLOCKS_H

#include "dialects/eke/EkeDialect.h"

namespace mlir::eke {

/// Puts the bodies of blocks in the place of what applies them, and erases the blocks.
void inlineBlocks(ModuleOp module);

} // namespace mlir::eke

#endif // EKE_PASSES_GRAPH_INLINEBLOCKS_H
