"""A firmware project with a start-up code of its own links a model as a library: it needs no
system, and takes no more stack than its header says.

usage: firmware.py TARGET MACHINE FLASH RAM
"""

import re
import subprocess
import sys
from pathlib import Path

from harness import EKE, board, expect, expect_equal, finish, temporary_folder

MODEL = """
module @net {
func.func @main(%x: tensor<1x64xi8>) -> tensor<1x12xi32> {
  %w = arith.constant dense<"0xWEIGHTS"> : tensor<64x12xi8>
  %zero = arith.constant dense<0> : tensor<1x12xi32>
  %z = linalg.matmul ins(%x, %w : tensor<1x64xi8>, tensor<64x12xi8>)
                     outs(%zero : tensor<1x12xi32>) -> tensor<1x12xi32>
  return %z : tensor<1x12xi32>
}
}
"""
# What the stack held below the call tells how much of it the call took.
APPLICATION = """
#include <stdio.h>
#include "net.h"
enum { words = 2048 };
static int8_t x[64] __attribute__((aligned(64)));
static int32_t y[12] __attribute__((aligned(64)));
int main(void) {
  const eke_model *m = &eke_model_net;
  const eke_entry *f = eke_find_entry(m, "main", 0);
  void *args[] = {x, y};
  for (int i = 0; i < 64; ++i)
    x[i] = (int8_t)(i * 37);
  volatile uint32_t *top = __builtin_frame_address(0);
  top -= 64; /* words that this function may use */
  for (int i = 1; i <= words; ++i)
    top[-i] = 0xe4e57ac4;
  eke_reset(m, m->state);
  f->call(args, m->state, m->arena);
  int used = words;
  while (used > 0 && top[-used] == 0xe4e57ac4)
    --used;
  for (int i = 0; i < 12; ++i)
    printf("%ld ", (long)y[i]);
  printf("\\n%d\\n", used * 4 + 256);
  return 0;
}
"""
WEIGHTS = [i * i * 7 % 251 for i in range(768)]


def signed(byte):
    return byte - 256 if byte > 127 else byte


def run(*words):
    # The console of a board is QEMU's standard error.
    return subprocess.run([str(word) for word in words], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True).stdout


target, machine, flash, ram = sys.argv[1:]
cpu = re.search('cpu +(.*)', run(EKE, "targets", "--describe", target))[1]
with temporary_folder() as name:
    folder = Path(name)
    (folder / "net.mlir").write_text(MODEL.replace("WEIGHTS", bytes(WEIGHTS).hex().upper()))
    (folder / "app.c").write_text(APPLICATION)
    run(EKE, "compile", folder / "net.mlir", f"--target={target}", "--emit=lib",
        "-o", folder / "libnet.a")
    header = (folder / "net.h").read_text()
    stated = re.search(r"stack: at most (\d+) bytes(.*)", header)
    expect(stated, f"the header says: {stated and stated[0]}")
    run("arm-none-eabi-gcc", f"-mcpu={cpu}", "-mthumb", "-mfloat-abi=hard", "-O1", "-Wall",
        "-Werror", "--specs=picolibc.specs", "--oslib=semihost", "--crt0=semihost",
        f"-Wl,--defsym=__flash={flash}", "-Wl,--defsym=__flash_size=512K",
        f"-Wl,--defsym=__ram={ram}", "-Wl,--defsym=__ram_size=512K",
        "-Wl,--defsym=__stack_size=32K", "-Wl,--no-enum-size-warning",
        "-I", folder, folder / "app.c", folder / "libnet.a", "-lm", "-o", folder / "app")
    needs = run("arm-none-eabi-nm", "--undefined-only", folder / "libnet.a")
    symbols = {word for word in needs.split() if re.match("[a-z_]", word)}
    expect(not symbols & {"malloc", "open", "write", "mmap", "pthread_create", "_exit"},
           "the library needs no system")
    shown, used = run(*board.command(machine, str(folder / "app"), [])).splitlines()
    x = [signed(i * 37 % 256) for i in range(64)]
    wanted = [sum(x[k] * signed(WEIGHTS[k * 12 + c]) for k in range(64)) for c in range(12)]
    expect_equal([int(number) for number in shown.split()], wanted, "it computes what it should")
    expect(int(used) <= int(stated[1]) + 256, f"it takes {used} bytes of stack at most")
finish()
