//===- CompileKernel.cpp - From kernel descriptions to bitcode ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Halide reports errors by exceptions; none leaves compileWithHalide.
//
//===----------------------------------------------------------------------===//

#include "codegen/halide/CompileKernel.h"
#include "codegen/halide/HalideExpr.h"
#include "codegen/halide/HalideSchedule.h"
#include "codegen/halide/TakenApart.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

namespace mlir::eke::kernel {

using namespace Halide;
using HExpr = Halide::Expr;

namespace {

/// Builds the Funcs of one kernel.
class KernelBuilder {
public:
  explicit KernelBuilder(const Kernel &kernel) : kernel(kernel) {}

  /// Lowers the kernel to loops.
  Module lower(const Target &target);

private:
  void declareArguments();
  void defineStage(const Stage &stage);
  void constrainOutputs();

  std::map<std::string, ScheduledFunc> describeFuncs();

  void makeLoops(const Stage &stage);
  HExpr evaluate(const Stage &stage, int root);
  HExpr makeOne(const Stage &stage, const Expr &expr,
                const std::vector<HExpr> &args);
  HExpr makeDim(int argument, int64_t dim);
  HExpr makeStart(const Stage &stage);
  std::vector<HExpr> hideTerms(const Stage &stage, const Expr &step,
                               std::vector<HExpr> args);

  const Kernel &kernel;
  std::vector<ImageParam> images;       // of the arguments that are buffers
  std::vector<Param<int64_t>> scalars;  // of those that are scalars
  std::vector<Halide::Argument> params; // all, in order
  std::vector<int> slot;                // where in `images` or `scalars`
  std::vector<Func> funcs;              // of the stages
  std::vector<HExpr> loopExprs;         // of the stage being defined
  std::vector<HExpr> values;            // likewise, of its expressions
  std::vector<bool> isData;             // likewise, which depend on memory
};

/// Finds stages that would not fit on the stack.
class MemoryCheck : public Internal::IRVisitor {
public:
  std::string error;

private:
  using Internal::IRVisitor::visit;

