"""Reading 64-bit little-endian ELF files."""

import struct
from collections import namedtuple

ET_REL, ET_EXEC = 1, 2
EM_X86_64, EM_AARCH64 = 62, 183
PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
PF_X, PF_W, PF_R = 1, 2, 4
SHT_DYNAMIC, SHT_NOBITS = 6, 8
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR = 1, 2, 4

Segment = namedtuple("Segment", "type flags offset address file_size memory_size alignment")
Section = namedtuple("Section", "name type flags address offset size alignment")


class Elf:
    """The type, machine, segments and sections of a file."""

    def __init__(self, path):
        data = path.read_bytes()
        if data[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{path} is no 64-bit little-endian ELF file")
        self.type, self.machine = struct.unpack_from("<HH", data, 16)
        segments, sections = struct.unpack_from("<QQ", data, 32)
        segment_size, segment_count, section_size, section_count, names = struct.unpack_from(
            "<5H", data, 54)
        self.segments = [self._segment(data, segments + i * segment_size)
                         for i in range(segment_count)]
        headers = [struct.unpack_from("<IIQQQQIIQQ", data, sections + i * section_size)
                   for i in range(section_count)]
        strings = headers[names][4]
        self.sections = [
            Section(self._text(data, strings + h[0]), h[1], h[2], h[3], h[4], h[5], h[8])
            for h in headers]

    @staticmethod
    def _segment(data, at):
        kind, flags, offset, address, _, file_size, memory_size, alignment = struct.unpack_from(
            "<IIQQQQQQ", data, at)
        return Segment(kind, flags, offset, address, file_size, memory_size, alignment)

    @staticmethod
    def _text(data, at):
        return data[at:data.index(b"\0", at)].decode()

    def code_bytes(self):
        """The size of all sections that hold instructions."""
        return sum(s.size for s in self.sections if s.flags & SHF_EXECINSTR)

    def section(self, name):
        """The section of this name, or None."""
        return next((s for s in self.sections if s.name == name), None)
