//===- StatesFile.h - What is left of a run ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_STATESFILE_H
#define EKE_RUNTIME_PROGRAMS_STATESFILE_H

#include "runtime/programs/Session.h"

namespace eke::rt {

/// The states of a model at the end of a run, as a safetensors file.
class StatesFile {
public:
  /// Opens the file, before the work; none for a null path.
  explicit StatesFile(const char *path);
  void write(const Program &program) const;

private:
  const char *path;
  int fd = -1;
};

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_STATESFILE_H
