//===- ChooseFormats.cpp - A storage format for every matrix --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   @w : tensor<4x16xf32>    becomes    @w : tensor<4x16xf32, #eke.format<i8>>
//
// A weight reaches its users through `eke.use` or as an argument of a block, so a
// format that one use must not have is found by following the values.
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"
#include "passes/Passes.h"

#include "mlir/IR/Remarks.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::eke {

#define GEN_PASS_DEF_CHOOSEFORMATSPASS
#include "passes/Passes.h.inc"

/// True if every reader of `value` takes it as a matrix that may be compressed.
static bool isCompressible(Value value) {
  return llvm::all_of(value.getUses(), [](OpOperand &use) {
    auto user = dyn_cast<WeightUser>(use.getOwner());
    return user && &user.getCompressibleWeight() == &use;
  });
}

namespace {

struct ChooseFormats : impl::ChooseFormatsPassBase<ChooseFormats> {
  using Base::Base;

  void runOnOperation() override {
    auto name = getOperation()->getAttrOfType<StringAttr>(kWeightsFormatAttr);
    if (!name)
      return;
    std::optional<Storage> storage = symbolizeStorage(name.getValue());
    if (!storage) {
      getOperation().emitError("unknown weights format '")
          << name.getValue() << "', expected f32, f16, i8 or i4";
      return signalPassFailure();
    }
    auto format = FormatAttr::get(&getContext(), *storage,
                                  *storage == Storage::I4 ? 32 : 0, /*tile=*/8);
    collectValues();
    for (auto weight : getOperation().getOps<WeightOp>())
      choose(weight, format);
    updateFunctionTypes();
  }

private:
  /// Finds the values through which each weight is read.
  void collectValues() {
    SymbolTable symbols(getOperation());
    getOperation().walk([&](Operation *op) {
      if (auto use = dyn_cast<UseOp>(op))
        readAs[use.getSymbolAttr().getAttr()].push_back(use.getResult());
      auto apply = dyn_cast<ApplyOp>(op);
      if (!apply)
        return;
      auto block = symbols.lookup<BlockOp>(apply.getBlock());
      unsigned argument = apply.getInputs().size();
      for (auto name : apply.getWeights().getAsRange<FlatSymbolRefAttr>())
        readAs[name.getAttr()].push_back(block.getArgument(argument++));
    });
  }

  void choose(WeightOp weight, FormatAttr format) {
    RankedTensorType type = weight.getTensorType();
    if (type.getRank() != 2 || getFormat(type))
      return;
    ArrayRef<Value> values = readAs[weight.getSymNameAttr()];
    if (!llvm::all_of(values, isCompressible)) {
      remark::missed(weight.getLoc(),
                     remark::RemarkOpts::name("KeptPlain").category("format"))
          << remark::reason("an op reads it that takes plain tensors only");
      return;
    }
    RankedTensorType formatted = withFormat(type, format);
    weight.setType(formatted);
    for (Value value : values)
      value.setType(formatted);
  }

  void updateFunctionTypes() {
    for (auto block : getOperation().getOps<BlockOp>())
      block.setType(FunctionType::get(&getContext(),
                                      block.getBody().getArgumentTypes(),
                                      block.getResultTypes()));
  }

  DenseMap<StringAttr, SmallVector<Value>> readAs;
};

} // namespace
} // namespace mlir::eke
