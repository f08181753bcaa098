//===- Model.h - The description of a model -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every way into the compiler that is not IR goes through a description
// (model.proto): a Hugging Face directory or a GGUF file becomes one, a text file is one.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_MODEL_H
#define EKE_COMPILER_FRONTEND_MODEL_H

#include "compiler/frontend/chat/Date.h"
#include "compiler/frontend/model.pb.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::eke {

namespace proto = ::eke::proto;

/// Of an exit: verifying more rows than 16 at once would save nothing more.
inline constexpr uint32_t maxDrafts = 15;

/// Bounds what a wrong size of a vocabulary can make the compiler allocate.
inline constexpr uint32_t mostTokens = 1 << 24;

/// A description and where it came from.
struct ModelDescription {
  proto::Model model;
  /// The file that says what `model` says; errors name it.
  std::string file;
  /// The folder from which the description's relative paths start.
  std::string directory;
};

/// What a command line may say about conversations, in place of the model's files.
struct ChatOptions {
  /// A file with a template; empty: none.
  std::string templateFile;
  /// The day that a template prints where it asks for today's.
  std::optional<Date> date;

  bool isEmpty() const { return templateFile.empty() && !date; }
};

/// Reads what `path` names: a text file, a GGUF file, a folder with a model.textproto, or
/// a Hugging Face folder. The description is valid (see checkModel).
llvm::Expected<ModelDescription> loadModel(llvm::StringRef path,
                                           const ChatOptions &chat = {});

/// Reads a description in Protobuf's text format.
llvm::Expected<ModelDescription> readModel(llvm::StringRef path);

/// The same for text in memory; `path` names the file and its folder.
llvm::Expected<ModelDescription> parseModel(llvm::StringRef text,
                                            llvm::StringRef path);

/// Writes `description` to the file `output`, with paths relative to the folder
/// of `output`. The file appears complete or not at all; "-" is standard
/// output.
llvm::Error writeModel(const ModelDescription &description,
                       llvm::StringRef output);

/// Checks what a description says on its own, without the files it names:
/// sizes, names, and that the parts fit each other. What is right but cannot be
/// compiled passes.
llvm::Error checkModel(const ModelDescription &description);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_MODEL_H
