//===- JournalTest.cpp - Does a search remember what it measured? ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/Journal.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace mlir::eke::tune;

namespace {

class JournalTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("journal", folder));
    path = (folder + "/journal").str();
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  void write() {
    Journal journal(path, "key");
    Cost cost;
    cost.value = 0.1 + 0.2; // no short decimal number
    cost.tie = 7;
    cost.error = 1e-9;
    cost.calls = 12;
    journal.add("a", "[\"x\"]", cost);
    journal.add("b", "[]", std::nullopt);
    ASSERT_FALSE(llvm::errorToBool(journal.write()));
  }

  llvm::SmallString<128> folder;
  std::string path;
};

TEST_F(JournalTest, ReadsWhatItWrote) {
  write();
  Journal journal(path, "key");
  EXPECT_EQ(journal.size(), 2u);
  auto found = journal.find("a", "[\"x\"]");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->value, 0.1 + 0.2);
  EXPECT_EQ((*found)->tie, 7);
  EXPECT_EQ((*found)->error, 1e-9);
  EXPECT_EQ((*found)->calls, 12u);
  auto refused = journal.find("b", "[]");
  ASSERT_TRUE(refused);
  EXPECT_FALSE(*refused);
  EXPECT_FALSE(journal.find("a", "[]"));
}

TEST_F(JournalTest, BeginsAnewForAnotherSearch) {
  write();
  EXPECT_EQ(Journal(path, "other").size(), 0u);
}

TEST_F(JournalTest, BeginsAnewIfAnyLineIsDamaged) {
  write();
  std::string text;
  {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    ASSERT_TRUE(bool(buffer));
    text = (*buffer)->getBuffer().str();
  }
  std::error_code error;
  llvm::raw_fd_ostream(path, error) << llvm::StringRef(text).drop_back(3);
  EXPECT_EQ(Journal(path, "key").size(), 0u);
}

TEST_F(JournalTest, Vanishes) {
  write();
  Journal(path, "key").remove();
  EXPECT_FALSE(llvm::sys::fs::exists(path));
}

} // namespace
