"""Builds a module of the eke dialect and, next to it, what it has to compute.

    module = Module()
    model = Function(module, "net", rows=[1, 4])
    x = model.argument("x", 8)
    model.results = [model.linear(x, module.weight(array))]

Each method of `Function` writes one op and keeps the formula for it; `evaluate`
runs the formulas.
"""

import numpy as np

import formats
import layers
from bounded import Bounded

FORMATS = {"f32": "#eke.format<f32>", "f16": "#eke.format<f16>",
           "i8g": "#eke.format<i8g, group = 32>", "i4m": "#eke.format<i4m, group = 32>",
           "i8": "#eke.format<i8>"}
# Both ways to store nibbles, each for some shapes: those that a block takes by turns
# have to be of one type.
FORMATS_I4 = ("#eke.format<i4, group = 32, offset = 8>", "#eke.format<i4, group = 32>")


class Weight:
    def __init__(self, number, array, storage):
        self.name, self.array, self.storage = f"w{number}", array, storage
        shape = "x".join(map(str, array.shape))
        format = FORMATS_I4[array.shape[0] // 8 % 2] if storage == "i4" else FORMATS[storage]
        encoding = f", {format}" if array.ndim == 2 else ""
        self.type = f"tensor<{shape}xf32{encoding}>"
        self.dequantized = None  # of i4: see Module.read_i4


class State:
    def __init__(self, name, shape, element="f32"):
        self.name = name
        self.type = f"tensor<{'x'.join(map(str, shape))}x{element}>"


class Value:
    def __init__(self, name, columns, rows="?", type=None):
        self.name, self.columns, self.rows = name, columns, rows
        self.type = type or f"tensor<{rows}x{columns}xf32>"


class Module:
    def __init__(self):
        self.weights, self.states, self.functions = [], [], []

    def weight(self, array, storage="f32"):
        w = Weight(len(self.weights), np.asarray(array, np.float32), storage)
        self.weights.append(w)
        return w

    def caches(self, context, kv_heads, size, element="f32"):
        """A key and a value cache."""
        number = len(self.states)
        pair = tuple(State(f"s{number}.{name}", (context, kv_heads, size), element)
                     for name in "kv")
        for state in pair:
            state.caches = (number, context, kv_heads, size, element)
        self.states += pair
        return pair

    def data(self):
        return b"".join(w.array.tobytes() for w in self.weights)

    def text(self):
        lines, offset = [], 0
        for w in self.weights:
            lines.append(f'eke.weight @{w.name} : {w.type} = <"weights.bin", '
                         f"offset = {offset}, length = {w.array.nbytes}, element = f32>")
            offset += w.array.nbytes
        lines += [f"eke.state @{s.name} : {s.type}" for s in self.states]
        return "\n".join(lines + [f.text() for f in self.functions]) + "\n"

    def i4_tables(self):
        """A module whose model `table_W` looks up all rows of the i4 weight W."""
        tables = Module()
        tables.weights = self.weights
        for w in self.weights:
            if w.storage == "i4":
                rows, columns = w.array.shape
                f = Function(tables, f"table_{w.name}", rows=[rows])
                f.results = [f.embed(f.tokens("tokens"), w)]
        return tables


class Function:
    """An `eke.model`, or with `rows=None` one of static shape, or an `eke.block`."""

    def __init__(self, module, name, rows=None, is_block=False):
        self.module, self.name, self.rows, self.is_block = module, name, rows, is_block
        self.arguments, self.lines, self.steps, self.results = [], [], [], []
        self.used = {}
        self.latest = {}  # what the values of states are called by now
        self.observed = []  # see evaluate
        module.functions.append(self)

    # Arguments.

    def argument(self, name, columns, rows="?"):
        self.arguments.append(Value(name, columns, rows))
        return self.arguments[-1]

    def tokens(self, name):
        self.arguments.append(Value(name, None, type="tensor<?xi32>"))
        return self.arguments[-1]

    def position(self, name):
        self.arguments.append(Value(name, None, type="index"))
        return self.arguments[-1]

    def bound(self, name, like):
        """An argument of a block that stands for a weight or state like `like`."""
        value = Value(name, None, type=like.type)
        value.like = like
        self.arguments.append(value)
        return value

    # Ops.

    def emit(self, op, operands, result, formula, states=()):
        """`op` with {0}, {1}, … for the operands' names. It returns new values of
        `states`, too; their memory is the same."""
        names = [self.use(o) for o in operands]
        results = [result.name, *(f"{result.name}.{s.name}" for s in states)]
        text = op.format(*(f"%{n}" for n in names))
        self.lines.append(", ".join(f"%{r}" for r in results) + f" = {text}")
        self.steps.append((result.name, formula, names))
        for state, name in zip(states, results[1:]):
            self.steps.append((name, lambda memory: memory, [self.use(state)]))
            self.latest[state.name] = name
        return result

    def use(self, operand):
        if operand.name in self.latest:
            return self.latest[operand.name]
        if isinstance(operand, Value):
            return operand.name
        if operand.name not in self.used:
            op = "read" if isinstance(operand, State) else "use"
            name = self.used[operand.name] = f"{op}.{operand.name}"
            self.lines.append(f"%{name} = eke.{op} @{operand.name} : {operand.type}")
            self.steps.append((name, None, operand))
        return self.used[operand.name]

    def new(self, columns, rows="?", type=None):
        return Value(f"v{len(self.steps)}", columns, rows, type)

    def linear(self, x, w, bias=None):
        like = getattr(w, "like", w)
        y = self.new(like.array.shape[0], x.rows)

        def formula(x, w, bias=None):
            result = layers.linear(x, w.array, w.storage, w.dequantized)
            return result + Bounded(bias.array) if bias else result
        operands = [x, w] + ([bias] if bias else [])
        types = ", ".join(o.type for o in operands)
        text = "eke.linear {0}, {1}" + (" bias {2}" if bias else "")
        return self.emit(f"{text} : ({types}) -> {y.type}", operands, y, formula)

    def embed(self, tokens, w, scale=None):
        y = self.new(w.array.shape[1])

        def formula(tokens, w):
            rows = stored_table(w)[tokens]
            return rows if scale is None else rows * Bounded.constant(scale)
        by = "" if scale is None else f" scale {scale:.9e}"
        return self.emit(f"eke.embed {{0}}, {{1}}{by} : ({tokens.type}, {w.type}) -> {y.type}",
                         [tokens, w], y, formula)

    def embed_positions(self, like, position, w):
        y = self.new(w.array.shape[1], like.rows)
        return self.emit(
            f"eke.embed_positions {{0}}, {{1}}, {{2}} : ({like.type}, index, {w.type}) "
            f"-> {y.type}", [like, position, w], y,
            lambda like, p, w: stored_table(w)[p + np.arange(like.shape[0])])

    def norm(self, x, w, epsilon, bias=None, groups=1, centered=False, plus_one=False):
        y = self.new(x.columns, x.rows)
        operands = [o for o in (x, w, bias) if o is not None]
        types = ", ".join(o.type for o in operands)
        text = "eke.norm {0}" + ("" if w is None else ", {1}") + ("" if bias is None else
                                                                   " bias {2}")
        text += " centered" * centered + " plus_one" * plus_one
        text += f" groups {groups}" * (groups != 1)

        def formula(x, w=None, bias=None):
            scale, shift = (None if o is None else Bounded(o.array) for o in (w, bias))
            return layers.norm(x, scale, epsilon, shift, groups, centered, plus_one)
        return self.emit(f"{text} epsilon {epsilon:e} : ({types}) -> {y.type}", operands, y,
                         formula)

    def softcap(self, x, cap):
        return self.emit(f"eke.softcap {{0}} at {cap:e} : {x.type}", [x],
                         self.new(x.columns, x.rows), lambda x: layers.softcap(x, cap))

    def rotate(self, x, parts=1, inverse=False):
        text = "eke.rotate {0}" + " inverse" * inverse + f" parts {parts}" * (parts != 1)
        return self.emit(f"{text} : {x.type}", [x], self.new(x.columns, x.rows),
                         lambda x: layers.rotate(x, parts, inverse))

    def rope_table(self, like, position, theta, head_dim, factors=None, magnitude=1.0):
        y = self.new(None, like.rows, f"tensor<{like.rows}x2x{head_dim // 2}xf32>")
        scaled = "" if factors is None else f" factors [{', '.join(f'{f:.17e}' for f in factors)}]"
        scaled += f" magnitude {magnitude:e}" * (magnitude != 1)
        return self.emit(
            f"eke.rope_table {{0}}, {{1}} theta {theta:e} head_dim {head_dim}{scaled} "
            f": ({like.type}, index) -> {y.type}", [like, position], y,
            lambda like, p: layers.rope_table(like.shape[0], p, theta, head_dim, factors,
                                              magnitude))

    def rope(self, x, table, head_dim=None):
        y = self.new(x.columns, x.rows)
        part = f" head_dim {head_dim}" if head_dim else ""
        return self.emit(f"eke.rope {{0}}, {{1}}{part} : ({x.type}, {table.type}) -> {y.type}",
                         [x, table], y, lambda x, table: layers.rope(x, table, head_dim))

    def attention(self, q, k, v, position, caches, heads, kv_heads, scale, window=None, cap=None,
                  length=None, fold=1):
        y = self.new(q.columns, q.rows)
        operands = [q, k, v, position, *caches, *([length] if length else [])]
        types = ", ".join(o.type for o in operands)
        results = ", ".join(o.type for o in [y, *caches])
        more = (f" window {window}" if window else "") + (f" softcap {cap:e}" if cap else "")
        more += f" fold {fold}" * (fold != 1)
        return self.emit(
            "eke.attention {0}, {1}, {2} at {3} caches {4}, {5} "
            f"{'length {6} ' if length else ''}heads {heads} kv_heads {kv_heads} scale {scale:e}{more} : ({types}) -> ({results})",
            operands, y,
            lambda q, k, v, p, cache, _, n=None: layers.attention(
                q, k, v, p, cache, heads, kv_heads, scale, window, cap, n, fold), caches)

    def glu(self, gate, up, name):
        y = self.new(up.columns, up.rows)
        return self.emit(f"eke.glu {{0}}, {{1}} activation {name} : {y.type}", [gate, up], y,
                         lambda gate, up: layers.activation(gate, name) * up)

    def activate(self, x, name):
        return self.emit(f"eke.activate {{0}} with {name} : {x.type}", [x],
                         self.new(x.columns, x.rows), lambda x: layers.activation(x, name))

    def fold(self, x, factor):
        rows = x.rows if x.rows == "?" else x.rows * factor
        y = self.new(x.columns // factor, rows)
        return self.emit(f"eke.fold {{0}} by {factor} : {x.type} -> {y.type}", [x], y,
                         lambda x: x.reshape(-1, x.shape[1] // factor))

    def unfold(self, x, factor):
        rows = x.rows if x.rows == "?" else x.rows // factor
        y = self.new(x.columns * factor, rows)
        return self.emit(f"eke.unfold {{0}} by {factor} : {x.type} -> {y.type}", [x], y,
                         lambda x: x.reshape(-1, x.shape[1] * factor))

    def elementwise(self, op, operands, formula):
        x = operands[0]
        names = ", ".join(f"{{{i}}}" for i in range(len(operands)))
        return self.emit(f"{op} {names} : {x.type}", operands,
                         self.new(x.columns, x.rows), formula)

    def add(self, x, y):
        return self.elementwise("arith.addf", [x, y], lambda x, y: x + y)

    def apply(self, block, inputs, weights, states):
        y = self.new(block.results[0].columns, inputs[0].rows)
        operands = [*inputs, *weights, *states]
        places = [f"{{{i}}}" for i in range(len(operands))]
        first, last = len(inputs), len(operands) - len(states)
        types = ", ".join(o.type for o in operands)
        results = ", ".join(o.type for o in [y, *states])
        bound = [f" {kind}({', '.join(group)})"
                 for kind, group in (("weights", places[first:last]), ("states", places[last:]))
                 if group]
        text = (f"eke.apply @{block.name}({', '.join(places[:first])}){''.join(bound)} "
                f": ({types}) -> ({results})")
        self.emit(text, operands, y, (block, [*weights, *states]), states)
        return y

    # Text and meaning.

    def text(self):
        kind = "block" if self.is_block else "model"
        groups = {"": [], " weights": [], " states": []}
        for a in self.arguments:
            like = getattr(a, "like", None)
            group = "" if like is None else " states" if isinstance(like, State) else " weights"
            groups[group].append(a)
        arguments = "".join(f"{group}({', '.join(f'%{a.name}: {a.type}' for a in members)})"
                            for group, members in groups.items() if members or not group)
        results = [*self.results, *groups[" states"]]
        types = ", ".join(r.type for r in results)
        rows = f" rows {self.rows}" if self.rows else ""
        head = f"eke.{kind} @{self.name}{arguments} -> ({types}){rows} {{"
        writes = [f"eke.write %{self.latest[s.name]}, @{s.name} : {s.type}"
                  for s in self.module.states if not self.is_block and s.name in self.latest]
        names = ", ".join(f"%{self.use(r)}" for r in results)
        return "\n".join([head, *self.lines, *writes, f"eke.yield {names} : {types}", "}"])

    def evaluate(self, inputs, memory=None, outputs=None):
        """The results for `inputs`, in the order of the arguments. `memory` holds the
        caches by their number; they are zero at the start of a program.

        With the `outputs` of a program, what follows a result in `observed` is
        computed from what the program gave there: a bound for the worst case grows a
        thousandfold in a decoder block."""
        memory = {} if memory is None else memory
        values = {a.name: i for a, i in zip(self.arguments, inputs)}
        results = [r.name for r in self.results]
        given = {r: Bounded(o) for r, o in zip(results, outputs or []) if r in self.observed}
        computed = {}
        for name, formula, operands in self.steps:
            if formula is None:
                values[name] = resolve(operands, memory)
            elif isinstance(formula, tuple):
                block, bound = formula
                inputs = operands[:len(operands) - len(bound)]
                arguments = [values[o] for o in inputs] + [resolve(b, memory) for b in bound]
                values[name], = block.evaluate(arguments, memory)
            else:
                values[name] = formula(*(values[o] for o in operands))
            computed[name] = values[name]
            values[name] = given.get(name, values[name])
        return [computed[r] for r in results]


def stored_table(w):
    """The numbers that the rows of a table have in its format."""
    return (Bounded(w.dequantized) if w.storage == "i4" else
            formats.numbers(w.array, w.storage))


def resolve(symbol, memory):
    """A weight is itself; both caches of an attention are one pair."""
    if not isinstance(symbol, State):
        return symbol
    number, *shape = symbol.caches
    return memory.setdefault(number, layers.empty_caches(*shape))
