//===- AbiOffsets.h - Where tables of programs have what --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_METER_ABIOFFSETS_H
#define EKE_COMPILER_METER_ABIOFFSETS_H

#include "runtime/core/AbiLayout.h"

#include <cstdint>

namespace mlir::eke::profile {

/// Where something lies in a structure of abi.h, by the bytes of a pointer: 8 and 4.
struct Offsets {
  uint8_t with8, with4;
};

/// Of each member, and the size of each structure: `eke_model_name`, `eke_model_size`.
namespace offsets {
#define EKE_FIELD(type, member, with8, with4)                                  \
  inline constexpr Offsets type##_##member{with8, with4};
#define EKE_SIZE(type, with8, with4)                                           \
  inline constexpr Offsets type##_size{with8, with4};
EKE_LAYOUT(EKE_FIELD, EKE_SIZE)
#undef EKE_FIELD
#undef EKE_SIZE
} // namespace offsets

} // namespace mlir::eke::profile

#endif // EKE_COMPILER_METER_ABIOFFSETS_H
