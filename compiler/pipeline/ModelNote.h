//===- ModelNote.h - The model that a program was made of -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A program holds its model as it was behind the phase `memory`, without the elements of
// weights: what `eke report` needs.
//
//   ELF section .note.eke:  owner "Eke", type 4,
//                           8 bytes: the size of the text, little-endian
//                           the module's text, compressed by zlib
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_MODELNOTE_H
#define EKE_COMPILER_PIPELINE_MODELNOTE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace mlir::eke {

/// Is the file a program, a library's object or another object, and not what one is
/// compiled from?
bool isProgram(StringRef path);

/// The contents of the note for `module`. It names no folder and no source file.
std::string writeModelNote(ModuleOp module);

/// The text of the module in the note of the program `path`.
llvm::Expected<std::string> readModelNote(StringRef path);

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_MODELNOTE_H
