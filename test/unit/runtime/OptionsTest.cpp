//===- OptionsTest.cpp - Numbers, options, JSON ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/Options.h"
#include "runtime/programs/Json.h"

#include <cmath>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>
#include <vector>

using namespace eke::rt;

namespace {

TEST(ParseInteger, TakesDigitsOnly) {
  int64_t value = -1;
  EXPECT_TRUE(parseInteger("0", value));
  EXPECT_EQ(value, 0);
  EXPECT_TRUE(parseInteger("9223372036854775807", value));
  EXPECT_EQ(value, INT64_MAX);
  for (const char *bad : {"", "-1", "+1", " 1", "1 ", "1x", "0x10", "1.0",
                          "9223372036854775808", "99999999999999999999"})
    EXPECT_FALSE(parseInteger(bad, value)) << bad;
}

TEST(ParseReal, TakesDecimalsOnly) {
  double value = -1;
  EXPECT_TRUE(parseReal("0.75", value));
  EXPECT_EQ(value, 0.75);
  EXPECT_TRUE(parseReal(".5", value));
  EXPECT_EQ(value, 0.5);
  EXPECT_TRUE(parseReal("2e-3", value));
  EXPECT_EQ(value, 2e-3);
  for (const char *bad : {"", "-1", "+1", " 1", "1 ", "1x", "0x10", "inf",
                          "nan", "1e999", ".", "1e", "1.2.3"})
    EXPECT_FALSE(parseReal(bad, value)) << bad;
}

/// One option of each kind.
struct Values {
  bool flag = false;
  const char *text = nullptr, *path = nullptr;
  PathList paths;
  std::vector<std::string> pathNames;
  int64_t integer = 7;
  double real = 0.5;

  void parse(std::vector<std::string> arguments) {
    const Option options[] = {
        {"flag", Option::Switch, &flag, 0, 0, "", ""},
        {"text", Option::Text, &text, 0, 0, "", ""},
        {"path", Option::Path, &path, 0, 0, "", ""},
        {"paths", Option::Paths, &paths, 0, 0, "", ""},
        {"integer", Option::Integer, &integer, 1, 10, "", ""},
        {"real", Option::Real, &real, 0, 1, "", ""},
    };
    kept = std::move(arguments);
    std::vector<char *> argv = {const_cast<char *>("prog")};
    for (std::string &argument : kept)
      argv.push_back(argument.data());
    parseOptions(options, 6, int(argv.size()), argv.data());
    pathNames.assign(paths.first, paths.first + paths.count);
  }

private:
  std::vector<std::string> kept;
};

TEST(ParseOptions, TakesBothForms) {
  Values v;
  v.parse(
      {"--flag", "--text", "", "--path=a=b", "--integer=10", "--real", "0.25"});
  EXPECT_TRUE(v.flag);
  EXPECT_STREQ(v.text, "");
  EXPECT_STREQ(v.path, "a=b");
  EXPECT_EQ(v.integer, 10);
  EXPECT_EQ(v.real, 0.25);
}

TEST(ParseOptions, CollectsPathsUpToTheNextOption) {
  Values v;
  v.parse({"--paths", "a", "b", "--flag"});
  ASSERT_EQ(v.paths.count, 2);
  EXPECT_EQ(v.pathNames, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(v.flag);
}

TEST(ParseOptions, RefusesWhatItDoesNotKnow) {
  struct {
    std::vector<std::string> arguments;
    const char *message;
  } cases[] = {
      {{"--nope"}, "unknown option '--nope'"},
      {{"--flags"}, "unknown option '--flags'"},
      {{"-flag"}, "unknown option '-flag'"},
      {{"word"}, "unknown argument 'word'"},
      {{""}, "unknown argument ''"},
      {{"--"}, "unknown option '--'"},
      {{"--flag=1"}, "--flag takes no value"},
      {{"--text"}, "--text needs a value"},
      {{"--path", ""}, "--path needs a value, not an empty one"},
      {{"--path="}, "--path needs a value, not an empty one"},
      {{"--paths"}, "--paths needs a value"},
      {{"--paths", "--flag"}, "--paths needs a value"},
      {{"--integer", "0"}, "--integer needs a whole number from 1 to 10"},
      {{"--integer", "11"}, "--integer needs a whole number from 1 to 10"},
      {{"--integer", "3.5"}, "not '3.5'"},
      {{"--integer", ""}, "--integer needs a value, not an empty one"},
      {{"--real", "1.5"}, "--real needs a number from 0 to 1, not '1.5'"},
      {{"--real", "x"}, "--real needs a number from 0 to 1, not 'x'"},
  };
  setProgramName("/some/where/prog");
  for (auto &c : cases) {
    EXPECT_EXIT(Values().parse(c.arguments), ::testing::ExitedWithCode(2),
                std::string("^prog: error: ") + ".*" + c.message)
        << c.message;
  }
}

/// What `write` sends through a pipe.
std::string written(void (*write)(Writer &out)) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  Writer out(ends[1], "pipe");
  write(out);
  out.flush();
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = read(ends[0], buffer, sizeof(buffer))) > 0;)
    text.append(buffer, size_t(got));
  close(ends[0]);
  return text;
}

TEST(JsonObject, EscapesAndNests) {
  EXPECT_EQ(written([](Writer &out) {
              JsonObject json(out);
              json.text("a", "\"\\\n\xc3\xa9");
              json.open("b");
              json.integer("c", 3);
              json.integer("d", -1);
              json.close();
              json.real("e", 0.5);
              json.real("f", NAN);
              json.real("g", INFINITY);
              json.end();
            }),
            "{\n  \"a\": \"\\\"\\\\\\u000a\xc3\xa9\",\n  \"b\": {\n    \"c\": "
            "3,\n    \"d\": null\n  },\n  \"e\": 0.5,\n  \"f\": null,\n  "
            "\"g\": null\n}\n");
}

TEST(JsonObject, StaysUtf8) {
  EXPECT_EQ(written([](Writer &out) {
              JsonObject json(out);
              json.text("a", "\xff\xc3\x7f\xc2\x85\xe2\x80\xae");
              json.end();
            }),
            "{\n  \"a\": \"\\\\xff\\\\xc3\\u007f\\u0085\\u202e\"\n}\n");
}

TEST(Writer, EscapesWhatDoesNotShow) {
  EXPECT_EQ(
      written([](Writer &out) { out.putPrintable("a\n\xc3\xa9\xc3\x1b["); }),
      "a\\x0a\xc3\xa9\\xc3\\x1b[");
}

TEST(WriterDeathTest, SaysThatItCannotWrite) {
  auto fill = [](const char *path) {
    Writer out(open(path, O_WRONLY), "it");
    out.put("text");
    out.flush();
  };
  EXPECT_EXIT(fill("/dev/full"), ::testing::ExitedWithCode(1),
              "error: cannot write 'it': No space left on device\n$");
  EXPECT_EXIT(fill("/none"), ::testing::ExitedWithCode(1),
              "error: cannot write 'it': Bad file descriptor\n$");
}

TEST(Writer, PassesOnMoreThanItsBuffer) {
  std::string text = written([](Writer &out) {
    for (int i = 0; i < 1000; ++i)
      out.format("%d ", i);
  });
  std::string expected;
  for (int i = 0; i < 1000; ++i)
    expected += std::to_string(i) + " ";
  EXPECT_EQ(text, expected);
}

} // namespace
