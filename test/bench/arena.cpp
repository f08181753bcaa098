//===- arena.cpp - How small arenas of known instances become -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   arena-bench [--alignment=N] [--steps=N] FILE...
//
// A file is in MiniMalloc's format (github.com/google/minimalloc): a line
// `id,lower,upper,size`, and one such line per buffer, which lives from `lower`
// up to, but not including, `upper`. Prints a line per file; `ratio` is the height
// by the most bytes that live at one time.
//
//===----------------------------------------------------------------------===//

#include "passes/memory/FirstFit.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>

using namespace mlir::eke;

[[noreturn]] static void fail(const std::string &what) {
  fprintf(stderr, "arena-bench: error: %s\n", what.c_str());
  exit(1);
}

static std::vector<ArenaBuffer> read(const char *path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || line.rfind("id,lower,upper,size", 0) != 0)
    fail(std::string(path) + ": expected the line 'id,lower,upper,size'");
  std::vector<ArenaBuffer> buffers;
  while (std::getline(file, line)) {
    ArenaBuffer buffer;
    if (sscanf(line.c_str(), "%*[^,],%" SCNd64 ",%" SCNd64 ",%" SCNd64,
               &buffer.begin, &buffer.end, &buffer.size) != 3)
      fail(std::string(path) + ": expected a buffer, got '" + line + "'");
    buffers.push_back(buffer);
  }
  return buffers;
}

static int64_t heightBySize(const std::vector<ArenaBuffer> &buffers,
                            int64_t alignment) {
  int64_t height = 0;
  for (const ArenaPart &part : splitIntoParts(buffers, alignment))
    height = std::max(height, placeBySize(part).height);
  return height;
}

static void measure(const char *path, int64_t alignment, int64_t steps) {
  std::vector<ArenaBuffer> buffers = read(path);
  clock_t begin = clock();
  ArenaPlan plan = planArena(buffers, alignment, steps);
  double seconds = static_cast<double>(clock() - begin) / CLOCKS_PER_SEC;
  const char *name = strrchr(path, '/');
  printf("%-20s %7zu %10" PRId64 " %10" PRId64 " %10" PRId64
         " %6.3f %6s %11" PRId64 " %7.2f\n",
         name ? name + 1 : path, buffers.size(), plan.lowerBound,
         heightBySize(buffers, alignment), plan.bytes,
         plan.lowerBound ? double(plan.bytes) / double(plan.lowerBound) : 1.0,
         plan.isOptimal ? "yes" : "no", plan.steps, seconds);
  fflush(stdout);
}

/// The number behind `name` in `argument`, if it is that option.
static bool parse(const char *argument, const char *name, int64_t least,
                  int64_t &number) {
  if (strncmp(argument, name, strlen(name)) != 0)
    return false;
  char *end;
  number = strtoll(argument + strlen(name), &end, 10);
  if (*end || number < least)
    fail(std::string("expected ") + name + "N with a number of at least " +
         std::to_string(least));
  return true;
}

int main(int argc, char **argv) {
  int64_t alignment = 1, steps = kArenaSteps;
  int file = 1;
  while (file < argc && (parse(argv[file], "--alignment=", 1, alignment) ||
                         parse(argv[file], "--steps=", 0, steps)))
    ++file;
  if (file == argc)
    fail("expected [--alignment=N] [--steps=N] FILE...");
  printf("%-20s %7s %10s %10s %10s %6s %6s %11s %7s\n", "instance", "buffers",
         "live", "by size", "height", "ratio", "proven", "steps", "seconds");
  for (; file < argc; ++file)
    measure(argv[file], alignment, steps);
}
