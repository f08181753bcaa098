//===- FuseLinears.cpp - Linear layers of the same rows are one -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %q = linear %x, @q            %y = linear %x, @q+k     @q+k = payloads of @q, @k
//   %k = linear %x, @k  becomes   %q = slice %y
//                                 %k = slice %y
//
// A weight can be bound in several places: by the applies of a block, in blocks for
// other rows. It becomes part of another only if it does so, beside the same
// weights, wherever it is used.
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"
#include "dialects/eke/Images.h"
#include "passes/Passes.h"
#include "passes/format/Bindings.h"
#include "passes/format/BoundWeights.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Remarks.h"

namespace mlir::eke {

#define GEN_PASS_DEF_FUSELINEARSPASS
#include "passes/Passes.h.inc"

static remark::RemarkOpts remarkNamed(StringRef name) {
  return remark::RemarkOpts::name(name).category("fuse");
}

static void reportKept(LinearOp layer, StringRef reason) {
  remark::missed(layer.getLoc(), remarkNamed("KeptLinear"))
      << remark::reason("{0}", reason);
}

/// Does an op read the result element by element? It joins the layer's kernel.
static bool isReadElementwise(LinearOp layer) {
  return llvm::any_of(layer->getUsers(), [](Operation *user) {
    return user->hasTrait<OpTrait::Elementwise>();
  });
}

/// The names of the layers as one: `query_key_value`.
static Location joinNames(ArrayRef<LinearOp> layers) {
  std::string names;
  SmallVector<Location> locs;
  for (LinearOp layer : layers) {
    locs.push_back(layer.getLoc());
    if (auto name = layer.getLoc()->findInstanceOf<NameLoc>())
      names += (names.empty() ? "" : "_") + name.getName().str();
  }
  MLIRContext *context = locs[0].getContext();
  Location all = FusedLoc::get(context, locs);
  return names.empty() ? all
                       : NameLoc::get(StringAttr::get(context, names), all);
}

/// `l0.q.w`, `l0.k.w` as `l0.q.w+k.w`: what follows the part that all begin with.
static std::string joinSymbols(ArrayRef<StringAttr> symbols) {
  StringRef first = symbols[0];
  StringRef common = first.take_front(first.rfind('.') + 1);
  while (!llvm::all_of(symbols, [&](StringAttr symbol) {
    return symbol.getValue().starts_with(common);
  }))
    common = common.take_front(common.drop_back().rfind('.') + 1);
  std::string joined = first.str();
  for (StringAttr symbol : symbols.drop_front())
    joined += "+" + symbol.getValue().drop_front(common.size()).str();
  return joined;
}

namespace {

/// The operand of every layer of a group, and the weights that are bound to it: for
/// each apply of a block, or the one time that a model has them, one for each layer.
struct Column {
  SmallVector<Value> values;
  SmallVector<SmallVector<StringAttr>> tuples;
};

/// Layers of the same rows, and of the same format, in one body.
struct Group {
  SmallVector<LinearOp> layers;
  /// The weights, and the biases if there are any.
  SmallVector<Column> columns;
  bool isKept = false;
};

/// Finds the layers that become one.
class Matcher {
public:
  explicit Matcher(ModuleOp module)
      : symbols(module), bound(module), bindings(module) {
    for (Operation &op : *module.getBody())
      if (isa<BlockOp, ModelOp>(op))
        collect(cast<FunctionOpInterface>(op).getFunctionBody().front());
    for (Group &group : groups)
      if (std::optional<StringRef> reason = whyKept(group))
        keep(group, *reason);
    while (keepScattered())
      ;
    llvm::erase_if(groups, [](const Group &group) { return group.isKept; });
  }

  std::vector<Group> groups;
  SymbolTable symbols;
  BoundWeights bound;

private:
  /// The rows, the format, and the number of operands: is there a bias?
  using Key = std::tuple<Value, FormatAttr, unsigned>;

  void collect(Block &body);
  std::optional<StringRef> whyKeptAlone(LinearOp layer);
  std::optional<StringRef> whyKept(const Group &group);
  bool keepScattered();
  bool isWhole(ArrayRef<StringAttr> tuple);
  void addColumn(Group &group, unsigned operand);

