//===- Layers.h - The layers of a description -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What ways to a description have in common.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_LAYERS_H
#define EKE_COMPILER_FRONTEND_LAYERS_H

#include "compiler/frontend/Model.h"

#include "llvm/ADT/ArrayRef.h"

namespace mlir::eke {

/// More layers than any model has: a wrong number shall not make a list of billions.
inline constexpr uint32_t mostLayers = 1 << 14;

/// Adds the blocks that layers use, and stacks of them: layer i is `blocks[kinds[i]]`.
void addLayers(proto::Model &model, llvm::ArrayRef<proto::Block> blocks,
               llvm::ArrayRef<unsigned> kinds,
               const proto::BlockTensors &tensors, uint32_t repeats = 1);

/// The name of a part, and how many rows it has.
struct PartRows {
  std::string name;
  uint32_t rows;
};

/// Names consecutive parts of a tensor, of columns if it is transposed.
void addParts(proto::Model &model, llvm::StringRef tensor,
              llvm::ArrayRef<PartRows> parts, bool isTransposed = false);

/// The block with a window of so many positions, under a name of its own.
proto::Block withWindow(const proto::Block &whole, uint32_t window);

/// The block whose queries and keys do not turn, under a name of its own.
proto::Block withoutRope(const proto::Block &turned);

/// Bounds the context: beyond it the model computes in another way.
void boundContext(proto::Model &model, uint32_t longest);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_LAYERS_H
