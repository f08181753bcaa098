//===- Header.h - The C header of a compiled library ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_CODEGEN_LLVM_HEADER_H
#define EKE_CODEGEN_LLVM_HEADER_H

#include "codegen/llvm/ModelInfo.h"

#include "llvm/Support/raw_ostream.h"

namespace mlir::eke {

/// The header that belongs to the library `path`: "lib/libnet.a" has
/// "lib/net.h".
std::string getHeaderPath(StringRef path);

/// Does the text begin as those of `writeHeader` do?
bool isOurHeader(llvm::StringRef text);

/// Writes the header of a library `archive`: what entries the model has and how
/// to link and call them, the ABI, and the model's declaration. It includes nothing
/// but standard headers.
void writeHeader(llvm::raw_ostream &os, const ModelInfo &info,
                 TargetAttr target, StringRef archive);

} // namespace mlir::eke

#endif // EKE_CODEGEN_LLVM_HEADER_H
