//===- TranslateStage.cpp - From a linalg op to a stage -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/halide/TranslateStage.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::eke {

using namespace kernel;
using KernelExpr = kernel::Expr;

static TypeName nameOfType(Type type) {
  std::string name;
  llvm::raw_string_ostream(name) << getElementTypeOrSelf(type);
  return name;
}

int StageTranslator::add(KernelExpr expr) {
  stage.exprs.push_back(std::move(expr));
  return static_cast<int>(stage.exprs.size()) - 1;
}

int StageTranslator::addConstant(int64_t integer) {
  KernelExpr expr;
  expr.op = "constant";
  expr.type = "index";
  expr.integer = integer;
  return add(std::move(expr));
}

int StageTranslator::addBinary(StringRef name, int lhs, int rhs) {
  KernelExpr expr;
  expr.op = name.str();
  expr.type = "index";
  expr.operands = {lhs, rhs};
  return add(std::move(expr));
}

//===----------------------------------------------------------------------===//
// Loops and indices
//===----------------------------------------------------------------------===//

int StageTranslator::translateExtent(const halide::DimSource &source) {
  if (source.size)
    return addConstant(*source.size);
  if (source.dim < 0)
    return translateValue(source.argument);
  auto argument = cast<BlockArgument>(source.argument);
  KernelExpr expr;
  expr.op = "dim";
  expr.type = "index";
  expr.ref = argument.getArgNumber();
  expr.integer = source.dim;
  return add(std::move(expr));
}

