//===- Describe.h - From a GGUF file to a description ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EKE_COMPILER_FRONTEND_GGUF_DESCRIBE_H
#define EKE_COMPILER_FRONTEND_GGUF_DESCRIBE_H

#include "compiler/frontend/Model.h"
#include "compiler/frontend/gguf/File.h"

namespace mlir::eke {

/// Describes the model in the GGUF file at `path`. The file itself is what has the
/// weights and the tokenizer. What an architecture's values say and a description cannot
/// is refused, and so are keys of the architecture that are not known.
llvm::Expected<ModelDescription> importGGUF(llvm::StringRef path,
                                            const ChatOptions &chat = {});

/// The same for an open file, apart from the name and the files.
llvm::Expected<proto::Model> describeGGUF(const GGUFFile &file);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_GGUF_DESCRIBE_H
