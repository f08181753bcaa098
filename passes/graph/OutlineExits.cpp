//===- OutlineExits.cpp - Entry points before and behind an exit ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   model @trunk   = A, exit, B   becomes   model @trunk  = A, B
//                                           model @draft  = A
//                                           model @verify = B
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "passes/Passes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::eke {

#define GEN_PASS_DEF_OUTLINEEXITSPASS
#include "passes/Passes.h.inc"

static unsigned countBlocks(llvm::iterator_range<Block::iterator> ops) {
  return llvm::count_if(ops, llvm::IsaPred<ApplyOp>);
}

/// The elements of the matrices that an op reads.
static int64_t countElements(Operation &op) {
  int64_t count = 0;
  for (Value operand : op.getOperands()) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (operand.getDefiningOp<UseOp>() && type.getRank() == 2)
      count += type.getNumElements();
  }
  return count;
}

/// What a head costs in runs of a block of the model with the exit, by the elements
/// of their matrices.
static float getHeadCost(ModelOp headModel, ExitOp exit, unsigned runs) {
  int64_t head = 0, blocks = 0;
  for (Operation &op : headModel.getBody().front())
    head += countElements(op);
  for (Operation &op : *exit->getBlock())
    if (isa<ApplyOp>(op))
      blocks += countElements(op);
  return blocks ? float(double(head) * runs / double(blocks)) : 0;
}

/// Erases what is not read and computes nothing else.
static void eraseDeadOps(Block &body) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (isOpTriviallyDead(&op)) // the terminator never is
      op.erase();
}

static StringRef getRole(ModelOp model) {
  auto entry = model->getAttrOfType<EntryAttr>(kEntryAttr);
  return entry ? entry.getRoleText() : StringRef();
}

/// Gives a model no more than a role: how often it runs depends on the program.
static void setRole(ModelOp model, StringRef role) {
  MLIRContext *context = model.getContext();
  model->setAttr(kEntryAttr,
                 EntryAttr::get(context, StringAttr::get(context, role),
                                Period(), {}, 0, {}, {}, 0));
}

/// The exits of a model, in their order.
static SmallVector<ExitOp> getExits(ModelOp model) {
  return llvm::to_vector(model.getOps<ExitOp>());
}

/// Is `value` known when its model comes to `exit`?
static bool isBefore(Value value, ExitOp exit) {
  Operation *op = value.getDefiningOp();
  return !op || op->isBeforeInBlock(exit);
}

/// Makes `exits` pass on what they get.
static void removeExits(ArrayRef<ExitOp> exits) {
  for (ExitOp exit : exits) {
    exit.getResult().replaceAllUsesWith(exit.getHidden());
    exit.erase();
  }
}

namespace {

/// Makes two models of one with an exit.
class Outliner {
public:
  Outliner(ModelOp model, ExitOp exit, SymbolTable &symbols)
      : model(model), exit(exit), symbols(symbols) {}

  LogicalResult run() {
    for (StringRef name : {kDraftRole, kVerifyRole})
      if (Operation *other = symbols.lookup(name)) {
        InFlightDiagnostic error = exit.emitOpError("needs the name @")
                                   << name << " for an entry point";
        error.attachNote(other->getLoc()) << "it is taken here";
        return error;
      }
    if (!model.getRows())
      return exit.emitOpError(
          "stands in a model without rows; expected one that has them");
    buildDraft();
    return buildVerify();
  }

private:
  void buildDraft() {
    ModelOp draft = model.clone();
    draft.setSymName(kDraftRole);
    setRole(draft, kDraftRole);
    draft.setRowsAttr(DenseI64ArrayAttr::get(model.getContext(), {1}));
    symbols.insert(draft, std::next(model->getIterator()));

    Block &body = draft.getBody().front();
    auto last = *draft.getOps<ExitOp>().begin();
    Value hidden = last.getHidden();
    last.getResult().replaceAllUsesWith(hidden);
    for (WriteOp write : llvm::to_vector(draft.getOps<WriteOp>()))
      if (isBefore(write.getValue(), last))
        write->moveBefore(last);
    while (&body.back() != last)
      body.back().erase();
    last.erase();
    OpBuilder b = OpBuilder::atBlockEnd(&body);
    YieldOp::create(b, model.getLoc(), hidden);
    eraseDeadOps(body);
    draft.setFunctionType(
        b.getFunctionType(draft.getArgumentTypes(), hidden.getType()));
    draft.setResAttrsAttr(getHiddenName(b));
  }