  void visit(const Internal::Allocate *allocation) override {
    int64_t count = allocation->constant_allocation_size();
    int64_t bytes = count * allocation->type.bytes();
    if (count == 0 && !allocation->extents.empty())
      error = "stage \"" + allocation->name +
              "\" needs memory of a size that is not known when compiled";
    else if (bytes > maxStackBytes)
      error = "stage \"" + allocation->name + "\" needs " +
              std::to_string(bytes) + " bytes, more than " +
              std::to_string(maxStackBytes);
    IRVisitor::visit(allocation);
  }
};

/// Turns Halide's complaints into exceptions.
struct Reporter : CompileTimeErrorReporter {
  void warning(const char *) override {}
  void error(const char *message) override { throw CompileError(message); }
};

} // namespace

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

/// An extent read when run, of which it is known that `multiple` divides it.
static HExpr makeMultiple(const HExpr &extent, int64_t multiple) {
  int n = static_cast<int>(multiple);
  return n == 1 ? extent : (extent / n) * n;
}

/// Makes what is known about a buffer part of the code. Halide counts
/// dimensions from the innermost.
template <typename Param>
static void constrain(Param &param, const std::vector<Argument::Dim> &dims,
                      int64_t multiple) {
  int rank = static_cast<int>(dims.size());
  for (int i = 0; i < rank; ++i) {
    const Argument::Dim &dim = dims[rank - 1 - i];
    param.dim(i).set_min(0);
    if (dim.extent)
      param.dim(i).set_extent(static_cast<int>(*dim.extent));
    else if (multiple != 1)
      param.dim(i).set_extent(makeMultiple(param.dim(i).extent(), multiple));
    if (dim.stride)
      param.dim(i).set_stride(static_cast<int>(*dim.stride));
    else if (i == 0)
      param.dim(i).set_stride(HExpr()); // Halide's default is 1
  }
}

void KernelBuilder::declareArguments() {
  for (const Argument &argument : kernel.arguments) {
    if (argument.isScalar) {
      slot.push_back(static_cast<int>(scalars.size()));
      scalars.emplace_back(argument.name);
      params.push_back(scalars.back());
      continue;
    }
    ImageParam image(valueType(argument.type),
                     static_cast<int>(argument.dims.size()), argument.name);
    constrain(image, argument.dims, kernel.extentMultiple);
    slot.push_back(static_cast<int>(images.size()));
    images.push_back(image);
    params.push_back(image);
  }
}

void KernelBuilder::constrainOutputs() {
  for (size_t i = 0; i < kernel.outputs.size(); ++i) {
    Func &func = funcs[kernel.outputStages[i]];
    const std::vector<Argument::Dim> &dims = kernel.outputs[i].dims;
    OutputImageParam output = func.output_buffer();
    constrain(output, dims, kernel.extentMultiple);
    for (size_t dim = 0; dim < dims.size(); ++dim)
      if (!dims[dim].extent && kernel.extentMultiple != 1)
        func.align_extent(func.args()[dims.size() - 1 - dim],
                          static_cast<int>(kernel.extentMultiple));
  }
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

HExpr KernelBuilder::makeDim(int argument, int64_t dim) {
  int inCount = static_cast<int>(kernel.arguments.size());
  const Argument &of = argument < inCount ? kernel.arguments[argument]
                                          : kernel.outputs[argument - inCount];
  if (of.dims[dim].extent)
    return static_cast<int>(*of.dims[dim].extent);
  int fromInnermost = static_cast<int>(of.dims.size()) - 1 - int(dim);
  if (argument < inCount)
    return makeMultiple(images[slot[argument]].dim(fromInnermost).extent(),
                        kernel.extentMultiple);
  Func &func = funcs[kernel.outputStages[argument - inCount]];
  return makeMultiple(func.output_buffer().dim(fromInnermost).extent(),
                      kernel.extentMultiple);
}

/// Does `expr` continue from the value so far?
static bool accumulates(const Stage &stage, const Expr &expr) {
  return std::any_of(expr.operands.begin(), expr.operands.end(),
                     [&](int i) { return stage.exprs[i].op == "self"; });
}

/// `value`, of which Halide knows nothing. Else it would take a sum of positive numbers
/// for a positive one, even where it is too large for its type.
static HExpr hideBounds(const HExpr &value) {
  Type type = value.type();
  if (!type.is_int() || type.bits() < 32)
    return value;
  return reinterpret(type,
                     reinterpret(type.with_code(halide_type_uint), value));
}

/// Does `stage` compare numbers, or call a function that does?
static bool comparesNumbers(const Stage &stage) {
  return std::any_of(
      stage.exprs.begin(), stage.exprs.end(), [](const Expr &expr) {
        return expr.op == "arith.cmpf" || expr.op.rfind("math.", 0) == 0;
      });
}

/// What `stage` reads of `from`. A sum of floating point numbers may be NaN, which Halide's
/// LLVM promises not to happen: a comparison must not see where the number comes from.
static HExpr hideSum(const Stage &stage, const Stage &from,
                     const HExpr &value) {
  const Expr &step = from.exprs[from.value];
  bool isSum = from.isUpdate && step.type == "f32" && accumulates(from, step);
  return isSum && comparesNumbers(stage) ? hide(value) : value;
}

/// Hides from the accumulation `step` those of its terms that would be taken apart in it.
std::vector<HExpr> KernelBuilder::hideTerms(const Stage &stage,
                                            const Expr &step,
                                            std::vector<HExpr> args) {
  for (size_t i = 0; i < args.size(); ++i)
    if (isTakenApart(kernel, stage, step, step.operands[i]))
      args[i] = hide(args[i]);
  return args;
}

/// The value of an expression whose operands are `args`.
HExpr KernelBuilder::makeOne(const Stage &stage, const Expr &expr,
                             const std::vector<HExpr> &args) {
  if (expr.op == "loop")
    return loopExprs[expr.ref];
  if (expr.op == "scalar")
    return cast<int>(scalars[slot[expr.ref]]);
  if (expr.op == "dim")
    return makeDim(expr.ref, expr.integer);

  std::vector<HExpr> index(args.rbegin(), args.rend());
  if (expr.op == "load") {
    // Of an index that is itself data, Halide knows no bounds. Out of bounds
    // is undefined in MLIR, so it may believe that there are some. What is computed of
    // data is hidden: Halide 14 divides by zero where only the alignment of an index
    // tells that it is a constant.
    int rank = static_cast<int>(index.size());
    for (int i = 0; i < rank; ++i) {
      int operand = expr.operands[rank - 1 - i];
      if (!isData[operand])
        continue;
      if (stage.exprs[operand].op != "load")
        index[i] = hide(cast<int>(index[i]));
      index[i] = unsafe_promise_clamped(index[i], 0,
                                        makeDim(expr.ref, rank - 1 - i) - 1);
    }
    return cast(valueType(expr.type), images[slot[expr.ref]](index));
  }
  if (expr.op == "stage") {
    HExpr read = cast(valueType(expr.type), funcs[expr.ref](index));
    return hideSum(stage, kernel.stages[expr.ref], hideBounds(read));
  }
  if (expr.op == "self") {
    for (auto it = stage.resultLoops.rbegin(); it != stage.resultLoops.rend();
         ++it)
      index.push_back(loopExprs[*it]);
    return cast(valueType(expr.type),
                funcs[&stage - kernel.stages.data()](index));
  }
  // Numbers are rounded as written, whatever is around them, and may be infinite or
  // NaN. Only what a reduction adds up may be grouped, into the lanes of vectors.
  bool isGrouped = accumulates(stage, expr);
  HExpr value = !isGrouped && !expr.noNaNs && isExtremum(expr.op)
                    ? makeExtremum(expr.op, args)
                : isGrouped ? makeExpr(expr, hideTerms(stage, expr, args))
                : isWrapping(expr.op) ? makeWrapping(expr, args)
                                      : makeExpr(expr, args);
  return value.type().is_float() && !isGrouped && expr.op != "constant"
             ? strict_float(value)
             : value;
}

/// The value of expression `root` of a stage, with all it needs; operands come
/// before their users.
HExpr KernelBuilder::evaluate(const Stage &stage, int root) {
  std::vector<bool> needed(root + 1);
  needed[root] = true;
  for (int i = root; i >= 0; --i)
    if (needed[i] && !values[i].defined())
      for (int operand : stage.exprs[i].operands)
        needed[operand] = true;

  for (int i = 0; i <= root; ++i) {
    if (!needed[i] || values[i].defined())
      continue;
    std::vector<HExpr> args;
    for (int operand : stage.exprs[i].operands)
      args.push_back(values[operand]);
    values[i] = makeOne(stage, stage.exprs[i], args);
  }
  return values[root];
}

/// Makes the variables of a stage's loops.
void KernelBuilder::makeLoops(const Stage &stage) {
  std::vector<Internal::ReductionVariable> reductions; // innermost first
  for (size_t i = stage.loops.size(); i-- > 0;)
    if (stage.loops[i].isReduction)
      reductions.push_back(
          {stage.loops[i].name, 0, evaluate(stage, stage.loops[i].extent)});
  RDom domain;
  if (!reductions.empty())
    domain = RDom(Internal::ReductionDomain(reductions));

  loopExprs.clear();
  int reduction = static_cast<int>(reductions.size());
  for (const Loop &loop : stage.loops)
    loopExprs.push_back(loop.isReduction ? HExpr(domain[--reduction])
                                         : HExpr(Var(loop.name)));
}

/// Finds the expressions of a stage that depend on what memory holds.
static std::vector<bool> findData(const Stage &stage) {
  std::vector<bool> isData;
  for (const Expr &expr : stage.exprs) {
    bool reads = expr.op == "load" || expr.op == "stage" || expr.op == "self";
    for (int operand : expr.operands)
      reads |= isData[operand];
    isData.push_back(reads);
  }
  return isData;
}

/// What a reduction starts from. Of the larger of it and NaN, Halide's LLVM leaves NaN.
HExpr KernelBuilder::makeStart(const Stage &stage) {
  const Expr &step = stage.exprs[stage.value];
  HExpr start = evaluate(stage, stage.init);
  return isExtremum(step.op) && !step.noNaNs && step.type == "f32" ? hide(start)
                                                                   : start;
}

void KernelBuilder::defineStage(const Stage &stage) {
  values.assign(stage.exprs.size(), HExpr());
  isData = findData(stage);
  makeLoops(stage);
  std::vector<Var> vars;
  for (auto it = stage.resultLoops.rbegin(); it != stage.resultLoops.rend();
       ++it)
    vars.push_back(Var(stage.loops[*it].name));

  Func &func = funcs[&stage - kernel.stages.data()];
  Type type = valueType(stage.type);
  if (!stage.isUpdate) {
    func(vars) = cast(type, evaluate(stage, stage.value));
    return;
  }
  // An undefined value stores nothing: the output keeps what it holds.
  func(vars) = stage.init < 0 ? undef(type) : cast(type, makeStart(stage));
  func(vars) = cast(type, evaluate(stage, stage.value));
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// The Funcs by name, with their loops.
std::map<std::string, ScheduledFunc> KernelBuilder::describeFuncs() {
  std::map<std::string, ScheduledFunc> described;
  for (size_t i = 0; i < kernel.stages.size(); ++i) {
    const Stage &stage = kernel.stages[i];
    ScheduledFunc &scheduled = described[stage.name];
    scheduled.func = funcs[i];
    scheduled.isUpdate = stage.isUpdate;
    scheduled.hasInit = stage.init >= 0;
    for (const Loop &loop : stage.loops) {
      const Expr *extent =
          loop.isReduction ? &stage.exprs[loop.extent] : nullptr;
      scheduled.loops[loop.name] = {loop.isReduction,
                                    extent && extent->op == "constant"
                                        ? std::optional(extent->integer)
                                        : std::nullopt};
    }
    for (size_t dim = 0; dim < stage.resultLoops.size(); ++dim)
      scheduled.loops[stage.loops[stage.resultLoops[dim]].name].extent =
          stage.resultDims[dim];
  }
  for (int output : kernel.outputStages)
    described[kernel.stages[output].name].isOutput = true;
  return described;
}

Module KernelBuilder::lower(const Target &target) {
  declareArguments();
  for (const Stage &stage : kernel.stages)
    funcs.emplace_back(stage.name);
  for (const Stage &stage : kernel.stages)
    defineStage(stage);
  constrainOutputs();

  std::map<std::string, ScheduledFunc> described = describeFuncs();
  applySchedule(kernel.schedule, described);

  std::vector<Func> outputs;
  for (int output : kernel.outputStages)
    outputs.push_back(funcs[output]);
  return Pipeline(outputs).compile_to_module(params, kernel.symbol, target,
                                             LinkageType::External);
}

/// Halide makes names unique by `$` and a number that counts in the process.
static std::string withoutCounters(const std::string &text) {
  static const std::regex counter("\\$[0-9]+");
  return std::regex_replace(text, counter, "");
}

namespace {

/// Reads what Halide writes to a file, without one: its own temporary files lie in /tmp,
/// wherever they shall be, stay there on a signal, and end the process if the disk is
/// full.
class BitcodePipe {
public:
  BitcodePipe() {
    if (pipe2(ends, O_CLOEXEC) != 0)
      throw CompileError(std::string("cannot create a pipe: ") +
                         strerror(errno));
    reader = std::thread([this] {
      char buffer[16384];
      for (;;) {
        ssize_t size = read(ends[0], buffer, sizeof(buffer));
        if (size > 0)
          bitcode.append(buffer, size);
        else if (size == 0 || errno != EINTR)
          break;
      }
    });
  }
  ~BitcodePipe() {
    finish();
    close(ends[0]);
  }
  BitcodePipe(const BitcodePipe &) = delete;
  BitcodePipe &operator=(const BitcodePipe &) = delete;

  std::string getPath() const {
    return "/proc/self/fd/" + std::to_string(ends[1]);
  }

  /// All that was written; nobody writes any more.
  std::string finish() {
    if (reader.joinable()) {
      close(ends[1]);
      reader.join();
    }
    return std::move(bitcode);
  }

private:
  int ends[2];
  std::string bitcode;
  std::thread reader;
};

} // namespace

/// The target, of which LLVM must not unroll or vectorise loops by itself: that is
/// for schedules to say. Later Halides do not ask it to, and lack the feature.
static Target findTarget(const std::string &target) {
  std::string asScheduled = target + "-disable_llvm_loop_opt";
  return Target(Target::validate_target_string(asScheduled) ? asScheduled
                                                            : target);
}

std::optional<HalideMachine> findHalideMachine(const std::string &target) {
  if (!Target::validate_target_string(target))
    return std::nullopt;
  Target machine(target);
  if (machine.has_unknowns())
    return std::nullopt;
  return HalideMachine{machine.arch == Target::ARM, machine.arch == Target::X86,
                       machine.bits};
}

HalideResult compileWithHalide(const Kernel &kernel,
                               const std::string &target) {
  static Reporter reporter;
  set_custom_compile_time_error_reporter(&reporter);
  HalideResult result;
  try {
    Module module = KernelBuilder(kernel).lower(findTarget(target));
    MemoryCheck check;
    for (const Internal::LoweredFunc &function : module.functions())
      function.body.accept(&check);
    if (!check.error.empty()) {
      result.error = withoutCounters(check.error);
      return result;
    }
    std::ostringstream statement;
    statement << module;
    result.statement = withoutCounters(statement.str());

    BitcodePipe bitcode;
    module.compile({{OutputFileType::bitcode, bitcode.getPath()}});
    result.bitcode = bitcode.finish();
  } catch (const Error &error) {
    result.error = withoutCounters(error.what());
  }
  return result;
}

} // namespace mlir::eke::kernel
