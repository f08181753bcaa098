//===- CommandLineTest.cpp - Programs of language models -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs the fake model linked as a compiled model is.
//===----------------------------------------------------------------------===//

#include "test/unit/runtime/FakePrograms.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

using namespace eke::test;

namespace {

TEST(LanguageProgram, ContinuesAPrompt) {
  std::string ids = continuation(withStart("hello"), 6);
  EXPECT_EQ(language("--prompt hello --tokens 6 --ids").out, ids);
  std::string file = writeAll("prompt", "hello");
  EXPECT_EQ(language("--prompt-file=" + file + " --tokens=6 --ids").out, ids);
  EXPECT_EQ(language("--prompt-file /dev/stdin --tokens 6 --ids <" + file).out,
            ids);
  EXPECT_EQ(language("--prompt - --tokens 6 --ids <" + file).out, ids);
  EXPECT_EQ(run("printf hello | " FAKE_LANGUAGE,
                "--prompt-file /dev/stdin --tokens 6 --ids --threads 3")
                .out,
            ids);
}

TEST(LanguageProgram, TakesAnyTextAsAPrompt) {
  EXPECT_EQ(language("--tokens 2 --ids --prompt --entry=x").out,
            continuation(withStart("--entry=x"), 2));
  EXPECT_EQ(language("--prompt --entry --tokens 2 --ids").out,
            continuation(withStart("--entry"), 2));
}

TEST(LanguageProgram, PrintsThePromptWithEcho) {
  EXPECT_EQ(language("--prompt ab --tokens 0 --echo").out, "ab");
  EXPECT_EQ(language("--prompt ab --tokens 0 --echo --ids").out, "256 97 98\n");
  EXPECT_EQ(language("--prompt '<|end|>b' --tokens 0 --echo --ids").out,
            "256 256 98\n");
  EXPECT_EQ(language("--prompt '' --tokens 0 --echo --ids").out, "256\n");
}

TEST(LanguageProgram, PrintsWholeCharacters) {
  // The fake model writes bytes at random: what it prints must be UTF-8 still.
  std::string out = language("--prompt x --tokens 39 --temperature 9").out;
  EXPECT_TRUE(llvm::json::isUTF8(out)) << out;
  EXPECT_NE(out.find("\xef\xbf\xbd"), std::string::npos);
}

TEST(LanguageProgram, DrawsWithASeed) {
  std::string flags = "--prompt x --tokens 20 --ids --temperature 1 --seed ";
  EXPECT_EQ(language(flags + "1").out, language(flags + "1").out);
  EXPECT_NE(language(flags + "1").out, language(flags + "2").out);
  std::string greedy = language("--prompt x --tokens 20 --ids").out;
  EXPECT_EQ(language(flags + "1 --top-k 1").out, greedy);
  EXPECT_EQ(language("--prompt x --tokens 20 --ids --top-p 1e-6").out, greedy);
  EXPECT_NE(language("--prompt x --tokens 20 --ids --top-k 50").out, greedy)
      << "top-k alone draws at temperature 1";
}

TEST(LanguageProgram, EndsInFrontOfAStopText) {
  // The fake model is deterministic: its own text has its stop text.
  std::string text = language("--prompt stop --tokens 20 --json").out;
  std::vector<std::string> pieces;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    pieces.push_back(parse(line).getString("text")->str());
  ASSERT_EQ(pieces.size(), 21u);
  std::string before, stop;
  size_t at = 0;
  for (; at < 20 && stop.empty(); ++at) {
    std::string next = pieces[at] + pieces[at + 1];
    bool isShown = next.find('\'') == std::string::npos &&
                   !pieces[at].empty() && !pieces[at + 1].empty();
    bool isFirst = (before + next).find(next) == before.size();
    if (at > 5 && isShown && isFirst)
      stop = next;
    else
      before += pieces[at];
  }
  ASSERT_NE(stop, "");
  std::string file = inFolder("stop-stats");
  EXPECT_EQ(language("--prompt stop --tokens 20 --stop zz --stop '" + stop +
                     "' --stats " + file)
                .out,
            before);
  EXPECT_EQ(parse(readAll(file)).getString("stop_reason"), "stop_text");
  EXPECT_EQ(parse(readAll(file)).getInteger("generated_tokens"),
            int64_t(at) + 1);
}

TEST(LanguageProgram, PrintsJsonLines) {
  std::string out = language("--prompt hello --tokens 4 --json").out;
  std::vector<int32_t> sequence = withStart("hello");
  std::istringstream lines(out);
  std::string line;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(std::getline(lines, line)) << out;
    llvm::json::Object json = parse(line);
    int32_t next = fakeLikeliest(sequence);
    EXPECT_EQ(json.getInteger("token"), next);
    EXPECT_NEAR(json.getNumber("logprob").value_or(0),
                -fakeNats(sequence, next), 1e-4);
    sequence.push_back(next);
  }
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(parse(line).getString("stop_reason"), "length");
  EXPECT_EQ(parse(line).getInteger("prompt_tokens"), 6);
  EXPECT_EQ(parse(line).getInteger("generated_tokens"), 4);
  EXPECT_FALSE(std::getline(lines, line));
}

