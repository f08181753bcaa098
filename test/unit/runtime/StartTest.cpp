//===- StartTest.cpp - What comes before everything else ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/os/Start.h"

#include "runtime/os/System.h"
#include "runtime/os/linux/Streams.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

using namespace eke::rt;

namespace {

TEST(OpenStandardStreamsDeathTest, LeavesNoneToAFile) {
  auto openFile = [] {
    for (int fd : {0, 1, 2})
      close(fd);
    openStandardStreams();
    char byte = 0;
    bool isMissed = read(0, &byte, 1) < 0 && write(1, &byte, 1) < 0 &&
                    write(2, &byte, 1) < 0;
    int file = open("/dev/zero", O_RDWR);
    _exit(file > 2 && isMissed ? 0 : 1);
  };
  EXPECT_EXIT(openFile(), ::testing::ExitedWithCode(0), "");
}

TEST(OpenStandardStreamsDeathTest, KeepsWhatIsOpen) {
  EXPECT_EXIT(
      {
        close(0);
        openStandardStreams();
        (void)!write(2, "still here", 10);
        _exit(0);
      },
      ::testing::ExitedWithCode(0), "^still here$");
}

TEST(CheckCpuDeathTest, TakesWhatThisOneHas) {
  checkCpu({"any", 0, nullptr});
#if defined(__x86_64__)
  constexpr uint32_t edx = 3;
  const eke_cpu_feature sse2[] = {
      {"sse2", EKE_CPUID, 1, 0, edx, uint64_t(1) << 26}};
  checkCpu({"x86-64", 1, sse2});
#endif
}

TEST(CheckCpuDeathTest, RefusesWhatItLacks) {
  constexpr uint32_t noEntry = 9999; // of the auxiliary vector
  const eke_cpu_feature features[] = {
      {"something", EKE_AUXVAL, noEntry, 0, 0, 1}};
  EXPECT_EXIT(checkCpu({"device", 1, features}), ::testing::ExitedWithCode(1),
              "error: this CPU, or its kernel, has no 'something': the program "
              "was compiled for 'device'\n$");
#if defined(__x86_64__)
  const eke_cpu_feature leaf[] = {
      {"more", EKE_CPUID, 0x3fffffff, 0, 0, uint64_t(1) << 31}};
  EXPECT_EXIT(checkCpu({"device", 1, leaf}), ::testing::ExitedWithCode(1),
              "has no 'more'");
#endif
}

//===- Messages -----------------------------------------------------------===//

TEST(FailDeathTest, WritesOneLine) {
  EXPECT_EXIT(fail("two\nlines \x1b[31m, no \xc3 UTF-8, caf\xc3\xa9 %d", 7),
              ::testing::ExitedWithCode(2),
              "error: two\\\\x0alines \\\\x1b\\[31m, no \\\\xc3 UTF-8, "
              "caf\xc3\xa9 7\n$");
  EXPECT_EXIT(failToRun("%s", "no more"), ::testing::ExitedWithCode(1),
              "error: no more\n$");
}

TEST(FailDeathTest, IsBounded) {
  for (size_t size : {100, 801, 1023, 1024, 4096, 8192, 131072, 200000}) {
    std::string name(size, '\x01'), text(size, '\x02');
    auto failSo = [&] {
      setProgramName(name.c_str());
      fail("cannot open '%s': too long", text.c_str());
    };
    // The reason stands behind the name of a file.
    EXPECT_EXIT(failSo(), ::testing::ExitedWithCode(2),
                size < 200000 ? "': too long\n$" : "x02\n$")
        << size;
  }
  std::string text(5000, 'x');
  EXPECT_EXIT(fail("%s", text.c_str()), ::testing::ExitedWithCode(2),
              "error: x{500} … x{300}\n$");
}

TEST(FailDeathTest, CutsNoCharacterThatIsNotCutAlready) {
  // The bounds fall into characters: their bytes are escaped, and nothing is lost.
  std::string text;
  for (int i = 0; i < 400; ++i)
    text += "\xe2\x82\xac";
  EXPECT_EXIT(fail("%s", text.c_str()), ::testing::ExitedWithCode(2),
              "error: (\xe2\x82\xac)+\\\\xe2\\\\x82 … (\xe2\x82\xac)+\n$");
}

} // namespace
