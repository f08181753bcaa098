//===- ProtectionTest.cpp - How does a process end? -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/support/Protection.h"
#include "compiler/support/OutputFile.h"
#include "compiler/support/TemporaryFolder.h"
#include "dialects/eke/InputFile.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

#include <csignal>
#include <cstdlib>

#include <unistd.h>

using namespace mlir::eke;

namespace {

class ProtectionDeathTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("protection", folder));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  unsigned countFiles() {
    unsigned count = 0;
    std::error_code error;
    for (llvm::sys::fs::directory_iterator it(folder, error), end; it != end;
         it.increment(error))
      ++count;
    return count;
  }

  /// What a signal finds: an output that is not complete, and temporary files.
  template <typename Function> void runInTheMiddle(Function end) {
    protectProcess();
    setenv("TMPDIR", folder.c_str(), 1);
    auto output =
        llvm::cantFail(OutputFile::create(folder.str().str() + "/out", "out"));
    auto temporary = llvm::cantFail(TemporaryFolder::create());
    llvm::cantFail(output.write("half"));
    llvm::cantFail(temporary.write("part", "text"));
    if (countFiles() == 2)
      end();
  }

  llvm::SmallString<128> folder;
};

TEST_F(ProtectionDeathTest, SignalsLeaveNothing) {
  for (int number : {SIGTERM, SIGINT, SIGHUP}) {
    EXPECT_EXIT(runInTheMiddle([&] { raise(number); }),
                testing::KilledBySignal(number), "^$");
    EXPECT_EQ(countFiles(), 0u);
  }
}

TEST_F(ProtectionDeathTest, CrashesAreOneLine) {
  EXPECT_EXIT(runInTheMiddle([] { abort(); }), testing::KilledBySignal(SIGABRT),
              "^eke: error: the compiler has crashed, which is a fault of its "
              "own: Aborted\n$");
  EXPECT_EQ(countFiles(), 0u);
}

TEST_F(ProtectionDeathTest, LackOfMemoryIsOneLine) {
  EXPECT_EXIT(runInTheMiddle([] {
                volatile size_t size = size_t(1) << 62;
                operator delete(operator new(size));
              }),
              testing::ExitedWithCode(1), "^eke: error: out of memory\n$");
  EXPECT_EQ(countFiles(), 0u);
}

TEST_F(ProtectionDeathTest, AFileThatBecomesShorterIsNamed) {
  std::string path = folder.str().str() + "/input";
  std::error_code error;
  llvm::raw_fd_ostream(path, error).write_zeros(1 << 20);
  ASSERT_FALSE(error);
  EXPECT_EXIT(
      {
        protectProcess();
        auto buffer = llvm::cantFail(openInput(path));
        if (truncate(path.c_str(), 4096) == 0) {
          volatile char last = buffer->getBuffer().back();
          _exit(last);
        }
      },
      testing::ExitedWithCode(2),
      "^eke: error: .*/input: became shorter while it was read\n$");
}

} // namespace