TEST(LanguageProgram, PenalizesRepetition) {
  // A token that was there gives way to the next likeliest, which is one more.
  int others = 0;
  for (char c = 'a'; c < 'i'; ++c) {
    std::string ask = "--tokens 20 --ids --prompt " + std::string(5, c);
    std::vector<int32_t> sequence = withStart(std::string(5, c));
    std::string ids;
    for (int i = 0; i < 20; ++i) {
      int32_t next = fakeLikeliest(sequence);
      others += llvm::is_contained(sequence, next);
      while (llvm::is_contained(sequence, next))
        next = (next + 1) % fakeVocab;
      if (next == fakeEnd)
        break;
      ids += (i ? " " : "") + std::to_string(next);
      sequence.push_back(next);
    }
    EXPECT_EQ(language(ask + " --repetition-penalty 1000").out, ids + "\n");
  }
  EXPECT_GT(others, 0);
}

TEST(LanguageProgram, EmbedsAText) {
  // Of several chunks, of which only the last row counts.
  std::string text = "a text of more than two chunks";
  float expected = float(fakeLikeliest(withStart(text))) + 0.5f;
  std::string file = inFolder("embedding");
  EXPECT_EQ(language("--prompt '" + text + "' --embed " + file).status, 0);
  EXPECT_EQ(readAll(file), std::string((char *)&expected, sizeof(float)));
  std::string printed = language("--prompt '" + text + "' --embed -").out;
  EXPECT_EQ(std::stof(printed), expected);
  expectError(language("--message a --embed -"), "--embed needs a prompt");
  expectError(language("--prompt a --embed - --tokens 2"),
              "--embed generates nothing: it goes with no option for that");
}

TEST(LanguageProgram, ScoresAText) {
  std::string text = "To be, or not to be: that is the question of all of us.";
  std::string file = writeAll("score", text);
  std::vector<int32_t> tokens = withStart(text);
  for (size_t window : {8, 40}) {
    double nats = 0;
    for (size_t i = 0; i + 1 < tokens.size(); ++i)
      nats += fakeNats(
          {tokens.begin() + i / window * window, tokens.begin() + i + 1},
          tokens[i + 1]);
    double mean = nats / double(text.size());
    // 40 is the context, which caps the default of 192.
    llvm::json::Object json = parse(
        language("--score " + file + (window == 8 ? " --window 8" : "")).out);
    EXPECT_EQ(json.getInteger("tokens"), int64_t(text.size()));
    EXPECT_NEAR(json.getNumber("nats_per_token").value_or(0), mean, 1e-5);
    EXPECT_NEAR(json.getNumber("perplexity").value_or(0), std::exp(mean),
                1e-4 * std::exp(mean));
  }
}

TEST(LanguageProgram, WritesLogProbabilities) {
  std::string text = "To be, or not", file = writeAll("score", text),
              out = inFolder("probabilities");
  std::vector<int32_t> tokens = withStart(text);
  Ran ran = language("--score " + file + " --log-probabilities " + out);
  EXPECT_EQ(ran.status, 0) << ran.err;
  std::string written = readAll(out);
  ASSERT_EQ(written.size(), text.size() * fakeVocab * sizeof(float));
  auto *all = reinterpret_cast<const float *>(written.data());
  for (size_t i = 0; i < text.size(); ++i) {
    double sum = 0;
    for (int32_t token = 0; token < fakeVocab; ++token) {
      float own = all[i * fakeVocab + size_t(token)];
      sum += std::exp(double(own));
      EXPECT_NEAR(-own,
                  fakeNats({tokens.begin(), tokens.begin() + i + 1}, token),
                  1e-4);
    }
    EXPECT_NEAR(sum, 1, 1e-6);
  }
  expectError(language("--prompt a --log-probabilities " + out),
              "--log-probabilities needs --score");
}

