//===- PoolTest.cpp - The worker pool -------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "eke/abi.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <gtest/gtest.h>
#include <pthread.h>
#include <set>
#include <unistd.h>
#include <vector>

namespace {

constexpr int threads = 3;

/// Who ran each iteration of a loop.
struct Record {
  int min;
  std::vector<pthread_t> runner;
  std::vector<std::atomic<int>> runs;

  Record(int min, int size) : min(min), runner(size), runs(size) {}
};

int note(void *ctx, int i, uint8_t *closure) {
  EXPECT_EQ(ctx, nullptr);
  auto &record = *reinterpret_cast<Record *>(closure);
  record.runner[i - record.min] = pthread_self();
  ++record.runs[i - record.min];
  return 0;
}

Record run(int min, int size) {
  Record record(min, size);
  EXPECT_EQ(halide_do_par_for(nullptr, note, min, size,
                              reinterpret_cast<uint8_t *>(&record)),
            0);
  for (std::atomic<int> &runs : record.runs)
    EXPECT_EQ(runs, 1);
  return record;
}

/// The threads start once, for all tests of this file.
class Pool : public ::testing::Test {
protected:
  static void SetUpTestSuite() {
    EXPECT_EQ(eke_start_threads(0), EINVAL);
    EXPECT_EQ(eke_start_threads(EKE_MAX_THREADS + 1), EINVAL);
    Record alone = run(0, 100);
    for (pthread_t thread : alone.runner)
      EXPECT_EQ(thread, pthread_self());
    ASSERT_EQ(eke_start_threads(threads), 0);
    EXPECT_EQ(eke_start_threads(threads), EBUSY);
  }
};

TEST_F(Pool, GivesEachThreadOneContiguousPart) {
  for (int size : {2, 3, 4, 100, 101}) {
    Record record = run(-7, size);
    std::set<pthread_t> seen;
    for (int i = 0; i < size; ++i) {
      bool startsPart = i == 0 || record.runner[i] != record.runner[i - 1];
      EXPECT_TRUE(!startsPart || seen.insert(record.runner[i]).second)
          << "split part";
    }
    EXPECT_EQ(seen.size(), size_t(std::min(size, threads)));
  }
}

TEST_F(Pool, GivesTheSameRangeToTheSameThread) {
  Record first = run(5, 17);
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(run(5, 17).runner, first.runner);
}

TEST_F(Pool, RunsASingleIterationOnTheCaller) {
  EXPECT_EQ(run(3, 1).runner[0], pthread_self());
}

TEST_F(Pool, RunsNothingForAnEmptyRange) { run(3, 0); }

TEST_F(Pool, WakesSleepingWorkers) {
  for (int i = 0; i < 5; ++i) {
    usleep(20 * 1000); // longer than any spinning
    run(0, 64);
  }
}

TEST_F(Pool, RunsManyShortLoops) {
  for (int i = 0; i < 5000; ++i)
    run(0, threads);
}

TEST_F(Pool, RunsNestedLoopsInPlace) {
  auto outer = [](void *, int i, uint8_t *) {
    Record record = run(0, 8);
    for (pthread_t thread : record.runner)
      EXPECT_EQ(thread, pthread_self()) << i;
    return 0;
  };
  EXPECT_EQ(halide_do_par_for(nullptr, outer, 0, 12, nullptr), 0);
}

TEST_F(Pool, ServesTwoCallersAtOnce) {
  auto call = [](void *) -> void * {
    for (int i = 0; i < 500; ++i)
      run(0, 16);
    return nullptr;
  };
  pthread_t other;
  ASSERT_EQ(pthread_create(&other, nullptr, call, nullptr), 0);
  call(nullptr);
  pthread_join(other, nullptr);
}

TEST_F(Pool, ReturnsAFailure) {
  auto fail = [](void *, int i, uint8_t *) { return i == 11 ? 42 : 0; };
  EXPECT_EQ(halide_do_par_for(nullptr, fail, 0, 12, nullptr), 42);
  EXPECT_EQ(halide_do_par_for(nullptr, fail, 0, 11, nullptr), 0);
}

} // namespace