void StageTranslator::translateLoops() {
  SmallVector<std::string> names = halide::getLoopNames(op);
  for (auto [index, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
    kernel::Loop loop;
    loop.name = names[index];
    loop.isReduction = kind == utils::IteratorType::reduction;
    if (loop.isReduction)
      loop.extent = translateExtent(*halide::findLoopExtent(op, index));
    stage.loops.push_back(std::move(loop));

    KernelExpr expr;
    expr.op = "loop";
    expr.type = "index";
    expr.ref = static_cast<int>(index);
    loops.push_back(add(std::move(expr)));
  }
}

/// The value of an affine expression without symbols whose dimensions are the
/// expressions `dims`. The expression is a tree, so its depth bounds the calls.
int StageTranslator::translateAffine(AffineExpr expr, ArrayRef<int> dims) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return addConstant(constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dims[dim.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  int lhs = translateAffine(binary.getLHS(), dims);
  int rhs = translateAffine(binary.getRHS(), dims);
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return addBinary("arith.addi", lhs, rhs);
  case AffineExprKind::Mul:
    return addBinary("arith.muli", lhs, rhs);
  case AffineExprKind::FloorDiv:
    return addBinary("arith.floordivsi", lhs, rhs);
  case AffineExprKind::CeilDiv:
    return addBinary("arith.ceildivsi", lhs, rhs);
  default: // floor modulo: the sign of the divisor, which is positive
    return addBinary("affine.mod", lhs, rhs);
  }
}

StageTranslator::Index StageTranslator::translateMap(AffineMap map) {
  return llvm::map_to_vector(map.getResults(), [&](AffineExpr expr) {
    return translateAffine(expr, loops);
  });
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// An element of a tensor of the body.
int StageTranslator::translateRead(Value tensor, ArrayRef<int> index) {
  Type type = tensor.getType();
  if (auto constant = tensor.getDefiningOp<arith::ConstantOp>()) {
    auto splat = cast<SplatElementsAttr>(constant.getValue());
    return translateConstant(splat.getSplatValue<Attribute>(),
                             splat.getElementType());
  }
  KernelExpr expr;
  expr.type = nameOfType(type);
  expr.operands.assign(index.begin(), index.end());
  if (auto argument = dyn_cast<BlockArgument>(tensor)) {
    expr.op = "load";
    expr.ref = argument.getArgNumber();
  } else {
    expr.op = "stage";
    expr.ref = stageOf.lookup(tensor);
  }
  return add(std::move(expr));
}

/// An argument of the linalg op's region: an element of an operand, or the
/// value so far.
int StageTranslator::translateRegionArgument(BlockArgument argument) {
  OpOperand *operand = op.getMatchingOpOperand(argument);
  if (op.isDpsInit(operand) && op.getTiedOpResult(operand) == result &&
      (op.getNumReductionLoops() > 0 ||
       halide::getOutIndex(body, operand->get()))) {
    stage.isUpdate = true;
    KernelExpr self;
    self.op = "self";
    self.type = stage.type;
    return add(std::move(self));
  }
  if (!isa<RankedTensorType>(operand->get().getType()))
    return translateValue(operand->get());
  return translateRead(operand->get(),
                       translateMap(op.getMatchingIndexingMap(operand)));
}

int StageTranslator::translateConstant(Attribute attr, Type type) {
  KernelExpr expr;
  expr.op = "constant";
  expr.type = nameOfType(type);
  if (auto integer = dyn_cast<IntegerAttr>(attr))
    expr.integer = type.isInteger(1) ? integer.getValue().getZExtValue()
                                     : integer.getValue().getSExtValue();
  else
    expr.real = cast<FloatAttr>(attr).getValueAsDouble();
  return add(std::move(expr));
}

/// The predicate of a comparison, as MLIR writes it, or nothing.
static std::string predicateOf(Operation *op) {
  if (auto cmp = dyn_cast<arith::CmpIOp>(op))
    return arith::stringifyCmpIPredicate(cmp.getPredicate()).str();
  if (auto cmp = dyn_cast<arith::CmpFOp>(op))
    return arith::stringifyCmpFPredicate(cmp.getPredicate()).str();
  return "";
}

/// An op whose operands, other than tensors, are in `exprOf`.
int StageTranslator::translateOp(Operation *inner) {
  if (auto constant = dyn_cast<arith::ConstantOp>(inner))
    return translateConstant(constant.getValue(), constant.getType());
  if (auto index = dyn_cast<linalg::IndexOp>(inner))
    return loops[index.getDim()];
  if (auto dim = dyn_cast<tensor::DimOp>(inner))
    if (std::optional<int64_t> number = dim.getConstantIndex())
      if (auto source = halide::findDimSource(dim.getSource(), *number))
        return translateExtent(*source);

  SmallVector<int> operands;
  for (Value operand : inner->getOperands())
    if (!isa<RankedTensorType>(operand.getType()))
      operands.push_back(exprOf.lookup(operand));
  if (auto extract = dyn_cast<tensor::ExtractOp>(inner))
    return translateRead(extract.getTensor(), operands);
  if (auto apply = dyn_cast<affine::AffineApplyOp>(inner)) {
    AffineMap map = apply.getAffineMap();
    SmallVector<AffineExpr> symbolsAsDims;
    for (unsigned i = 0; i < map.getNumSymbols(); ++i)
      symbolsAsDims.push_back(
          getAffineDimExpr(map.getNumDims() + i, op.getContext()));
    return translateAffine(map.getResult(0).replaceSymbols(symbolsAsDims),
                           operands);
  }
  KernelExpr expr;
  expr.op = inner->getName().getStringRef().str();
  expr.type = nameOfType(inner->getResult(0).getType());
  expr.operands.assign(operands.begin(), operands.end());
  expr.predicate = predicateOf(inner);
  expr.noNaNs = halide::promisesNoNaNs(inner);
  return add(std::move(expr));
}

/// A value that no op computes.
int StageTranslator::translateLeaf(Value value) {
  auto argument = cast<BlockArgument>(value);
  if (argument.getOwner() == op.getBlock())
    return translateRegionArgument(argument);
  KernelExpr expr;
  expr.op = "scalar";
  expr.type = "index";
  expr.ref = argument.getArgNumber();
  return add(std::move(expr));
}

/// A scalar of the body or of the op's region, with all it depends on.
int StageTranslator::translateValue(Value root) {
  SmallVector<Value> pending{root};
  while (!pending.empty()) {
    Value value = pending.back();
    if (exprOf.contains(value)) {
      pending.pop_back();
      continue;
    }
    Operation *inner = value.getDefiningOp();
    size_t before = pending.size();
    if (inner && !isa<tensor::DimOp>(inner))
      for (Value operand : inner->getOperands())
        if (!isa<RankedTensorType>(operand.getType()) &&
            !exprOf.contains(operand))
          pending.push_back(operand);
    if (pending.size() > before)
      continue;
    pending.pop_back();
    int expr = inner ? translateOp(inner) : translateLeaf(value);
    exprOf[value] = expr;
  }
  return exprOf.lookup(root);
}

kernel::Stage StageTranslator::translate() {
  stage.type = nameOfType(result.getType());
  translateLoops();
  OpOperand *init = op.getDpsInitOperand(result.getResultNumber());
  AffineMap map = op.getMatchingIndexingMap(init);
  for (AffineExpr expr : map.getResults())
    stage.resultLoops.push_back(cast<AffineDimExpr>(expr).getPosition());
  for (int64_t size : cast<RankedTensorType>(result.getType()).getShape())
    stage.resultDims.push_back(ShapedType::isDynamic(size)
                                   ? std::nullopt
                                   : std::optional<int64_t>(size));
  stage.value = translateValue(
      op.getBlock()->getTerminator()->getOperand(result.getResultNumber()));
  if (stage.isUpdate && !halide::getOutIndex(body, init->get()))
    stage.init = translateRead(init->get(), translateMap(map));
  return std::move(stage);
}

} // namespace mlir::eke
