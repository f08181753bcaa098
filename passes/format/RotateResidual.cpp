//===- RotateResidual.cpp - Activations without outliers ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With Q orthogonal, and x' = x Q for every x of the residual stream:
//
//   norm(x, g) W^T  =  norm(x', 1) (W diag(g) Q)^T        layers that read it
//   (h W^T) Q       =  h (Q^T W)^T                        layers that write it
//   embed(E) Q      =  embed(E Q)                         and what looks tokens up
//
// so that weights take up all of the rotation, but where the stream enters or leaves a
// model, and where a rotated weight is read by something else.
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Format.h"
#include "dialects/eke/Rotation.h"
#include "dialects/formats/SampleError.h"
#include "passes/Passes.h"
#include "passes/format/Bindings.h"
#include "passes/format/ResidualStream.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::eke {

#define GEN_PASS_DEF_ROTATERESIDUALPASS
#include "passes/Passes.h.inc"

/// The inputs that are rotated together where a rotation stays at run time: few, for it
/// to be cheap.
static constexpr int64_t kRunTimePart = 16;

/// How much larger the errors of rounded weights may become. Those of trained weights, which
/// are like random numbers, stay within a few per cent.
static constexpr double kMostGrowth = 1.25;

static remark::RemarkOpts remarkNamed(StringRef name) {
  return remark::RemarkOpts::name(name).category("rotate");
}

namespace {

/// What becomes of a weight.
struct Change {
  /// The basis of its inputs and of its outputs is rotated.
  bool inputs = false, outputs = false;
  /// Parts of the inputs that the layer rotates at run time; 0 for none.
  int64_t parts = 0;
  /// The weight that the inputs are scaled by; null for none.
  StringAttr scale;

  bool operator==(const Change &other) const {
    return inputs == other.inputs && outputs == other.outputs &&
           parts == other.parts && scale == other.scale;
  }
};

/// Says what becomes of which weight, or why that cannot be.
class Planner {
public:
  Planner(ModuleOp module, const BoundWeights &bound,
          const ResidualStream &stream, StringRef root)
      : symbols(module), bindings(module), bound(bound), stream(stream),
        root(root) {}

  /// False if a weight is in the way.
  bool plan();

  llvm::MapVector<StringAttr, Change> changes;
  /// Layers with a rotated weight and rows that are not rotated yet: in so many parts.
  llvm::MapVector<LinearOp, int64_t> rotatedRows;
  Operation *obstacle = nullptr;
  StringRef reason;

private:
  bool refuse(Operation *op, StringRef why) {
    obstacle = op;
    reason = why;
    return false;
  }

  bool add(Operation *op, Value weight, Change change, Value scale = {});
  bool addReader(LinearOp layer);
  bool addWriter(LinearOp layer);
  bool checkWeight(StringAttr symbol, const Change &change);
  bool checkUse(OpOperand &use, const Change &change);

  SymbolTable symbols;
  Bindings bindings;
  const BoundWeights &bound;
  const ResidualStream &stream;
  StringRef root;
};

} // namespace

/// Notes that the weights that `weight` stands for are changed so, each with the scale that
/// is bound beside it.
bool Planner::add(Operation *op, Value weight, Change change, Value scale) {
  SmallVector<StringAttr> names = bound.symbolsOf(weight), scales;
  if (names.empty())
    return refuse(op, "has a weight that is none of the module");
  if (scale)
    scales = bound.symbolsOf(scale);
  if (scale && scales.size() != names.size())
    return refuse(op, "follows a norm whose scale is no weight of the module");
  for (auto [number, name] : llvm::enumerate(names)) {
    change.scale = scale ? scales[number] : StringAttr();
    auto [known, isNew] = changes.insert({name, change});
    if (!isNew && !(known->second == change))
      return refuse(op,
                    "has a weight that another layer needs in another form");
  }
  return true;
}

bool Planner::addReader(LinearOp layer) {
  Change change;
  change.inputs = true;
  change.outputs = stream.writers.contains(layer);
  return add(layer, layer.getWeight(), change,
             layer.getInput().getDefiningOp<NormOp>().getWeight());
}

