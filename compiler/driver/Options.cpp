//===- Options.cpp - The command line of eke ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Options.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using llvm::createStringError;
using llvm::StringRef;

namespace mlir::eke {
namespace {

std::string spell(StringRef name) {
  return (name.size() == 1 ? "-" : "--") + name.str();
}

void printHelp(const Command &command, llvm::raw_ostream &os) {
  os << "usage: eke " << command.name;
  if (!command.positional.empty())
    os << " " << command.positional;
  os << " [options]\n\n" << command.summary << "\n\noptions:\n";
  for (const Option &option : command.options) {
    std::string left = spell(option.name) +
                       (option.name.size() == 1 ? " " : "=") +
                       option.value.str();
    os << llvm::formatv("  {0,-28} {1}", left, option.help);
    if (!option.target->empty())
      os << " (default: " << *option.target << ")";
    os << "\n";
  }
  os << llvm::formatv("  {0,-28} {1}\n", "--help", "print this");
}

llvm::Error seeHelp(const Command &command, const llvm::Twine &what) {
  return createStringError(what + "; see 'eke " + command.name + " --help'");
}

/// Checks a value against the list in the option's description.
llvm::Error setValue(const Command &command, const Option &option,
                     StringRef value) {
  llvm::SmallVector<StringRef> accepted;
  option.value.split(accepted, '|');
  if (llvm::isLower(option.value.front()) &&
      !llvm::is_contained(accepted, value))
    return createStringError("option '" + spell(option.name) + "' is '" +
                             value + "', expected one of " +
                             llvm::join(accepted, ", "));
  if (value.empty())
    return seeHelp(command, "option '" + spell(option.name) + "' has no value");
  *option.target = value.str();
  return llvm::Error::success();
}

} // namespace

llvm::Expected<ParseOutcome> parseArguments(const Command &command,
                                            llvm::ArrayRef<StringRef> args,
                                            llvm::raw_ostream &os) {
  bool hasPositional = false;
  while (!args.empty()) {
    StringRef arg = args.consume_front();
    if (arg == "--help" || arg == "-h") {
      printHelp(command, os);
      return ParseOutcome::HelpPrinted;
    }
    if (!arg.starts_with("-") || arg == "-") {
      if (hasPositional || !command.positionalTarget)
        return seeHelp(command, "unexpected argument '" + arg + "'");
      *command.positionalTarget = arg.str();
      hasPositional = true;
      continue;
    }
    auto [name, value] = arg.split('=');
    const Option *option =
        llvm::find_if(command.options, [&](const Option &candidate) {
          return spell(candidate.name) == name;
        });
    if (option == command.options.end())
      return seeHelp(command, "unknown option '" + name + "'");
    if (!arg.contains('=')) {
      if (args.empty())
        return seeHelp(command, "option '" + name + "' has no value");
      value = args.consume_front();
    }
    if (llvm::Error error = setValue(command, *option, value))
      return std::move(error);
  }
  if (command.positionalTarget && !hasPositional)
    return seeHelp(command, "expected " + command.positional);
  return ParseOutcome::Run;
}

} // namespace mlir::eke