TEST(LanguageProgram, WritesStatistics) {
  std::string file = inFolder("stats");
  Ran ran = language("--prompt hello --tokens 6 --threads 2 --stats " + file);
  EXPECT_EQ(ran.status, 0);
  llvm::json::Object json = parse(readAll(file));
  EXPECT_EQ(json.getString("model"), "fake \"model\"");
  EXPECT_EQ(json.getString("model_hash"), "abc");
  EXPECT_EQ(json.getString("target"), "host");
  EXPECT_EQ(json.getString("weights_format"), "none");
  EXPECT_EQ(json.getInteger("threads"), 2);
  EXPECT_EQ(json.getInteger("generated_tokens"), 6);
  EXPECT_EQ(json.getInteger("weight_bytes"), 12);
  EXPECT_EQ(json.getInteger("state_bytes"), 160);
  EXPECT_EQ(json.getInteger("arena_bytes"), 0);
  EXPECT_GT(json.getInteger("code_bytes").value_or(0), 1000);
  EXPECT_GT(json.getInteger("peak_rss_bytes").value_or(0), 4096);
  for (auto [key, tokens] : {std::pair("prefill", 6), {"decode", 5}}) {
    const llvm::json::Object *usage = json.getObject(key);
    ASSERT_TRUE(usage);
    EXPECT_EQ(usage->getInteger("tokens"), tokens);
    EXPECT_GT(usage->getNumber("seconds").value_or(0), 0);
    EXPECT_GT(usage->getNumber("tokens_per_second").value_or(0), 0);
    EXPECT_TRUE(usage->get("instructions"));
  }
  std::string out = language("--prompt hello --tokens 6 --stats - --ids").out;
  EXPECT_EQ(out.find(continuation(withStart("hello"), 6)), 0u);
  parse(out.substr(out.find('\n')));
}

TEST(LanguageProgram, DescribesItself) {
  Ran help = language("--help");
  EXPECT_EQ(help.status, 0);
  for (const char *option : {"--prompt",
                             "--prompt-file",
                             "--tokens",
                             "--temperature",
                             "--top-k",
                             "--top-p",
                             "--seed",
                             "--threads",
                             "--score",
                             "--window",
                             "--stats",
                             "--ids",
                             "--echo",
                             "--chat",
                             "--message",
                             "--system",
                             "--stop",
                             "--min-p",
                             "--repetition-penalty",
                             "--frequency-penalty",
                             "--presence-penalty",
                             "--json",
                             "--help",
                             "--version"})
    EXPECT_NE(help.out.find(option), std::string::npos) << option;
  Ran version = language("--version");
  EXPECT_EQ(version.status, 0);
  EXPECT_EQ(version.out, "fake \"model\", compiled by eke 0.1.0\n"
                         "target:  host\nweights: none\nmodel:   abc\n");
}

