//===- ManifestTest.cpp - What a file says it was made of -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/Manifest.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/JSON.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::eke;

namespace {

TEST(Manifest, IsJsonWhateverNamesAre) {
  MLIRContext context;
  context.loadDialect<EkeDialect>();
  auto string = [&](StringRef text) { return StringAttr::get(&context, text); };
  auto target = TargetAttr::get(
      &context, string("d\"e"), string("t"), string("c"), string("+f"),
      string("h"), 128, ArrayRef<MemoryAttr>(), 0, 0, Figure(), StringAttr(),
      Execution::OutOfOrder, CostsAttr());
  ModelInfo info;
  info.name = "a\n\xff\"b";
  info.hash = "00ff";
  info.compilerVersion = "1.2";
  info.weightsFormat = "i8";
  std::string text = writeManifest(
      info, target, {{"x\xc3.bin", uint64_t(1) << 40, "ab"}, {"y", 0, "cd"}});
  EXPECT_EQ(StringRef(text).count('\n'), 0u);
  auto value = llvm::json::parse(text);
  ASSERT_TRUE(bool(value)) << llvm::toString(value.takeError());
  const llvm::json::Object &object = *value->getAsObject();
  EXPECT_EQ(object.getString("model"), "a\n\xef\xbf\xbd\"b");
  EXPECT_EQ(object.getString("target"), "d\"e");
  EXPECT_EQ(object.getInteger("manifest"), 1);
  EXPECT_EQ(object.getBoolean("rotated"), false);
  for (StringRef ofLanguages : {"caches_format", "head_format", "chat_date"})
    EXPECT_FALSE(object.get(ofLanguages)) << ofLanguages.str();
  const llvm::json::Array &inputs = *object.getArray("inputs");
  ASSERT_EQ(inputs.size(), 2u);
  EXPECT_EQ(inputs[0].getAsObject()->getInteger("bytes"), int64_t(1) << 40);
  EXPECT_EQ(inputs[0].getAsObject()->getString("name"), "x\xef\xbf\xbd.bin");
  EXPECT_EQ(inputs[1].getAsObject()->getString("sha256"), "cd");
}

TEST(Manifest, SaysWhatWasDecidedForALanguageModel) {
  MLIRContext context;
  context.loadDialect<EkeDialect>();
  auto string = [&](StringRef text) { return StringAttr::get(&context, text); };
  auto target = TargetAttr::get(
      &context, string("d"), string("t"), string("c"), string("+f"),
      string("h"), 128, ArrayRef<MemoryAttr>(), 0, 0, Figure(), StringAttr(),
      Execution::OutOfOrder, CostsAttr());
  ModelInfo info;
  info.weightsFormat = "i4";
  info.headFormat = "i8";
  info.cachesFormat = "f16";
  info.isRotated = true;
  info.language.emplace();
  info.language->chat.emplace();
  info.language->chat->date = "2025-06-30";
  auto value = llvm::json::parse(writeManifest(info, target, {}));
  ASSERT_TRUE(bool(value)) << llvm::toString(value.takeError());
  const llvm::json::Object &object = *value->getAsObject();
  EXPECT_EQ(object.getString("head_format"), "i8");
  EXPECT_EQ(object.getString("caches_format"), "f16");
  EXPECT_EQ(object.getString("chat_date"), "2025-06-30");
  EXPECT_EQ(object.getBoolean("rotated"), true);
}

TEST(Manifest, IsANoteOfAnySize) {
  for (StringRef text : {"", "a", "abc", "abcd", "abcde"}) {
    llvm::LLVMContext context;
    llvm::Module module("m", context);
    emitNote(module, kManifestNote, text);
    ASSERT_FALSE(llvm::verifyModule(module, &llvm::errs()));
    ASSERT_TRUE(module.getNamedGlobal("llvm.compiler.used"));
    llvm::GlobalVariable *note = nullptr;
    for (llvm::GlobalVariable &global : module.globals())
      if (global.getSection() == ".note.eke")
        note = &global;
    ASSERT_TRUE(note);
    llvm::Constant *value = note->getInitializer();
    auto number = [&](unsigned field) {
      return llvm::cast<llvm::ConstantInt>(value->getAggregateElement(field))
          ->getZExtValue();
    };
    EXPECT_EQ(number(0), 4u); // "Eke" and its end
    EXPECT_EQ(number(1), text.size());
    // The next note begins at a multiple of four.
    EXPECT_EQ(module.getDataLayout().getTypeAllocSize(value->getType()),
              16 + llvm::alignTo(text.size(), 4));
  }
}

} // namespace
