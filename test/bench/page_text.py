"""The prose of the page of results."""

HOW_TO_RUN = """\
`./dev bench` measures compiled models on the machine it runs on, next to llama.cpp, and
`./dev bench --write-docs` writes this page. Nobody types numbers here.

```console
./dev bench                # everything: five models, 1 and 2 threads
./dev bench --quick        # one model, a few minutes
./dev bench --models smollm2
./dev bench --networks     # other networks, next to ONNX Runtime and LiteRT
./dev bench --help         # all options
```

Nothing else should run meanwhile: the command warns when the load is above 0.5 at the
start. llama.cpp comes as prebuilt libraries from npm; a small driver (`test/bench/llama_driver.c`)
calls them. Without npm, Eke is measured alone. SmolLM2 and the text that it predicts come from packages
of Python; without these it is left out. Models, libraries and results are kept in `build/bench`,
so that the next run starts at once; a change of the sizes makes new models.
"""

HOW_TO_READ = """\
## How to read the tables

- Both sides get the same weights, the same token numbers, context and number of threads, and
  take the likeliest token. They run in turn, one new process per sample, with warm files; the
  first round is not counted. A cell is the median, with the lowest and highest sample.
- llama.cpp chooses its build for the CPU that it finds; Eke's target is the best that the machine runs.
  Builds from sapphirerapids on multiply the rows of a prompt by AMX, which no target of Eke has:
  `--peer-build icelake` measures without it.
- Files of both sides have been copied once: pages that a linker wrote lie scattered in memory, and then
  the same program is up to a third slower.
- **Better by** is above 1 where Eke is better: more tokens per second, less time, fewer bytes.
- **Perplexity** is e to the mean of the negative log-likelihoods of all tokens but the first of the
  text; lower is better. `f32` and F16 are the same model before it is rounded to few bits.
- Weights of the MobileLLM models are random, of their published sizes. That changes no speed.
- `i8` has one scale per row, Q8_0 one per 32 weights; `i4` and Q4_0 both have one per 32. In a
  Q4_0 file the matrix of the embedding stays at 8 bits, as llama.cpp's own tool decides.
- SmolLM2 comes in Q4_1, which both sides take as it is: `keep` of Eke next to Q4_1. For all other
  formats llama.cpp makes a file in F16 of it, that Eke reads and that llama.cpp quantises. Its
  numbers have been rounded to 4 bits with a minimum before: a format that has these, as `i4`
  chooses them where they fit, loses little more, and one that has not loses more than it would
  of the model's first numbers. Rows of 576 numbers are no whole blocks of Q4_K: in a Q4_K_M file
  most matrices have Q5_0 instead, as llama.cpp's own tool decides.
- A model that shares layers (LS, pydoc-lm) holds every weight once as an Eke program. llama.cpp
  cannot share, so its file repeats the layers.
- The cache of keys and values is f16 on both sides, and flash attention of llama.cpp on its
  default.
- **Start** is the time from the start of the process to the first work on the prompt; first token
  is start and prompt together. No side is warmed up inside a process.
- **Peak memory** is the peak resident set. It counts the pages of the mapped model file.
- **Share of the bandwidth** is weights read per token times tokens per second, over what the
  machine reads from memory with as many threads. Above 100 % weights came from caches.
- **Several rows at once** is a batch of consecutive tokens after a prompt of 128, with the logits
  of every one, as checking guessed tokens needs it. A dash: the program has no entry for so many
  rows. Where only one row can go through the output matrix at a time, it counts once per row.
"""


def describe_run(results):
    """Machine, versions and settings, as a list."""
    machine, settings, peer = results["machine"], results["settings"], results["peer"]
    caches = ", ".join(f"{name} {size}" for name, size in machine["caches"].items())
    lines = [
        f"Machine: {machine['cpu']} ({machine['architecture']}), {machine['cores']} cores, "
        f"{caches}, {machine['memory_bytes'] / 1e9:.0f} GB, {machine['system']}; "
        f"load {results['load']['before']:.2f} before, {results['load']['after']:.2f} after.",
        f"Eke: {results['eke']['version']}, target {results['eke']['target']}.",
    ]
    if "missing" in peer:
        lines.append(f"llama.cpp was not measured: {peer['missing']}.")
    else:
        builds = {run["cpu_build"] for model in results["models"] for run in model["runs"]
                  if "cpu_build" in run}
        lines.append(f"llama.cpp: {peer['release']} ({peer['package']} {peer['version']}), "
                     f"built for {', '.join(sorted(builds))}.")
    lines.append(f"{settings['rounds']} rounds, {settings['tokens']} tokens decoded after a "
                 f"prompt of 128; measured on {results['date']}.")
    for model in results["models"]:
        for weights, count in model["agreement"].items():
            if model["name"] == "pydoc-lm" and weights == "i8":
                lines.append(f"Check: of the {settings['tokens'] + 1} tokens after the prompt, "
                             f"pydoc-lm gives the same first {count} on both sides in 8 bits.")
    return "\n".join(f"- {line}" for line in lines) + "\n"
