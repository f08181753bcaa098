//===- Expressible.cpp - What Halide can express --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A body is a list of linalg ops, which become Funcs, and of scalar arithmetic.
// Anything else, and any use of a linalg op that a Func cannot mirror, has its
// reason here; codegen/halide relies on it.
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/Expressible.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

namespace mlir::eke::halide {

using Reason = std::optional<std::string>;

static std::string nameOf(Operation *op) {
  return op->getName().getStringRef().str();
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// The operand dimensions of `op` that loop `loop` runs along, alone.
static SmallVector<std::pair<Value, int64_t>> dimsAlong(linalg::LinalgOp op,
                                                        unsigned loop) {
  SmallVector<std::pair<Value, int64_t>> dims;
  AffineExpr expr = getAffineDimExpr(loop, op.getContext());
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [dim, result] : llvm::enumerate(map.getResults()))
      if (result == expr)
        dims.push_back({operand.get(), static_cast<int64_t>(dim)});
  }
  return dims;
}

/// The source of a size given as a value: a scalar argument or a constant.
static std::optional<DimSource> sourceOfSize(Value size) {
  if (auto constant = size.getDefiningOp<arith::ConstantIndexOp>())
    return DimSource{constant.value(), {}, -1};
  if (isa<BlockArgument>(size))
    return DimSource{std::nullopt, size, -1};
  return std::nullopt;
}

/// The source of a dimension, if it can be told from `pending` alone; else adds
/// the dimensions it equals to `pending`.
static std::optional<DimSource>
stepToSource(Value tensor, int64_t dim,
             SmallVectorImpl<std::pair<Value, int64_t>> &pending) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(dim))
    return DimSource{type.getDimSize(dim), {}, -1};
  if (isa<BlockArgument>(tensor))
    return DimSource{std::nullopt, tensor, dim};
  if (auto empty = tensor.getDefiningOp<tensor::EmptyOp>()) {
    Value size = empty.getDynamicSizes()[type.getDynamicDimIndex(dim)];
    if (auto dimOp = size.getDefiningOp<tensor::DimOp>())
      if (std::optional<int64_t> index = dimOp.getConstantIndex()) {
        pending.push_back({dimOp.getSource(), *index});
        return std::nullopt;
      }
    return sourceOfSize(size);
  }
  if (auto op = tensor.getDefiningOp<linalg::LinalgOp>()) {
    unsigned result = cast<OpResult>(tensor).getResultNumber();
    pending.push_back({op.getDpsInitOperand(result)->get(), dim});
    AffineExpr expr =
        op.getMatchingIndexingMap(op.getDpsInitOperand(result)).getResult(dim);
    if (auto loop = dyn_cast<AffineDimExpr>(expr))
      llvm::append_range(pending, dimsAlong(op, loop.getPosition()));
  }
  return std::nullopt;
}

/// The first source found for any of some dimensions that are equal.
static std::optional<DimSource>
findSource(SmallVector<std::pair<Value, int64_t>> pending) {
  llvm::SmallDenseSet<std::pair<Value, int64_t>> seen;
  for (size_t next = 0; next < pending.size(); ++next) {
    auto [tensor, dim] = pending[next];
    if (!isa<RankedTensorType>(tensor.getType()) ||
        !seen.insert(pending[next]).second)
      continue;
    if (std::optional<DimSource> source = stepToSource(tensor, dim, pending))
      return source;
  }
  return std::nullopt;
}

std::optional<DimSource> findDimSource(Value tensor, int64_t dim) {
  return findSource({{tensor, dim}});
}

std::optional<DimSource> findLoopExtent(Operation *linalgOp, unsigned loop) {
  auto op = cast<linalg::LinalgOp>(linalgOp);
  int64_t size = op.getStaticLoopRanges()[loop];
  if (!ShapedType::isDynamic(size))
    return DimSource{size, {}, -1};
  return findSource(dimsAlong(op, loop));
}

std::optional<unsigned> getOutIndex(Block &body, Value tensor) {
  auto argument = dyn_cast<BlockArgument>(tensor);
  if (!argument || argument.getOwner() != &body)
    return std::nullopt;
  unsigned outCount = body.getTerminator()->getNumOperands();
  unsigned inCount = body.getNumArguments() - outCount;
  if (argument.getArgNumber() < inCount)
    return std::nullopt;
  return argument.getArgNumber() - inCount;
}

std::optional<std::string> getStoreStage(Block &body, Value result) {
  auto op = result.getDefiningOp<linalg::LinalgOp>();
  auto name = op ? op->getAttrOfType<StringAttr>(stageAttrName) : StringAttr();
  if (!name || op.getNumReductionLoops() == 0 ||
      getOutIndex(body, op.getDpsInitsMutable()[0].get()) ||
      op->getNumResults() != 1)
    return std::nullopt;
  return (name.getValue() + storeSuffix).str();
}

