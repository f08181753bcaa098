//===- TextTrial.h - A program that reads a text on this machine *- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_SEARCH_TEXTTRIAL_H
#define EKE_COMPILER_SEARCH_TEXTTRIAL_H

#include "compiler/meter/CompiledProgram.h"
#include "compiler/pipeline/Compilation.h"

namespace mlir::eke {

/// The options of a program that is compiled to be tried on this machine: what `options` say
/// of the model, and nothing of what the user wants written.
CompileOptions makeTrialOptions(const CompileOptions &options,
                                StringRef output);

/// Has the program of a language model read the text in `file`, with as many threads as there are
/// processors; `more` are further arguments. Returns what it writes to standard output.
llvm::Expected<std::string> readText(const profile::CompiledProgram &program,
                                     StringRef file,
                                     std::vector<std::string> more);

} // namespace mlir::eke

#endif // EKE_COMPILER_SEARCH_TEXTTRIAL_H
