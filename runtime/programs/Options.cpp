//===- Options.cpp - The command line as a table --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace eke::rt {

bool parseInteger(const char *text, int64_t &value) {
  if (*text == 0)
    return false;
  int64_t result = 0;
  for (; *text; ++text) {
    if (*text < '0' || *text > '9' ||
        __builtin_mul_overflow(result, int64_t(10), &result) ||
        __builtin_add_overflow(result, int64_t(*text - '0'), &result))
      return false;
  }
  value = result;
  return true;
}

bool parseReal(const char *text, double &value) {
  // strtod also takes signs, blanks, hexadecimals, "inf" and "nan".
  if ((*text < '0' || *text > '9') && *text != '.')
    return false;
  if (text[strspn(text, "0123456789.eE+-")] != 0)
    return false;
  char *end;
  double result = strtod(text, &end);
  if (*end != 0 || result > 1e300)
    return false;
  value = result;
  return true;
}

/// Sets the value of an option that takes one; `shown` is its name with dashes.
static void setValue(const Option &option, const char *shown,
                     const char *text) {
  if (*text == 0 && option.kind != Option::Text)
    fail("%s needs a value, not an empty one", shown);
  if (option.kind == Option::Texts) {
    TextList &list = *static_cast<TextList *>(option.value);
    if (list.count == TextList::most)
      fail("%s is given more than %d times", shown, TextList::most);
    list.texts[list.count++] = text;
    return;
  }
  if (option.kind == Option::Text || option.kind == Option::Path) {
    *static_cast<const char **>(option.value) = text;
    return;
  }
  double number = -1;
  bool ok;
  if (option.kind == Option::Integer) {
    int64_t &value = *static_cast<int64_t *>(option.value);
    ok = parseInteger(text, value);
    number = double(value);
  } else {
    ok = parseReal(text, number);
    *static_cast<double *>(option.value) = number;
  }
  if (!ok || number < option.low || number > option.high)
    fail("%s needs %s from %.10g to %.10g, not '%s'", shown,
         option.kind == Option::Integer ? "a whole number" : "a number",
         option.low, option.high, text);
}

/// The option that `argument` names, up to a '=' if there is one.
static const Option *findOption(const Option *options, int count,
                                const char *argument) {
  if (strncmp(argument, "--", 2) != 0)
    return nullptr;
  size_t size = strcspn(argument + 2, "=");
  for (int i = 0; i < count; ++i)
    if (strlen(options[i].name) == size &&
        memcmp(options[i].name, argument + 2, size) == 0)
      return &options[i];
  return nullptr;
}

/// Takes the arguments from `first` up to the next option.
static int takePaths(const Option &option, int argc, char **argv, int first) {
  PathList &list = *static_cast<PathList *>(option.value);
  int end = first;
  while (end < argc && strncmp(argv[end], "--", 2) != 0)
    if (*argv[end++] == 0)
      fail("--%s needs a value, not an empty one", option.name);
  if (end == first)
    fail("--%s needs a value", option.name);
  list = {argv + first, end - first};
  return end;
}

void parseOptions(const Option *options, int count, int argc, char **argv) {
  for (int i = 1; i < argc;) {
    char *argument = argv[i++];
    const Option *option = findOption(options, count, argument);
    if (!option)
      fail("unknown %s '%s'; --help lists the options",
           argument[0] == '-' ? "option" : "argument", argument);
    char shown[40];
    snprintf(shown, sizeof(shown), "--%s", option->name);
    char *value = strchr(argument, '=');
    if (option->kind == Option::Switch) {
      if (value)
        fail("%s takes no value", shown);
      *static_cast<bool *>(option->value) = true;
    } else if (option->kind == Option::Paths && !value) {
      i = takePaths(*option, argc, argv, i);
    } else {
      if (option->kind == Option::Paths)
        fail("%s takes its files as separate arguments", shown);
      if (!value && i == argc)
        fail("%s needs a value", shown);
      setValue(*option, shown, value ? value + 1 : argv[i++]);
    }
  }
}

bool namesOption(const Option *options, int count, const char *name, int argc,
                 char **argv) {
  size_t size = strlen(name);
  for (int i = 1; i < argc; ++i) {
    const char *argument = argv[i];
    size_t shown = strcspn(argument, "=");
    if (strncmp(argument, "--", 2) == 0 && shown == size + 2 &&
        memcmp(argument + 2, name, size) == 0)
      return true;
    const Option *option = findOption(options, count, argument);
    if (option && option->kind != Option::Switch &&
        option->kind != Option::Paths && argument[shown] == 0)
      ++i;
  }
  return false;
}

void printOptions(const Option *options, int count, Writer &out) {
  for (int i = 0; i < count; ++i) {
    char left[48];
    snprintf(left, sizeof(left), "--%s %s", options[i].name,
             options[i].placeholder);
    out.format("  %-20s  %s\n", left, options[i].help);
  }
}

} // namespace eke::rt
