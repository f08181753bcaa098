//===- Options.cpp - The command line of eke ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Options.h"

#include "compiler/support/Diagnostics.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using llvm::createStringError;
using llvm::StringRef;

namespace mlir::eke {

std::string detail::describeRange(uint64_t least, uint64_t most) {
  return llvm::formatv("a number from {0} to {1}", least, most);
}

std::string detail::describeInterval(double above, double below) {
  if (below == std::numeric_limits<double>::infinity())
    return "a number above " + formatNumber(above);
  return "a number between " + formatNumber(above) + " and " +
         formatNumber(below);
}

Option switchOption(StringRef name, StringRef help, bool &target) {
  return {name, "", help,
          "",   "", [&target](StringRef) {
            return target = true; }};
}

Option textOption(StringRef name, StringRef value, StringRef help,
                  std::string &target) {
  return {name, value.str(), help, "", target, [&target](StringRef text) {
            target = text.str();
            return true;
          }};
}

Option listOption(StringRef name, StringRef value, StringRef help,
                  std::vector<std::string> &target) {
  return {name, value.str(), help, "", "", [&target](StringRef text) {
            target.push_back(text.str());
            return true;
          }};
}

Option severalOption(Option option, std::vector<std::string> &values) {
  option.value += "[,...]";
  if (option.expected.empty())
    option.expected = "names";
  option.expected += ", or several, separated by commas";
  option.store = [store = std::move(option.store), &values](StringRef text) {
    values.clear();
    for (StringRef value : llvm::split(text, ',')) {
      if (value.empty() || !store(value))
        return false;
      values.push_back(value.str());
    }
    return true;
  };
  return option;
}

namespace {

std::string spell(StringRef name) {
  return (name.size() == 1 ? "-" : "--") + name.str();
}

void printHelp(const Command &command, llvm::raw_ostream &os) {
  os << "usage: eke " << command.name;
  if (command.rest)
    os << " [options] " << command.positional << " [ARGUMENT …]";
  else if (!command.positional.empty())
    os << " " << command.positional << " [options]";
  else
    os << " [options]";
  os << "\n\n" << command.summary << "\n\noptions:\n";
  for (const Option &option : command.options) {
    std::string left = spell(option.name);
    if (!option.value.empty())
      left += (option.name.size() == 1 ? " " : "=") + option.value;
    os << llvm::formatv("  {0,-28} {1}", left, option.help);
    if (!option.byDefault.empty())
      os << " (default: " << option.byDefault << ")";
    os << "\n";
  }
  os << llvm::formatv("  {0,-28} {1}\n", "--help", "print this");
}

llvm::Error seeHelp(const Command &command, const llvm::Twine &what) {
  return createStringError(what + "; see 'eke " + command.name + " --help'");
}

/// Reads the option that `arg` begins; its value may be the next argument.
llvm::Error readOption(Command &command, StringRef arg,
                       llvm::ArrayRef<StringRef> &args) {
  auto [name, value] = arg.split('=');
  auto option =
      llvm::find_if(command.options, [&, name = name](const Option &candidate) {
        return spell(candidate.name) == name;
      });
  if (option == command.options.end())
    return seeHelp(command, "unknown option '" + name + "'");
  bool isSwitch = option->value.empty();
  if (isSwitch && arg.contains('='))
    return seeHelp(command, "option '" + name + "' takes no value");
  if (!isSwitch && !arg.contains('=') && !args.empty())
    value = args.consume_front();
  if (!isSwitch && value.empty())
    return seeHelp(command, "option '" + name + "' has no value");
  if (!option->store(value))
    return createStringError("option '" + name + "' is '" + value +
                             "', expected " + option->expected);
  option->isGiven = true;
  return llvm::Error::success();
}

/// Returns whether there is something left to do.
llvm::Expected<bool> parseArguments(Command &command,
                                    llvm::ArrayRef<StringRef> args) {
  bool hasPositional = false;
  while (!args.empty()) {
    StringRef arg = args.consume_front();
    if (arg == "--help" || arg == "-h") {
      printHelp(command, llvm::outs());
      return false;
    }
    if (arg.starts_with("-") && arg != "-") {
      if (llvm::Error error = readOption(command, arg, args))
        return std::move(error);
      continue;
    }
    if (hasPositional || !command.positionalTarget)
      return seeHelp(command, "unexpected argument '" + arg + "'");
    *command.positionalTarget = arg.str();
    hasPositional = true;
    if (command.rest) {
      command.rest->assign(args.begin(), args.end());
      return true;
    }
  }
  if (command.positionalTarget && !hasPositional)
    return seeHelp(command, "expected " + command.positional);
  return true;
}

} // namespace

std::optional<int> readArguments(Command &command,
                                 llvm::ArrayRef<StringRef> args) {
  llvm::Expected<bool> isLeft = parseArguments(command, args);
  if (!isLeft)
    return reportFailure(isLeft.takeError());
  return *isLeft ? std::nullopt : std::optional<int>(0);
}

} // namespace mlir::eke
