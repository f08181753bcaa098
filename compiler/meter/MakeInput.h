//===- MakeInput.h - Numbers for the inputs of an entry ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_MAKEINPUT_H
#define EKE_COMPILER_METER_MAKEINPUT_H

#include "compiler/meter/CompiledProgram.h"

namespace mlir::eke::profile {

/// The bytes of an input for `argument`, the same for a seed each time: floating point
/// numbers from -1 to 1, small integers of any value. Integers of 32 bits and more
/// count something (a token, a position), and truths decide something: they are 0,
/// which is always valid.
std::string makeInput(const Argument &argument, uint64_t seed);

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_MAKEINPUT_H
