//===- Main.cpp - main of a compiled model --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Left out of a library: everything else in this folder is called from here or
// from an application.
//===----------------------------------------------------------------------===//

#include "runtime/os/Message.h"
#include "runtime/os/Start.h"
#include "runtime/programs/Programs.h"

using namespace eke::rt;

/// The model of this program, and what its code needs: the compiler puts its own
/// tables in their place.
extern "C" const eke_model eke_program;
extern "C" const eke_cpu_needs eke_program_needs;

int main(int argc, char **argv) {
  setProgramName(argc > 0 && *argv[0] ? argv[0] : eke_program.name);
  start(eke_program_needs);
  if (eke_program.abi_version != EKE_ABI_VERSION)
    fail("the model was compiled for another runtime");
  if (!eke_program.language)
    return runTensors(eke_program, argc, argv);
  if (eke_find_role(&eke_program, EKE_ROLE_ENCODER, 0))
    return runEncoder(eke_program, argc, argv);
  return runLanguage(eke_program, argc, argv);
}
