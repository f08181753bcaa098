"""Re-rolls random models and checks that each still runs the same ops, on the same
values, in the same order, and leaves its states with the same values: the applies of
its result are expanded again.

usage: random-models.py EKE-OPT COUNT
"""

import random
import re
import subprocess
import sys

ROWS, VECTOR = "tensor<?x4xf32>", "tensor<4xf32>"
WEIGHTS, STATES = 4, 12


class Model:
    """A random model that nearly repeats: its repetitions read mostly the same."""

    def __init__(self, rng):
        self.rng, self.lines, self.values = rng, [], ["%x", "%y"]
        self.state, self.latest, self.written = 0, {}, set()
        for _ in range(rng.randint(0, 2)):
            self.layer("a", [rng.choice(self.values)])
        for _ in range(rng.randint(1, 2)):
            self.stretch()
        for state in sorted(set(self.latest) - self.written):
            self.write(state)
        results = rng.sample(self.values, 2) if rng.random() < 0.2 else self.values[-1:]
        types = ", ".join([ROWS] * len(results))
        self.text = "\n".join(
            [f'eke.weight @w{i} : {VECTOR} = <"m.bin", offset = {16 * i}, length = 16, element = f32>'
             for i in range(WEIGHTS)]
            + [f"eke.state @s{i} : {VECTOR}" for i in range(STATES)]
            + [f"eke.model @m(%x: {ROWS}, %y: {ROWS}) -> ({types}) rows [1] {{", *self.lines,
               f"eke.yield {', '.join(results)} : {types}", "}"])

    def stretch(self):
        rng, length = self.rng, self.rng.randint(2, 4)
        roles = ["carried", "carried", "before", "before", "%x", "%y", "weight", "state",
                 "constant", "any"]
        body = [(rng.choice("ab"), [rng.choice(roles) for _ in range(rng.randint(1, 3))],
                 rng.random() < 0.8)
                for _ in range(length)]
        carried = rng.choice(self.values[-2:])
        leaves = rng.choice([length - 1, length - 1, rng.randrange(length)])
        for _ in range(rng.randint(1, 5)):
            inner = []
            for name, operands, changes in body:
                inner.append(self.layer(name, [self.operand(o, carried, inner) for o in operands],
                                        changes or rng.random() < 0.02))
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
            if self.state not in self.latest:
                self.latest[self.state] = self.define(f"%s{self.state}",
                                                      f"eke.read @s{self.state} : {VECTOR}")
            return self.latest[self.state]
        if role == "constant":
            number = 0.5 if rng.random() < 0.95 else 0.25
            return self.define(f"%c{len(self.lines)}", f"arith.constant {number} : f32")
        if role == "any" and rng.random() < 0.05:
            return rng.choice(self.values)
        return role if role in ("%x", "%y") else carried

    def layer(self, name, operands, changes=False):
        """An op; if it `changes` its states, it returns their new values, which are
        mostly written at once."""
        types = {"w": VECTOR, "s": VECTOR, "c": "f32"}
        signature = ", ".join(types.get(operand[1], ROWS) for operand in operands)
        results, states = [f"%v{len(self.lines)}"], []
        for state, value in self.latest.items():
            if changes and value in operands:
                states.append(state)
                results.append(f"%s{state}_{len(self.lines)}")
        self.define(", ".join(results), f'"test.{name}"({", ".join(operands)}) : ({signature}) -> '
                    f'({", ".join([ROWS] + [VECTOR] * len(states))})')
        for state, value in zip(states, results[1:]):
            self.latest[state] = value
            if state not in self.written and self.rng.random() < 0.7:
                self.write(state)
        self.values.append(results[0])
        return results[0]

    def write(self, state):
        self.written.add(state)
        self.lines.append(f"eke.write {self.latest[state]}, @s{state} : {VECTOR}")

    def define(self, name, op):
        self.lines.append(f"{name} = {op}")
        return name


def functions(text):
    """The argument names and the lines of every block and model."""
    found, lines = {}, None
    for line in map(str.strip, text.splitlines()):
        head = re.match(r"eke\.(?:block|model) @(\w+)(\(.*\)) ->", line)
        if head:
            lines = []
            found[head[1]] = re.findall(r"(%\w+):", head[2]), lines
        elif lines is not None and line != "}":
            lines.append(line)
    return found


def run(text):
    """The ops that the model runs, with their operands; its results; the values that it
    writes to states; its applies."""
    known, trace, written, applies = functions(text), [], {}, []

    def call(name, arguments):
        names, lines = known[name]
        values = dict(zip(names, arguments))

        def bind(names, results):
            for name in names.split(", "):
                name, _, count = name.partition(":")
                if count:
                    values.update((f"{name}#{i}", results[i]) for i in range(int(count)))
                else:
                    values[name], *results = results

        def get(text):
            return [values[o] for o in re.findall(r"%[\w#]+", text)]

        for line in lines:
            if found := re.match(r"(%\w+) = eke\.(?:use|read) @(\w+)", line):
                values[found[1]] = found[2]
            elif found := re.match(r"eke\.write (%[\w#]+), @(\w+)", line):
                written[found[2]] = values[found[1]]
            elif found := re.match(r"(%\w+) = arith\.constant (\S+)", line):
                values[found[1]] = float(found[2])
            elif found := re.match(r'(%.*) = "test\.(\w+)"\((.*?)\)', line):
                trace.append((found[2], *get(found[3])))
                bind(found[1], [(len(trace), i) for i in range(line.count("tensor"))])
            elif found := re.match(r"(%.*) = eke\.apply @(\w+)(\(.*?) : ", line):
                applies.append(found[2])
                bind(found[1], call(found[2], get(found[3])))
            elif found := re.match(r"eke\.yield (.*?) :", line):
                return get(found[1])
            else:
                sys.exit(f"cannot read {line}")

    results = call("m", ["x", "y"])
    # What is written back as it was is not written.
    written = {state: value for state, value in written.items() if value != state}
    return trace, results, written, applies


def main(tool, count):
    rolled, with_states = 0, 0
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
        with_states += "states(" in output.stdout
    print(f"{rolled} of {count} models were re-rolled, {with_states} with states")
    if rolled < count / 2 or with_states < count / 10:
        sys.exit("expected more")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
