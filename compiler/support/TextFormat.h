//===- TextFormat.h - Protobuf's text format --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SUPPORT_TEXTFORMAT_H
#define EKE_COMPILER_SUPPORT_TEXTFORMAT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace google::protobuf {
class Message;
}

namespace mlir::eke {

/// Reads `message` from `text`. The errors are all fields that are not known, and what
/// parsing stopped at, with their places in `file`.
llvm::Error parseTextFormat(llvm::StringRef text, llvm::StringRef file,
                            google::protobuf::Message &message);

} // namespace mlir::eke

#endif // EKE_COMPILER_SUPPORT_TEXTFORMAT_H
