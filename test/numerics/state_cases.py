"""What becomes of states: in one call, and from call to call."""

import subprocess
from pathlib import Path

import numpy as np

from compare import Case
from graph import Function, Module
from layer_cases import floats

SHAPE = (2, 4)
TYPE = "tensor<2x4xf32>"


def order(rng):
    """Ops on a state stand between applies that share it: what they see is decided by
    the order of the values. Once with one block for all applies, once with two."""
    module, cases = Module(), []
    for names in ("one",), ("first", "second"):
        blocks = [attend(module, name) for name in names]
        f = Function(module, f"chain_{names[0]}")
        x, q = f.argument("x", 8, 1), f.argument("q", 8, 1)
        p0, p1 = f.position("p0"), f.position("p1")
        caches, shared = module.caches(16, 1, 8), module.caches(16, 1, 8)
        y = f.apply(blocks[0], [x, p0], [], caches)
        z = f.attention(x, x, x, p0, shared, 1, 1, 1.0)
        y = f.apply(blocks[-1], [y, p0], [], shared)
        w = f.attention(q, q, q, p1, shared, 1, 1, 1.0)
        f.results = [y, f.add(w, z)]
        for at in (0, 3):
            cases.append(Case(f, [floats(rng, 1, 8), floats(rng, 1, 8), np.array([at]),
                                  np.array([at + 1])]))
    return module, cases


def attend(module, name):
    f = Function(module, name, is_block=True)
    x, position = f.argument("x", 8, 1), f.position("position")
    caches = [f.bound(name, like) for name, like in zip("kv", module.caches(16, 1, 8))]
    f.results = [f.add(f.attention(x, x, x, position, caches, 1, 1, 1.0), x)]
    return f


# From call to call: sums, differences and maxima of f32, the same bits in NumPy.

BINARY = {"addf": np.add, "subf": np.subtract, "maximumf": np.maximum}
SAME = {"concat": ["{y} = tensor.concat dim(0) {x} : ({t}) -> {t}"],
        "generic": ["%e{n} = tensor.empty() : {t}",
                    "{y} = linalg.generic {{indexing_maps = [affine_map<(a, b) -> (a, b)>, "
                    "affine_map<(a, b) -> (a, b)>], iterator_types = [\"parallel\", "
                    "\"parallel\"]}} ins({x} : {t}) outs(%e{n} : {t}) {{",
                    "^bb0(%a: f32, %b: f32):",
                    "%c = arith.cmpf une, %a, %a : f32",
                    "%d = arith.select %c, %a, %a : f32",
                    "linalg.yield %d : f32",
                    "}} -> {t}"]}


class Body:
    """An `eke.block` or `eke.model` on values of one type. Every method adds an op; its
    operands and results are numbers of values."""

    def __init__(self, name, inputs, states=0):
        self.name, self.inputs, self.states = name, inputs, states
        self.lines, self.steps = [], []
        self.count = inputs + states
        self.results, self.writes = [], {}

    def new(self, count=1):
        self.count += count
        return list(range(self.count - count, self.count))

    def binary(self, op, a, b):
        y, = self.new()
        self.lines.append(f"%{y} = arith.{op} %{a}, %{b} : {TYPE}")
        self.steps.append(lambda v, memory: v.update({y: BINARY[op](v[a], v[b])}))
        return y

    def same(self, x, how):
        """An op that gives what it reads, and that canonicalisation takes away."""
        y, = self.new()
        self.lines += [line.format(x=f"%{x}", y=f"%{y}", n=y, t=TYPE) for line in SAME[how]]
        self.steps.append(lambda v, memory: v.update({y: v[x]}))
        return y

    def read(self, state):
        y, = self.new()
        self.lines.append(f"%{y} = eke.read @{state} : {TYPE}")
        self.steps.append(lambda v, memory: v.update({y: memory[state]}))
        return y

    def write(self, value, state):
        self.lines.append(f"eke.write %{value}, @{state} : {TYPE}")
        self.writes[state] = value

    def apply(self, block, inputs, states=()):
        """Numbers of the results, then of the new states."""
        results = self.new(len(block.results))
        operands = [*inputs, *states]
        bound = f" states({names(states)})" if states else ""
        self.lines.append(f"{names(results)} = eke.apply @{block.name}({names(inputs)}){bound} "
                          f": ({types(operands)}) -> ({types(results)})")
        self.steps.append(lambda v, memory: v.update(zip(results, block.run(
            [v[o] for o in operands]))))
        return results

    def run(self, arguments, memory=None):
        values = dict(enumerate(arguments))
        for step in self.steps:
            step(values, memory)
        if memory is not None:
            memory.update({s: values[v] for s, v in self.writes.items()})
        return [values[r] for r in self.results]

    def text(self, kind):
        arguments = [f"%{i}: {TYPE}" for i in range(self.inputs + self.states)]
        states = f" states({', '.join(arguments[self.inputs:])})" if self.states else ""
        lines = [f"eke.{kind} @{self.name}({', '.join(arguments[:self.inputs])}){states} "
                 f"-> ({types(self.results)}) {{", *self.lines,
                 f"eke.yield {names(self.results)} : {types(self.results)}", "}"]
        return "\n".join(lines)