  LogicalResult buildVerify() {
    OpBuilder b(model.getContext());
    SmallVector<Type> types{exit.getHidden().getType()};
    SmallVector<Attribute> names{getHiddenName(b)[0]};
    SmallVector<BlockArgument> positions;
    for (BlockArgument argument : model.getArguments())
      if (argument.getType().isIndex()) {
        positions.push_back(argument);
        types.push_back(argument.getType());
        ArrayAttr attrs = model.getArgAttrsAttr();
        names.push_back(attrs ? attrs[argument.getArgNumber()]
                              : b.getDictionaryAttr({}));
      }
    SmallVector<int64_t> rows(*model.getRows());
    if (exit.getDrafts())
      rows = getVerifyRows(int64_t(*exit.getDrafts()));
    auto verify =
        ModelOp::create(b, model.getLoc(), kVerifyRole,
                        b.getFunctionType(types, model.getResultTypes()), rows);
    setRole(verify, kVerifyRole);
    symbols.insert(verify, std::next(model->getIterator(), 2));
    verify.setArgAttrsAttr(b.getArrayAttr(names));
    if (ArrayAttr attrs = model.getResAttrsAttr())
      verify.setResAttrsAttr(attrs);

    mapping.map(exit.getResult(), verify.getArgument(0));
    for (auto [index, position] : llvm::enumerate(positions))
      mapping.map(position, verify.getArgument(index + 1));
    b.setInsertionPointToStart(&verify.getBody().front());
    for (WriteOp write : model.getOps<WriteOp>())
      if (isWrittenBefore(write))
        writtenBefore.insert(write.getStateAttr());
    for (Operation &op : llvm::make_range(std::next(exit->getIterator()),
                                          model.getBody().front().end())) {
      auto write = dyn_cast<WriteOp>(op);
      if (!(write && isWrittenBefore(write)) && failed(copy(op, b)))
        return failure();
    }
    return success();
  }

  /// Is it the model before the exit that gives a state this value?
  bool isWrittenBefore(WriteOp write) {
    return write.getValue() == exit.getResult() ||
           isBefore(write.getValue(), exit);
  }

  /// Copies an op behind the exit, and of those before it what it reads.
  LogicalResult copy(Operation &op, OpBuilder &b) {
    for (Value operand : op.getOperands())
      if (failed(bring(operand, b)))
        return failure();
    b.clone(op, mapping);
    return success();
  }

  /// Makes `value` known behind the exit.
  LogicalResult bring(Value value, OpBuilder &b) {
    if (mapping.contains(value))
      return success();
    Operation *op = value.getDefiningOp();
    if (auto table = dyn_cast_or_null<RopeTableOp>(op))
      return bringTable(table, b);
    auto read = dyn_cast_or_null<ReadOp>(op);
    bool isOldState = read && writtenBefore.contains(read.getStateAttr());
    if (!op || !isPure(op) || isOldState) {
      InFlightDiagnostic error = exit.emitOpError(
          "is crossed by another value than hidden states; expected what is "
          "behind it to read only these, positions, weights and states");
      error.attachNote(value.getLoc()) << "the value is made here";
      return error;
    }
    return copy(*op, b);
  }

  /// Of what a table of angles is like it reads the rows, which `hidden` has too.
  LogicalResult bringTable(RopeTableOp table, OpBuilder &b) {
    if (failed(bring(table.getPosition(), b)))
      return failure();
    IRMapping operands(mapping);
    operands.map(table.getLike(), mapping.lookup(exit.getResult()));
    mapping.map(table.getResult(), b.clone(*table, operands)->getResult(0));
    return success();
  }

