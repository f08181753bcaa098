//===- ChooseFormats.cpp - A storage format for every matrix --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   @w : tensor<4x16xf32>    becomes    @w : tensor<4x16xf32, #eke.format<i8>>
//
// A weight reaches its users through `eke.use` or as an argument of a block, so a
// format that one use must not have is found by following the values. An argument
// has one format, and so have the weights that are bound to it.
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"
#include "passes/Passes.h"
#include "passes/lower/DotKind.h"

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

/// How many output channels lie side by side. One register of inputs serves all of
/// them, so with a dot product, whose sums take few registers, 16 are better.
static int64_t chooseTile(Storage storage, TargetAttr target) {
  bool isInteger = storage == Storage::I8 || storage == Storage::I4;
  return isInteger && getDotKind(target) == DotKind::Quads ? 16 : 8;
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
    auto target = getOperation()->getAttrOfType<TargetAttr>(kTargetAttr);
    auto format = FormatAttr::get(&getContext(), *storage,
                                  *storage == Storage::I4 ? 32 : 0,
                                  chooseTile(*storage, target));
    collectValues();
    findPlain();
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
        bind(use.getSymbolAttr().getAttr(), use.getResult());
      auto apply = dyn_cast<ApplyOp>(op);
      if (!apply)
        return;
      auto block = symbols.lookup<BlockOp>(apply.getBlock());
      unsigned argument = apply.getInputs().size();
      for (auto name : apply.getWeights().getAsRange<FlatSymbolRefAttr>())
        bind(name.getAttr(), block.getArgument(argument++));
    });
  }

  void bind(StringAttr weight, Value value) {
    readAs[weight].push_back(value);
    boundTo[value].push_back(weight);
  }

  /// Finds the weights that an op takes as plain tensors, and those that are bound
  /// to the same arguments.
  void findPlain() {
    SmallVector<StringAttr> worklist;
    for (auto weight : getOperation().getOps<WeightOp>())
      if (!llvm::all_of(readAs[weight.getSymNameAttr()], isCompressible))
        worklist.push_back(weight.getSymNameAttr());
    while (!worklist.empty()) {
      StringAttr name = worklist.pop_back_val();
      if (!plain.insert(name).second)
        continue;
      for (Value value : readAs[name])
        llvm::append_range(worklist, boundTo[value]);
    }
  }

  void choose(WeightOp weight, FormatAttr format) {
    RankedTensorType type = weight.getTensorType();
    if (type.getRank() != 2 || getFormat(type))
      return;
    if (plain.contains(weight.getSymNameAttr())) {
      remark::missed(weight.getLoc(),
                     remark::RemarkOpts::name("KeptPlain").category("format"))
          << remark::reason("an op takes it, or a weight that is bound to the "
                            "same argument, as a plain tensor");
      return;
    }
    RankedTensorType formatted = withFormat(type, format);
    weight.setType(formatted);
    for (Value value : readAs[weight.getSymNameAttr()])
      value.setType(formatted);
  }

  void updateFunctionTypes() {
    for (auto block : getOperation().getOps<BlockOp>())
      block.setType(FunctionType::get(&getContext(),
                                      block.getBody().getArgumentTypes(),
                                      block.getResultTypes()));
  }

  DenseMap<StringAttr, SmallVector<Value>> readAs;
  DenseMap<Value, SmallVector<StringAttr>> boundTo;
  DenseSet<StringAttr> plain;
};

} // namespace
} // namespace mlir::eke
