//===- TranslateKernel.cpp - From MLIR to kernel descriptions -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   each result of a linalg op          becomes     a Stage
//   its loops                                       Var (parallel), RVar
//   its region, affine maps, scalars                a list of Expr
//   its init operand                                the Stage's initial value
//
//===----------------------------------------------------------------------===//

#include "codegen/halide/TranslateKernel.h"
#include "codegen/halide/TranslateStage.h"
#include "dialects/eke/TargetLayout.h"
#include "dialects/halide/Expressible.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/TypeUtilities.h"

namespace mlir::eke {

using namespace kernel;

static TypeName nameOfType(Type type) {
  std::string name;
  llvm::raw_string_ostream(name) << type;
  return name;
}

/// The type of an element in memory: an index is as wide as the target's pointers.
static TypeName nameOfElement(Type element, Operation *op) {
  if (element.isIndex())
    element = IntegerType::get(op->getContext(), getPointerBits(op));
  return nameOfType(element);
}

/// Describes a parameter of memref or index type.
static kernel::Argument describeArgument(Type type, std::string name,
                                         Operation *op) {
  kernel::Argument argument;
  argument.name = std::move(name);
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref) {
    argument.isScalar = true;
    argument.type = "index";
    return argument;
  }
  argument.type = nameOfElement(memref.getElementType(), op);
  auto [strides, offset] = memref.getStridesAndOffset();
  for (auto [extent, stride] : llvm::zip_equal(memref.getShape(), strides)) {
    kernel::Argument::Dim dim;
    if (!ShapedType::isDynamic(extent))
      dim.extent = extent;
    if (!ShapedType::isDynamic(stride))
      dim.stride = stride;
    argument.dims.push_back(dim);
  }
  return argument;
}

static std::vector<StageSchedule> describeSchedule(ArrayAttr schedule) {
  std::vector<StageSchedule> stages;
  if (!schedule)
    return stages;
  for (auto stage : schedule.getAsRange<halide::StageAttr>()) {
    StageSchedule &described = stages.emplace_back();
    described.stage = stage.getName().str();
    for (halide::DirectiveAttr attr : stage.getDirectives()) {
      Directive &directive = described.directives.emplace_back();
      directive.kind = stringifyDirectiveKind(attr.getKind()).str();
      for (StringAttr loop : attr.getLoops())
        directive.loops.push_back(loop.str());
      if (attr.getStage())
        directive.stage = attr.getStage().str();
      directive.factor = attr.getFactor();
    }
  }
  return stages;
}

/// A name for each stage: its `halide.stage`, or `stage` and a number. Further
/// results of one op get a number too.
static std::string nameStage(Operation *op, unsigned result, size_t number) {
  auto given = op->getAttrOfType<StringAttr>(halide::stageAttrName);
  if (!given)
    return "stage" + std::to_string(number);
  if (result == 0)
    return given.str();
  return given.str() + "." + std::to_string(result);
}

/// A stage that copies what the stage `number`, which is `summed`, reduces.
static Stage makeStoreStage(const Stage &summed, int number) {
  Stage store;
  store.type = summed.type;
  store.resultDims = summed.resultDims;
  kernel::Expr read;
  read.op = "stage";
  read.type = summed.type;
  read.ref = number;
  for (int loop : summed.resultLoops) {
    kernel::Expr index;
    index.op = "loop";
    index.type = "index";
    index.ref = static_cast<int>(store.loops.size());
    store.resultLoops.push_back(index.ref);
    read.operands.push_back(static_cast<int>(store.exprs.size()));
    store.loops.push_back(summed.loops[loop]);
    store.exprs.push_back(std::move(index));
  }
  store.value = static_cast<int>(store.exprs.size());
  store.exprs.push_back(std::move(read));
  return store;
}

/// The stage that stores a result, of which `number` is the stage that computes it.
static int addResult(Kernel &kernel, Block &body, Value result, int number) {
  std::optional<std::string> name = halide::getStoreStage(body, result);
  if (!name || llvm::none_of(kernel.schedule, [&](const StageSchedule &stage) {
        return stage.stage == *name;
      }))
    return number;
  Stage store = makeStoreStage(kernel.stages[number], number);
  store.name = *name;
  kernel.stages.push_back(std::move(store));
  return static_cast<int>(kernel.stages.size()) - 1;
}

FailureOr<Kernel> translateKernel(halide::KernelOp op) {
  Block &body = op.getBody().front();
  if (std::optional<std::string> reason = halide::whyNotHalide(body))
    return op.emitOpError("is not for Halide: ") << *reason;

  Kernel kernel;
  kernel.symbol = op.getSymName().str();
  kernel.schedule = describeSchedule(op.getScheduleAttr());
  kernel.extentMultiple = op.getExtentMultiple().value_or(1);
  for (auto [index, type] :
       llvm::enumerate(op.getInTypes().getAsValueRange<TypeAttr>()))
    kernel.arguments.push_back(
        describeArgument(type, "in" + std::to_string(index), op));
  for (auto [index, type] :
       llvm::enumerate(op.getOutTypes().getAsValueRange<TypeAttr>()))
    kernel.outputs.push_back(
        describeArgument(type, "out" + std::to_string(index), op));

  DenseMap<Value, int> stageOf;
  for (auto linalgOp : body.getOps<linalg::LinalgOp>())
    for (OpResult result : linalgOp->getResults()) {
      StageTranslator translator(body, stageOf, result);
      int number = static_cast<int>(kernel.stages.size());
      Stage stage = translator.translate();
      stage.name = nameStage(linalgOp, result.getResultNumber(), number);
      stage.type = nameOfElement(getElementTypeOrSelf(result), op);
      stageOf[result] = number;
      kernel.stages.push_back(std::move(stage));
    }
  for (Value value : op.getYield().getValues())
    kernel.outputStages.push_back(
        addResult(kernel, body, value, stageOf.lookup(value)));
  return kernel;
}

} // namespace mlir::eke
