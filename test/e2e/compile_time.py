"""The example compiles in seconds.

Counts the processor's time, linker included: it does not depend on what else the
machine does.
"""

from harness import (EKE, EXAMPLE, FORMATS, expect, finish, run_measured, temporary_folder)

MOST_SECONDS = 15

with temporary_folder() as folder:
    for target in ("host", "cortex-a76"):
        for weights in FORMATS:
            used = run_measured([EKE, "compile", EXAMPLE, "-o", f"{folder}/program",
                                 f"--target={target}", f"--weights={weights}"])
            expect(used.cpu_seconds <= MOST_SECONDS,
                   f"{target} {weights}: {used.cpu_seconds:.1f} s (at most {MOST_SECONDS} s), "
                   f"{used.peak_bytes / 1e6:.0f} MB at the peak")
finish()
