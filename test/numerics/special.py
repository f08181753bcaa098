"""Checks that are not about one kind of layer."""

import re

import numpy as np

import block_cases
import formats
from bounded import Bounded
from compare import Case, Report, check_case
from graph import Function, Module
from layer_cases import floats


def reroll(compiler, rng, pool):
    """A model whose layers are written out, re-rolled by the compiler, gives the
    same bits as the same model given with a block."""
    state, failures, runs = rng.bit_generator.state, [], 0
    paths, cases = {}, None
    for form in ("blocks", "flat"):
        rng.bit_generator.state = state  # the same weights and inputs
        module, cases = block_cases.make(rng, ["f32", "i8"], written_out=form == "flat")
        paths[form] = compiler.write(module, form)
        graph = compiler.compile(paths[form], options=["--stop-after=graph"])
        text = graph.path.read_text()
        # Three layers of two models, for a prompt and a step each.
        applied = len(re.findall(r"eke\.apply", text))
        if applied != 12 or re.search(r"eke\.model[^}]*eke\.attention", text):
            failures.append(f"{form}: {applied} applies, expected 12 and no layer elsewhere")

    for target in ("host", "cortex-a53"):
        for kernels in ("halide", "loops"):
            programs = list(pool.map(lambda form: compiler.compile(paths[form], target, kernels),
                                     paths))
            for case in cases:
                case.prepare()
                outputs = [p.run(case.entry, case.inputs, case.shapes) for p in programs]
                runs += 1
                for i, (blocks, flat) in enumerate(zip(*outputs)):
                    if not np.isfinite(blocks).all() or blocks.tobytes() != flat.tobytes():
                        failures.append(f"{target}, {kernels}: {case.entry} output {i}")
    print("\n".join(failures))
    print(f"{runs} runs of two models each")
    return bool(failures)


# Sums of integers, of which each row is complete and scaled before the next begins.
ROW_BY_ROW = """halide.schedule ["step_8.dot"] = [
  #halide.stage<"dequantize", split(m, mo, mi, 4), split(ni, nh, nl, 8),
    reorder(nl, mi, mo, nh, no), vectorize(nl), unroll(mi)>,
  #halide.stage<"dot", compute_at("dequantize", mi), reorder(rki, ni, rko), atomic,
    vectorize(rki), vectorize(ni), unroll(rko)>
]
"""


def edited_schedule(compiler, rng, pool):
    """A schedule that no rewrite of ours expects gives the numbers of the default one,
    which are those of the formula."""
    module = Module()
    f = Function(module, "step", rows=[8])
    f.results = [f.linear(f.argument("x", 64), module.weight(floats(rng, 64, 64), "i8"))]
    case = Case(f, [floats(rng, 8, 64)], 8, looseness=2e-2)
    plain, edited = (compiler.write(module, name) for name in ("default", "edited"))
    schedule = edited.with_name("schedule.mlir")
    schedule.write_text(ROW_BY_ROW)
    report = Report()
    for target in ("cortex-a76", "cortex-x2"):
        programs = [compiler.compile(plain, target),
                    compiler.compile(edited, target, options=[f"--schedules={schedule}"])]
        case.prepare()
        check_case(report, case, *programs, target)
    print("\n".join(report.failures))
    print(f"{report.numbers} numbers")
    return bool(report.failures) or not report.numbers


class Altered:
    """A program whose first output is altered."""

    def __init__(self, program, alter):
        self.program, self.alter = program, alter

    def run(self, *arguments):
        outputs = [o.copy() for o in self.program.run(*arguments)]
        self.alter(outputs[0])
        return outputs


def self_check(compiler, rng, pool):
    """What is wrong must be reported, or all else here means nothing."""
    problems = []

    def expect(failures, report, what):
        if len(report.failures) != failures:
            problems.append(f"{what}: expected {failures} failures, got {report.failures}")

    module = Module()
    f = Function(module, "net", rows=[3])
    x = f.argument("x", 37)
    f.results = [f.norm(f.linear(x, module.weight(floats(rng, 13, 37))),
                        module.weight(floats(rng, 13)), 1e-5)]
    g = Function(module, "sums", rows=[3])
    g.results = [g.linear(g.argument("x", 4),
                          module.weight(rng.integers(-9, 10, (8, 4)), "f32"))]
    cases = [Case(f, [floats(rng, 3, 37)], 3),
             Case(g, [rng.integers(-9, 10, (3, 4)).astype(np.float32)], 3, looseness=0)]
    path = compiler.write(module, "self-check")
    loops, halide = (compiler.compile(path, kernels=k) for k in ("loops", "halide"))

    def check_altered(case, alter, failures, what):
        case.prepare()
        report = Report()
        check_case(report, case, loops, Altered(halide, alter), "host")
        expect(failures, report, what)

    rounded, exact = cases
    bound = rounded.reference()[0].e[1, 5]

    def set_element(value):
        def alter(array):
            array[1, 5] = value
        return alter

    value = rounded.reference()[0].v[1, 5]
    check_altered(rounded, lambda array: None, 0, "nothing altered")
    check_altered(rounded, set_element(value + 0.9 * bound), 0, "within the bound")
    check_altered(rounded, set_element(value + 1.2 * bound), 1, "outside the bound")
    check_altered(rounded, set_element(value + 4 * bound), 2, "outside both bounds")
    check_altered(rounded, set_element(np.nan), 2, "not a number")
    check_altered(rounded, lambda a: a.__setitem__(slice(None), a[::-1].copy()), 2, "rows swapped")
    check_altered(exact, lambda array: None, 0, "exact results")
    sums = np.float32(exact.reference()[0].v[1, 5])
    check_altered(exact, set_element(np.nextafter(sums, np.float32(1e9))), 2, "one unit off")

    report = Report()
    report.check_bounds(rounded, [Bounded(np.ones(3), 0.1)], "loose")
    expect(1, report, "a loose bound")

    module.weights[0].array[5, 36] += np.float32(1e-3)
    check_altered(Case(f, rounded.inputs, 3), lambda array: None, 2, "another weight")

    group = floats(rng, 1, 32)
    scale = float(np.float16(np.abs(group).max() / 8))
    nearest = scale * np.clip(np.rint(group / scale), -8, 7)
    for steps in (1, 1 / 3):
        numbers = nearest.astype(np.float64)
        numbers[0, np.argmin(np.abs(group))] += steps * scale
        if not formats.judge_i4(group, numbers):
            problems.append(f"i4: a number off by {steps:.2f} steps is not reported")
    print("\n".join(problems) or "all that is wrong is reported")
    return bool(problems)
