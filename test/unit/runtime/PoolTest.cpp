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

/// Counts who has come, for iterations that wait for others.
struct Meeting {
  std::atomic<int> present{0};
  std::vector<pthread_t> runner;

  explicit Meeting(int size) : runner(size) {}

  /// Waits until `wanted` iterations have come; not for ever if they never do.
  void await(int wanted) {
    for (int i = 0; present < wanted && i < 10000; ++i)
      usleep(1000);
    EXPECT_GE(present, wanted);
  }
};

TEST_F(Pool, BeginsWithAPartForEachThread) {
  constexpr int perThread = 4;
  // The first iterations of the parts end when all of them have begun.
  auto meet = [](void *, int i, uint8_t *closure) {
    auto &meeting = *reinterpret_cast<Meeting *>(closure);
    meeting.runner[i] = pthread_self();
    if (i % perThread == 0) {
      ++meeting.present;
      meeting.await(threads);
    }
    return 0;
  };
  std::vector<pthread_t> first;
  for (int repeat = 0; repeat < 50; ++repeat) {
    Meeting meeting(threads * perThread);
    halide_do_par_for(nullptr, meet, 0, threads * perThread,
                      reinterpret_cast<uint8_t *>(&meeting));
    std::vector<pthread_t> runner;
    for (int part = 0; part < threads; ++part)
      runner.push_back(meeting.runner[part * perThread]);
    EXPECT_EQ(runner[0], pthread_self());
    EXPECT_EQ(std::set<pthread_t>(runner.begin(), runner.end()).size(),
              size_t(threads));
    // The same part meets the same thread again.
    EXPECT_EQ(runner, repeat ? first : runner);
    first = runner;
  }
}

TEST_F(Pool, TakesWhatASlowThreadHasNotBegun) {
  constexpr int perThread = 4, size = threads * perThread;
  for (int slow = 0; slow < size; slow += perThread) {
    struct Race : Meeting {
      int slow;
      Race(int slow) : Meeting(size), slow(slow) {}
    } race(slow);
    // The first iteration of a part ends after all others, those of the part too.
    auto run = [](void *, int i, uint8_t *closure) {
      auto &race = *reinterpret_cast<Race *>(closure);
      race.runner[i] = pthread_self();
      if (i == race.slow)
        race.await(size - 1);
      ++race.present;
      return 0;
    };
    halide_do_par_for(nullptr, run, 0, size,
                      reinterpret_cast<uint8_t *>(&race));
    EXPECT_EQ(race.present, size);
    for (int i = slow + 1; i < slow + perThread; ++i)
      EXPECT_NE(race.runner[i], race.runner[slow]) << i;
  }
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
