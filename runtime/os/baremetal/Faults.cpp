//===- Faults.cpp - What a fault was, in one line -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The registers are those of the "Armv7-M" and "Armv8-M Architecture Reference
// Manual", B3.2 and D1.2.
//===----------------------------------------------------------------------===//

#include "runtime/os/Message.h"
#include "runtime/os/baremetal/Board.h"

#include <stdint.h>
#include <stdio.h>

using namespace eke::rt;

namespace {

/// A register of the system control block.
volatile uint32_t &at(uint32_t address) {
  return *reinterpret_cast<volatile uint32_t *>(uintptr_t(address));
}

constexpr uint32_t ICSR = 0xe000ed04, VTOR = 0xe000ed08, SHCSR = 0xe000ed24,
                   CFSR = 0xe000ed28, HFSR = 0xe000ed2c, MMFAR = 0xe000ed34,
                   BFAR = 0xe000ed38;
constexpr uint32_t bit(unsigned number) { return uint32_t(1) << number; }
constexpr uint32_t kStackingFailed = bit(4) | bit(12) | bit(20);

struct Cause {
  uint32_t bit;
  const char *text;
};

/// Bits of CFSR, those first that say most.
constexpr Cause causes[] = {
    {bit(20), "the stack is too small"}, // STKOF
    {bit(12), "the stack is too small"}, // STKERR
    {bit(4), "the stack is too small"},  // MSTKERR
    {bit(19), "this CPU has no such coprocessor, or it is off"},
    {bit(16), "this CPU has no such instruction"},
    {bit(17), "a jump to an address that is no function"},
    {bit(18), "a return to no place"},
    {bit(24), "an address that is not aligned"},
    {bit(25), "a division by zero"},
    {bit(9), "no memory to read or write"}, // precise
    {bit(10), "no memory to write"},        // imprecise
    {bit(8), "no memory to execute"},
    {bit(1), "memory that may not be read or written"},
    {bit(0), "memory that may not be executed"},
};

const char *explain(uint32_t status) {
  for (const Cause &cause : causes)
    if (status & cause.bit)
      return cause.text;
  return "an exception that nobody asked for";
}

/// What a CPU stores when an exception begins.
struct Frame {
  uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

} // namespace

void eke::rt::enableFaults(const void *const *vectors) {
  at(VTOR) = uint32_t(reinterpret_cast<uintptr_t>(vectors));
  at(SHCSR) = at(SHCSR) | bit(16) | bit(17) | bit(18) | bit(19);
}

extern "C" {
void eke_on_fault();
[[noreturn]] void eke_report_fault(const Frame *frame);
}

/// Whatever became of the stack, the message has all of it: nothing returns.
extern "C" __attribute__((naked, used)) void eke_on_fault() {
  asm volatile("mrs r0, msp\n"
               "movw r1, #:lower16:eke_stack_top\n"
               "movt r1, #:upper16:eke_stack_top\n"
               "msr msp, r1\n"
               "b eke_report_fault\n");
}

extern "C" __attribute__((used)) void eke_report_fault(const Frame *frame) {
  // Without a debugger, a call of the host is a fault of its own: nobody would read.
  while (at(HFSR) & bit(31))
    asm volatile("wfi");
  const uint32_t status = at(CFSR), exception = at(ICSR) & 0x1ff;
  char where[32] = "";
  if (status & bit(7))
    snprintf(where, sizeof where, ", at 0x%08lx", (unsigned long)at(MMFAR));
  else if (status & bit(15))
    snprintf(where, sizeof where, ", at 0x%08lx", (unsigned long)at(BFAR));
  if (status & kStackingFailed)
    failToRun("fault: %s (exception %lu, CFSR 0x%08lx)", explain(status),
              (unsigned long)exception, (unsigned long)status);
  failToRun("fault: %s%s (exception %lu, CFSR 0x%08lx, pc 0x%08lx, lr 0x%08lx)",
            explain(status), where, (unsigned long)exception,
            (unsigned long)status, (unsigned long)frame->pc,
            (unsigned long)frame->lr);
}
