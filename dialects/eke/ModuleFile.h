//===- ModuleFile.h - Modules as text ---------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_DIALECTS_EKE_MODULEFILE_H
#define EKE_DIALECTS_EKE_MODULEFILE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

namespace mlir::eke {

/// Says why MLIR's parser, which recurses, must not see the text: its brackets are nested
/// too deep, or it is no text.
llvm::Error checkModuleText(StringRef text, StringRef file);

/// Parses the module in the file `path`. Null if the parser has reported what is wrong;
/// an error if it has not come to that.
llvm::Expected<OwningOpRef<ModuleOp>> parseModuleFile(StringRef path,
                                                      MLIRContext *context);

/// Parses a module's `text`, which comes from the file `path`.
llvm::Expected<OwningOpRef<ModuleOp>>
parseModuleText(StringRef text, StringRef path, MLIRContext *context);

/// The file whose module upstream's parser is reading now, or null. For handlers of
/// signals.
const char *getFileBeingParsed();

} // namespace mlir::eke

#endif // EKE_DIALECTS_EKE_MODULEFILE_H
