//===- SentenceTransformer.h - What makes a vector of a text ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_HUGGINGFACE_SENTENCETRANSFORMER_H
#define EKE_COMPILER_FRONTEND_HUGGINGFACE_SENTENCETRANSFORMER_H

#include "compiler/frontend/Model.h"

namespace mlir::eke {

/// Completes the description of an encoder by what the library sentence-transformers has
/// written beside config.json: modules.json, which lists what follows the model, and the
/// configuration of its pooling.
llvm::Error readPooling(llvm::StringRef directory, proto::Model &model);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_HUGGINGFACE_SENTENCETRANSFORMER_H
