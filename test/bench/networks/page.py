"""The page of results, in Markdown."""

from .table import failures, table

HOW = """# Performance of other networks

`./dev bench --networks` measures networks that are no language models, and single layers, next to ONNX Runtime
and LiteRT with XNNPACK, on one thread of the machine it runs on; with `--write-docs` it writes this page. Nobody
types numbers here.

```console
./dev bench --networks                                     # everything: a few minutes
./dev bench --networks --lines=conv,resnet8 --no-peer      # some lines, Eke alone
./dev bench --networks --lines=lstm --keep out/networks    # keeps the modules, programs and files
```

"""

READ = """
## How to read the table

- All sides get the same graph, with the same random weights and inputs, written as each one's front ends write it:
  linalg or TOSA, ONNX, TFLite. No file is fitted to a side.
- They run in turn: in each round every side makes a batch of calls. A cell is the best batch's time per call: the
  processor's, which waits for nobody else.
  **Faster by** is the time of the fastest peer over Eke's: above 1, Eke is faster.
- Peers are called from Python. What that takes, the time of a network that adds two numbers, is taken off theirs.
- Peers choose kernels for the CPU that they find. Eke's are those of its target, which is the best one that
  the machine runs.
- `i8` networks have integers of 8 bits from end to end: zero points for activations, a scale for each output of a
  weight. Scales are found once, and are the same on all sides. ONNX Runtime gets activations as unsigned integers,
  all 128 higher, which it is faster with.
- Only right results count. In f32 a result may be off by {bound:g} of its largest number from a reference in
  double precision. Eke's integers have to be those of TOSA's formulas, bit for bit; those of peers, which
  round once where TOSA rounds twice, may be off by one from the formulas with one rounding.
- Instructions of a call are counted by `eke profile` for programs of two devices. They say how much work is left
  to do there, and no time: that of an emulator means nothing.
- Multiplications are those of the layers' definitions. They bound the instructions from below, by a quarter in f32
  and, with dot products, a sixteenth in `i8`.
"""


def facts(results):
    about, load = results["machine"], results["load"]
    peers = ", ".join(f"{name} {version}" for name, version in results["peers"].items())
    lines = [
        f"Machine: {about['cpu']} ({about['architecture']}), {about['cores']} cores; load "
        f"{load['before']:.2f} before, {load['after']:.2f} after.",
        f"Eke: {results['eke']}, target {results['target']}; {results['rounds']} rounds, measured on "
        f"{results['date']}.",
        f"Peers: {peers}." if peers else "Peers were not measured."]
    return "".join(f"- {line}\n" for line in lines)


def page(results):
    text = HOW + facts(results) + READ.format(bound=results["bound"]) + "\n## Time and instructions of a call\n\n"
    text += table(results["lines"], list(results["peers"]), results["devices"])
    left_out = failures(results["lines"])
    return text + (f"\nLeft out:\n\n{left_out}" if left_out else "")
