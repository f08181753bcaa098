//===- SetDataLayout.cpp - Say how wide an index is -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   module {eke.target = <… triple = "armv7-…">}
//
// becomes
//
//   module {dlti.dl_spec = #dlti.dl_spec<index = 32, !llvm.ptr = dense<32>>, eke.target = …}
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/TargetLayout.h"
#include "passes/Passes.h"

#include "mlir/Dialect/DLTI/DLTI.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"

namespace mlir::eke {

#define GEN_PASS_DEF_SETDATALAYOUTPASS
#include "passes/Passes.h.inc"

/// Pointers of so many bits, and indices that are as wide.
static DataLayoutSpecAttr makeSpec(MLIRContext *context, int64_t bits) {
  Builder b(context);
  auto index =
      DataLayoutEntryAttr::get(b.getIndexType(), b.getI64IntegerAttr(bits));
  // Of a pointer, the bits and how it is and should be aligned.
  auto pointer = DataLayoutEntryAttr::get(
      LLVM::LLVMPointerType::get(context),
      DenseIntElementsAttr::get(VectorType::get({3}, b.getI64Type()),
                                ArrayRef<int64_t>{bits, bits, bits}));
  return DataLayoutSpecAttr::get(context, {index, pointer});
}

namespace {

struct SetDataLayout : impl::SetDataLayoutPassBase<SetDataLayout> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
    if (!target)
      return;
    int64_t bits = getPointerBits(module);
    StringRef name = DLTIDialect::kDataLayoutAttrName;
    if (!module->hasAttr(name))
      module->setAttr(name, makeSpec(&getContext(), bits));
    // What another tool wrote of other types stays.
    DataLayout layout(module);
    for (Type type : {Type(IndexType::get(&getContext())),
                      Type(LLVM::LLVMPointerType::get(&getContext()))})
      if (uint64_t has = layout.getTypeSizeInBits(type);
          has != uint64_t(bits)) {
        module.emitError() << "has a data layout by which " << type << " takes "
                           << has << " bits, expected the " << bits
                           << " of the target " << target.getName();
        return signalPassFailure();
      }
  }
};

} // namespace
} // namespace mlir::eke
