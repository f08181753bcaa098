//===- ArenaSize.cpp - How large the arena will be ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/ArenaSize.h"

#include "compiler/pipeline/Register.h"
#include "passes/memory/PlacementCosts.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::eke {

/// The same module in another context: remarks about the copy are nobody's business.
static OwningOpRef<ModuleOp> copyTo(MLIRContext &context, ModuleOp module) {
  std::string bytes;
  llvm::raw_string_ostream os(bytes);
  if (failed(writeBytecodeToFile(module, os)))
    return {};
  // Elements are read where they lie, which has to be aligned as they were.
  auto buffer = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(
      bytes.size(), "", llvm::Align(4096));
  llvm::copy(bytes, buffer->getBufferStart());
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  return parseSourceFile<ModuleOp>(sources, &context);
}

static IntegerAttr measureArena(ModuleOp module,
                                const PipelineOptions &options) {
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  ScopedDiagnosticHandler ignore(&context,
                                 [](Diagnostic &) { return success(); });
  OwningOpRef<ModuleOp> copy = copyTo(context, module);
  if (!copy)
    return {};
  PassManager manager(&context);
  const Phase *end = findPhase("buffers") + 1;
  for (const Phase *phase = findPhase("memory"); phase != end; ++phase)
    addPhase(manager, *phase, options);
  if (failed(manager.run(*copy)))
    return {};
  auto bytes = (*copy)->getAttrOfType<IntegerAttr>(kArenaBytesAttr);
  return IntegerAttr::get(IntegerType::get(module.getContext(), 64),
                          bytes.getInt());
}

void reserveArena(ModuleOp module, const PipelineOptions &options) {
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  if (!target || !hasChoiceOfHomes(target) || module->hasAttr(kArenaBytesAttr))
    return;
  if (IntegerAttr bytes = measureArena(module, options))
    module->setAttr(kArenaBytesAttr, bytes);
}

} // namespace mlir::eke
