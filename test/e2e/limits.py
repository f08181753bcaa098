"""Whatever the machine lacks, the compiler says it on one line, and leaves the old output as
it was: disks and files of every size, folders that are read-only, little memory, and weights
that are cut short while they are read."""

import os
import resource
import subprocess
import time
from pathlib import Path

import models
from harness import EKE, expect, finish, temporary_folder

OLD = b"the old output"
KINDS = {"exe": "program", "lib": "libmodel.a", "asm": "model.s", "mlir": "model.mlir"}


def compile_limited(folder, kind, limits, options=()):
    """Compiles with limits; the exit status, and what was said."""
    def set_limits():
        for limit, value in limits.items():
            resource.setrlimit(limit, (value, value))

    done = subprocess.run(
        [EKE, "compile", folder / "model", f"--emit={kind}", "--rows=1", "-o",
         folder / "out" / KINDS[kind], *options],
        capture_output=True, text=True, env={**os.environ, "TMPDIR": str(folder / "tmp")},
        preexec_fn=set_limits)
    return done.returncode, done.stderr


def check(folder, what, kind, status, said, codes=(1,)):
    """The old output stays, and nothing else is there; or all is well."""
    output = folder / "out" / KINDS[kind]
    others = [path.name for path in (folder / "out").iterdir()
              if path != output and path.suffix != ".h"]
    left = others + [path.name for path in (folder / "tmp").iterdir()]
    if status == 0:
        if output.read_bytes() == OLD or left:
            expect(False, f"{what}: the new output, and nothing else; left: {left}")
        output.write_bytes(OLD)
        (folder / "out" / "model.h").unlink(missing_ok=True)
        return True
    right = (status in codes and said.count("\n") == 1 and said.startswith("eke: error: ")
             and output.read_bytes() == OLD and not left)
    if not right:
        expect(False, f"{what}: status {status}, left {left}: {said}")
    return False


def begin(folder, kind):
    """The old output is there, and nothing else."""
    for path in (folder / "out").iterdir():
        path.unlink()
    output = folder / "out" / KINDS[kind]
    output.write_bytes(OLD)
    return output


def check_sizes(folder):
    for kind in KINDS:
        begin(folder, kind)
        succeeded = failed = 0
        for size in [0, 1, 1000, 4096, 30000, 100_000, 300_000, 700_000, 1_500_000, 2**30]:
            status, said = compile_limited(folder, kind, {resource.RLIMIT_FSIZE: size})
            if check(folder, f"{kind}, files of {size} bytes", kind, status, said):
                succeeded += 1
            else:
                failed += 1
        expect(succeeded and failed, f"{kind}: {failed} sizes of files are too small, and said so")


def mount_disk(folder, size):
    """A disk of so many bytes at `folder`, if that is allowed here."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "eke-test", folder],
                          capture_output=True)
    return done.returncode == 0


def check_disks(folder):
    """The folder of the output is a disk of its own."""
    out = folder / "out"
    for kind in KINDS:
        for size in [4096, 65536, 262144, 4 << 20]:
            if not mount_disk(out, size):
                print("no disks can be mounted here")
                return
            try:
                begin(folder, kind)
                status, said = compile_limited(folder, kind, {})
                check(folder, f"{kind}, a disk of {size} bytes", kind, status, said)
            finally:
                subprocess.run(["umount", out], check=True)
        expect(True, f"{kind}: disks of all sizes")


def check_memory(folder):
    """From where the libraries have room; below, it is the loader that gives up."""
    begin(folder, "exe")
    refused = 0
    for megabytes in [*range(500, 1000, 50), *range(1000, 2000, 250)]:
        status, said = compile_limited(folder, "exe", {resource.RLIMIT_AS: megabytes << 20})
        if "error while loading shared libraries" in said:
            continue
        refused += not check(folder, f"{megabytes} MB of memory", "exe", status, said)
    expect(refused, f"{refused} amounts of memory are too little, and said so")


def check_read_only(folder):
    if os.geteuid() == 0:
        return  # to whom nothing is read-only
    begin(folder, "exe")
    (folder / "out").chmod(0o555)
    status, said = compile_limited(folder, "exe", {})
    (folder / "out").chmod(0o755)
    check(folder, "a folder that is read-only", "exe", status, said)
    expect(status == 1, "a folder that is read-only")


def check_cut(folder):
    """The weights shrink while they are read: at any moment, that is one line or not seen."""
    weights = folder / "model" / "model.safetensors"
    whole = weights.read_bytes()
    output = begin(folder, "exe")
    said_so = 0
    for moment in [0.0, 0.02, 0.04, 0.06, 0.1, 0.2, 0.4, 0.8]:
        output.write_bytes(OLD)
        weights.write_bytes(whole)
        process = subprocess.Popen(
            [EKE, "compile", folder / "model", "--rows=1", "-o", output],
            stderr=subprocess.PIPE, text=True,
            env={**os.environ, "TMPDIR": str(folder / "tmp")})
        time.sleep(moment)
        os.truncate(weights, 4096)
        said = process.stderr.read()
        ended = check(folder, f"weights cut after {moment} s", "exe", process.wait(), said, (2,))
        said_so += not ended and str(weights) in said
    weights.write_bytes(whole)
    expect(said_so, f"weights that are cut: {said_so} of 8 were noticed, and named")


with temporary_folder() as name:
    folder = Path(name)
    models.write(folder / "model", models.SMALL._replace(layers=4, width=256, hidden=512))
    for path in ("out", "tmp"):
        (folder / path).mkdir()
    check_sizes(folder)
    check_disks(folder)
    check_memory(folder)
    check_read_only(folder)
    check_cut(folder)
finish()