TEST(LanguageProgram, RefusesBadRequests) {
  std::string empty = writeAll("empty", "");
  expectError(language(""), "nothing to do");
  expectError(language("--chat --message b"), "exclude each other");
  expectError(language("--prompt a --system b"), "needs --chat or --message");
  expectError(language("--message a --echo"), "--echo needs a prompt");
  expectError(language("--prompt a --ids --json"), "exclude each other");
  expectError(language("--prompt a --stop ''"),
              "--stop needs a value, not an empty one");
  expectError(language("--prompt a --stop " + std::string(257, 'a')),
              "--stop needs a text of 1 to 256 bytes");
  expectError(language("--prompt a" + times(" --stop b", 17)),
              "--stop is given more than 16 times");
  expectError(language("--prompt a --min-p 2"), "--min-p needs");
  expectError(language("--prompt a --repetition-penalty 0"),
              "--repetition-penalty needs");
  expectError(language("--message " + std::string(fakeContext, 'a')),
              "the message has more tokens than the context of 40");
  expectError(language("--prompt a --score b"), "exclude each other");
  expectError(language("--prompt a --window 3"), "--window needs --score");
  expectError(language("--score " + empty + " --ids"), "need a prompt");
  expectError(language("--prompt " + std::string(fakeContext, 'a')),
              "the prompt has 41 tokens, more than the context of 40");
  expectError(language("--prompt-file /nowhere"),
              "cannot open '/nowhere': No such file or directory");
  expectError(language("--prompt-file /"), "cannot read '/': Is a directory");
  expectError(language("--score " + empty), "has no token to score");
  expectError(language("--prompt a --stats /nowhere/x"),
              "cannot write '/nowhere/x'");
  expectError(language("--prompt a --tokens x"), "not 'x'");
  expectError(language("--prompt a --threads 0"), "--threads needs");
  expectError(language("--prompt a --top-p 0"), "--top-p needs");
  expectError(language("--prompt a --temperature -1"), "--temperature needs");
  expectError(language("--prompt a --speculate x"),
              "--speculate needs auto, off or a whole number from 1, not 'x'");
  expectError(language("--prompt a --speculate 0"), "--speculate needs auto");
  expectError(language("--prompt a --speculate 2"),
              "the model has no exit to draft at; compile it with --exit");
  expectError(language("--prompt a --confidence 0.5"),
              "the model has no exit to stop at; compile it with --threshold");
  expectError(language("--prompt a --confidence 2"), "--confidence needs");
  expectError(language("--prompt"), "--prompt needs a value");
  expectError(language("--frobnicate"), "unknown option '--frobnicate'");
}

TEST(LanguageProgram, ReportsAFullDisk) {
  int status =
      std::system(FAKE_LANGUAGE " --prompt a --ids >/dev/full 2>/dev/null");
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

TEST(LanguageProgram, LeavesNoStatisticsBehindBadInput) {
  std::string file = inFolder("no-stats");
  std::remove(file.c_str());
  language("--prompt-file /nowhere --stats " + file);
  language("--prompt " + std::string(fakeContext, 'a') + " --stats " + file);
  EXPECT_FALSE(std::ifstream(file).good());
}

TEST(LanguageProgram, RunsItsEntries) {
  int32_t token = 65;
  int64_t position = 0;
  std::string tokens = writeAll("tokens", {(char *)&token, sizeof(token)});
  std::string at = writeAll("position", {(char *)&position, sizeof(position)});
  std::string hidden = inFolder("hidden");
  Ran ran =
      language("--entry any/1 --in " + tokens + " " + at + " --out " + hidden);
  EXPECT_EQ(ran.status, 0) << ran.err;
  float expected = float(fakeLikeliest({65}));
  EXPECT_EQ(readAll(hidden), std::string((char *)&expected, sizeof(float)));
}

TEST(LanguageProgram, RefusesIntegersOutOfBounds) {
  std::string hidden = inFolder("no-hidden");
  std::remove(hidden.c_str());
  auto runTrunk = [&](std::vector<int32_t> tokens, int64_t position) {
    std::string rows = std::to_string(tokens.size());
    std::string file =
        writeAll("tokens", {(char *)tokens.data(), 4 * tokens.size()});
    std::string at = writeAll("position", {(char *)&position, 8});
    return language("--entry any/" + rows + " --in " + file + " " + at +
                    " --out " + hidden);
  };
  expectError(runTrunk({fakeVocab}, 0),
              "tokens': input 'tokens' has 257 at element 0; expected 0 to "
              "256");
  expectError(runTrunk({1, 2, 3, 4, 5, -6, 7}, 0),
              "input 'tokens' has -6 at element 5; expected 0 to 256");
  expectError(runTrunk({0}, fakeContext),
              "position': input 'position' has 40 at element 0; expected 0 to "
              "39");
  expectError(runTrunk({1, 2, 3}, fakeContext - 2),
              "input 'position' has 38 at element 0; expected 0 to 37");
  expectError(runTrunk({0}, INT64_MIN), "expected 0 to 39");
  EXPECT_FALSE(std::ifstream(hidden).good());
  EXPECT_EQ(runTrunk({1, 2, 3}, fakeContext - 3).status, 0);
}

} // namespace