def names(values):
    return ", ".join(f"%v{v}" if isinstance(v, str) else f"%{v}" for v in values)


def types(values):
    return ", ".join([TYPE] * len(values))


def make_blocks():
    cell = Body("cell", 1, 1)  # y = x + s, s := s - x
    cell.results = [cell.binary("addf", 0, 1), cell.binary("subf", 1, 0)]
    swap = Body("swap", 1, 2)  # a, b := b, a
    swap.results = [swap.binary("addf", 0, 1), 2, 1]
    peek = Body("peek", 1, 1)  # s stays
    peek.results = [peek.binary("maximumf", 0, 1), 1]
    keep = Body("keep", 1, 1)  # s := x
    keep.results = [1, 0]
    pair = Body("pair", 2)
    pair.results = [pair.binary("subf", 0, 1), pair.binary("maximumf", 0, 1)]
    twice = Body("twice", 1, 2)  # applies within a block, in place and not
    y, s = twice.apply(cell, [0], [1])
    y, s = twice.apply(cell, [y], [s])
    z, t = twice.apply(keep, [y], [2])
    twice.results = [twice.binary("addf", z, 2), s, t]
    turn = Body("turn", 1, 2)  # a, b := b, a, through ops that do nothing
    turn.results = [turn.binary("addf", 0, 1), 2, turn.same(1, "generic")]
    return [cell, swap, peek, keep, pair, twice, turn]


def named_models(blocks):
    """Those that lowerings get wrong in a way of their own."""
    cell, swap, _, _, pair, _, turn = blocks

    def model(name, count):
        f = Body(name, 1)
        states = [f"{name}.{i}" for i in range(count)]
        return f, states, [f.read(s) for s in states]

    exchange, (a, b), (x, y) = model("exchange", 2)  # neither is lost
    exchange.write(y, a)
    exchange.write(exchange.binary("addf", x, 0), b)
    exchange.results = [x, y]
    turns, (a, b, c), (x, y, z) = model("turns", 3)
    u, v, w = turns.apply(turn, [0], [x, y])
    turns.write(turns.binary("addf", v, 0), a)
    turns.write(w, b)
    turns.results = [u, w]
    others = []
    for how in SAME:
        other, (a, b), (x, y) = model(f"exchange_{how}", 2)
        other.write(y, a)
        z = other.same(x, how)
        other.write(z, b)
        other.results = [z, other.binary("addf", y, 0)]
        others.append(other)
    delay, (a, b, c), (x, y, z) = model("delay", 3)
    delay.write(0, a)
    delay.write(x, b)
    delay.write(y, c)
    delay.results = [z]
    rotate, (a, b, c), (x, y, z) = model("rotate", 3)
    rotate.write(z, a)
    rotate.write(x, b)
    rotate.write(y, c)
    rotate.results = [rotate.binary("addf", x, 0)]
    spare, (a,), (x,) = model("spare", 1)  # what is not written stays
    y, _ = spare.apply(cell, [0], [x])
    spare.results = [y, x]
    line, (a,), (x,) = model("line", 1)  # one loop on one state
    y = 0
    for _ in range(3):
        y, x = line.apply(cell, [y], [x])
    line.write(x, a)
    line.results = [y]
    fork, (a, b), (x, y) = model("fork", 2)  # two applies on the same old value
    u, v = fork.apply(cell, [0], [x])
    w, z = fork.apply(cell, [u], [x])
    fork.write(v, a)
    fork.write(z, b)
    fork.results = [w, y]
    alias, (a, b), (x, y) = model("alias", 2)  # one value as two states
    u, v, w = alias.apply(swap, [0], [x, x])
    alias.write(v, b)
    alias.write(alias.binary("addf", w, 0), a)
    alias.results = [u, y]
    values, (a,), (x,) = model("values", 1)  # a loop that carries two values
    u, v = 0, x
    for _ in range(3):
        u, v = values.apply(pair, [u, v])
    values.write(u, a)
    values.results = [v]
    old, (a,), (x,) = model("old", 1)  # is read behind the op that writes
    y, z = old.apply(cell, [0], [x])
    old.write(z, a)
    old.results = [y, old.binary("addf", x, y)]
    skip, (a, b), (x, y) = model("skip", 2)  # what a loop starts from is read behind it
    start = skip.binary("addf", 0, x)
    u, v = skip.apply(cell, [start], [x])
    u, w = skip.apply(cell, [u], [y])
    skip.write(v, a)
    skip.write(w, b)
    skip.results = [skip.binary("addf", u, start)]
    return [exchange, turns, *others, delay, rotate, spare, line, fork, alias, values, old, skip]


