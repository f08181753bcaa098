"""Text from Debian's documentation packages, without what a model is scored on."""

import hashlib
import subprocess
from pathlib import Path

SUFFIXES = (".rst", ".rst.txt", ".pod")
LONG_LINE = 30  # shorter lines recur in unrelated documents
SHARED_LINES = 5
VALIDATION_SHARE = 50  # one document of so many


class Unavailable(Exception):
    """Text cannot be had; the message says what, in one line."""


def run(command, folder):
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    except OSError as error:
        raise Unavailable(f"{command[0]} cannot be run: {error.strerror}") from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise Unavailable(f"{' '.join(map(str, command))}: {lines[-1]}")


def fetch(package, folder):
    """Downloads and unpacks a package; nothing is installed. Returns its folder and version.

    What is there already is taken as it is.
    """
    if not list(folder.glob(f"{package}_*.deb")):
        run(["apt-get", "download", "-q", package], folder)
    archive = max(folder.glob(f"{package}_*.deb"))
    unpacked = folder / archive.stem
    if not unpacked.exists():
        part = folder / f"{archive.stem}.part"
        run(["dpkg-deb", "-x", archive.name, part.name], folder)
        part.rename(unpacked)
    return unpacked, archive.stem.split("_")[1]


def documents(folder):
    """{name: text} of the sources of documentation under a folder, in order of names."""
    paths = sorted(path for path in folder.rglob("*")
                   if path.name.endswith(SUFFIXES) and path.is_file() and not path.is_symlink())
    return {str(path.relative_to(folder)): path.read_text(errors="replace") for path in paths}


def long_lines(text):
    """Lines that tell one document from another: long, and not only punctuation."""
    stripped = (line.strip() for line in text.splitlines())
    return {line for line in stripped
            if len(line) >= LONG_LINE and any(map(str.isalpha, line))}


def overlaps(text, scored_lines):
    """Whether a document shares enough long lines with what the model is scored on."""
    return len(long_lines(text) & scored_lines) >= SHARED_LINES


def split(found, scored):
    """Three dicts: to train on, to validate on, and those that the scored text is from.

    A document's name alone decides between the first two, so that they stay what they are
    when packages are added.
    """
    scored_lines = long_lines(scored)
    train, validation, held_back = {}, {}, {}
    for name, text in found.items():
        if overlaps(text, scored_lines):
            held_back[name] = text
        elif hashlib.sha256(name.encode()).digest()[0] % VALIDATION_SHARE == 0:
            validation[name] = text
        else:
            train[name] = text
    return train, validation, held_back
