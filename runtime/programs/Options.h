//===- Options.h - The command line as a table ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_OPTIONS_H
#define EKE_RUNTIME_PROGRAMS_OPTIONS_H

#include "runtime/os/System.h"

namespace eke::rt {

/// Reads a whole decimal number; no sign, blank, or anything after it.
bool parseInteger(const char *text, int64_t &value);
/// Reads a whole decimal number with optional fraction and exponent, no sign.
bool parseReal(const char *text, double &value);

/// The values of an option that takes several.
struct PathList {
  char **first = nullptr;
  int count = 0;
};

/// The texts of an option that may be given several times.
struct TextList {
  static constexpr int most = 16;
  const char *texts[most];
  int count = 0;
};

/// One option, where its value goes, and what --help says.
struct Option {
  enum Kind : uint8_t { Switch, Text, Texts, Path, Paths, Integer, Real };

  const char *name; ///< without the dashes
  Kind kind;
  /// bool, const char *, TextList, const char *, PathList, int64_t, double
  void *value;
  double low, high; ///< bounds of a number, both allowed
  const char *placeholder;
  const char *help;
};

/// Reads the arguments `--name value` or `--name=value` into the table's
/// values. Fails on anything that is not in the table or has no good value.
void parseOptions(const Option *options, int count, int argc, char **argv);

/// Is there an argument `--name` or `--name=value`, other than as the value of an option
/// of the table?
bool namesOption(const Option *options, int count, const char *name, int argc,
                 char **argv);

/// Writes one line per option.
void printOptions(const Option *options, int count, Writer &out);

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_OPTIONS_H
