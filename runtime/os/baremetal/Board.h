//===- Board.h - What the linker script says, and faults --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_OS_BAREMETAL_BOARD_H
#define EKE_RUNTIME_OS_BAREMETAL_BOARD_H

#include <stdint.h>

extern "C" {
/// The stack, and the memory that nothing has been linked into.
extern uint32_t eke_stack_limit[], eke_stack_top[];
extern uint8_t eke_free[], eke_free_end[];
/// All that is executed.
extern const uint8_t eke_code[], eke_code_end[];
}

namespace eke::rt {

/// What words of the stack hold that were never used.
inline constexpr uint32_t stackPaint = 0xe4e57ac4;

/// Gives faults their own handlers, and says where `vectors` are.
void enableFaults(const void *const *vectors);

} // namespace eke::rt

#endif // EKE_RUNTIME_OS_BAREMETAL_BOARD_H
