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
template <typename Types> struct Layout {
  explicit Layout(const DataObject &object) {
    addString("");
    sectionName = addString(object.section);
    symbolName = addString(object.symbol);
    symtabName = addString(".symtab");
    strtabName = addString(".strtab");
    stackNoteName = addString(".note.GNU-stack");
    data = llvm::alignTo(sizeof(typename Types::Ehdr), object.alignment);
    symbols = llvm::alignTo<8>(data + object.bytes);
    stringTable = symbols + 2 * sizeof(typename Types::Sym);
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

template <typename Types>
typename Types::Shdr makeSection(uint32_t name, uint32_t type, uint64_t offset,
                                 uint64_t size, uint64_t alignment) {
  auto header = zeroed<typename Types::Shdr>();
  header.sh_name = name;
  header.sh_type = type;
  header.sh_offset = offset;
  header.sh_size = size;
  header.sh_addralign = alignment;
  return header;
}

template <typename Types>
void writeHead(const DataObject &object, llvm::raw_ostream &os) {
  Layout<Types> layout(object);
  auto header = zeroed<typename Types::Ehdr>();
  std::memcpy(header.e_ident, ELF::ElfMagic, 4);
  header.e_ident[ELF::EI_CLASS] =
      Types::Is64Bits ? ELF::ELFCLASS64 : ELF::ELFCLASS32;
  header.e_ident[ELF::EI_DATA] = ELF::ELFDATA2LSB;
  header.e_ident[ELF::EI_VERSION] = ELF::EV_CURRENT;
  header.e_type = ELF::ET_REL;
  header.e_machine = object.kind.machine;
  header.e_version = ELF::EV_CURRENT;
  header.e_flags = object.kind.flags;
  header.e_shoff = layout.headers;
  header.e_ehsize = sizeof(typename Types::Ehdr);
  header.e_shentsize = sizeof(typename Types::Shdr);
  header.e_shnum = sectionCount;
  header.e_shstrndx = stringSection;
  write(os, header);
  os.write_zeros(layout.data - sizeof(header));
}

template <typename Types>
void writeTail(const DataObject &object, llvm::raw_ostream &os) {
  using Sym = typename Types::Sym;
  using Shdr = typename Types::Shdr;
  Layout<Types> layout(object);
  os.write_zeros(layout.symbols - layout.data - object.bytes);
  write(os, zeroed<Sym>());
  auto sym = zeroed<Sym>();
  sym.st_name = layout.symbolName;
  sym.setBindingAndType(ELF::STB_GLOBAL, ELF::STT_OBJECT);
  sym.setVisibility(ELF::STV_HIDDEN);
  sym.st_shndx = dataSection;
  sym.st_size = object.bytes;
  write(os, sym);

  os << layout.strings;
  os.write_zeros(layout.headers - layout.stringTable - layout.strings.size());

  write(os, zeroed<Shdr>());
  Shdr dataHeader =
      makeSection<Types>(layout.sectionName, ELF::SHT_PROGBITS, layout.data,
                         object.bytes, object.alignment);
  dataHeader.sh_flags = ELF::SHF_ALLOC;
  write(os, dataHeader);
  Shdr symbolHeader = makeSection<Types>(layout.symtabName, ELF::SHT_SYMTAB,
                                         layout.symbols, 2 * sizeof(Sym), 8);
  symbolHeader.sh_link = stringSection;
  symbolHeader.sh_info = 1; // the first global symbol
  symbolHeader.sh_entsize = sizeof(Sym);
  write(os, symbolHeader);
  write(os, makeSection<Types>(layout.strtabName, ELF::SHT_STRTAB,
                               layout.stringTable, layout.strings.size(), 1));
  // Says that the stack need not be executable.
  write(os, makeSection<Types>(layout.stackNoteName, ELF::SHT_PROGBITS,
                               layout.headers, 0, 1));
}

} // namespace

void DataObject::writeHead(llvm::raw_ostream &os) const {
  kind.is64Bit ? eke::writeHead<llvm::object::ELF64LE>(*this, os)
               : eke::writeHead<llvm::object::ELF32LE>(*this, os);
}

void DataObject::writeTail(llvm::raw_ostream &os) const {
  kind.is64Bit ? eke::writeTail<llvm::object::ELF64LE>(*this, os)
               : eke::writeTail<llvm::object::ELF32LE>(*this, os);
}

std::optional<ElfKind> getElfKind(const llvm::Triple &triple) {
  switch (triple.getArch()) {
  case llvm::Triple::aarch64:
    return ElfKind{ELF::EM_AARCH64, /*is64Bit=*/true};
  case llvm::Triple::arm:
  case llvm::Triple::thumb:
    return ElfKind{ELF::EM_ARM, /*is64Bit=*/false, ELF::EF_ARM_EABI_VER5};
  case llvm::Triple::x86_64:
    return ElfKind{ELF::EM_X86_64, /*is64Bit=*/true};
  default:
    return std::nullopt;
  }
}

} // namespace mlir::eke
