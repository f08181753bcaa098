//===- ReadModelNote.cpp - The model that a program was made of -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/ModelNote.h"

#include "codegen/llvm/Manifest.h"
#include "dialects/eke/InputFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"

using llvm::createStringError;

namespace mlir::eke {

bool isProgram(StringRef path) {
  llvm::file_magic magic;
  return llvm::sys::fs::is_regular_file(path) &&
         !llvm::identify_magic(path, magic) && magic.is_object();
}

static llvm::Expected<std::string> unpack(ArrayRef<uint8_t> note) {
  auto damaged = [&] {
    return createStringError("the note with its model is damaged");
  };
  if (note.size() < sizeof(uint64_t))
    return damaged();
  uint64_t size = llvm::support::endian::read64le(note.data());
  if (size > kMostTextBytes)
    return damaged();
  SmallVector<uint8_t> text;
  if (llvm::Error error = llvm::compression::zlib::decompress(
          note.drop_front(sizeof(uint64_t)), text, size)) {
    llvm::consumeError(std::move(error));
    return damaged();
  }
  return std::string(llvm::toStringRef(text));
}

/// Finds the note in a file of one kind.
template <typename ELFT>
static llvm::Expected<std::string>
findNote(const llvm::object::ELFObjectFile<ELFT> &object) {
  const llvm::object::ELFFile<ELFT> &file = object.getELFFile();
  auto sections = file.sections();
  if (!sections)
    return sections.takeError();
  for (const auto &section : *sections) {
    if (section.sh_type != llvm::ELF::SHT_NOTE)
      continue;
    llvm::Error error = llvm::Error::success();
    for (const auto &note : file.notes(section, error))
      if (note.getName() == kNoteOwner && note.getType() == kModelNote) {
        llvm::consumeError(std::move(error));
        // Behind a name of four bytes; what the section says may be anything.
        return unpack(note.getDesc(/*Align=*/4));
      }
    if (error)
      return std::move(error);
  }
  return createStringError(
      "holds no model to report on; expected a program that 'eke compile' "
      "made of a model of the phase 'memory' or an earlier one");
}

llvm::Expected<std::string> readModelNote(StringRef path) {
  auto file = openInput(path);
  if (!file)
    return file.takeError();
  auto object = llvm::object::ObjectFile::createObjectFile(**file);
  if (!object)
    return errorIn(path, llvm::toString(object.takeError()));
  auto read = [&](const auto *elf) -> llvm::Expected<std::string> {
    auto text = findNote(*elf);
    if (text)
      return text;
    std::string why = llvm::toString(text.takeError());
    return errorIn(path, why);
  };
  const llvm::object::ObjectFile *binary = object->get();
  if (auto *elf = llvm::dyn_cast<llvm::object::ELF64LEObjectFile>(binary))
    return read(elf);
  if (auto *elf = llvm::dyn_cast<llvm::object::ELF32LEObjectFile>(binary))
    return read(elf);
  return errorIn(path, "is no program of ours; expected little-endian ELF");
}

} // namespace mlir::eke
