/*===- eke/program.h - what a program has besides its model -----------------===
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The compiler emits these structures into executables; main reads them before
 * anything else.
 *===----------------------------------------------------------------------===*/
#ifndef EKE_PROGRAM_H
#define EKE_PROGRAM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a CPU says what it has. */
enum {
  EKE_CPUID = 1, /* x86: the register (0: eax … 3: edx) of a leaf and subleaf */
  EKE_XCR0 = 2,  /* x86: the registers that the kernel saves; needs OSXSAVE */
  EKE_AUXVAL = 3, /* Linux: the value of the auxiliary vector's entry `leaf` */
  EKE_REGISTER =
      4 /* Arm without a system: the register at the address `leaf` */
};

/* One instruction set extension, and the bits that say that it is there. */
typedef struct {
  const char *name;
  uint32_t source; /* EKE_CPUID … */
  uint32_t leaf, subleaf, reg;
  uint64_t bits; /* all of them */
} eke_cpu_feature;

/* What code of the program uses, in the order in which it can be asked for. */
typedef struct {
  const char *target; /* as `eke targets` lists it */
  uint64_t count;
  const eke_cpu_feature *features;
} eke_cpu_needs;

#ifdef __cplusplus
}
#endif

#endif /* EKE_PROGRAM_H */
