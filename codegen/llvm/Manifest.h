//===- Manifest.h - What a file says it was made of -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   ELF section .note.eke:  owner "Eke", type 3, one line of JSON
//                           owner "Eke", type 4, the model, for reports
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_MANIFEST_H
#define EKE_CODEGEN_LLVM_MANIFEST_H

#include "codegen/llvm/ModelInfo.h"

namespace mlir::eke {

/// A file that the compiler read, by its name without folders.
struct ManifestInput {
  std::string name;
  uint64_t bytes;
  std::string sha256; // hexadecimal
};

/// The manifest of a model as JSON: it names no folder, machine or time, so the same
/// inputs give the same text.
std::string writeManifest(const ModelInfo &info, TargetAttr target,
                          llvm::ArrayRef<ManifestInput> inputs);

/// Of notes: whose they are, and what they hold; `readelf` has no names for these.
inline constexpr llvm::StringLiteral kNoteOwner = "Eke";
inline constexpr uint32_t kManifestNote = 3, kModelNote = 4;

/// Adds a note to `module`, which linkers and `strip` keep.
void emitNote(llvm::Module &module, uint32_t type, StringRef contents);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_MANIFEST_H
