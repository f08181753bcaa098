//===- FakePrograms.cpp - Running the fake programs ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "test/unit/runtime/FakePrograms.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/wait.h>

namespace eke::test {
namespace {

/// A folder of this process alone, removed when it ends.
struct Folder {
  llvm::SmallString<128> path;
  Folder() { EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("eke", path)); }
  ~Folder() { (void)llvm::sys::fs::remove_directories(path); }
};

} // namespace

std::string inFolder(const std::string &name) {
  static Folder folder;
  return (folder.path + "/" + name).str();
}

std::string readAll(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string writeAll(const std::string &name, const std::string &text) {
  std::ofstream(inFolder(name), std::ios::binary) << text;
  return inFolder(name);
}

Ran run(const std::string &program, const std::string &arguments) {
  std::string out = inFolder("stdout"), err = inFolder("stderr");
  int status = std::system(
      (program + " " + arguments + " >" + out + " 2>" + err).c_str());
  return {WEXITSTATUS(status), readAll(out), readAll(err)};
}

Ran language(const std::string &arguments) {
  return run(FAKE_LANGUAGE, arguments);
}
Ran tensors(const std::string &arguments) {
  return run(FAKE_TENSORS, arguments);
}

llvm::json::Object parse(const std::string &text) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (!value) {
    ADD_FAILURE() << llvm::toString(value.takeError()) << " in: " << text;
    return {};
  }
  return std::move(*value->getAsObject());
}

void expectError(const Ran &ran, const std::string &message) {
  EXPECT_EQ(ran.status, 2) << message;
  EXPECT_EQ(ran.err.find("fake-"), 0u) << ran.err;
  EXPECT_NE(ran.err.find(": error: "), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find(message), std::string::npos) << ran.err;
  EXPECT_EQ(ran.err.find('\n'), ran.err.size() - 1) << ran.err;
  EXPECT_EQ(ran.out, "");
}

std::vector<int32_t> withStart(const std::string &text) {
  std::vector<int32_t> tokens = {fakeEnd};
  for (char c : text)
    tokens.push_back(uint8_t(c));
  return tokens;
}

std::string continuation(std::vector<int32_t> sequence, int count) {
  std::string ids;
  for (int i = 0; i < count; ++i) {
    sequence.push_back(fakeLikeliest(sequence));
    ids += (i ? " " : "") + std::to_string(sequence.back());
  }
  return ids + "\n";
}

std::string times(const std::string &text, int count) {
  std::string result;
  while (count-- > 0)
    result += text;
  return result;
}

} // namespace eke::test
