//===- JSONTest.cpp - JSON we do not trust --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Input.h"

#include "test/unit/frontend/Inputs.h"

#include "gtest/gtest.h"

using namespace mlir::eke;
using namespace mlir::eke::test;

static std::string errorFor(const std::string &text) {
  return messageOf(parseJSON(text, "f.json"));
}

TEST(JSON, Depth) {
  auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(errorFor(nested(64)), "");
  EXPECT_EQ(errorFor(nested(65)), "f.json: values nested deeper than 64");
  EXPECT_EQ(errorFor("\"" + nested(65) + "\""), "");
}

TEST(JSON, DuplicateKeys) {
  EXPECT_EQ(errorFor(R"({"a":1,"a":2})"), "f.json: key 'a' appears twice");
  EXPECT_EQ(errorFor(R"([{"b":{"a":1,"a":2}}])"),
            "f.json: key 'a' appears twice");
  EXPECT_EQ(errorFor(R"({"\"":1,"\u0022":2})"),
            "f.json: key '\\22' appears twice");
  // The same string as a value, in another object or in an array is no key.
  EXPECT_EQ(errorFor(R"({"a":"a","b":{"a":["a","a"]},"c":["x",{"a":1}]})"), "");
}

TEST(JSON, Malformed) {
  for (const char *text :
       {"", "{", "{\"", "{\"a\"", "{\"a", "{\"a\\", "]", "{]", "\"", "\"\\",
        "[1,]", "{\"\\q\":1}", "nan", "[1}"})
    EXPECT_MENTIONS(errorFor(text), "f.json: malformed JSON") << text;
}

TEST(Input, InQuotesFitsOneLine) {
  EXPECT_EQ(inQuotes("a\nb"), "'a\\0Ab'");
  EXPECT_EQ(inQuotes(std::string(200, 'x')),
            "'" + std::string(96, 'x') + "...'");
}

TEST(Input, ErrorsAreOneLine) {
  EXPECT_EQ(messageOf(errorIn("a\nb", "c\rd")), "a?b: c?d");
  EXPECT_EQ(messageOf(errorIn("\xc3\xa9", "x")), "\xc3\xa9: x");
}

TEST(Input, NameWithZeroByte) {
  TestFolder folder;
  folder.write("f", "");
  EXPECT_EQ(messageOf(openInput(folder / "f")), "");
  EXPECT_MENTIONS(messageOf(openInput(folder / llvm::StringRef("f\0g", 3))),
                  "no name of a file");
}

TEST(Input, ResolvePath) {
  EXPECT_EQ(resolvePath("d", "f"), "d/f");
  EXPECT_EQ(resolvePath("", "f"), "f");
  EXPECT_EQ(resolvePath("d", "/f"), "/f");
}
