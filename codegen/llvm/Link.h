//===- Link.h - Objects to files that people use ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_LINK_H
#define EKE_CODEGEN_LLVM_LINK_H

#include "dialects/eke/EkeDialect.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::eke {

/// Calls `write` with a stream to the file `path`, which is one of several on the way
/// to an output.
llvm::Error
writeFile(llvm::StringRef path,
          llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> write);

/// Runs a program, `words[0]`, to its end. If it fails, the error is all that it wrote
/// or, if it wrote nothing, how it ended.
using ToolRunner =
    llvm::function_ref<llvm::Error(llvm::ArrayRef<llvm::StringRef> words)>;

/// Links `objects`, the C library and libm to a static executable that runs wherever
/// it is loaded, without what nothing refers to. What is written once, while it
/// starts, is read-only afterwards.
llvm::Error linkExecutable(TargetAttr target,
                           llvm::ArrayRef<llvm::StringRef> objects,
                           llvm::StringRef output, bool keepsSymbols,
                           ToolRunner run);

/// Links `objects` and the C library for microcontrollers to a program that lies where
/// `script` says, and needs no system. Fails with the memory that is too small, and by how
/// much.
llvm::Error linkFirmware(TargetAttr target,
                         llvm::ArrayRef<llvm::StringRef> objects,
                         llvm::StringRef script, llvm::StringRef output,
                         bool keepsSymbols, ToolRunner run);

/// Makes one relocatable object of `objects`.
llvm::Error linkObject(llvm::ArrayRef<llvm::StringRef> objects,
                       llvm::StringRef output, ToolRunner run);

/// Makes a static library of `objects`, whose members are called `names`.
llvm::Error writeLibrary(llvm::ArrayRef<llvm::StringRef> objects,
                         llvm::ArrayRef<llvm::StringRef> names,
                         llvm::StringRef output);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_LINK_H
