"""The other side: llama.cpp, from prebuilt libraries, called by a driver of ours."""

import json
import platform
from pathlib import Path

import process
from sample import sample_of
from tools import HERE, Missing, compile_c, npm_package, python_with_gguf, run
from workloads import model_of

NAME = "llama.cpp"
SOURCES = ["llama_driver.c", "llama_api.c", "llama_session.c", "llama_score.c"]
PACKAGES = {"x86_64": "linux-x64", "aarch64": "linux-arm64"}
# GGUF's numbers of file types.
FILE_TYPES = {"F16": 1, "Q4_0": 2, "Q8_0": 7, "Q4_K_M": 15}


class LlamaCpp:
    """Its library and our driver, in a folder."""

    def __init__(self, folder, version="latest", cpu_build=None,
                 architecture=platform.machine(), compiler="cc"):
        if architecture not in PACKAGES:
            raise Missing(f"no libraries of llama.cpp for {architecture}, "
                          f"only for {' and '.join(PACKAGES)}")
        system = PACKAGES[architecture]
        package = npm_package(folder / "npm", f"@node-llama-cpp/{system}", version)
        libraries = package / "bins" / system
        # libllama.so or libllama.VERSION.so, not its companions libllama-….so.
        found = sorted(libraries.glob("libllama.*so*"))
        if not found:
            raise Missing(f"{package.name} holds no libllama")
        self.shared_object = found[0]
        self.cpu_build = libraries / f"libggml-cpu-{cpu_build}.so" if cpu_build else None
        if self.cpu_build and not self.cpu_build.exists():
            raise Missing(f"{package.name} has no build of ggml for '{cpu_build}'")
        self.driver = compile_c(folder / f"llama-driver-{architecture}", SOURCES, compiler)
        self.facts = {"name": NAME, "package": f"@node-llama-cpp/{system}",
                      "version": json.loads((package / "package.json").read_text())["version"],
                      "release": release(libraries)}


def release(libraries):
    try:
        metadata = json.loads((libraries / "_nlcBuildMetadata.json").read_text())
        return metadata["buildOptions"]["llamaCpp"]["release"]
    except (OSError, KeyError):
        return "unknown"


def newest_of(model):
    """When a model was changed."""
    files = [model] if model.is_file() else [
        model / file for file in ("config.json", "model.safetensors")]
    return max(file.stat().st_mtime for file in files)


def gguf_files(peer, workload, file_types, cache):
    """The GGUF files of a model by file type. What it is itself is not made, nor what is
    there and newer than the model; all others are made from one in F16, as a user has it."""
    model = model_of(workload, cache)
    folder = cache / "gguf"
    folder.mkdir(exist_ok=True)
    paths = {each: folder / f"{workload.name}.{each.lower()}.gguf" for each in file_types}
    if workload.package and workload.package.file_type in paths:
        paths[workload.package.file_type] = model
    missing = [each for each, path in paths.items() if path != model and (
        not path.exists() or path.stat().st_mtime <= newest_of(model))]
    if missing:
        python, full = python_with_gguf(cache), folder / f"{workload.name}.f16.gguf"
        if full not in paths.values() or "F16" in missing:
            write_full(peer, python, model, full)
        for each in missing:
            if each != "F16":
                quantize(peer, python, full, paths[each], each)
        if "F16" not in paths:
            full.unlink()
    return paths


def write_full(peer, python, model, full):
    if model.is_file():
        quantize(peer, python, model, full, "F16")
    else:
        run([python, "-B", HERE / "gguf_file.py", model, full], f"cannot write {full.name}")


def quantize(peer, python, full, path, file_type):
    """Checks what was written: the driver finds the type's place among the parameters by
    their defaults."""
    part = path.with_suffix(".part")
    run([peer.driver, peer.shared_object, "quantize", full, part, file_type.lower()],
        f"cannot quantise {full.name}")
    run([python, "-c", f"""
import gguf, sys
field = gguf.GGUFReader({str(part)!r}).get_field("general.file_type")
sys.exit(None if field.contents() == {FILE_TYPES[file_type]} else "it has another type")
"""], f"{part.name} is expected to be {file_type}")
    process.install(part)
    part.rename(path)


class Model:
    """A model in one of llama.cpp's formats."""

    engine = NAME

    def __init__(self, peer, path, file_type, context, folder):
        self.peer, self.path, self.format, self.context = peer, path, file_type, context
        self.stats = Path(folder) / f"llama-{file_type}.json"
        self.facts = {"file_bytes": path.stat().st_size}

    def _driver(self, mode, file, **options):
        if self.peer.cpu_build:
            options["cpu"] = self.peer.cpu_build
        done = process.timed([self.peer.driver, self.peer.shared_object, mode, self.path,
                              f"prompt={file}", f"stats={self.stats}",
                              *(f"{name}={value}" for name, value in options.items())])
        return done, json.loads(self.stats.read_text())

    def run(self, prompt, tokens, threads):
        done, stats = self._driver("run", prompt.file, context=self.context, tokens=tokens,
                                   threads=threads)
        self.facts["cpu_build"] = stats["cpu_build"]
        return sample_of(done, stats, prompt, tokens, self.path)

    def score(self, text, threads):
        """What the driver says about a text, as `Program.score`."""
        done, _ = self._driver("score", text.ids_file, window=text.window, threads=threads)
        return json.loads(done.output)

    def token_ids(self, file):
        """The tokens that llama.cpp makes of a text."""
        return process.timed([self.peer.driver, self.peer.shared_object, "tokenize", self.path,
                              file]).output.split()

    def rows(self, prompt, most, threads, repeat):
        _, stats = self._driver("run", prompt.file, context=self.context, threads=threads,
                                rows=most, repeat=repeat)
        return stats["rows"]
