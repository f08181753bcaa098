//===- Options.h - The command line of eke ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A command is a table of options; the table parses the arguments and prints
// the help, so that neither can disagree with the other.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_DRIVER_OPTIONS_H
#define EKE_COMPILER_DRIVER_OPTIONS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace mlir::eke {

/// One option, given as `--name=VALUE`, `--name VALUE` or, for a name of one
/// letter, `-n VALUE`.
struct Option {
  llvm::StringRef name;
  /// What the value is called in the help: "FILE" or, in lower case, all values
  /// that are accepted: "f32|f16|i8|i4".
  llvm::StringRef value;
  llvm::StringRef help;
  /// Holds the default and receives the value.
  std::string *target;
};

/// A command with one positional argument and some options.
struct Command {
  llvm::StringRef name;
  /// What the positional argument is called: "MODEL"; empty if there is none.
  llvm::StringRef positional;
  llvm::StringRef summary;
  llvm::ArrayRef<Option> options;
  std::string *positionalTarget = nullptr;
};

/// What to do after the arguments were read.
enum class ParseOutcome { Run, HelpPrinted };

/// Reads `args`, or prints the help to `os` if they ask for it.
llvm::Expected<ParseOutcome>
parseArguments(const Command &command, llvm::ArrayRef<llvm::StringRef> args,
               llvm::raw_ostream &os);

} // namespace mlir::eke

#endif // EKE_COMPILER_DRIVER_OPTIONS_H