bool Planner::addWriter(LinearOp layer) {
  Change bias;
  bias.inputs = true;
  if (layer.getBias() && !add(layer, layer.getBias(), bias))
    return false;
  if (stream.readers.contains(layer))
    return true;
  Change change;
  change.outputs = true;
  // What is computed element by element, as an activation, has numbers that stick out.
  Operation *producer = layer.getInput().getDefiningOp();
  int64_t columns =
      cast<RankedTensorType>(layer.getWeight().getType()).getDimSize(1);
  if (producer && producer->hasTrait<OpTrait::Elementwise>() &&
      columns % kRunTimePart == 0) {
    change.parts = columns / kRunTimePart;
    rotatedRows[layer] = change.parts;
  }
  return add(layer, layer.getWeight(), change);
}

/// Is this use of a changed weight one that the change is for?
bool Planner::checkUse(OpOperand &use, const Change &change) {
  Operation *op = use.getOwner();
  if (auto apply = dyn_cast<ApplyOp>(op))
    return apply.isWeight(use);
  if (auto embed = dyn_cast<EmbedOp>(op))
    return stream.embeds.contains(embed);
  auto layer = dyn_cast<LinearOp>(op);
  if (!layer || use.getOperandNumber() == 0)
    return false;
  if (use.get() == layer.getBias())
    return stream.writers.contains(layer);
  if (change.outputs != stream.writers.contains(layer))
    return false;
  if (stream.readers.contains(layer) || !change.inputs)
    return stream.readers.contains(layer) == change.inputs;
  rotatedRows[layer] = 1; // a head that is the embedding
  return true;
}

bool Planner::checkWeight(StringAttr symbol, const Change &change) {
  auto weight = symbols.lookup<WeightOp>(symbol);
  auto payload = dyn_cast<PayloadAttr>(weight.getPayloads()[0]);
  if (!payload || payload.isChanged() || weight.getPayloads().size() > 1 ||
      !isa<FloatType, QuantsType>(payload.getElement()))
    return refuse(weight, "is no single tensor of floating point numbers in a "
                          "file");
  if (change.scale) {
    auto scale = symbols.lookup<WeightOp>(change.scale);
    auto vector = dyn_cast<PayloadAttr>(scale.getPayloads()[0]);
    if (!vector || vector.isChanged() || scale.getPayloads().size() > 1 ||
        !isa<FloatType>(vector.getElement()))
      return refuse(scale, "is no single tensor of floating point numbers in "
                           "a file");
    // Who builds the image reports these, by the name of the norm.
    if (!hasFiniteElements(scale, root))
      return refuse(scale, "has numbers that are not finite");
  }
  for (Value value : bindings.valuesOf(symbol))
    for (OpOperand &use : value.getUses())
      if (!checkUse(use, change))
        return refuse(use.getOwner(),
                      "reads a weight that others need rotated");
  return true;
}

bool Planner::plan() {
  Change embedded;
  embedded.inputs = true;
  for (EmbedOp embed : stream.embeds)
    if (!add(embed, embed.getTable(), embedded))
      return false;
  for (LinearOp layer : stream.readers)
    if (!addReader(layer))
      return false;
  for (LinearOp layer : stream.writers)
    if (!addWriter(layer))
      return false;
  for (auto &[symbol, change] : changes)
    if (!checkWeight(symbol, change))
      return false;
  return true;
}

namespace {

struct RotateResidual : impl::RotateResidualPassBase<RotateResidual> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto rotates = module->getAttrOfType<BoolAttr>(kRotateAttr);
    if (!rotates || !rotates.getValue())
      return;
    BoundWeights bound(module);
    ResidualStream stream(module, bound);
    if (stream.getObstacle())
      return reportKept(stream.getObstacle(), stream.getReason());
    if (stream.readers.empty())
      return; // nobody gains
    int64_t width =
        cast<RankedTensorType>(stream.values[0].getType()).getDimSize(1);
    if (!Rotation::exists(width))
      return reportKept(stream.embeds.front(),
                        "has rows of a length that no rotation has");
    Planner planner(module, bound, stream, root);
    if (!planner.plan())
      return reportKept(planner.obstacle, planner.reason);
    if (!keepsWeights(module, stream, bound, planner))
      return reportKept(stream.embeds.front(),
                        "has weights behind it that would be rounded worse if "
                        "they were rotated");
    rotateRows(stream, planner);
    changeWeights(module, planner);
    dropScales(module, bound, stream);
    EmbedOp embed = stream.embeds.front();
    remark::passed(embed.getLoc(), remarkNamed("RotatedResidual"))
        << remark::metric("width", width)
        << remark::metric("weights", planner.changes.size());
  }

