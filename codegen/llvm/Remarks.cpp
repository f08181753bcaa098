//===- Remarks.cpp - Remarks of LLVM's passes as MLIR's -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/llvm/Remarks.h"

#include "codegen/llvm/MatrixProducts.h"

#include "mlir/IR/Remarks.h"
#include "llvm/IR/DiagnosticHandler.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/Function.h"

namespace mlir::eke {

namespace {

class Forwarder : public llvm::DiagnosticHandler {
public:
  explicit Forwarder(ModuleOp module) : module(module) {}

  bool handleDiagnostics(const llvm::DiagnosticInfo &info) override {
    auto *found = llvm::dyn_cast<llvm::DiagnosticInfoOptimizationBase>(&info);
    if (!found)
      return false;
    if (found->getPassName() != MatrixProductsPass::remarkCategory)
      return true;
    StringRef name = found->getFunction().getName();
    Operation *function = module.lookupSymbol(name);
    remark::missed(function ? function->getLoc() : module.getLoc(),
                   remark::RemarkOpts::name(found->getRemarkName())
                       .category(found->getPassName())
                       .function(name))
        << remark::reason("{0}", found->getMsg());
    return true;
  }
  bool isAnyRemarkEnabled() const override { return true; }

private:
  ModuleOp module;
};

} // namespace

void forwardRemarks(llvm::LLVMContext &context, ModuleOp module) {
  if (module.getContext()->getRemarkEngine())
    context.setDiagnosticHandler(std::make_unique<Forwarder>(module));
}

} // namespace mlir::eke
