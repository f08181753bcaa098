//===- Layers.cpp - The layers of a description ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Layers.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace mlir::eke {

void addLayers(proto::Model &model, llvm::ArrayRef<proto::Block> blocks,
               llvm::ArrayRef<unsigned> kinds,
               const proto::BlockTensors &tensors, uint32_t repeats) {
  for (auto [number, block] : llvm::enumerate(blocks))
    if (llvm::is_contained(kinds, number))
      *model.add_blocks() = block;
  for (auto [layer, kind] : llvm::enumerate(kinds)) {
    if (layer == 0 || kind != kinds[layer - 1]) {
      proto::Stack &stack = *model.add_stacks();
      stack.set_block(blocks[kind].name());
      stack.set_repeats(repeats);
      stack.set_first_layer(layer);
      *stack.mutable_tensors() = tensors;
    }
    proto::Stack &stack = *model.mutable_stacks(model.stacks_size() - 1);
    stack.set_layers(stack.layers() + 1);
  }
}

void addParts(proto::Model &model, llvm::StringRef tensor,
              llvm::ArrayRef<PartRows> parts, bool isTransposed) {
  uint32_t first = 0;
  for (const PartRows &each : parts) {
    proto::Part &part = *model.add_parts();
    part.set_name(each.name);
    part.set_tensor(tensor.str());
    part.set_first(first);
    part.set_transposed(isTransposed);
    first += each.rows;
  }
}

proto::Block withWindow(const proto::Block &whole, uint32_t window) {
  proto::Block windowed = whole;
  windowed.set_name(whole.name() + "_window");
  windowed.mutable_attention()->set_window(window);
  return windowed;
}

proto::Block withoutRope(const proto::Block &turned) {
  proto::Block unturned = turned;
  unturned.set_name(turned.name() + "_no_rope");
  unturned.mutable_attention()->clear_rope();
  return unturned;
}

void boundContext(proto::Model &model, uint32_t longest) {
  if (!model.longest_context() || longest < model.longest_context())
    model.set_longest_context(longest);
  model.set_context(std::min(model.context(), model.longest_context()));
}

} // namespace mlir::eke