private:
  static void reportKept(Operation *op, StringRef reason) {
    remark::missed(op->getLoc(), remarkNamed("KeptResidual"))
        << remark::reason("it {0}", reason);
  }

  static Value rotate(OpBuilder &b, Value x, int64_t parts, bool isInverse) {
    return RotateOp::create(b, x.getLoc(), x.getType(), x, parts, isInverse);
  }

  static void rotateRows(const ResidualStream &stream, const Planner &planner) {
    for (BlockArgument argument : stream.entering) {
      OpBuilder b = OpBuilder::atBlockBegin(argument.getOwner());
      Value rotated = rotate(b, argument, 1, /*isInverse=*/false);
      argument.replaceAllUsesExcept(rotated, rotated.getDefiningOp());
    }
    for (OpOperand *use : stream.leaving) {
      OpBuilder b(use->getOwner());
      use->set(rotate(b, use->get(), 1, /*isInverse=*/true));
    }
    for (auto [layer, parts] : planner.rotatedRows) {
      OpBuilder b(layer);
      layer.getInputMutable().assign(
          rotate(b, layer.getInput(), parts, /*isInverse=*/false));
    }
  }

  /// The payloads of `weight` after `change`.
  static ArrayAttr getChanged(const SymbolTable &symbols, WeightOp weight,
                              const Change &change) {
    auto old = cast<PayloadAttr>(weight.getPayloads()[0]);
    PayloadAttr scale;
    if (change.scale)
      scale = cast<PayloadAttr>(
          symbols.lookup<WeightOp>(change.scale).getPayloads()[0]);
    Attribute changed = PayloadAttr::get(
        weight.getContext(), old.getFile(), old.getOffset(), old.getLength(),
        old.getElement(), old.getQuantization(), old.getInterleaved(),
        old.getTransposed(), scale, change.inputs ? 1 : change.parts,
        change.outputs ? 1 : 0);
    return ArrayAttr::get(weight.getContext(), changed);
  }

  /// Is what layers read the stream with rounded about as well after the rotation as
  /// before? Numbers that have been rounded before are on a grid, which a rotation leaves.
  bool keepsWeights(ModuleOp module, const ResidualStream &stream,
                    const BoundWeights &bound, const Planner &planner) {
    SymbolTable symbols(module);
    llvm::SetVector<WeightOp> readers;
    for (LinearOp layer : stream.readers)
      for (StringAttr name : bound.symbolsOf(layer.getWeight()))
        readers.insert(symbols.lookup<WeightOp>(name));
    double before = 0, after = 0;
    for (WeightOp weight : sampleWeights(readers.getArrayRef())) {
      FormatAttr format = getFormat(weight.getTensorType());
      if (!format || !format.getInterface().isCoarse())
        continue;
      const FormatInterface *interface = &format.getInterface();
      auto plain = sampleErrors(weight, interface, root);
      ArrayAttr payloads = weight.getPayloads();
      weight.setPayloadsAttr(
          getChanged(symbols, weight,
                     planner.changes.find(weight.getSymNameAttr())->second));
      auto rotated = sampleErrors(weight, interface, root);
      weight.setPayloadsAttr(payloads);
      if (plain && rotated) {
        before += plain->front();
        after += rotated->front();
      }
    }
    return after <= before * kMostGrowth;
  }

  static void changeWeights(ModuleOp module, const Planner &planner) {
    SymbolTable symbols(module);
    for (auto &[symbol, change] : planner.changes) {
      auto weight = symbols.lookup<WeightOp>(symbol);
      weight.setPayloadsAttr(getChanged(symbols, weight, change));
    }
  }

  /// The scales of the norms are in the weights now.
  static void dropScales(ModuleOp module, const BoundWeights &bound,
                         const ResidualStream &stream) {
    DenseSet<Value> dropped;
    DenseSet<StringAttr> names;
    for (NormOp norm : stream.norms) {
      if (!norm.getWeight())
        continue;
      dropped.insert(norm.getWeight());
      for (StringAttr name : bound.symbolsOf(norm.getWeight()))
        names.insert(name);
      norm.getWeightMutable().clear();
    }
    for (auto block : module.getOps<BlockOp>())
      bound.eraseArguments(block, [&](BlockArgument argument) {
        return dropped.contains(argument);
      });
    updateBlockTypes(module);
    module.walk([&](UseOp use) {
      if (use.use_empty() && names.contains(use.getSymbolAttr().getAttr()))
        use.erase();
    });
    SymbolTable symbols(module);
    for (StringAttr name : names)
      if (SymbolTable::symbolKnownUseEmpty(name, module))
        symbols.erase(symbols.lookup(name));
  }
};

} // namespace
} // namespace mlir::eke
