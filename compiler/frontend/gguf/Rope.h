//===- Rope.h - Rotary embeddings of a GGUF file ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_GGUF_ROPE_H
#define EKE_COMPILER_FRONTEND_GGUF_ROPE_H

#include "compiler/frontend/gguf/Families.h"
#include "compiler/frontend/gguf/ModelValues.h"

namespace mlir::eke {

/// Could the values be read that the size of a head follows from?
bool knowsHeads(const ModelValues &values);

/// How heads of `size` elements turn. `model` is told which tensors are read here, and up
/// to which context what is read holds.
proto::Rope readGGUFRope(const GGUFFile &file, const GGUFFamily &family,
                         ModelValues &values, proto::Model &model,
                         uint32_t size);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_GGUF_ROPE_H
