"""Re-rolls random models and checks that each still runs the same ops, on the same
values, in the same order: the applies of its result are expanded again.

usage: random-models.py EKE-OPT COUNT
"""

import random
import re
import subprocess
import sys

ROWS, VECTOR, STATE = "tensor<?x4xf32>", "tensor<4xf32>", "!eke.state<tensor<4xf32>>"
WEIGHTS, STATES = 4, 12


class Model:
    """A random model that nearly repeats: its repetitions read mostly the same."""

    def __init__(self, rng):
        self.rng, self.lines, self.values, self.state = rng, [], ["%x", "%y"], 0
        for _ in range(rng.randint(0, 2)):
            self.layer("a", [rng.choice(self.values)])
        for _ in range(rng.randint(1, 2)):
            self.stretch()
        results = rng.sample(self.values, 2) if rng.random() < 0.2 else self.values[-1:]
        types = ", ".join([ROWS] * len(results))
        self.text = "\n".join(
            [f'eke.weight @w{i} : {VECTOR} = <"m.bin", offset = {16 * i}, length = 16, element = f32>'
             for i in range(WEIGHTS)]
            + [f"eke.state @s{i} : tensor<4xf32>" for i in range(STATES)]
            + [f"eke.model @m(%x: {ROWS}, %y: {ROWS}) -> ({types}) rows [1] {{", *self.lines,
               f"eke.yield {', '.join(results)} : {types}", "}"])

    def stretch(self):
        rng, length = self.rng, self.rng.randint(2, 4)
        roles = ["carried", "carried", "before", "before", "%x", "%y", "weight", "state",
                 "constant", "any"]
        body = [(rng.choice("ab"), [rng.choice(roles) for _ in range(rng.randint(1, 3))])
                for _ in range(length)]
        carried = rng.choice(self.values[-2:])
        leaves = rng.choice([length - 1, length - 1, rng.randrange(length)])
        for _ in range(rng.randint(1, 5)):
            inner = []
            for name, operands in body:
                inner.append(self.layer(name, [self.operand(o, carried, inner) for o in operands]))
            carried = inner[leaves]
        self.layer("end", [carried])

    def operand(self, role, carried, inner):
        rng = self.rng
        if role == "before" and inner:
            return inner[-1] if rng.random() < 0.97 else rng.choice(inner)
        if role == "weight":
            return self.define(f"%w{len(self.lines)}", f"eke.use @w{rng.randrange(WEIGHTS)} : {VECTOR}")
        if role == "state":
            self.state = (self.state + (rng.random() < 0.9)) % STATES
            return self.define(f"%s{len(self.lines)}", f"eke.use @s{self.state} : {STATE}")
        if role == "constant":
            number = 0.5 if rng.random() < 0.95 else 0.25
            return self.define(f"%c{len(self.lines)}", f"arith.constant {number} : f32")
        if role == "any" and rng.random() < 0.05:
            return rng.choice(self.values)
        return role if role in ("%x", "%y") else carried

    def layer(self, name, operands):
        types = {"w": VECTOR, "s": STATE, "c": "f32"}
        signature = ", ".join(types.get(operand[1], ROWS) for operand in operands)
        self.values.append(self.define(
            f"%v{len(self.lines)}", f'"test.{name}"({", ".join(operands)}) : ({signature}) -> {ROWS}'))
        return self.values[-1]

    def define(self, name, op):
        self.lines.append(f"{name} = {op}")
        return name


def functions(text):
    """The argument names and the lines of every block and model."""
    found, lines = {}, None
    for line in map(str.strip, text.splitlines()):
        head = re.match(r"eke\.(?:block|model) @(\w+)\((.*?)\) ->", line)
        if head:
            lines = []
            found[head[1]] = re.findall(r"(%\w+):", head[2]), lines
        elif lines is not None and line != "}":
            lines.append(line)
    return found


def run(text):
    """The ops that the model runs, with their operands; its results; its applies."""
    known, trace, applies = functions(text), [], []

    def call(name, arguments):
        names, lines = known[name]
        values = dict(zip(names, arguments))
        for line in lines:
            if found := re.match(r"(%\w+) = eke\.use @(\w+)", line):
                values[found[1]] = found[2]
            elif found := re.match(r"(%\w+) = arith\.constant (\S+)", line):
                values[found[1]] = float(found[2])
            elif found := re.match(r'(%\w+) = "test\.(\w+)"\((.*?)\)', line):
                trace.append((found[2], *(values[o] for o in found[3].split(", "))))
                values[found[1]] = len(trace)
            elif found := re.match(r"(%\w+) = eke\.apply @(\w+)\((.*?)\)(.*?) : ", line):
                applies.append(found[2])
                inputs = [values[o] for o in found[3].split(", ") if o]
                values[found[1]] = call(found[2], inputs + re.findall(r"@(\w+)", found[4]))[0]
            elif found := re.match(r"eke\.yield (.*?) :", line):
                return [values[o] for o in found[1].split(", ")]
            else:
                sys.exit(f"cannot read {line}")

    results = call("m", ["x", "y"])
    return trace, results, applies


def main(tool, count):
    rolled = 0
    for seed in range(count):
        text = Model(random.Random(seed)).text
        output = subprocess.run([tool, "--allow-unregistered-dialect", "--eke-reroll-blocks"],
                                input=text, capture_output=True, text=True)
        if output.returncode:
            sys.exit(f"{text}\nseed {seed}: {output.stderr}")
        *expected, _ = run(text)
        *got, applies = run(output.stdout)
        if got != expected:
            sys.exit(f"{text}\nbecame\n{output.stdout}\nseed {seed}: runs other ops")
        rolled += bool(applies)
    print(f"{rolled} of {count} models were re-rolled")
    if rolled < count / 2:
        sys.exit("expected more")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