def random_model(name, blocks, rng):
    f = Body(name, 2)
    states = [f"{name}.{i}" for i in range(3)]
    pool = [0, 1, *(f.read(s) for s in states if rng.random() < 0.9)]
    latest = pool[2:]

    def any_value():
        return int(rng.choice(pool[-4:] if rng.random() < 0.5 else pool))

    for _ in range(rng.integers(2, 9)):
        block = blocks[rng.integers(len(blocks))]
        if latest and rng.random() < 0.1:
            place = rng.integers(len(latest))
            latest[place] = f.same(latest[place], str(rng.choice(list(SAME))))
            pool.append(latest[place])
        if rng.random() < 0.3 or len(latest) < block.states:
            pool.append(f.binary(str(rng.choice(list(BINARY))), any_value(), any_value()))
            continue
        places = rng.permutation(len(latest))[:block.states]
        bound = [latest[p] if rng.random() < 0.8 else any_value() for p in places]
        results = f.apply(block, [any_value() for _ in range(block.inputs)], bound)
        pool += results
        for place, value in zip(places, results[len(results) - block.states:]):
            latest[place] = value
    for state, value in zip(states, latest + [0, 1, 0]):
        if rng.random() < 0.85:
            f.write(value if rng.random() < 0.7 else any_value(), state)
    f.results = [any_value(), any_value()]
    return f


def build(compiler, path, kernels):
    """A program that calls entries of the module."""
    folder = path.with_suffix(f".{kernels}")
    folder.mkdir()
    run = lambda *command: subprocess.run([str(c) for c in command], check=True)
    run(compiler.eke, "compile", path, f"--kernels={kernels}", "--emit=lib", "-o",
        folder / "libm.a")
    run("cc", "-std=c11", "-D_GNU_SOURCE", "-include", folder / "m.h",
        Path(__file__).with_name("calls.c"), folder / "libm.a", "-lm", "-lpthread", "-o",
        folder / "calls")
    return folder / "calls"


def results(compiler, path, entries, inputs, pool):
    """What the entries give that are called one after the other, by Halide and by loops."""
    programs = pool.map(lambda kernels: build(compiler, path, kernels), ("halide", "loops"))
    for kernels, program in zip(("halide", "loops"), programs):
        got = subprocess.run([program, *entries], check=True, capture_output=True,
                             input=b"".join(i.tobytes() for i in inputs)).stdout
        yield kernels, np.frombuffer(got, np.float32).reshape(-1, *SHAPE)


def calls(compiler, rng, pool, models=40, count=4):
    blocks = make_blocks()
    bodies = named_models(blocks) + [random_model(f"m{i}", blocks, rng) for i in range(models)]
    module = "\n".join([f"eke.state @{body.name}.{i} : {TYPE}"
                        for body in bodies for i in range(3)]
                       + [b.text("block") for b in blocks] + [b.text("model") for b in bodies])
    path = Path(compiler.folder) / "calls.mlir"
    path.write_text(module + "\n")

    inputs, expected = [], []
    for body in bodies:
        memory = {f"{body.name}.{i}": np.zeros(SHAPE, np.float32) for i in range(3)}
        for _ in range(count):
            arguments = list(rng.integers(-9, 10, (body.inputs, *SHAPE)).astype(np.float32))
            inputs += arguments
            expected += [(body.name, r) for r in body.run(arguments, memory)]

    failures = []
    entries = [body.name for body in bodies for _ in range(count)]
    for kernels, got in results(compiler, path, entries, inputs, pool):
        if len(got) != len(expected):
            failures.append(f"{kernels}: {len(got)} results, expected {len(expected)}")
        wrong = {name for g, (name, e) in zip(got, expected) if not np.array_equal(g, e)}
        failures += [f"{kernels}: @{name} differs" for name in sorted(wrong)]
    print("\n".join(failures))
    print(f"{len(bodies)} models, each called {count} times")
    return bool(failures)


