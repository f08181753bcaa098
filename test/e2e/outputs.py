"""Every kind of output is what its readers take: LLVM's tools, MLIR's, the compiler."""

import re
import subprocess
from pathlib import Path

from elf import EM_AARCH64, ET_REL, Elf
from harness import (EKE, EXAMPLE, LLVM_TOOLS, assembly, compile_model, expect, expect_equal, finish, run,
                     run_text, temporary_folder)

# One row at a time makes few kernels, which the compiler is called for some thirty times.
OPTIONS = ["--target=cortex-a76", "--weights=i4", "--rows=1"]
PHASES = re.search(r"--stop-after=(\S+)", run_text([EKE, "compile", "--help"]))[1].split("|")


def emit(kind, path):
    compile_model(EXAMPLE, path, f"--emit={kind}", *OPTIONS)
    to_console = run([EKE, "compile", EXAMPLE, f"--emit={kind}", *OPTIONS])
    expect_equal(to_console, path.read_bytes(), f"{kind}: the same on standard output")
    return path


def check_code(folder):
    ir = emit("llvm", folder / "model.ll")
    run([LLVM_TOOLS / "opt", "-passes=verify", "-disable-output", ir])
    expect(True, f"llvm: {ir.stat().st_size} bytes that LLVM verifies")
    assembly = emit("asm", folder / "model.s")
    assembled = folder / "assembled.o"
    run([LLVM_TOOLS / "clang", "--target=aarch64-linux-gnu", "-mcpu=cortex-a76", "-c", assembly,
         "-o", assembled])
    model = compile_model(EXAMPLE, folder / "model.o", "--emit=obj", *OPTIONS)
    objects = Elf(assembled), Elf(model)
    for binary in objects:
        expect_equal((binary.type, binary.machine), (ET_REL, EM_AARCH64), "an object for AArch64")
    sizes = [binary.code_bytes() for binary in objects]
    expect_equal(sizes[0], sizes[1], f"asm: assembles to the {sizes[1]} bytes of code of obj")
    symbols = run_text([LLVM_TOOLS / "llvm-nm", "--defined-only", model])
    expect(" main\n" in symbols and " eke_weights_pydoc_lm\n" in symbols, "obj: has main and weights")
    members = run_text([LLVM_TOOLS / "llvm-ar", "t",
                        compile_model(EXAMPLE, folder / "libmodel.a", "--emit=lib", *OPTIONS)])
    expect_equal(members.split(), ["model.o", "weights.o", "runtime.o"],
                 "lib: an archive of three members")


def check_halide(folder):
    text = emit("halide", folder / "model.stmt").read_text()
    kernels = [line[3:] for line in text.splitlines() if line.startswith("// ")]
    expect(len(kernels) > 5 and len(set(kernels)) == len(kernels),
           f"halide: {len(kernels)} kernels with their names")
    expect(text.count("{") == text.count("}") > len(kernels), "halide: braces in pairs")


def check_phases(folder):
    dump = folder / "dump"
    compile_model(EXAMPLE, folder / "program", f"--dump-ir={dump}", *OPTIONS)
    files = sorted(path.name for path in dump.glob("*.mlir"))
    expect_equal(files, [f"{i:02}-{name}.mlir" for i, name in enumerate(["input", *PHASES])],
                 f"--dump-ir: {len(files)} modules")
    kinds = {suffix: {path.stem for path in (dump / "kernels").glob(f"*.{suffix}")}
             for suffix in ("stmt", "ll", "s")}
    expect(kinds["stmt"] == kinds["ll"] == kinds["s"] and len(kinds["s"]) > 5,
           f"--dump-ir: statement, IR and assembly of {len(kinds['s'])} kernels")
    for index, phase in enumerate(PHASES, 1):
        stopped = run([EKE, "compile", EXAMPLE, f"--stop-after={phase}", *OPTIONS])
        expect_equal(stopped, (dump / f"{index:02}-{phase}.mlir").read_bytes(),
                     f"--stop-after={phase}: the module of the dump")
    expect_equal(emit("mlir", folder / "model.mlir").read_bytes(),
                 (dump / f"{len(PHASES):02}-llvm.mlir").read_bytes(), "mlir: the last of them")
    wanted = assembly(EXAMPLE, folder / "code", *OPTIONS)
    for index, phase in enumerate(["input", *PHASES[:-1]]):
        again = assembly(dump / f"{index:02}-{phase}.mlir", folder / "code",
                         *([] if index else OPTIONS))
        expect(again == wanted, f"--dump-ir: the module after {phase} compiles to the same code")
    last = subprocess.run([EKE, "compile", dump / f"{len(PHASES):02}-{PHASES[-1]}.mlir"],
                          capture_output=True, text=True)
    expect(last.returncode == 2 and last.stderr.count("\n") == 1,
           f"--dump-ir: the last module is refused -> {last.stderr.strip()[-100:]}")


with temporary_folder() as name:
    folder = Path(name)
    check_code(folder)
    check_halide(folder)
    check_phases(folder)
finish()
