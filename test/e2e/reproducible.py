"""The same model gives the same bytes: twice, from another folder, and by another user of another
machine; and the same code by its description."""

import os
import shutil
import tempfile
import time
from pathlib import Path

from harness import (EKE, EXAMPLE, ROOT, assembly, compile_model, expect, finish, program, run,
                     temporary_folder)

OPTIONS = ["--target=cortex-a76", "--weights=i8"]
FEW = [*OPTIONS, "--rows=1"]  # fewer kernels, which takes less time
NOBODY = 65534


def check_places(folder, wanted):
    code = assembly(EXAMPLE, folder / "code", *FEW)

    def check(what, model):
        expect(assembly(model, folder / "code", *FEW) == code,
               f"{what}: the same {len(code)} characters of assembly")

    copy = shutil.copytree(EXAMPLE, folder / "elsewhere/pydoc-lm")
    output = compile_model(copy, folder / "program", *FEW)
    expect(output.read_bytes() == wanted,
           f"from a copy in another folder: the same {len(wanted)} bytes")
    description = folder / "model.textproto"
    run([EKE, "import", EXAMPLE, "-o", description])
    check("from its description", description)
    run([EKE, "import", copy, "-o", copy / "model.textproto"])
    (copy / "config.json").unlink()
    check("from a folder with a description", copy)


def become_another():
    """Another user, if this one may, with other habits and one processor."""
    os.umask(0o077)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    os.setpriority(os.PRIO_PROCESS, 0, 5)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def check_surroundings(place, wanted):
    """Compiles where nothing is as it was: the compiler, the model, the folder of work and that of
    temporary files, the user and the home, the language, the time and its zone."""
    place = place / "of another, with blanks"
    eke = place / "tools/bin/eke"
    eke.parent.mkdir(parents=True)
    shutil.copy(EKE, eke)
    shutil.copytree(Path(EKE).parents[1] / "lib/eke", place / "tools/lib/eke")
    model = shutil.copytree(EXAMPLE, place / "models/pydoc-lm")
    for part in ("tmp", "out", "home"):
        (place / part).mkdir()
    for path in (place, *place.rglob("*")):
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
    environment = {"PATH": os.environ["PATH"], "TMPDIR": place / "tmp", "HOME": place / "home",
                   "USER": "somebody", "LOGNAME": "somebody", "LC_ALL": "tr_TR.UTF-8",
                   "TZ": "Asia/Kathmandu", "COLUMNS": "40", "SOURCE_DATE_EPOCH": "1"}
    time.sleep(1.1)  # a time that is stored in seconds would be another one
    output = place / "out/program"
    run([eke, "compile", model, "-o", output, *FEW], env=environment, cwd=place / "home",
        preexec_fn=become_another)
    got = output.read_bytes()
    expect(got == wanted, "by another user, elsewhere, in another language and zone of time, on one "
                          f"processor: the same {len(wanted)} bytes")
    traces = [str(place), str(ROOT), "somebody", "nobody"]
    left = [trace for trace in traces if trace.encode() in got]
    expect(not left, f"none of {len(traces)} traces of these surroundings: {left}")


with temporary_folder() as name:
    folder = Path(name)
    again = compile_model(EXAMPLE, folder / "again", *OPTIONS).read_bytes()
    expect(again == program("cortex-a76", "i8").read_bytes(), f"again: the same {len(again)} bytes")
    few = compile_model(EXAMPLE, folder / "program", *FEW).read_bytes()
    check_places(folder, few)
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        check_surroundings(Path(place), few)
    for options in (["--weights=f32"], ["--emit=lib"]):
        twice = [compile_model(EXAMPLE, folder / "output", *FEW, *options).read_bytes()
                 for _ in range(2)]
        expect(twice[0] == twice[1], f"{options[0]}: the same {len(twice[0])} bytes")
finish()
