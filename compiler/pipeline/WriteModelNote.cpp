//===- WriteModelNote.cpp - The model that a program was made of ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/ModelNote.h"

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Moments.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Path.h"

namespace mlir::eke {

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

} // namespace mlir::eke
