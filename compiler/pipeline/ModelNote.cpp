//===- ModelNote.cpp - The model that a program was made of ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/ModelNote.h"

#include "codegen/llvm/Manifest.h"
#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/InputFile.h"
#include "dialects/eke/Moments.h"

#include "mlir/IR/AttrTypeSubElements.h"

#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using llvm::createStringError;

namespace mlir::eke {

bool isProgram(StringRef path) {
  llvm::file_magic magic;
  return llvm::sys::fs::is_regular_file(path) &&
         !llvm::identify_magic(path, magic) && magic.is_object();
}

/// Leaves of where ops come from the names of layers, or else lines.
static void dropFiles(ModuleOp module) {
  Location nowhere = UnknownLoc::get(module.getContext());
  auto strip = [&](Location loc) -> Location {
    if (auto name = loc->findInstanceOf<NameLoc>())
      return NameLoc::get(name.getName());
    if (auto line = loc->findInstanceOf<FileLineColLoc>())
      return FileLineColLoc::get(module.getContext(), "", line.getLine(),
                                 line.getColumn());
    return nowhere;
  };
  module->walk([&](Operation *op) {
    op->setLoc(strip(op->getLoc()));
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (BlockArgument argument : block.getArguments())
          argument.setLoc(strip(argument.getLoc()));
  });
}

/// Names files without their folders.
static void dropFolders(ModuleOp module) {
  AttrTypeReplacer replacer;
  replacer.addReplacement([](PayloadAttr payload) -> Attribute {
    return PayloadAttr::get(
        payload.getContext(), llvm::sys::path::filename(payload.getFile()),
        payload.getOffset(), payload.getLength(), payload.getElement(),
        payload.getQuantization(), payload.getInterleaved(),
        payload.getTransposed(), payload.getScale(), payload.getRotatedInputs(),
        payload.getRotatedOutputs());
  });
  replacer.recursivelyReplaceElementsIn(module);
}

std::string writeModelNote(ModuleOp module) {
  OwningOpRef<ModuleOp> copy = module.clone();
  // What a report does not read, and where files were.
  for (StringRef name : {kRootAttr, kTokenizerAttr})
    (*copy)->removeAttr(name);
  for (auto weight : copy->getOps<WeightOp>())
    weight->removeAttr(kMomentsAttr);
  dropFiles(*copy);
  dropFolders(*copy);
  constexpr int64_t mostElements = 256; // of a constant
  std::string text;
  llvm::raw_string_ostream os(text);
  copy->print(os, OpPrintingFlags()
                      .enableDebugInfo()
                      .elideLargeElementsAttrs(mostElements)
                      .useLocalScope());
  SmallVector<uint8_t> note(sizeof(uint64_t)), compressed;
  llvm::support::endian::write64le(note.data(), text.size());
  llvm::compression::zlib::compress(
      llvm::arrayRefFromStringRef(text), compressed,
      llvm::compression::zlib::BestSizeCompression);
  note.append(compressed);
  return std::string(llvm::toStringRef(note));
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
        return unpack(note.getDesc(section.sh_addralign));
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
