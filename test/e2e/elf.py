"""Reading little-endian ELF files."""

import struct
from collections import namedtuple

ET_REL, ET_EXEC, ET_DYN = 1, 2, 3
EM_ARM, EM_X86_64, EM_AARCH64 = 40, 62, 183
# The machine of a triple that begins so.
MACHINES = {"aarch64": EM_AARCH64, "armv7": EM_ARM, "x86_64": EM_X86_64}
PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
PT_GNU_STACK, PT_GNU_RELRO = 0x6474e551, 0x6474e552
PF_X, PF_W, PF_R = 1, 2, 4
SHT_SYMTAB, SHT_NOTE = 2, 7
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR = 1, 2, 4

Segment = namedtuple("Segment", "type flags offset address physical file_size memory_size "
                                "alignment")
Section = namedtuple("Section", "name type flags address offset size alignment")


class Elf:
    """The type, machine, segments, sections and dynamic entries of a file."""

    def __init__(self, path):
        self.data = data = path.read_bytes()
        if data[:4] != b"\x7fELF" or data[4] not in (1, 2) or data[5] != 1:
            raise ValueError(f"{path} is no little-endian ELF file")
        self.is_64_bit = is_64_bit = data[4] == 2
        word = "Q" if is_64_bit else "I"
        self.type, self.machine = struct.unpack_from("<HH", data, 16)
        segments, sections = struct.unpack_from(f"<2{word}", data, 32 if is_64_bit else 28)
        segment_size, segment_count, section_size, section_count, names = struct.unpack_from(
            "<5H", data, 54 if is_64_bit else 42)
        self.segments = [self._segment(data, segments + i * segment_size)
                         for i in range(segment_count)]
        headers = [struct.unpack_from(f"<II4{word}II2{word}", data, sections + i * section_size)
                   for i in range(section_count)]
        strings = headers[names][4]
        self.sections = [
            Section(self._text(data, strings + h[0]), h[1], h[2], h[3], h[4], h[5], h[8])
            for h in headers]
        self.dynamic = [entry for s in self.segments if s.type == PT_DYNAMIC
                        for entry in struct.iter_unpack(f"<2{word}",
                                                        self.contents(s, s.file_size))]

    def _segment(self, data, at):
        if self.is_64_bit:
            kind, flags, offset, address, physical, file_size, memory_size, alignment = (
                struct.unpack_from("<IIQQQQQQ", data, at))
        else:
            kind, offset, address, physical, file_size, memory_size, flags, alignment = (
                struct.unpack_from("<8I", data, at))
        return Segment(kind, flags, offset, address, physical, file_size, memory_size,
                       alignment)

    @staticmethod
    def _text(data, at):
        return data[at:data.index(b"\0", at)].decode()

    def code_bytes(self):
        """The size of all sections that hold instructions."""
        return sum(s.size for s in self.sections if s.flags & SHF_EXECINSTR)

    def contents(self, part, size=None):
        """The bytes of a section or segment in the file."""
        return self.data[part.offset:part.offset + (part.size if size is None else size)]

    def notes(self):
        """The descriptions of all notes, by owner and type."""
        found = {}
        for section in self.sections:
            rest = self.contents(section) if section.type == SHT_NOTE else b""
            while rest:
                name_size, size, kind = struct.unpack_from("<III", rest)
                at = 12 + (name_size + 3) // 4 * 4
                owner = rest[12:12 + name_size].rstrip(b"\0").decode()
                found[owner, kind] = rest[at:at + size]
                rest = rest[at + (size + 3) // 4 * 4:]
        return found

    def section(self, name):
        """The section of this name, or None."""
        return next((s for s in self.sections if s.name == name), None)
