//===- LibraryFiles.h - A library and its header ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_PIPELINE_LIBRARYFILES_H
#define EKE_COMPILER_PIPELINE_LIBRARYFILES_H

#include "codegen/llvm/Emit.h"
#include "compiler/support/OutputFile.h"

namespace mlir::eke {

/// The two files of a library, which come into being together.
struct LibraryFiles {
  OutputFile archive, header;
};

/// Prepares the library `path`. A header of its name is replaced only if it is one of
/// a library that the compiler wrote.
llvm::Expected<LibraryFiles> openLibrary(StringRef path);

/// Writes the library `path` of what `emission` has written.
llvm::Error copyLibrary(StringRef path, const EmitOptions &emission);

} // namespace mlir::eke

#endif // EKE_COMPILER_PIPELINE_LIBRARYFILES_H