SmallVector<unsigned> getResultLoops(Value result) {
  auto op = result.getDefiningOp<linalg::LinalgOp>();
  unsigned index = cast<OpResult>(result).getResultNumber();
  SmallVector<unsigned> loops;
  for (AffineExpr expr :
       op.getMatchingIndexingMap(op.getDpsInitOperand(index)).getResults())
    if (auto loop = dyn_cast<AffineDimExpr>(expr))
      loops.push_back(loop.getPosition());
  return loops;
}

//===----------------------------------------------------------------------===//
// Scalar ops
//===----------------------------------------------------------------------===//

/// The scalar ops that codegen/halide/CompileExpr.cpp knows, besides casts.
static bool isArithmetic(Operation *op) {
  return isa<
      arith::AddFOp, arith::AddIOp, arith::AndIOp, arith::CeilDivSIOp,
      arith::CmpFOp, arith::CmpIOp, arith::DivFOp, arith::DivSIOp,
      arith::DivUIOp, arith::FloorDivSIOp, arith::MaxNumFOp, arith::MaxSIOp,
      arith::MaxUIOp, arith::MaximumFOp, arith::MinNumFOp, arith::MinSIOp,
      arith::MinUIOp, arith::MinimumFOp, arith::MulFOp, arith::MulIOp,
      arith::NegFOp, arith::OrIOp, arith::RemSIOp, arith::RemUIOp,
      arith::SelectOp, arith::ShLIOp, arith::ShRSIOp, arith::ShRUIOp,
      arith::SubFOp, arith::SubIOp, arith::XOrIOp, math::AbsFOp, math::AbsIOp,
      math::CeilOp, math::CosOp, math::ErfOp, math::ExpOp, math::FloorOp,
      math::FmaOp, math::LogOp, math::PowFOp, math::RoundEvenOp, math::RsqrtOp,
      math::SinOp, math::SqrtOp, math::TanhOp, SaturatingAddOp>(op);
}

/// Ops that turn a value into one of another type.
static bool isCast(Operation *op) {
  return isa<arith::BitcastOp, arith::ExtFOp, arith::ExtSIOp, arith::ExtUIOp,
             arith::FPToSIOp, arith::FPToUIOp, arith::IndexCastOp,
             arith::IndexCastUIOp, arith::SIToFPOp, arith::TruncFOp,
             arith::TruncIOp, arith::UIToFPOp>(op);
}

/// Is it a type of which codegen has values?
static bool isKernelType(Type type) {
  return type.isInteger(1) || type.isInteger(8) || type.isInteger(16) ||
         type.isInteger(32) || type.isInteger(64) || type.isF16() ||
         type.isF32() || type.isIndex();
}

static bool touchesHalf(Operation *op) {
  auto isHalf = [](Type type) { return type.isF16(); };
  return llvm::any_of(op->getOperandTypes(), isHalf) ||
         llvm::any_of(op->getResultTypes(), isHalf);
}

/// Does `op` pass the bits of f16 on, or turn them into f32 and back? Codegen has no
/// more than the bits.
static bool movesHalf(Operation *op) {
  if (isa<arith::ExtFOp>(op))
    return op->getResult(0).getType().isF32();
  if (isa<arith::TruncFOp>(op))
    return op->getOperand(0).getType().isF32();
  return isa<arith::BitcastOp, arith::SelectOp>(op);
}

static std::string nameOf(Type type) {
  std::string name;
  llvm::raw_string_ostream(name) << type;
  return name;
}

/// Why an op in the region of a linalg op computes what no Expr does, whatever its
/// operands are.
static Reason whyNotScalar(Operation *op) {
  for (Type type : op->getResultTypes())
    if (!isKernelType(getElementTypeOrSelf(type)))
      return nameOf(op) + " has type " + nameOf(type) +
             ", which kernels do not have";
  if (isa<affine::AffineApplyOp, arith::ConstantOp, linalg::IndexOp,
          tensor::DimOp, tensor::ExtractOp>(op))
    return std::nullopt;
  if (!isArithmetic(op) && !isCast(op))
    return nameOf(op) + " has no counterpart in Halide";
  if (touchesHalf(op) && !movesHalf(op))
    return nameOf(op) + " computes in f16; f16 is for storage only";
  return std::nullopt;
}