  /// The attributes of one argument or result that is hidden states: its name, if
  /// the model's have names.
  ArrayAttr getHiddenName(Builder &b) {
    if (!model.getResAttrsAttr())
      return b.getArrayAttr(b.getDictionaryAttr({}));
    return b.getArrayAttr(b.getDictionaryAttr(
        b.getNamedAttr(kNameAttr, b.getStringAttr("hidden"))));
  }

  ModelOp model;
  ExitOp exit;
  SymbolTable &symbols;
  IRMapping mapping;
  /// The states that have their new value before the exit.
  DenseSet<Attribute> writtenBefore;
};

struct OutlineExits : impl::OutlineExitsPassBase<OutlineExits> {
  using Base::Base;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<ModelOp> models(getOperation().getOps<ModelOp>());
    for (ModelOp model : models) {
      SmallVector<ExitOp> exits = getExits(model);
      if (exits.empty())
        continue;
      if (exits.size() > 1) {
        exits[1].emitOpError("is the second exit of its model; one can be "
                             "outlined");
        return signalPassFailure();
      }
      if (failed(Outliner(model, exits[0], symbols).run()))
        return signalPassFailure();
      if (failed(describe(exits[0], symbols)))
        return signalPassFailure();
      removeExits(exits);
    }
  }

private:
  /// Tells the program what it has.
  LogicalResult describe(ExitOp exit, SymbolTable &symbols) {
    Builder b(&getContext());
    Block &body = *exit->getBlock();
    unsigned runs = countBlocks(body);
    unsigned before = countBlocks({body.begin(), exit->getIterator()});
    remark::passed(exit.getLoc(),
                   remark::RemarkOpts::name("OutlinedExit").category("exit"))
        << remark::metric("exit", before) << remark::metric("runs", runs);
    auto language = getOperation()->getAttrOfType<LanguageAttr>(kLanguageAttr);
    if (!language)
      return success();
    auto exitHead = symbols.lookup<ModelOp>(exit.getHeadAttr().getAttr());
    ModelOp plainHead = findHead();
    auto costOf = [&](ModelOp model, float known) {
      return b.getF32FloatAttr(known >= 0 ? known
                                          : getHeadCost(model, exit, runs));
    };
    DenseF32ArrayAttr rows;
    if (exit.getDrafts()) {
      FailureOr<SmallVector<float>> costs = getRowCosts(exit);
      if (failed(costs))
        return failure();
      rows = b.getDenseF32ArrayAttr(*costs);
    }
    auto described = LanguageAttr::getChecked(
        [&] { return exit.emitOpError(); }, &getContext(), language.getVocab(),
        language.getWidth(), language.getContextLength(), language.getBos(),
        language.getEos(), language.getChunk(), int64_t(runs), int64_t(before),
        int64_t(exit.getDrafts().value_or(0)), exit.getThresholdAttr(),
        costOf(plainHead ? plainHead : exitHead, head),
        costOf(exitHead, exitHeadCost), rows, exit.getAcceptanceRateAttr());
    if (!described)
      return failure();
    getOperation()->setAttr(kLanguageAttr, described);
    return success();
  }

  /// The head of plain decoding, or null.
  ModelOp findHead() {
    for (auto model : getOperation().getOps<ModelOp>())
      if (getRole(model) == kHeadRole)
        return model;
    return {};
  }

  /// What verifying 1 to drafts + 1 rows costs, in parts of one.
  FailureOr<SmallVector<float>> getRowCosts(ExitOp exit) {
    size_t count = size_t(*exit.getDrafts()) + 1;
    if (!rowCosts.empty() && rowCosts.size() != count)
      return exit.emitOpError("drafts ")
             << count - 1 << " tokens; expected the costs of " << count
             << " rows in the option 'rows', got " << rowCosts.size();
    if (!rowCosts.empty())
      return SmallVector<float>(rowCosts.begin(), rowCosts.end());
    constexpr float perRow = 0.4f;
    SmallVector<float> costs;
    for (int64_t rows : getVerifyRows(int64_t(count) - 1))
      costs.resize(size_t(rows), 1 + perRow * float(rows - 1));
    return costs;
  }
};

} // namespace
} // namespace mlir::eke
