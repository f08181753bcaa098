//===- Translate.cpp - One LLVM module out of many parts ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/Translate.h"

#include "codegen/image/BuildImage.h"
#include "codegen/image/ModelSymbol.h"
#include "codegen/llvm/Machine.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/DiagnosticHandler.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/MemoryBuffer.h"

namespace mlir::eke {
namespace {

/// What every part of the program has in common before it is linked.
void cleanUp(llvm::Module &module) {
  llvm::StripDebugInfo(module);
  for (StringRef name : {"llvm.module.flags", "llvm.ident", "llvm.commandline",
                         "opencl.ocl.version"})
    if (llvm::NamedMDNode *node = module.getNamedMetadata(name))
      module.eraseNamedMetadata(node);
}

/// Makes an image, which MLIR knows as a private global, the `symbol` of the object
/// that holds its weights.
void importImage(llvm::Module &module, const WeightImage &image,
                 StringRef symbol) {
  llvm::GlobalVariable *global =
      module.getGlobalVariable(image.getGlobalName(), /*AllowInternal=*/true);
  if (!global)
    return;
  global->setName(symbol);
  global->setInitializer(nullptr);
  global->setConstant(true);
  global->setLinkage(llvm::GlobalValue::ExternalLinkage);
  global->setVisibility(llvm::GlobalValue::HiddenVisibility);
  global->setAlignment(llvm::Align(image.getAlignment()));
  global->setDSOLocal(true);
}

} // namespace

llvm::Expected<std::unique_ptr<llvm::Module>>
translateModule(ModuleOp module, llvm::LLVMContext &context) {
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  OwningOpRef<ModuleOp> code = module.clone();
  for (Operation &op : llvm::make_early_inc_range(*code->getBody()))
    if (isa<WeightOp, StateOp>(op))
      op.erase();
  std::unique_ptr<llvm::Module> translated =
      translateModuleToLLVMIR(*code, context);
  if (!translated)
    return llvm::createStringError("the lowered module cannot be translated "
                                   "to LLVM IR");
  for (const WeightImage &image : listImages(module))
    importImage(*translated, image, getImageSymbol(module, image));
  cleanUp(*translated);
  return translated;
}

llvm::Expected<std::unique_ptr<llvm::Module>>
readKernel(const KernelCode &kernel, llvm::LLVMContext &context) {
  llvm::Expected<std::unique_ptr<llvm::Module>> module = llvm::parseBitcodeFile(
      llvm::MemoryBufferRef(kernel.bitcode, kernel.symbol), context);
  if (!module)
    return module.takeError();
  llvm::Function *function = (*module)->getFunction(kernel.symbol);
  if (!function || function->isDeclaration())
    return llvm::createStringError("the bitcode of kernel '%s' does not define "
                                   "it",
                                   kernel.symbol.c_str());
  cleanUp(**module);
  internalize(**module, [&](const llvm::GlobalValue &value) {
    return &value == function;
  });
  // A function of its own keeps profiles readable and the code small.
  function->removeFnAttr(llvm::Attribute::AlwaysInline);
  function->addFnAttr(llvm::Attribute::NoInline);
  return module;
}

namespace {

/// Keeps the message of an error, which would end the process.
class ErrorKeeper : public llvm::DiagnosticHandler {
public:
  explicit ErrorKeeper(std::string &message) : message(message) {}

  bool handleDiagnostics(const llvm::DiagnosticInfo &info) override {
    if (info.getSeverity() != llvm::DS_Error)
      return false;
    llvm::raw_string_ostream os(message);
    llvm::DiagnosticPrinterRawOStream printer(os);
    info.print(printer);
    return true;
  }

private:
  std::string &message;
};

} // namespace

llvm::Error linkInto(llvm::Module &module, std::unique_ptr<llvm::Module> part) {
  std::string name = part->getModuleIdentifier(), message;
  llvm::LLVMContext &context = module.getContext();
  std::unique_ptr<llvm::DiagnosticHandler> before =
      context.getDiagnosticHandler();
  context.setDiagnosticHandler(std::make_unique<ErrorKeeper>(message));
  llvm::scope_exit restore(
      [&] { context.setDiagnosticHandler(std::move(before)); });
  cleanUp(*part);
  part->setTargetTriple(module.getTargetTriple());
  part->setDataLayout(module.getDataLayout());
  if (llvm::Linker::linkModules(module, std::move(part)))
    return llvm::createStringError("cannot link %s: %s", name.c_str(),
                                   message.c_str());
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<llvm::Module>>
readBitcodeFile(StringRef path, llvm::LLVMContext &context) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return llvm::createStringError(buffer.getError(), "%s: %s",
                                   path.str().c_str(),
                                   buffer.getError().message().c_str());
  return llvm::parseBitcodeFile((*buffer)->getMemBufferRef(), context);
}

} // namespace mlir::eke