/// Why `op`, in the body or in the region of a linalg op, is no Expr.
static Reason whyNotExpr(Operation *op, Block &body) {
  if (Reason reason = whyNotScalar(op))
    return reason;
  if (auto dim = dyn_cast<tensor::DimOp>(op)) {
    std::optional<int64_t> number = dim.getConstantIndex();
    if (!number || !findDimSource(dim.getSource(), *number))
      return "tensor.dim of a dimension of unknown origin";
  }
  if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    auto argument = dyn_cast<BlockArgument>(extract.getTensor());
    if (!argument || argument.getOwner() != &body ||
        getOutIndex(body, argument))
      return "tensor.extract reads something else than an input";
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Linalg ops
//===----------------------------------------------------------------------===//

/// The values of the op's region that its result `result` depends on.
static llvm::SmallDenseSet<Value> valuesBehind(linalg::LinalgOp op,
                                               unsigned result) {
  SmallVector<Value> pending{
      op.getBlock()->getTerminator()->getOperand(result)};
  llvm::SmallDenseSet<Value> seen;
  while (!pending.empty()) {
    Value value = pending.pop_back_val();
    if (!seen.insert(value).second || isa<BlockArgument>(value))
      continue;
    if (value.getDefiningOp()->getBlock() == op.getBlock())
      llvm::append_range(pending, value.getDefiningOp()->getOperands());
  }
  return seen;
}

/// Why reading `tensor` as operand of a linalg op is impossible.
static Reason whyNotRead(Value tensor, Block &body) {
  if (!isa<RankedTensorType>(tensor.getType()))
    return std::nullopt;
  if (getOutIndex(body, tensor))
    return "an output is read other than as the initial value of its result";
  Operation *producer = tensor.getDefiningOp();
  if (!producer || isa<linalg::LinalgOp>(producer))
    return std::nullopt;
  if (isa<tensor::EmptyOp>(producer))
    return "an uninitialised tensor is read";
  auto constant = dyn_cast<arith::ConstantOp>(producer);
  if (!constant || !isa<SplatElementsAttr>(constant.getValue()))
    return nameOf(producer) + " has no counterpart in Halide";
  return std::nullopt;
}

/// Why the result `index` of `op` cannot start from its init operand.
static Reason whyNotInit(linalg::LinalgOp op, unsigned index, Block &body) {
  llvm::SmallDenseSet<Value> used = valuesBehind(op, index);
  for (OpOperand &init : op.getDpsInitsMutable()) {
    if (!used.contains(op.getMatchingBlockArgument(&init)))
      continue;
    OpResult result = op.getTiedOpResult(&init);
    if (result.getResultNumber() != index) {
      if (op.getNumReductionLoops() > 0)
        return nameOf(op) + " has two reductions that depend on each other";
      if (Reason reason = whyNotRead(init.get(), body))
        return reason;
      continue;
    }
    std::optional<unsigned> out = getOutIndex(body, init.get());
    if (out && body.getTerminator()->getOperand(*out) == result)
      continue;
    if (Reason reason = whyNotRead(init.get(), body))
      return reason;
  }
  return std::nullopt;
}

/// Why result `index` of `op` is not stored at one place per iteration.
static Reason whyNotStored(linalg::LinalgOp op, unsigned index) {
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(index));
  if (!map.isProjectedPermutation())
    return nameOf(op) + " stores at something else than its loops";
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
    bool stored = map.isFunctionOfDim(loop);
    bool parallel = kind == utils::IteratorType::parallel;
    if (stored != parallel)
      return nameOf(op) + " has a parallel loop that its result does not have";
  }
  return std::nullopt;
}

/// Does one of `values`, of the op's region, read memory along `loop`?
static bool readsAlong(linalg::LinalgOp op, unsigned loop,
                       const llvm::SmallDenseSet<Value> &values) {
  for (OpOperand *input : op.getDpsInputOperands())
    if (values.contains(op.getMatchingBlockArgument(input)) &&
        op.getMatchingIndexingMap(input).isFunctionOfDim(loop))
      return true;
  bool extracts = llvm::any_of(values, [](Value value) {
    return value.getDefiningOp<tensor::ExtractOp>() != nullptr;
  });
  return extracts && llvm::any_of(op.getBlock()->getOps<linalg::IndexOp>(),
                                  [&](linalg::IndexOp index) {
                                    return index.getDim() == loop &&
                                           values.contains(index.getResult());
                                  });
}

/// Why result `index` of the reduction `op` is not reduced. Halide runs a loop only
/// where something differs along it; and of one for the least index it believes that the
/// value so far, where it begins, ends it.
static Reason whyNotReduced(linalg::LinalgOp op, unsigned index) {
  llvm::SmallDenseSet<Value> values = valuesBehind(op, index);
  if (!values.contains(
          op.getMatchingBlockArgument(op.getDpsInitOperand(index))))
    return nameOf(op) + " has a reduction that ignores the value so far";
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (kind == utils::IteratorType::reduction && !readsAlong(op, loop, values))
      return nameOf(op) + " has a reduction that reads nothing along its loop";
  return std::nullopt;
}

