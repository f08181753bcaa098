//===- EmitModelInfo.cpp - The tables of the ABI as LLVM globals ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every structure is written field by field in the order of abi.h; LLVM's rules
// of layout are those of C. The unit test compares the offsets of both.
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/ModelInfo.h"

#include "codegen/image/ModelSymbol.h"
#include "runtime/include/eke/abi.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

namespace mlir::eke {
namespace {

using llvm::Constant;
using llvm::ConstantInt;

class TableEmitter {
public:
  TableEmitter(llvm::Module &module, bool hasMemory)
      : module(module), hasMemory(hasMemory), context(module.getContext()),
        pointer(llvm::PointerType::getUnqual(context)) {}

  void emit(const ModelInfo &info) {
    Constant *entries = emitArray(
        info.entries, [&](const EntryInfo &entry) { return emitEntry(entry); });
    Constant *states = emitArray(
        info.states, [&](const StateInfo &state) { return emitState(state); });
    Constant *model = structOf(
        {int32(EKE_ABI_VERSION), string(info.name), string(info.target),
         string(info.compilerVersion), string(info.hash),
         string(info.weightsFormat), int64(info.weightBytes),
         int64(info.stateBytes), int64(info.arenaBytes),
         emitMemory("state", info.name, info.stateBytes, info.stateMemory),
         emitMemory("arena", info.name, info.arenaBytes, info.arenaMemory),
         int32(info.entries.size()), int32(info.states.size()), entries, states,
         info.language ? emitLanguage(*info.language) : null()});
    auto *global = new llvm::GlobalVariable(
        module, model->getType(), /*isConstant=*/true,
        llvm::GlobalValue::ExternalLinkage, model, info.getSymbol());
    global->setAlignment(llvm::Align(8));
    // `eke profile` reads it, also where the program needs only numbers of it.
    llvm::appendToUsed(module, global);
    llvm::GlobalAlias::create(info.getUniqueSymbol(), global);
    if (llvm::GlobalVariable *declared = module.getNamedGlobal("eke_program")) {
      declared->replaceAllUsesWith(global);
      declared->eraseFromParent();
    }
  }

private:
  Constant *int32(int64_t value) {
    return ConstantInt::getSigned(llvm::Type::getInt32Ty(context), value);
  }
  Constant *int64(int64_t value) {
    return ConstantInt::getSigned(llvm::Type::getInt64Ty(context), value);
  }
  Constant *float32(float value) {
    return llvm::ConstantFP::get(llvm::Type::getFloatTy(context), value);
  }
  Constant *null() { return llvm::ConstantPointerNull::get(pointer); }
  Constant *structOf(llvm::ArrayRef<Constant *> fields) {
    return llvm::ConstantStruct::getAnon(fields);
  }

  /// A pointer to a private constant.
  Constant *emitPrivate(Constant *value, llvm::Align align) {
    auto *global = new llvm::GlobalVariable(
        module, value->getType(), /*isConstant=*/true,
        llvm::GlobalValue::PrivateLinkage, value, "eke.table");
    global->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
    global->setAlignment(align);
    return global;
  }

  /// Zeros, which take no room in the file, or null. Of a memory that was chosen, they are
  /// in a section of its own.
  Constant *emitMemory(StringRef part, StringRef model, int64_t bytes,
                       StringRef memory) {
    if (!hasMemory)
      return null();
    std::string name = getModelSymbol(part, model);
    auto *type = llvm::ArrayType::get(llvm::Type::getInt8Ty(context), bytes);
    auto *global = new llvm::GlobalVariable(
        module, type, /*isConstant=*/false, llvm::GlobalValue::InternalLinkage,
        llvm::ConstantAggregateZero::get(type), name);
    global->setAlignment(llvm::Align(64));
    if (!memory.empty())
      global->setSection((".bss.eke." + part + "." + memory).str());
    return global;
  }

  Constant *string(StringRef text) {
    return emitPrivate(llvm::ConstantDataArray::getString(context, text),
                       llvm::Align(1));
  }