  void keep(Group &group, StringRef reason) {
    group.isKept = true;
    for (LinearOp layer : group.layers)
      reportKept(layer, reason);
  }

  Bindings bindings;
  /// Where a layer's operand is: in which group, and in which of its tuples.
  DenseMap<Operation *, unsigned> groupOf;
  DenseMap<StringAttr, SmallVector<StringAttr>> tupleOf;
};

} // namespace

/// Why no other layer can be one with `layer`, or nothing.
std::optional<StringRef> Matcher::whyKeptAlone(LinearOp layer) {
  auto type = cast<RankedTensorType>(layer.getType());
  if (!type.hasStaticShape())
    return StringRef("its number of rows is not known yet");
  if (type.getRank() != 2)
    return StringRef("its rows are no matrix");
  if (isReadElementwise(layer))
    return StringRef("an op that works element by element joins its kernel");
  for (Value operand : layer->getOperands().drop_front())
    if (bound.symbolsOf(operand).empty())
      return StringRef("its operand is no weight of the module");
  return std::nullopt;
}

void Matcher::collect(Block &body) {
  llvm::MapVector<Value, SmallVector<LinearOp>> byInput;
  for (auto layer : body.getOps<LinearOp>())
    byInput[layer.getInput()].push_back(layer);
  llvm::MapVector<Key, Group> found;
  for (auto &[input, layers] : byInput) {
    if (layers.size() < 2)
      continue;
    for (LinearOp layer : layers) {
      if (std::optional<StringRef> reason = whyKeptAlone(layer)) {
        reportKept(layer, *reason);
        continue;
      }
      FormatAttr format =
          getFormat(cast<RankedTensorType>(layer.getWeight().getType()));
      found[{input, format, layer->getNumOperands()}].layers.push_back(layer);
    }
  }
  DenseSet<Value> seen;
  for (auto &[key, group] : found) {
    bool isFirst = seen.insert(std::get<Value>(key)).second;
    if (group.layers.size() < 2) {
      if (!isFirst)
        reportKept(group.layers[0],
                   "layers of the same rows differ in format or bias");
      continue;
    }
    for (unsigned operand = 1; operand < std::get<unsigned>(key); ++operand)
      addColumn(group, operand);
    for (LinearOp layer : group.layers)
      groupOf[layer] = groups.size();
    groups.push_back(std::move(group));
  }
}

void Matcher::addColumn(Group &group, unsigned operand) {
  Column &column = group.columns.emplace_back();
  for (LinearOp layer : group.layers) {
    column.values.push_back(layer->getOperand(operand));
    for (auto [number, symbol] :
         llvm::enumerate(bound.symbolsOf(column.values.back()))) {
      if (column.tuples.size() <= number)
        column.tuples.emplace_back();
      column.tuples[number].push_back(symbol);
    }
  }
}

/// Why a group's weights cannot become one, or nothing.
std::optional<StringRef> Matcher::whyKept(const Group &group) {
  for (const Column &column : group.columns)
    for (const SmallVector<StringAttr> &tuple : column.tuples) {
      Type element;
      for (StringAttr symbol : tuple) {
        auto weight = symbols.lookup<WeightOp>(symbol);
        if (!weight)
          return StringRef("its operand is no weight of the module");
        if (weight.getPlace())
          return StringRef("its weight already has a place");
        if (getMemory(weight))
          return StringRef("its weight shall lie in a memory of its own");
        if (weight.getQuantization())
          return StringRef("its weight is quantised already");
        Type own = getPayloadElement(weight.getPayloads()[0]);
        if (element && own != element)
          return StringRef("the tensors of the weights differ in element type");
        element = own;
        auto [known, isNew] = tupleOf.try_emplace(symbol, tuple);
        if (known->second != tuple || llvm::count(tuple, symbol) > 1)
          return StringRef("its weight is also used beside other weights");
      }
    }
  return std::nullopt;
}

/// Is every use of the weights of `tuple` by a layer that becomes one with those of
/// the rest of the tuple, if need be in a block?
bool Matcher::isWhole(ArrayRef<StringAttr> tuple) {
  return llvm::all_of(tuple, [&](StringAttr symbol) {
    return llvm::all_of(bindings.valuesOf(symbol), [&](Value value) {
      return llvm::all_of(value.getUses(), [&](OpOperand &use) {
        if (auto apply = dyn_cast<ApplyOp>(use.getOwner()))
          return apply.isWeight(use);
        auto group = groupOf.find(use.getOwner());
        bool isInput = use.getOperandNumber() == 0;
        return !isInput && group != groupOf.end() &&
               !groups[group->second].isKept;
      });
    });
  });
}

/// Keeps the groups whose weights are used elsewhere too. What is kept is elsewhere
/// for others.
bool Matcher::keepScattered() {
  bool found = false;
  for (Group &group : groups)
    for (const Column &column : group.columns)
      for (const SmallVector<StringAttr> &tuple : column.tuples)
        if (!group.isKept && !isWhole(tuple)) {
          keep(group, "its weight is used elsewhere too");
          found = true;
        }
  return found;
}

namespace {

/// Makes one layer of each group.
class Fuser {
public:
  explicit Fuser(Matcher &matcher) : matcher(matcher) {}

