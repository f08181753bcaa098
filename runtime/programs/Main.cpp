//===- Main.cpp - main of a compiled model --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Left out of a library: everything else in this folder is called from here or
// from an application.
//===----------------------------------------------------------------------===//

#include "runtime/programs/Programs.h"

#include <string.h>

using namespace eke::rt;

static bool namesEntry(int argc, char **argv) {
  for (int i = 1; i < argc; ++i)
    if (strcmp(argv[i], "--entry") == 0 || strncmp(argv[i], "--entry=", 8) == 0)
      return true;
  return false;
}

int main(int argc, char **argv) {
  setProgramName(argc > 0 ? argv[0] : eke_model_info.name);
  if (eke_model_info.abi_version != EKE_ABI_VERSION)
    fail("the model was compiled for another runtime");
  Program program = {eke_model_info, eke_state, eke_arena};
  if (!eke_model_info.language || namesEntry(argc, argv))
    return runTensors(program, argc, argv);
  return runLanguage(program, argc, argv);
}