  /// A pointer to an array with one element per item, or null if there is none.
  template <typename Items, typename Emit>
  Constant *emitArray(const Items &items, Emit emit) {
    if (items.empty())
      return null();
    llvm::SmallVector<Constant *> elements;
    for (const auto &item : items)
      elements.push_back(emit(item));
    auto *type =
        llvm::ArrayType::get(elements.front()->getType(), elements.size());
    return emitPrivate(llvm::ConstantArray::get(type, elements),
                       llvm::Align(8));
  }

  Constant *emitTensor(const TensorInfo &tensor) {
    Constant *shape =
        emitArray(tensor.shape, [&](int64_t extent) { return int64(extent); });
    return structOf({string(tensor.name), int32(tensor.dtype),
                     int32(tensor.shape.size()), shape, int32(tensor.isOutput),
                     int64(tensor.min), int64(tensor.max)});
  }

  Constant *emitEntry(const EntryInfo &entry) {
    Constant *args = emitArray(entry.args, [&](const TensorInfo &tensor) {
      return emitTensor(tensor);
    });
    return structOf({string(entry.name), string(entry.role), int64(entry.rows),
                     int64(entry.period), int32(entry.args.size()), args,
                     emitCall(entry), int64(entry.weightBytes),
                     int64(entry.arenaBytes)});
  }

  Constant *emitState(const StateInfo &state) {
    Constant *shape =
        emitArray(state.shape, [&](int64_t extent) { return int64(extent); });
    Constant *initial =
        state.initial.empty()
            ? null()
            : emitPrivate(llvm::ConstantDataArray::get(
                              context, llvm::ArrayRef(state.initial)),
                          llvm::Align(8));
    return structOf({string(state.name), int32(state.dtype),
                     int32(state.shape.size()), shape, int64(state.offset),
                     int64(state.bytes), initial, int64(state.initial.size())});
  }

  /// void call(void *const *args, uint8_t *state, uint8_t *arena):
  /// passes the elements of `args` one by one.
  Constant *emitCall(const EntryInfo &entry) {
    auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context),
                                         {pointer, pointer, pointer}, false);
    auto *call =
        llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage,
                               entry.symbol + ".call", module);
    // Where a call begins is what `eke profile` divides a run at.
    call->addFnAttr(llvm::Attribute::NoInline);
    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "entry", call));
    llvm::SmallVector<llvm::Value *> args;
    for (size_t i = 0; i < entry.args.size(); ++i)
      args.push_back(builder.CreateLoad(
          pointer,
          builder.CreateConstInBoundsGEP1_64(pointer, call->getArg(0), i)));
    args.push_back(call->getArg(1));
    args.push_back(call->getArg(2));
    builder.CreateCall(module.getFunction(entry.symbol), args);
    builder.CreateRetVoid();
    return call;
  }

  Constant *emitChat(const ChatForm &form) {
    const auto &system = form.aroundSystem;
    return emitPrivate(
        structOf({string(form.start), system ? string(system->first) : null(),
                  system ? string(system->second) : null(),
                  string(form.afterUser), string(form.afterAssistant),
                  int32(form.trimsUser), int32(form.trimsSystem)}),
        llvm::Align(8));
  }

  Constant *emitLanguage(const LanguageInfo &info) {
    Constant *tokenizer =
        info.tokenizer.empty()
            ? null()
            : emitPrivate(llvm::ConstantDataArray::get(
                              context, llvm::ArrayRef(info.tokenizer)),
                          llvm::Align(8));
    Constant *ends =
        emitArray(info.ends, [&](int32_t token) { return int32(token); });
    return emitPrivate(
        structOf(
            {int32(info.vocab), int32(info.width), int32(info.context),
             int32(info.bos), int32(info.ends.size()), int32(info.chunk),
             tokenizer, int64(info.tokenizer.size()), ends, int32(info.runs),
             int32(info.exit), int32(info.drafts), float32(info.threshold),
             float32(info.head), float32(info.exitHead),
             llvm::ConstantDataArray::get(context, llvm::ArrayRef(info.rows)),
             info.chat ? emitChat(*info.chat) : null()}),
        llvm::Align(8));
  }

  llvm::Module &module;
  bool hasMemory;
  llvm::LLVMContext &context;
  llvm::PointerType *pointer;
};

} // namespace

void emitModelInfo(llvm::Module &module, const ModelInfo &info,
                   bool hasMemory) {
  TableEmitter(module, hasMemory).emit(info);
}

} // namespace mlir::eke
