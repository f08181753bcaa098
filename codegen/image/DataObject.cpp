//===- DataObject.cpp - An ELF object around a stream of bytes ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/image/DataObject.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELFTypes.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

namespace ELF = llvm::ELF;
using Types = llvm::object::ELF64LE;

namespace mlir::eke {
namespace {

enum SectionIndex {
  nullSection,
  dataSection,
  symbolSection,
  stringSection,
  stackNoteSection,
  sectionCount
};

/// Where the parts of the file lie, and the strings of its one string table.
struct Layout {
  explicit Layout(const DataObject &object) {
    addString("");
    sectionName = addString(object.section);
    symbolName = addString(object.symbol);
    symtabName = addString(".symtab");
    strtabName = addString(".strtab");
    stackNoteName = addString(".note.GNU-stack");
    data = llvm::alignTo(sizeof(Types::Ehdr), object.alignment);
    symbols = llvm::alignTo<8>(data + object.bytes);
    stringTable = symbols + 2 * sizeof(Types::Sym);
    headers = llvm::alignTo<8>(stringTable + strings.size());
  }

  uint32_t addString(llvm::StringRef text) {
    uint32_t offset = strings.size();
    strings += text;
    strings.push_back('\0');
    return offset;
  }

  llvm::SmallString<64> strings;
  uint32_t sectionName, symbolName, symtabName, strtabName, stackNoteName;
  uint64_t data, symbols, stringTable, headers;
};

template <typename T> T zeroed() {
  T value;
  std::memset(&value, 0, sizeof(T));
  return value;
}

template <typename T> void write(llvm::raw_ostream &os, const T &value) {
  os.write(reinterpret_cast<const char *>(&value), sizeof(T));
}

Types::Shdr makeSection(uint32_t name, uint32_t type, uint64_t offset,
                        uint64_t size, uint64_t alignment) {
  auto header = zeroed<Types::Shdr>();
  header.sh_name = name;
  header.sh_type = type;
  header.sh_offset = offset;
  header.sh_size = size;
  header.sh_addralign = alignment;
  return header;
}

} // namespace

void DataObject::writeHead(llvm::raw_ostream &os) const {
  Layout layout(*this);
  auto header = zeroed<Types::Ehdr>();
  std::memcpy(header.e_ident, ELF::ElfMagic, 4);
  header.e_ident[ELF::EI_CLASS] = ELF::ELFCLASS64;
  header.e_ident[ELF::EI_DATA] = ELF::ELFDATA2LSB;
  header.e_ident[ELF::EI_VERSION] = ELF::EV_CURRENT;
  header.e_type = ELF::ET_REL;
  header.e_machine = machine;
  header.e_version = ELF::EV_CURRENT;
  header.e_shoff = layout.headers;
  header.e_ehsize = sizeof(Types::Ehdr);
  header.e_shentsize = sizeof(Types::Shdr);
  header.e_shnum = sectionCount;
  header.e_shstrndx = stringSection;
  write(os, header);
  os.write_zeros(layout.data - sizeof(header));
}

void DataObject::writeTail(llvm::raw_ostream &os) const {
  Layout layout(*this);
  os.write_zeros(layout.symbols - layout.data - bytes);
  write(os, zeroed<Types::Sym>());
  auto sym = zeroed<Types::Sym>();
  sym.st_name = layout.symbolName;
  sym.setBindingAndType(ELF::STB_GLOBAL, ELF::STT_OBJECT);
  sym.setVisibility(ELF::STV_HIDDEN);
  sym.st_shndx = dataSection;
  sym.st_size = bytes;
  write(os, sym);

  os << layout.strings;
  os.write_zeros(layout.headers - layout.stringTable - layout.strings.size());

  write(os, zeroed<Types::Shdr>());
  Types::Shdr dataHeader = makeSection(layout.sectionName, ELF::SHT_PROGBITS,
                                       layout.data, bytes, alignment);
  dataHeader.sh_flags = ELF::SHF_ALLOC;
  write(os, dataHeader);
  Types::Shdr symbolHeader =
      makeSection(layout.symtabName, ELF::SHT_SYMTAB, layout.symbols,
                  2 * sizeof(Types::Sym), 8);
  symbolHeader.sh_link = stringSection;
  symbolHeader.sh_info = 1; // the first global symbol
  symbolHeader.sh_entsize = sizeof(Types::Sym);
  write(os, symbolHeader);
  write(os, makeSection(layout.strtabName, ELF::SHT_STRTAB, layout.stringTable,
                        layout.strings.size(), 1));
  // Says that the stack need not be executable.
  write(os, makeSection(layout.stackNoteName, ELF::SHT_PROGBITS, layout.headers,
                        0, 1));
}

uint16_t getElfMachine(const llvm::Triple &triple) {
  switch (triple.getArch()) {
  case llvm::Triple::aarch64:
    return ELF::EM_AARCH64;
  case llvm::Triple::x86_64:
    return ELF::EM_X86_64;
  default:
    return 0;
  }
}

} // namespace mlir::eke
