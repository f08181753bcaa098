//===- PromptCache.h - Caches that outlive a run ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_PROMPTCACHE_H
#define EKE_RUNTIME_PROGRAMS_PROMPTCACHE_H

#include "runtime/programs/Session.h"

namespace eke::rt {

/// A file with the tokens that a program has read and the states that these left. Only the
/// program that wrote it, or one that was compiled alike, can go on from there.
class PromptCache {
public:
  /// Reads the file into the program's states, if there is one; `path` is null if nobody
  /// asked. Fails if the file is of another program, or damaged.
  PromptCache(const char *path, const Program &program);

  /// How many tokens of a text, but the last, have been read.
  int64_t countRead(const int32_t *text, int64_t size) const;

  /// Is there a file to be written, for the first tokens of a text are not in it?
  bool lacks(const int32_t *text, int64_t size) const;

  /// Fails if the file cannot be written, as far as that shows before.
  void checkWritable() const;

  /// Writes the file for these tokens, which the states have.
  void write(const int32_t *text, int64_t size) const;

private:
  const char *path;
  const Program &program;
  const int32_t *tokens = nullptr;
  int64_t count = 0;
};

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_PROMPTCACHE_H
