//===- StopTextsTest.cpp - Texts that end a text --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/StopTexts.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

using namespace eke::rt;

namespace {

struct Passed {
  std::string text;
  bool isFound;
  uint64_t length;
};

/// What is passed on of a text that comes in pieces of `step` bytes, with what is held
/// back at the end.
Passed pass(const std::vector<std::string> &stops, const std::string &text,
            size_t step) {
  StopTexts filter;
  for (const std::string &stop : stops)
    filter.add({stop.data(), stop.size()});
  filter.begin();
  Passed passed;
  auto append = [](void *ctx, const char *data, size_t size) {
    static_cast<std::string *>(ctx)->append(data, size);
  };
  for (size_t at = 0; at < text.size(); at += step)
    filter.put(text.data() + at, std::min(step, text.size() - at), append,
               &passed.text);
  passed.text.append(filter.held().data, filter.held().size);
  passed.isFound = filter.isFound();
  passed.length = filter.length();
  return passed;
}

TEST(StopTexts, EndATextInFrontOfThem) {
  struct {
    std::vector<std::string> stops;
    std::string text, passed;
    bool isFound;
  } cases[] = {
      {{}, "abc", "abc", false},
      {{"c"}, "abcd", "ab", true},
      {{"bcd"}, "abcbcde", "abc", true},
      {{"aab"}, "aaaab", "aa", true}, // the second a begins again
      {{"xyz", "b"}, "abc", "a", true},
      {{"abcdX", "cd"}, "abcde", "ab", true}, // the one that is whole first
      {{"abX"}, "ab", "ab", false},           // held back, and given at the end
      {{"\n\n"}, "a\nb\n", "a\nb\n", false},
      {{"\xc3\xa9"}, "x\xc3\xa9y", "x", true},
  };
  for (const auto &one : cases)
    for (size_t step : {1, 2, 3, 100}) {
      Passed passed = pass(one.stops, one.text, step);
      EXPECT_EQ(passed.text, one.passed) << step;
      EXPECT_EQ(passed.isFound, one.isFound) << one.text << step;
      EXPECT_EQ(passed.length, one.passed.size()) << one.text << step;
    }
}

TEST(StopTexts, HoldBackNoMoreThanTheyNeed) {
  StopTexts filter;
  filter.add({"end", 3});
  filter.begin();
  std::string text;
  auto append = [](void *ctx, const char *data, size_t size) {
    static_cast<std::string *>(ctx)->append(data, size);
  };
  filter.put("the e", 5, append, &text);
  EXPECT_EQ(text, "the ");
  filter.put("x", 1, append, &text);
  EXPECT_EQ(text, "the ex");
}

TEST(StopTexts, MayBeLong) {
  std::string stop(StopTexts::longest, 's'), more(300, 's');
  EXPECT_EQ(pass({stop}, more + "!", 7).text, "");
  EXPECT_EQ(pass({stop}, std::string(255, 's') + "!", 7).text,
            std::string(255, 's') + "!");
}

TEST(StopTexts, BeginAnew) {
  StopTexts filter;
  filter.add({"b", 1});
  std::string text;
  auto append = [](void *ctx, const char *data, size_t size) {
    static_cast<std::string *>(ctx)->append(data, size);
  };
  for (int i = 0; i < 2; ++i) {
    filter.begin();
    filter.put("ab", 2, append, &text);
  }
  EXPECT_EQ(text, "aa");
}

} // namespace