  void fuse(const Group &group);

  /// Erases what is not used any more: parts of other weights and their bindings.
  void eraseParts();

private:
  WeightOp getFused(ArrayRef<StringAttr> tuple);
  Value getFused(OpBuilder &b, const Column &column, Location loc);
  static Value use(OpBuilder &b, Location loc, WeightOp weight) {
    return UseOp::create(b, loc, weight.getTensorType(), weight.getSymName());
  }
  Value addArgument(const Column &column, Location loc);

  Matcher &matcher;
  /// What was made of weights, and the weights.
  llvm::MapVector<ArrayAttr, WeightOp> weights;
  /// The arguments that stand for columns of arguments.
  SmallVector<std::pair<SmallVector<Value>, Value>> arguments;
  /// The values of the columns.
  llvm::SetVector<Value> parts;
};

} // namespace

/// The weight with the payloads of those in `tuple`.
WeightOp Fuser::getFused(ArrayRef<StringAttr> tuple) {
  Builder attrs(tuple[0].getContext());
  SmallVector<Attribute> names(tuple.begin(), tuple.end());
  WeightOp &weight = weights[attrs.getArrayAttr(names)];
  if (weight)
    return weight;
  SmallVector<Attribute> payloads;
  SmallVector<Location> locs;
  int64_t rows = 0;
  for (StringAttr symbol : tuple) {
    auto part = matcher.symbols.lookup<WeightOp>(symbol);
    llvm::append_range(payloads, part.getPayloads());
    locs.push_back(part.getLoc());
    rows += part.getTensorType().getDimSize(0);
  }
  auto first = matcher.symbols.lookup<WeightOp>(tuple[0]);
  auto hasAll = [&](NamedAttribute attr) {
    return llvm::all_of(tuple, [&](StringAttr symbol) {
      return matcher.symbols.lookup(symbol)->getAttr(attr.getName()) ==
             attr.getValue();
    });
  };
  SmallVector<int64_t> shape(first.getTensorType().getShape());
  shape[0] = rows;
  OpBuilder b(first);
  weight = WeightOp::create(b, b.getFusedLoc(locs), joinSymbols(tuple),
                            first.getTensorType().clone(shape),
                            b.getArrayAttr(payloads), PlaceAttr());
  // What is known of all parts, such as what their inputs are like, holds for the whole.
  for (NamedAttribute attr : first->getDiscardableAttrs())
    if (hasAll(attr))
      weight->setDiscardableAttr(attr.getName(), attr.getValue());
  matcher.symbols.insert(weight);
  return weight;
}

/// An argument that stands for a column, in front of the first of its arguments.
Value Fuser::addArgument(const Column &column, Location loc) {
  auto block = cast<BlockOp>(
      cast<BlockArgument>(column.values[0]).getOwner()->getParentOp());
  unsigned index = block.getNumArguments();
  for (Value value : column.values)
    index = std::min(index, cast<BlockArgument>(value).getArgNumber());
  Type type = getFused(column.tuples[0]).getTensorType();
  (void)block.insertArgument(index, type, {}, loc);
  block.setWeightCount(block.getWeightCount() + 1);
  SmallVector<ApplyOp> applies(matcher.bound.appliesOf(block));
  for (auto [apply, tuple] : llvm::zip(applies, column.tuples)) {
    OpBuilder b(apply);
    SmallVector<Value> bound(apply.getWeights());
    bound.insert(bound.begin() + (index - apply.getInputs().size()),
                 use(b, loc, getFused(tuple)));
    apply.getWeightsMutable().assign(bound);
  }
  return block.getArgument(index);
}

/// The value that stands for what a column becomes.
Value Fuser::getFused(OpBuilder &b, const Column &column, Location loc) {
  parts.insert(column.values.begin(), column.values.end());
  if (!isa<BlockArgument>(column.values[0]))
    return use(b, loc, getFused(column.tuples[0]));
  for (auto &[values, argument] : arguments)
    if (values == column.values)
      return argument;
  return arguments.emplace_back(column.values, addArgument(column, loc)).second;
}

void Fuser::fuse(const Group &group) {
  LinearOp first = group.layers[0];
  Location loc = joinNames(group.layers);
  OpBuilder b(first);
  SmallVector<Value> operands{first.getInput()};
  for (const Column &column : group.columns)
    operands.push_back(getFused(b, column, loc));
  auto type = cast<RankedTensorType>(first.getType());
  int64_t rows = type.getDimSize(0);
  int64_t width = cast<RankedTensorType>(operands[1].getType()).getDimSize(0);
  auto all = LinearOp::create(b, loc, type.clone({rows, width}), operands);
  remark::passed(loc, remarkNamed("FusedLinears"))
      << remark::metric("layers", group.layers.size())
      << remark::metric("channels", width);
  int64_t offset = 0;
  for (LinearOp layer : group.layers) {
    int64_t channels = cast<RankedTensorType>(layer.getType()).getDimSize(1);
    auto attrs = [&](int64_t row, int64_t column) {
      return SmallVector<OpFoldResult>{b.getIndexAttr(row),
                                       b.getIndexAttr(column)};
    };
    Value slice =
        tensor::ExtractSliceOp::create(b, layer.getLoc(), all, attrs(0, offset),
                                       attrs(rows, channels), attrs(1, 1));
    layer.getResult().replaceAllUsesWith(slice);
    offset += channels;
  }
  for (LinearOp layer : group.layers)
    layer.erase();
}

void Fuser::eraseParts() {
  llvm::SetVector<Operation *> blocks;
  for (Value part : parts)
    if (isa<BlockArgument>(part))
      blocks.insert(cast<BlockArgument>(part).getOwner()->getParentOp());
  for (Operation *block : blocks)
    matcher.bound.eraseArguments(
        cast<BlockOp>(block),
        [&](BlockArgument argument) { return parts.contains(argument); });
  DenseSet<Attribute> erased;
  for (ArrayAttr names : llvm::make_first_range(weights))
    erased.insert(names.begin(), names.end());
  matcher.symbols.getOp()->walk([&](UseOp use) {
    if (erased.contains(use.getSymbolAttr().getAttr()))
      use.erase();
  });
  for (ArrayAttr names : llvm::make_first_range(weights))
    for (auto name : names.getAsRange<StringAttr>())
      matcher.symbols.erase(matcher.symbols.lookup(name));
}

namespace {

struct FuseLinears : impl::FuseLinearsPassBase<FuseLinears> {
  using Base::Base;

  void runOnOperation() override {
    Matcher matcher(getOperation());
    Fuser fuser(matcher);
    for (const Group &group : matcher.groups)
      fuser.fuse(group);
    fuser.eraseParts();
  }
};

} // namespace
} // namespace mlir::eke
