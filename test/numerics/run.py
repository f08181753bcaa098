#!/usr/bin/env python3
"""Compares generated programs with their formulas.

usage: run.py --eke EKE --work FOLDER [--seed N] GROUP [TARGET...]

Compiles the module of GROUP for every TARGET with Halide's kernels and with plain
loops, runs both, on an emulator where need be, and compares both with NumPy's
evaluation of the formulas in double precision, and with each other. bounded.py
derives the bounds.
"""

import argparse
import functools
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import block_cases
import half_kernels
import kernels
import layer_cases
import other_kernels
import packed_kernels
import special
import state_cases
from compare import check
from programs import Compiler

TARGETS = ["host", "cortex-a53", "cortex-a76", "cortex-x2"]
GROUPS = {
    **{f"linear-{s}": functools.partial(layer_cases.linear, s)
       for s in layer_cases.STORAGES},
    "embed": layer_cases.embed,
    "positions": layer_cases.positions,
    "norm": layer_cases.norm,
    "norm-kinds": layer_cases.norm_kinds,
    "softcap": layer_cases.softcap,
    "rotate": layer_cases.rotate,
    "rope": layer_cases.rope,
    "attention": layer_cases.attention,
    "attention-window": layer_cases.attention_window,
    "attention-length": layer_cases.attention_length,
    "attention-fold": layer_cases.attention_fold,
    "activation": layer_cases.activation,
    "arith": layer_cases.arith,
    "fold": layer_cases.fold,
    "ranks": layer_cases.ranks,
    "block": block_cases.block,
    "block-fold": block_cases.folded,
    "state-order": state_cases.order,
}
SPECIAL = {"reroll": special.reroll, "edited-schedule": special.edited_schedule,
           "self-check": special.self_check, "state-calls": state_cases.calls,
           "state-variables": state_cases.variables}
KERNELS = {f"kernels-{name}": make for name, make in
           {**kernels.GROUPS, "packed": packed_kernels.cases,
            "half": half_kernels.cases,
            "other": other_kernels.cases}.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--eke", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("group", choices=[*GROUPS, *SPECIAL, *KERNELS])
    parser.add_argument("targets", nargs="*", default=TARGETS)
    options = parser.parse_args()

    shutil.rmtree(options.work, ignore_errors=True)
    compiler = Compiler(options.eke, options.work)
    rng = np.random.default_rng(options.seed)
    with ThreadPoolExecutor(2) as pool:
        if options.group in SPECIAL:
            return SPECIAL[options.group](compiler, rng, pool)
        if options.group in KERNELS:
            options.targets += ["x86-64-v4-vnni"]
            return kernels.kernels(options.group, KERNELS[options.group], options.targets, compiler,
                                   rng, pool)
        module, cases = GROUPS[options.group](rng)
        report = check(compiler, options.group, module, cases, options.targets, pool)
    print("\n".join(report.failures))
    print(f"{len(cases)} invocations on {len(options.targets)} targets, {report.numbers} "
          f"numbers, {report.exact} of them bit for bit; the others differ by up to "
          f"{report.largest:.2f} of their bounds")
    return bool(report.failures)


if __name__ == "__main__":
    sys.exit(main())