/// Is `op` the larger or smaller of a number and the value so far of the reduction
/// around it?
static bool accumulates(Operation *op) {
  auto stage = dyn_cast<linalg::LinalgOp>(op->getParentOp());
  return stage && stage.getNumReductionLoops() > 0 &&
         llvm::any_of(op->getOperands(), [&](Value operand) {
           return llvm::is_contained(stage.getRegionOutputArgs(), operand);
         });
}

/// Halide takes the constant NaN that a reduction begins with for a number.
static Reason whyNotStarted(linalg::LinalgOp op, unsigned index) {
  auto fill = op.getDpsInits()[index].getDefiningOp<linalg::FillOp>();
  FloatAttr number;
  if (!fill || !matchPattern(fill.getInputs()[0], m_Constant(&number)) ||
      !number.getValue().isNaN())
    return std::nullopt;
  for (Operation &inner : *op.getBlock())
    if (isa<arith::MaxNumFOp, arith::MinNumFOp>(inner) && accumulates(&inner))
      return nameOf(op) + " has a reduction that begins with NaN";
  return std::nullopt;
}

Reason whyNotStage(Operation *op) {
  auto stage = cast<linalg::LinalgOp>(op);
  for (Value operand : op->getOperands()) {
    Type element = getElementTypeOrSelf(operand);
    if (!isKernelType(element))
      return nameOf(op) + " has elements of type " + nameOf(element) +
             ", which kernels do not have";
  }
  for (unsigned index = 0; index < stage.getNumDpsInits(); ++index) {
    if (Reason reason = whyNotStored(stage, index))
      return reason;
    if (stage.getNumReductionLoops() == 0)
      continue;
    if (Reason reason = whyNotReduced(stage, index))
      return reason;
    if (Reason reason = whyNotStarted(stage, index))
      return reason;
  }
  for (Operation &inner : stage.getBlock()->without_terminator())
    if (Reason reason = whyNotScalar(&inner))
      return reason;
  return std::nullopt;
}

/// As `whyNotStage`, for an op in a body.
static Reason whyNotStageIn(Block &body, linalg::LinalgOp op) {
  if (Reason reason = whyNotStage(op))
    return reason;
  for (OpOperand *input : op.getDpsInputOperands())
    if (Reason reason = whyNotRead(input->get(), body))
      return reason;
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (kind != utils::IteratorType::parallel && !findLoopExtent(op, loop))
      return nameOf(op) + " has a reduction of unknown length";
  for (unsigned index = 0; index < op.getNumDpsInits(); ++index)
    if (Reason reason = whyNotInit(op, index, body))
      return reason;
  for (Operation &inner : op.getBlock()->without_terminator())
    if (Reason reason = whyNotExpr(&inner, body))
      return reason;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// NaNs
//===----------------------------------------------------------------------===//

bool promisesNoNaNs(Operation *op) {
  auto flagged = dyn_cast<arith::ArithFastMathInterface>(op);
  arith::FastMathFlagsAttr flags =
      flagged ? flagged.getFastMathFlagsAttr() : nullptr;
  return flags && arith::bitEnumContainsAll(flags.getValue(),
                                            arith::FastMathFlags::nnan);
}

/// What the reductions of a body need, each once.
static llvm::SmallDenseSet<Extrema> findAllExtrema(Block &body) {
  llvm::SmallDenseSet<Extrema> found;
  body.walk([&](arith::ArithFastMathInterface op) {
    if (promisesNoNaNs(op) || !accumulates(op))
      return;
    if (isa<arith::MaximumFOp, arith::MinimumFOp>(op))
      found.insert(Extrema::NaNsWin);
    else if (isa<arith::MaxNumFOp, arith::MinNumFOp>(op))
      found.insert(Extrema::NumbersWin);
  });
  return found;
}

Extrema findAccumulatedExtrema(Block &body) {
  llvm::SmallDenseSet<Extrema> found = findAllExtrema(body);
  return found.empty() ? Extrema::NoNaNs : *found.begin();
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

/// Each output must be a linalg op of its own.
static Reason whyNotOutputs(Block &body) {
  llvm::SmallDenseSet<Value> yielded;
  for (Value value : body.getTerminator()->getOperands()) {
    if (!value.getDefiningOp<linalg::LinalgOp>())
      return "a result is not computed by a linalg op";
    if (!yielded.insert(value).second)
      return "one value is two results";
  }
  return std::nullopt;
}

Reason whyNotHalide(Block &body) {
  for (Operation &op : body.without_terminator()) {
    if (isa<tensor::EmptyOp>(op))
      continue;
    Reason reason;
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
      reason = whyNotStageIn(body, linalgOp);
    else
      reason = whyNotExpr(&op, body);
    if (reason)
      return reason;
  }
  if (findAllExtrema(body).size() > 1)
    return "arith.maximumf and arith.maxnumf are accumulated in one body";
  return whyNotOutputs(body);
}

} // namespace mlir::eke::halide