# Variables of TOSA: states that the phase `import` makes.

VARIABLES = f"""
tosa.variable @sum = dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]> : {TYPE}
tosa.variable @last : {TYPE}
tosa.variable @best = dense<-2.0> : {TYPE}
func.func private @remember(%x: {TYPE}) -> {TYPE} {{
  %0 = tosa.variable_read @last : {TYPE}
  tosa.variable_write @last, %x : {TYPE}
  return %0 : {TYPE}
}}
func.func @step(%x: {TYPE}) -> ({TYPE}, {TYPE}, {TYPE}) {{
  %sum0 = tosa.variable_read @sum : {TYPE}
  %sum1 = tosa.add %sum0, %x : ({TYPE}, {TYPE}) -> {TYPE}
  tosa.variable_write @sum, %sum1 : {TYPE}
  %sum2 = tosa.variable_read @sum : {TYPE}
  %last = func.call @remember(%x) : ({TYPE}) -> {TYPE}
  %zero = "tosa.const"() <{{values = dense<0.0> : tensor<1x1xf32>}}> : () -> tensor<1x1xf32>
  %rows = tosa.reduce_sum %x {{axis = 0 : i32}} : ({TYPE}) -> tensor<1x4xf32>
  %all = tosa.reduce_sum %rows {{axis = 1 : i32}} : (tensor<1x4xf32>) -> tensor<1x1xf32>
  %is_more = tosa.greater %all, %zero : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xi1>
  %scalar = tosa.const_shape {{values = dense<> : tensor<0xindex>}} : () -> !tosa.shape<0>
  %condition = tosa.reshape %is_more, %scalar : (tensor<1x1xi1>, !tosa.shape<0>) -> tensor<i1>
  %best = tosa.cond_if %condition : tensor<i1> -> {TYPE} {{
    %0 = tosa.variable_read @best : {TYPE}
    %1 = tosa.maximum %0, %x : ({TYPE}, {TYPE}) -> {TYPE}
    tosa.variable_write @best, %1 : {TYPE}
    tosa.yield %1 : {TYPE}
  }} else {{
    tosa.yield %x : {TYPE}
  }}
  return %sum2, %last, %best : {TYPE}, {TYPE}, {TYPE}
}}
func.func @look() -> {TYPE} {{
  %0 = tosa.variable_read @best : {TYPE}
  return %0 : {TYPE}
}}
"""


class Variables:
    def __init__(self):
        self.reset()

    def reset(self):
        self.sum = np.arange(1, 9, dtype=np.float32).reshape(SHAPE)
        self.last = np.zeros(SHAPE, np.float32)
        self.best = np.full(SHAPE, -2, np.float32)

    def step(self, x):
        self.sum, last, self.last = self.sum + x, self.last, x
        if x.sum() <= 0:
            return [self.sum, last, x]
        self.best = np.maximum(self.best, x)
        return [self.sum, last, self.best]


def variables(compiler, rng, pool):
    """Calls, a reset, and calls: a call finds what the one before it stored, but not
    behind a reset."""
    path = Path(compiler.folder) / "variables.mlir"
    path.write_text(VARIABLES)
    entries = ["-", *["step"] * 5, "look", "-", "look", *["step"] * 4, "look"]
    model, inputs, expected = Variables(), [], []
    for entry in entries:
        if entry == "-":
            model.reset()
        elif entry == "look":
            expected.append(model.best)
        else:
            inputs.append(rng.integers(-9, 10, SHAPE).astype(np.float32))
            expected += model.step(inputs[-1])
    signs = {x.sum() > 0 for x in inputs}
    assert len(signs) == 2, "only one branch runs"
    failures = []
    for kernels, got in results(compiler, path, entries, inputs, pool):
        if len(got) != len(expected):
            failures.append(f"{kernels}: {len(got)} results, expected {len(expected)}")
        failures += [f"{kernels}: result {i} differs\n{g}\n{e}"
                     for i, (g, e) in enumerate(zip(got, expected)) if not np.array_equal(g, e)]
    print("\n".join(failures))
    print(f"{len(entries)} calls and resets")
    return bool(failures)
