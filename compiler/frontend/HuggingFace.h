//===- HuggingFace.h - Importing a Hugging Face directory -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_HUGGINGFACE_H
#define EKE_COMPILER_FRONTEND_HUGGINGFACE_H

#include "compiler/frontend/Model.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir::eke {

/// Describes the model in `directory`: config.json, *.safetensors (one file or
/// shards with an index) and, if present, tokenizer.json. Architectures are those
/// of huggingface/Families.h.
///
/// Input and output embedding are one if `share_embedding` or
/// `tie_word_embeddings` says so, or if there is no tensor lm_head.weight:
/// published MobileLLM configurations say `tie_word_embeddings: false` although
/// they are shared. `layer_sharing` runs every block twice in a row.
llvm::Expected<ModelDescription>
importHuggingFace(llvm::StringRef directory, const ChatOptions &chat = {});

/// Describes what the text of a config.json says: all but the name and files.
/// `file` names the text in errors, and `hasTensor` tells which tensors exist.
llvm::Expected<proto::Model>
describeConfig(llvm::StringRef text, llvm::StringRef file,
               llvm::function_ref<bool(llvm::StringRef)> hasTensor);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_HUGGINGFACE_H
