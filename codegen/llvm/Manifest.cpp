//===- Manifest.cpp - What a file says it was made of ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/Manifest.h"

#include "llvm/IR/Constants.h"
#include "llvm/Support/JSON.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

namespace mlir::eke {

std::string writeManifest(const ModelInfo &info, TargetAttr target,
                          llvm::ArrayRef<ManifestInput> inputs) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::json::OStream json(os);
  // Names come from outside; JSON is UTF-8.
  auto add = [&](StringRef key, StringRef value) {
    json.attribute(key, llvm::json::fixUTF8(value));
  };
  json.object([&] {
    json.attribute("manifest", 1);
    add("model", info.name);
    add("model_hash", info.hash);
    add("compiler_version", info.compilerVersion);
    add("target", target.getName());
    add("triple", target.getTriple());
    add("cpu", target.getCpu());
    add("features", target.getFeatures());
    add("weights_format", info.weightsFormat);
    if (!info.headFormat.empty())
      add("head_format", info.headFormat);
    json.attribute("rotated", info.isRotated);
    if (!info.cachesFormat.empty())
      add("caches_format", info.cachesFormat);
    if (info.language && info.language->chat &&
        !info.language->chat->date.empty())
      add("chat_date", info.language->chat->date);
    json.attributeArray("inputs", [&] {
      for (const ManifestInput &input : inputs)
        json.object([&] {
          add("name", input.name);
          json.attribute("bytes", input.bytes);
          add("sha256", input.sha256);
        });
    });
  });
  return text;
}

void emitNote(llvm::Module &module, uint32_t type, StringRef contents) {
  llvm::LLVMContext &context = module.getContext();
  auto word = [&](uint32_t value) {
    return llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), value);
  };
  std::string padded = contents.str();
  padded.resize(llvm::alignTo(padded.size(), 4), '\0');
  llvm::Constant *note = llvm::ConstantStruct::getAnon(
      {word(kNoteOwner.size() + 1), word(contents.size()), word(type),
       llvm::ConstantDataArray::getString(context, kNoteOwner),
       llvm::ConstantDataArray::getString(context, padded, /*AddNull=*/false)});
  auto *global = new llvm::GlobalVariable(
      module, note->getType(), /*isConstant=*/true,
      llvm::GlobalValue::PrivateLinkage, note,
      type == kManifestNote ? "eke.manifest" : "eke.model_note");
  global->setSection(".note.eke");
  global->setAlignment(llvm::Align(4));
  llvm::appendToCompilerUsed(module, global);
}

} // namespace mlir::eke
