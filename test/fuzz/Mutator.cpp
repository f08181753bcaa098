//===- Mutator.cpp - Small random changes to an input ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "test/fuzz/Mutator.h"

#include <algorithm>
#include <iterator>

namespace mlir::eke::test {

std::string Mutator::mutate(std::string text) {
  for (size_t changes = 1 + below(8); changes; --changes)
    change(text);
  return text;
}

const char *Mutator::awkward() {
  static constexpr const char *words[] = {
      "0",
      "-1",
      "1",
      "2147483647",
      "2147483648",
      "4294967295",
      "4294967296",
      "9223372036854775807",
      "9223372036854775808",
      "18446744073709551615",
      "18446744073709551616",
      "1e308",
      "1e400",
      "-0.0",
      "0.5",
      "nan",
      "inf",
      "null",
      "true",
      "false",
      "{",
      "}",
      "[",
      "]",
      "\"",
      "\\",
      ",",
      ":",
      "{}",
      "[]",
      "\"\"",
      "\"a\":",
      "\"\\u0000\"",
      "\"\\ud800\"",
      "\xff",
      "\xc0\x80",
      "\n",
      "\"dtype\":\"F64\"",
      "\"F4\"",
      "\"__metadata__\":{\"a\":\"b\"},",
      "fold: 2 ",
      "name: \"x\" ",
      "{layer}",
      "repeats: 4294967295 ",
      "<",
      ">",
      "exits { after_run: 1 policy: DRAFT } ",
      "{{{{{{{{",
      "[[[[[[[["};
  return words[below(std::size(words))];
}

/// Puts an awkward number in the place of one in the text.
void Mutator::replaceNumber(std::string &text) {
  auto isDigit = [](unsigned char c) { return c >= '0' && c <= '9'; };
  auto begin =
      std::find_if(text.begin() + below(text.size()), text.end(), isDigit);
  auto end = std::find_if_not(begin, text.end(), isDigit);
  if (begin == end)
    return;
  // Neighbours of the number are likelier to be believed than the extremes.
  std::string number(begin, end);
  if (below(2) && number.size() < 10)
    number = std::to_string(std::stoll(number) + int64_t(below(17)) - 8);
  else
    number = awkward();
  text.replace(begin, end, number);
}

void Mutator::change(std::string &text) {
  if (text.empty())
    text = awkward();
  size_t at = below(text.size());
  size_t length = std::min(text.size() - at, 1 + below(below(8) ? 8 : 256));
  switch (below(8)) {
  case 0:
    text[at] = char(text[at] ^ (1 << below(8)));
    return;
  case 1:
    text[at] = char(below(256));
    return;
  case 2:
    text.erase(at, length);
    return;
  case 3:
    text.insert(below(text.size()), text.substr(at, length));
    return;
  case 4:
    text.insert(at, awkward());
    return;
  case 5:
    if (below(8) == 0)
      text.resize(at);
    return;
  default:
    replaceNumber(text);
  }
}

} // namespace mlir::eke::test
