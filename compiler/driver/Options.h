//===- Options.h - The command line of eke ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A command is a table of options; the table parses the arguments and prints
// the help, so that neither can disagree with the other. Each option has a type:
// what it stores is a number, a file's name, one of some values, never a text that
// has to be read again.
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_DRIVER_OPTIONS_H
#define EKE_COMPILER_DRIVER_OPTIONS_H

#include "compiler/support/FormatNumber.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace mlir::eke {

/// One option, given as `--name=VALUE`, `--name VALUE` or, for a name of one
/// letter, `-n VALUE`; a switch as `--name` alone. Made by the functions below.
struct Option {
  llvm::StringRef name;
  /// What the value is called in the help: "FILE", "f32|f16"; empty for a switch.
  std::string value;
  llvm::StringRef help;
  /// What a value has to be: "one of f32, f16".
  std::string expected;
  /// The value without the option; empty if there is none.
  std::string byDefault;
  /// Stores a value; returns whether it is one.
  std::function<bool(llvm::StringRef)> store;
  bool isGiven = false;
};

/// `--name`, which takes no value.
Option switchOption(llvm::StringRef name, llvm::StringRef help, bool &target);

/// A name, a path or a pattern; anything but nothing.
Option textOption(llvm::StringRef name, llvm::StringRef value,
                  llvm::StringRef help, std::string &target);

/// The same, which may be given several times.
Option listOption(llvm::StringRef name, llvm::StringRef value,
                  llvm::StringRef help, std::vector<std::string> &target);

/// The option with several values, separated by commas: `option` has to accept each, and
/// all of them go to `values`.
Option severalOption(Option option, std::vector<std::string> &values);

/// A whole number from `least` to `most`. `Target` is a number or an optional one.
template <typename Target>
Option numberOption(llvm::StringRef name, llvm::StringRef help, uint64_t least,
                    uint64_t most, Target &target);

/// A number between two, neither of which it may be.
template <typename Target>
Option realOption(llvm::StringRef name, llvm::StringRef value,
                  llvm::StringRef help, double above, double below,
                  Target &target);

/// One of some values, by their names.
template <typename Value, typename Target>
Option choiceOption(llvm::StringRef name, llvm::StringRef help,
                    std::vector<std::pair<llvm::StringRef, Value>> values,
                    Target &target);

/// A command with one positional argument and some options.
struct Command {
  llvm::StringRef name;
  /// What the positional argument is called: "MODEL"; empty if there is none.
  llvm::StringRef positional;
  llvm::StringRef summary;
  std::string *positionalTarget = nullptr;
  std::vector<Option> options = {};
  /// Where arguments behind the positional one go, whatever they are; null: there are
  /// none.
  std::vector<std::string> *rest = nullptr;

  void add(std::vector<Option> more) {
    std::move(more.begin(), more.end(), std::back_inserter(options));
  }
};

/// Reads `args`. Returns the exit code if there is nothing left to do: the help
/// was printed, or the line is wrong, which was reported.
std::optional<int> readArguments(Command &command,
                                 llvm::ArrayRef<llvm::StringRef> args);

// Below are the templates' bodies.

namespace detail {
std::string describeRange(uint64_t least, uint64_t most);
std::string describeInterval(double above, double below);

template <typename Number>
std::string formatDefault(const std::optional<Number> &value) {
  return value ? formatNumber(double(*value)) : "";
}
template <typename Number> std::string formatDefault(Number value) {
  return formatNumber(double(value));
}
} // namespace detail

template <typename Target>
Option numberOption(llvm::StringRef name, llvm::StringRef help, uint64_t least,
                    uint64_t most, Target &target) {
  auto store = [=, &target](llvm::StringRef text) {
    uint64_t number;
    if (text.getAsInteger(10, number) || number < least || number > most)
      return false;
    target = number;
    return true;
  };
  return {name,
          "N",
          help,
          detail::describeRange(least, most),
          detail::formatDefault(target),
          store};
}

template <typename Target>
Option realOption(llvm::StringRef name, llvm::StringRef value,
                  llvm::StringRef help, double above, double below,
                  Target &target) {
  auto store = [=, &target](llvm::StringRef text) {
    double number;
    if (text.getAsDouble(number) || !(number > above && number < below))
      return false;
    target = number;
    return true;
  };
  return {name,
          value.str(),
          help,
          detail::describeInterval(above, below),
          detail::formatDefault(target),
          store};
}

template <typename Value, typename Target>
Option choiceOption(llvm::StringRef name, llvm::StringRef help,
                    std::vector<std::pair<llvm::StringRef, Value>> values,
                    Target &target) {
  Option option{name, "", help, "one of ", "", nullptr};
  for (const auto &[each, value] : values) {
    bool isFirst = option.value.empty();
    option.value += (isFirst ? "" : "|") + each.str();
    option.expected += (isFirst ? "" : ", ") + each.str();
    if (target == value)
      option.byDefault = each.str();
  }
  option.store = [values = std::move(values), &target](llvm::StringRef text) {
    for (const auto &[each, value] : values)
      if (each == text) {
        target = value;
        return true;
      }
    return false;
  };
  return option;
}

} // namespace mlir::eke

#endif // EKE_COMPILER_DRIVER_OPTIONS_H
