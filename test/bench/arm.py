"""llama.cpp for 64-bit ARM under emulation, where instructions can be counted."""

import peer

PROMPT = [0, 19, 17, 20]  # tokens that every model has
COMPILER, SYSROOT = "aarch64-linux-gnu-gcc", "/usr/aarch64-linux-gnu"


def prepare(workloads, formats, cache, version):
    """Installs and builds everything; yields for each file the command that runs it."""
    host = peer.LlamaCpp(cache, version)  # quantises; the files are the same
    arm = peer.LlamaCpp(cache, version, architecture="aarch64", compiler=COMPILER)
    prompt = cache / "prompt-arm"
    prompt.write_text(" ".join(map(str, PROMPT)))
    for workload in workloads:
        types = [each for weights in formats for each in workload.rivals(weights)]
        for path in peer.gguf_files(host, workload, types, cache).values():
            # The libraries find each other by their own folder, the C library does not.
            yield ["qemu-aarch64", "-cpu", "cortex-a76", "-L", SYSROOT,
                   "-E", f"LD_LIBRARY_PATH={arm.shared_object.parent}", arm.driver, arm.shared_object,
                   "run", path, f"prompt={prompt}", f"stats={cache / 'stats-arm.json'}",
                   f"context={min(256, workload.context)}", "tokens=2"]
