//===- Reset.cpp - From reset to main -------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   reset ──► floating point on ──► stack painted ──► .data copied, .bss zeroed
//         ──► words of the command line ──► main ──► exit with its status
//
// The linker script (codegen/llvm/LinkerScript.cpp) defines the symbols.
//===----------------------------------------------------------------------===//

#include "runtime/os/baremetal/Board.h"
#include "runtime/os/baremetal/CommandLine.h"
#include "runtime/os/baremetal/Semihosting.h"

#include <stdint.h>
#include <string.h>

int main(int argc, char **argv);

using namespace eke::rt;

namespace {

/// What is to be copied from where it is stored, and what is to be zeroed.
struct Copy {
  const uint8_t *from;
  uint8_t *to;
  uint32_t bytes;
};
struct Zeros {
  uint8_t *at;
  uint32_t bytes;
};

} // namespace

extern "C" {
extern const Copy eke_copies[], eke_copies_end[];
extern const Zeros eke_zeros[], eke_zeros_end[];

void eke_on_reset();
void eke_on_fault();
[[noreturn]] void eke_start();
}

/// The system's exceptions; no other is ever enabled.
extern "C" __attribute__((section(".eke.vectors"), used))
const void *const eke_vectors[16] = {
    eke_stack_top,
    reinterpret_cast<const void *>(eke_on_reset),
    reinterpret_cast<const void *>(eke_on_fault), // NMI
    reinterpret_cast<const void *>(eke_on_fault), // HardFault
    reinterpret_cast<const void *>(eke_on_fault), // MemManage
    reinterpret_cast<const void *>(eke_on_fault), // BusFault
    reinterpret_cast<const void *>(eke_on_fault), // UsageFault
    reinterpret_cast<const void *>(eke_on_fault), // SecureFault
    nullptr,
    nullptr,
    nullptr,
    reinterpret_cast<const void *>(eke_on_fault), // SVCall
    reinterpret_cast<const void *>(eke_on_fault), // DebugMonitor
    nullptr,
    reinterpret_cast<const void *>(eke_on_fault), // PendSV
    reinterpret_cast<const void *>(eke_on_fault), // SysTick
};

/// Code may keep numbers in registers of floating point from the first instruction of
/// a function on, so they are there before any other function: CPACR, CP10 and CP11.
extern "C" __attribute__((naked, used)) void eke_on_reset() {
  asm volatile("movw r0, #0xed88\n"
               "movt r0, #0xe000\n"
               "ldr r1, [r0]\n"
               "orr r1, r1, #0xf00000\n"
               "str r1, [r0]\n"
               "dsb\n"
               "isb\n"
#if __ARM_ARCH >= 8
               "movw r0, #:lower16:eke_stack_limit\n"
               "movt r0, #:upper16:eke_stack_limit\n"
               "msr msplim, r0\n"
#endif
               "b eke_start\n");
}

/// Where the variables of a thread are, for the C library, which expects that registers
/// keep what they hold.
extern "C" __attribute__((naked, used)) void __aeabi_read_tp() {
  asm volatile("movw r0, #:lower16:eke_thread\n"
               "movt r0, #:upper16:eke_thread\n"
               "bx lr\n");
}

/// Below the frame of who calls it, so that nothing in use is overwritten.
static void paintStack() {
  constexpr uint32_t margin = 64; // words that this function may use
  auto *end = static_cast<uint32_t *>(__builtin_frame_address(0)) - margin;
  for (uint32_t *at = eke_stack_limit; at < end; ++at)
    *const_cast<volatile uint32_t *>(at) = stackPaint;
}

extern "C" __attribute__((used)) void eke_start() {
  enableFaults(eke_vectors);
  paintStack();
  for (const Copy *copy = eke_copies; copy != eke_copies_end; ++copy)
    memcpy(copy->to, copy->from, copy->bytes);
  for (const Zeros *zeros = eke_zeros; zeros != eke_zeros_end; ++zeros)
    memset(zeros->at, 0, zeros->bytes);
  CommandLine line = readCommandLine();
  host::exit(main(line.count, line.words));
}
