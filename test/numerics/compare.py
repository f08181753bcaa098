"""Compares what programs gave with what a module has to compute."""

import numpy as np

import formats
from bounded import Bounded


class Case:
    """One invocation of a model. Lest the comparison prove nothing, for `tight` of the
    outputs the bound may be at most `looseness` times the results (root mean squares;
    times 1, where these are smaller)."""

    def __init__(self, function, inputs, rows=1, looseness=1e-4, tight=1.0, threads=1):
        self.function, self.inputs, self.rows = function, inputs, rows
        self.looseness, self.tight, self.threads = looseness, tight, threads
        self.entry = f"{function.name}/{rows}"
        self.known = None

    def reference(self, outputs=None):
        """What the program has to give; see Function.evaluate for `outputs`."""
        if outputs is None and self.known:
            return self.known
        given = [Bounded(i) if i.dtype == np.float32 else
                 int(i[0]) if i.dtype == np.int64 else i for i in self.inputs]
        return self.function.evaluate(given, outputs=outputs)

    def prepare(self):
        """Evaluates the reference, unless that takes outputs of the program."""
        if self.function.observed:
            self.shapes = [(r.rows, r.columns) for r in self.function.results]
        else:
            self.known = self.reference()
            self.shapes = [r.shape for r in self.known]


class Report:
    """Counts comparisons and keeps what differed."""

    def __init__(self):
        self.numbers, self.exact, self.largest = 0, 0, 0.0
        self.failures = []

    def check(self, got, expected, where, factor=1):
        """|got - expected.v| <= factor * expected.e, element by element."""
        difference = np.abs(got.astype(np.float64) - expected.v)
        bound = factor * expected.e
        wrong = ~(difference <= bound)  # also catches what is not a number
        self.numbers += wrong.size
        self.exact += int((bound == 0).sum())
        ratio = difference[bound > 0] / bound[bound > 0]
        self.largest = max(self.largest, ratio.max(initial=0))
        if wrong.any():
            at = tuple(int(i) for i in np.argwhere(wrong)[0])
            self.failures.append(
                f"{where}: {wrong.sum()} of {wrong.size} numbers differ, the first at "
                f"{at}: {got[at]!r}, expected {expected.v[at]!r} +- {bound[at]:.3g}")

    def check_bounds(self, case, expected, where):
        loose = []
        for x in expected:
            size, bound = (np.sqrt(np.mean(np.square(a))) for a in (x.v, x.e))
            if not bound <= case.looseness * max(size, 1):
                loose.append(f"{bound / max(size, 1):.2g}")
        if len(loose) > (1 - case.tight) * len(expected):
            self.failures.append(f"{where}: bounds are {', '.join(loose)} of the results, "
                                 f"{case.looseness} was asked for")


def read_i4(compiler, module, name, report):
    """Finds what the i4 weights of `module` stand for, and judges it."""
    tables = module.i4_tables()
    if not tables.functions:
        return
    program = compiler.compile(compiler.write(tables, f"{name}-i4"), kernels="loops")
    wanted = [w for w in module.weights if w.storage == "i4"]
    for w, function in zip(wanted, tables.functions):
        tokens = np.arange(w.array.shape[0], dtype=np.int32)
        got, = program.run(f"{function.name}/{len(tokens)}", [tokens], [w.array.shape])
        w.dequantized = got.astype(np.float64)
        if problem := formats.judge_i4(w.array, w.dequantized):
            report.failures.append(f"i4 weight {w.array.shape}: {problem}")


def check_case(report, case, loops, halide, target):
    """Both programs against the reference, and against each other."""
    results = {}
    for kernels, program in (("loops", loops), ("halide", halide)):
        results[kernels] = program.run(case.entry, case.inputs, case.shapes, case.threads)
        expected = case.reference(results[kernels] if case.function.observed else None)
        where = f"{target}, {kernels}: {case.entry}"
        report.check_bounds(case, expected, where)
        for i, (got, x) in enumerate(zip(results[kernels], expected)):
            report.check(got, x, f"{where} output {i} {list(x.shape)}")
    if not case.function.observed:
        for i, (got, other, x) in enumerate(zip(results["halide"], results["loops"], expected)):
            where = f"{target}, halide and loops: {case.entry} output {i} {list(x.shape)}"
            report.check(got, Bounded(other, x.e), where, factor=2)


def check(compiler, name, module, cases, targets, pool):
    """Runs `cases` of `module` on every target; returns a Report."""
    report = Report()
    path = compiler.write(module, name)
    programs = {(target, kernels): pool.submit(compiler.compile, path, target, kernels)
                for target in targets for kernels in ("loops", "halide")}
    read_i4(compiler, module, name, report)
    for case in cases:
        case.prepare()

    def run(target):
        loops, halide = (programs[target, kernels].result() for kernels in ("loops", "halide"))
        for case in cases:
            check_case(report, case, loops, halide, target)
    list(pool.map(run, targets))
    return report
