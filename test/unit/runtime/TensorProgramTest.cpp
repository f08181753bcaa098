//===- TensorProgramTest.cpp - Programs of tensor models -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "test/unit/runtime/FakePrograms.h"

#include <fstream>
#include <gtest/gtest.h>

using namespace eke::test;

namespace {

/// Six floats as a file.
std::string floats(const std::string &name, std::vector<float> values) {
  return writeAll(name, {(char *)values.data(), 4 * values.size()});
}

class TensorProgram : public ::testing::Test {
protected:
  std::string a = floats("a", {1, 2, 3, 4, 5, 6});
  std::string b = floats("b", {10, 20, 30, 40, 50, 60});
  std::string sum = floats("sum", {11, 22, 33, 44, 55, 66});
  std::string c = inFolder("c"), calls = inFolder("calls");
  std::string files = "--in " + a + " " + b + " --out " + c + " " + calls;
};

TEST_F(TensorProgram, RunsAnEntry) {
  for (std::string entry : {"", "--entry sum ", "--entry=sum/2 "}) {
    std::remove(c.c_str());
    Ran ran = tensors(entry + files);
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(readAll(c), readAll(sum));
    EXPECT_EQ(readAll(calls), std::string(1, 7)); // as the state says at start
  }
}

TEST_F(TensorProgram, Repeats) {
  Ran ran = tensors(files + " --repeat 5 --stats -");
  EXPECT_EQ(readAll(calls), std::string(1, 7 + 4));
  llvm::json::Object json = parse(ran.out);
  EXPECT_EQ(json.getInteger("runs"), 5);
  EXPECT_EQ(json.getString("model"), "fake-sum");
}

TEST_F(TensorProgram, WritesItsStates) {
  std::string states = inFolder("states");
  Ran ran = tensors(files + " --repeat 3 --states " + states);
  EXPECT_EQ(ran.status, 0) << ran.err;
  // A header of so many bytes, and the state: it counted from 7 on.
  std::string written = readAll(states);
  ASSERT_GT(written.size(), 8u);
  uint64_t size = 0;
  memcpy(&size, written.data(), sizeof size);
  ASSERT_EQ(written.size(), 8 + size + 1);
  EXPECT_EQ(size % 8, 0u);
  EXPECT_EQ(written.back(), 10);
  llvm::json::Object header = parse(written.substr(8, size));
  ASSERT_EQ(header.size(), 1u);
  llvm::json::Object *calls = header.getObject("calls");
  ASSERT_TRUE(calls);
  EXPECT_EQ(calls->getString("dtype"), "U8");
  EXPECT_EQ(*calls->getArray("shape"), llvm::json::Array{1});
  EXPECT_EQ(*calls->getArray("data_offsets"), (llvm::json::Array{0, 1}));
  expectError(tensors(files + " --states /nowhere/states"),
              "cannot write '/nowhere/states'");
}

TEST_F(TensorProgram, DescribesItself) {
  Ran help = tensors("--help");
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.out.find("sum/2, adder, every 0.64 s\n"
                          "    in   a  f32[2,3]  24 bytes\n"),
            std::string::npos)
      << help.out;
  EXPECT_NE(help.out.find("  calls  u8[1]  1 bytes\n"), std::string::npos)
      << help.out;
  help = language("--entry any --help");
  EXPECT_NE(help.out.find("in   tokens  i32[1]  4 bytes, from 0 to 256\n"),
            std::string::npos)
      << help.out;
  EXPECT_EQ(tensors("--version").status, 0);
}

TEST_F(TensorProgram, RefusesBadRequests) {
  expectError(tensors(""), "entry 'sum' has 2 inputs, but --in names 0 files");
  expectError(tensors("--in " + a + " " + b + " --out " + c),
              "entry 'sum' has 2 outputs, but --out names 1 files");
  expectError(tensors("--entry nope " + files), "no entry 'nope'");
  expectError(tensors("--entry sum/3 " + files), "no entry 'sum/3'");
  expectError(tensors("--entry sum/x " + files), "needs NAME or NAME/ROWS");
  expectError(tensors("--entry sum/0 " + files), "needs NAME or NAME/ROWS");
  std::string small = floats("small", {1, 2, 3});
  expectError(tensors("--in " + a + " " + small + " --out " + c + " " + calls),
              "has 12 bytes, but input 'b' has 24");
  expectError(tensors("--in " + a + " /nowhere --out " + c + " " + calls),
              "cannot open '/nowhere'");
  expectError(tensors("--in " + a + " " + b + " --out /nowhere/c " + calls),
              "cannot write '/nowhere/c'");
  expectError(tensors(files + " --prompt x"), "unknown option '--prompt'");
}

} // namespace
