//===- EkeOps.cpp - Layers of the eke dialect -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Verifiers check what ODS cannot say. Labels such as (C1) name the constraint
// in EkeOps.td that a line enforces.
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Rotation.h"

#include "mlir/IR/Builders.h"

#include <cmath>

using namespace mlir;
using namespace mlir::eke;

using Shape = ArrayRef<int64_t>;

static Shape shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// A dimension in a message.
static std::string show(int64_t dim) {
  return ShapedType::isDynamic(dim) ? "?" : std::to_string(dim);
}

static std::string show(Shape shape) {
  std::string text = "[";
  for (int64_t dim : shape)
    text += (text.size() > 1 ? ", " : "") + show(dim);
  return text + "]";
}

OpOperand &LinearOp::getCompressibleWeight() { return getWeightMutable(); }
OpOperand &EmbedOp::getCompressibleWeight() { return getTableMutable(); }
OpOperand &EmbedPositionsOp::getCompressibleWeight() {
  return getTableMutable();
}

/// Can `number` be a bound: finite and above zero?
static bool isPositive(const APFloat &number) {
  return number.isFinite() && number.isNonZero() && !number.isNegative();
}

bool eke::hasOnlyDynamicRows(ShapedType type) {
  return !ShapedType::isDynamicShape(
      type.getRank() > 1 ? type.getShape().drop_front() : type.getShape());
}

std::optional<std::pair<int64_t, int64_t>>
EmbedOp::getIndexRange(OpOperand &operand) {
  if (&operand != &getTokensMutable())
    return std::nullopt;
  return std::make_pair(int64_t(0), shapeOf(getTable())[0] - 1);
}

/// Where rows that are looked up by position may begin: the last are those of `table`.
static std::pair<int64_t, int64_t> getPositions(int64_t entries, int64_t rows) {
  return {0, entries - (ShapedType::isDynamic(rows) ? 1 : rows)};
}

std::optional<std::pair<int64_t, int64_t>>
EmbedPositionsOp::getIndexRange(OpOperand &operand) {
  if (&operand != &getPositionMutable())
    return std::nullopt;
  return getPositions(shapeOf(getTable())[0], shapeOf(getResult())[0]);
}

LogicalResult LinearOp::verify() {
  Shape input = shapeOf(getInput()), weight = shapeOf(getWeight());
  if (input.back() != weight[1]) // (C1)
    return emitOpError("input has ")
           << input.back() << " columns but weight has " << weight[1];
  SmallVector<int64_t> expected(input);
  expected.back() = weight[0];
  if (shapeOf(getResult()) != Shape(expected)) // (C2)
    return emitOpError("expected result of shape ")
           << show(expected) << ", got " << show(shapeOf(getResult()));
  if (getBias() && shapeOf(getBias())[0] != weight[0]) // (C3)
    return emitOpError("expected bias of length ")
           << weight[0] << ", got " << shapeOf(getBias())[0];
  return success();
}

LogicalResult EmbedOp::verify() {
  const int64_t dims[] = {shapeOf(getTokens())[0], shapeOf(getTable())[1]};
  Shape expected(dims);
  if (shapeOf(getResult()) != expected) // (C1)
    return emitOpError("expected result of shape ")
           << show(expected) << ", got " << show(shapeOf(getResult()));
  if (getScale() && !getScale()->isFinite()) // (C2)
    return emitOpError("expected a finite scale");
  return success();
}

LogicalResult EmbedPositionsOp::verify() {
  const int64_t dims[] = {shapeOf(getLike())[0], shapeOf(getTable())[1]};
  Shape expected(dims);
  if (shapeOf(getResult()) != expected) // (C1)
    return emitOpError("expected result of shape ")
           << show(expected) << ", got " << show(shapeOf(getResult()));
  return success();
}

LogicalResult NormOp::verify() {
  Shape input = shapeOf(getInput());
  int64_t groups = getGroups();
  if (groups <= 0 || input.back() % groups != 0) // (C1)
    return emitOpError("expected groups that divide ")
           << input.back() << " columns, got " << groups;
  for (auto [name, vector] :
       {std::pair<StringRef, Value>("weight", getWeight()),
        {"bias", getBias()}})
    if (vector && shapeOf(vector)[0] != input.back() / groups) // (C1)
      return emitOpError("expected ")
             << name << " of length " << input.back() / groups << ", got "
             << shapeOf(vector)[0];
  if (!getWeight() && (getBias() || getPlusOne())) // (C4)
    return emitOpError("has a bias or plus_one, but no weight");
  if (getType() != getInput().getType()) // (C2)
    return emitOpError("expected result of type ")
           << getInput().getType() << ", got " << getType();
  if (!(getEpsilon().convertToFloat() > 0)) // (C3)
    return emitOpError("expected positive epsilon, got ")
           << getEpsilon().convertToFloat();
  return success();
}

LogicalResult RopeTableOp::verify() {
  const int64_t dims[] = {shapeOf(getLike())[0], 2, int64_t(getHeadDim() / 2)};
  Shape expected(dims);
  if (shapeOf(getResult()) != expected) // (C1)
    return emitOpError("expected result of shape ")
           << show(expected) << ", got " << show(shapeOf(getResult()));
  auto isFinite = [](double number) { return std::isfinite(number); };
  std::optional<ArrayRef<double>> factors = getFactors();
  if (factors && (factors->size() != getHeadDim() / 2 ||
                  !llvm::all_of(*factors, isFinite))) // (C3)
    return emitOpError("expected ")
           << getHeadDim() / 2 << " finite factors, got " << factors->size();
  if (getMagnitude() && !getMagnitude()->isFinite()) // (C3)
    return emitOpError("expected a finite magnitude");
  if (int64_t(getHeadDim()) <= 0 || getHeadDim() % 2 != 0 ||
      !(getTheta().convertToDouble() > 0)) // (C2)
    return emitOpError("expected a positive even head_dim and a positive "
                       "theta, got ")
           << getHeadDim() << " and " << getTheta().convertToDouble();
  return success();
}

/// `extent` times `factor`, or at most what an extent may be.
static int64_t scale(int64_t extent, int64_t factor) {
  if (ShapedType::isDynamic(extent))
    return extent;
  int64_t product;
  return llvm::MulOverflow(extent, factor, product)
             ? std::numeric_limits<int64_t>::max()
             : product;
}

LogicalResult RopeOp::verify() {
  Shape input = shapeOf(getInput()), table = shapeOf(getTable());
  int64_t rotated = scale(table[2], 2);
  int64_t headDim = getHeadDim() ? int64_t(*getHeadDim()) : rotated;
  if (table[2] <= 0 || headDim < rotated) // (C1)
    return emitOpError("rotates ")
           << rotated << " elements of heads that have " << headDim;
  if (input[1] % headDim != 0) // (C1)
    return emitOpError("input has ")
           << input[1] << " columns, expected a multiple of " << headDim;
  if (getType() != getInput().getType()) // (C2)
    return emitOpError("expected result of type ")
           << getInput().getType() << ", got " << getType();
  if (table[0] != input[0] || table[1] != 2) // (C3)
    return emitOpError("expected table of shape ")
           << show({input[0], 2, table[2]}) << ", got " << show(table);
  return success();
}

LogicalResult AttentionOp::verify() {
  Shape query = shapeOf(getQuery()), key = shapeOf(getKey());
  Shape value = shapeOf(getValue()), result = shapeOf(getResult());
  int64_t heads = getHeads(), groups = getKvHeads();
  if (groups <= 0 || heads <= 0 || heads % groups != 0) // (C1)
    return emitOpError("kv_heads ")
           << groups << " does not divide heads " << heads;
  int64_t headDim = query[1] / heads;
  if (query[1] != heads * headDim || result[1] != query[1]) // (C2)
    return emitOpError("expected query and result with the same multiple of ")
           << heads << " columns, got " << query[1] << " and " << result[1];
  if (key[1] != groups * headDim || value[1] != groups * headDim) // (C3)
    return emitOpError("expected key and value with ")
           << groups * headDim << " columns, got " << key[1] << " and "
           << value[1];
  Type keyType = getKeyCache().getType(), valueType = getValueCache().getType();
  if (shapeOf(getKeyCache()).drop_front() != Shape{groups, headDim} ||
      valueType != keyType) // (C4)
    return emitOpError("expected two caches of type tensor<Cx")
           << groups << "x" << headDim << "xf32> or xf16, got " << keyType
           << " and " << valueType;
  if (key[0] != query[0] || value[0] != query[0] ||
      result[0] != query[0]) // (C5)
    return emitOpError("query, key, value and result have ")
           << show(query[0]) << ", " << show(key[0]) << ", " << show(value[0])
           << " and " << show(result[0]) << " rows";
  if (getWindow() && int64_t(*getWindow()) <= 0) // (C6)
    return emitOpError("expected a positive window, got ")
           << int64_t(*getWindow());
  if (getSoftcap() && !isPositive(*getSoftcap())) // (C6)
    return emitOpError("expected a positive softcap");
  if (getWindow() && getLength()) // (C7)
    return emitOpError("has a window and a length");
  int64_t fold = getFold(), entries = shapeOf(getKeyCache())[0];
  if (fold <= 0 || entries % fold != 0 ||
      (!ShapedType::isDynamic(query[0]) && query[0] % fold != 0)) // (C8)
    return emitOpError("fold ")
           << fold << " does not divide " << show(query[0]) << " rows and "
           << entries << " entries of the caches";
  return success();
}

LogicalResult SoftcapOp::verify() {
  if (!isPositive(getCap())) // (C1)
    return emitOpError("expected a positive cap");
  return success();
}

OperandRange AttentionOp::getStates() {
  return getOperands().slice(getKeyCacheMutable().getOperandNumber(), 2);
}
ResultRange AttentionOp::getNewStates() { return getResults().take_back(2); }
bool AttentionOp::roundsTo(Type type) { return type.isF32() || type.isF16(); }

/// The rows written at the last position are the last ones of the caches.
std::optional<std::pair<int64_t, int64_t>>
AttentionOp::getIndexRange(OpOperand &operand) {
  int64_t fold = getFold(), context = shapeOf(getKeyCache())[0] / fold;
  if (operand.get() == getLength() && &operand != &getPositionMutable())
    return std::pair<int64_t, int64_t>(1, context);
  if (&operand != &getPositionMutable())
    return std::nullopt;
  int64_t rows = shapeOf(getKey())[0];
  return getPositions(context,
                      ShapedType::isDynamic(rows) ? rows : rows / fold);
}

/// True unless both row counts are known and differ. `expected` counts if the input's
/// rows are known.
static bool rowsAgree(int64_t got, int64_t expected, bool inputIsDynamic) {
  return ShapedType::isDynamic(got) ? inputIsDynamic
                                    : !inputIsDynamic && got == expected;
}

int64_t FoldOp::getResultRows(int64_t rows) { return scale(rows, getFactor()); }
int64_t UnfoldOp::getResultRows(int64_t rows) {
  return rows / int64_t(getFactor());
}

LogicalResult RotateOp::verify() {
  int64_t columns = shapeOf(getInput())[1], parts = getParts();
  if (parts <= 0 || columns % parts != 0 ||
      !Rotation::exists(columns / parts)) // (C1)
    return emitOpError("expected parts that can be rotated, got ")
           << parts << " parts of " << columns << " columns";
  return success();
}

LogicalResult FoldOp::verify() {
  Shape input = shapeOf(getInput()), result = shapeOf(getResult());
  int64_t factor = getFactor();
  if (factor <= 0 || input[1] % factor != 0) // (C1)
    return emitOpError("factor ")
           << factor << " does not divide " << input[1] << " columns";
  if (!rowsAgree(result[0], scale(input[0], factor),
                 ShapedType::isDynamic(input[0])) ||
      result[1] != input[1] / factor) // (C2)
    return emitOpError("expected ")
           << factor << " times the rows and " << input[1] / factor
           << " columns, got " << show(result) << " from " << show(input);
  return success();
}

LogicalResult UnfoldOp::verify() {
  Shape input = shapeOf(getInput()), result = shapeOf(getResult());
  int64_t factor = getFactor();
  bool isDynamic = ShapedType::isDynamic(input[0]);
  if (factor <= 0 || (!isDynamic && input[0] % factor != 0)) // (C1)
    return emitOpError("factor ")
           << factor << " does not divide " << input[0] << " rows";
  if (!rowsAgree(result[0], input[0] / factor, isDynamic) ||
      result[1] != scale(input[1], factor)) // (C2)
    return emitOpError("expected 1/")
           << factor << " of the rows and " << scale(input[1], factor)
           << " columns, got " << show(result) << " from " << show(input);
  return success();
}

SmallVector<int64_t> eke::getVerifyRows(int64_t drafts) {
  SmallVector<int64_t> rows;
  for (int64_t power = 1; power <= drafts; power *= 2)
    for (int64_t count : {power, power * 3 / 2})
      if (count <= drafts && (rows.empty() || count > rows.back()))
        rows.push_back(count);
  rows.push_back(drafts + 1);
  return rows;
}

/// Is `op` a block's use, or a part of what would be one?
static bool isOfBlock(Operation &op) {
  return isa<StateUser>(op) ||
         llvm::any_of(op.getOperands(), [](Value operand) {
           return operand.getDefiningOp<ReadOp>() != nullptr;
         });
}

LogicalResult ExitOp::verify() {
  float threshold = getThreshold() ? getThreshold()->convertToFloat() : 0;
  bool isFraction = threshold > 0 && threshold < 1;
  bool isCount =
      getDrafts() && *getDrafts() > 0 && *getDrafts() <= uint64_t(kMostDrafts);
  if (getDrafts().has_value() == getThreshold().has_value() ||
      !(isCount || isFraction)) // (C1)
    return emitOpError("expected either 1 to ")
           << kMostDrafts << " drafts or a threshold between 0 and 1";
  float rate = getAcceptanceRate() ? getAcceptanceRate()->convertToFloat() : 0;
  if (!(rate >= 0 && rate <= 1) ||
      (getAcceptanceRate() && !getDrafts())) // (C1)
    return emitOpError("expected an acceptance rate from 0 to 1, of drafts");
  if (!isa<ModelOp>((*this)->getParentOp())) // (C3)
    return emitOpError("stands in a block; expected it between the blocks of a "
                       "model");
  auto before = llvm::make_range((*this)->getBlock()->begin(),
                                 Block::iterator(getOperation()));
  if (llvm::none_of(before, isOfBlock)) // (C3)
    return emitOpError("stands before the first block");
  if (getDrafts()) // (C4)
    for (Operation &op : before)
      if (auto other = dyn_cast<ExitOp>(op); other && other.getDrafts()) {
        InFlightDiagnostic error =
            emitOpError("is the second exit that drafts; expected one");
        error.attachNote(other.getLoc()) << "the first is here";
        return error;
      }
  return success();
}

LogicalResult ExitOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto head = symbols.lookupNearestSymbolFrom<ModelOp>(*this, getHeadAttr());
  auto first = head && head.getNumArguments() > 0
                   ? dyn_cast<RankedTensorType>(head.getArgumentTypes()[0])
                   : RankedTensorType();
  if (!first || first.getRank() != 2 ||
      first.getDimSize(1) != shapeOf(getHidden())[1]) // (C2)
    return emitOpError("head ")
           << getHeadAttr() << " is not a model on rows of "
           << shapeOf(getHidden())[1] << " columns";
  return success();
}

#include "dialects/eke/EkeInterfaces.cpp.inc"

/// One payload stands for itself, several are a list. Of one in a file, only the
/// parameters are written.
static ParseResult parsePayloads(OpAsmParser &parser, ArrayAttr &payloads) {
  SmallVector<Attribute> parts;
  auto parsePart = [&]() -> ParseResult {
    Attribute &part = parts.emplace_back();
    SMLoc loc = parser.getCurrentLocation();
    OptionalParseResult given = parser.parseOptionalAttribute(part);
    if (!given.has_value())
      return failure(!(part = PayloadAttr::parse(parser, Type())));
    if (succeeded(*given) && !isa<PayloadAttr, ElementsAttr>(part))
      return parser.emitError(loc, "expected elements or where they lie");
    return *given;
  };
  if (succeeded(parser.parseOptionalLSquare())) {
    if (parser.parseCommaSeparatedList(parsePart) || parser.parseRSquare())
      return failure();
  } else if (failed(parsePart())) {
    return failure();
  }
  payloads = parser.getBuilder().getArrayAttr(parts);
  return success();
}

/// The type of a state, and its value at start unless that is zero.
static ParseResult parseInitialValue(OpAsmParser &parser, TypeAttr &type,
                                     ElementsAttr &initial) {
  Type parsed;
  if (parser.parseType(parsed))
    return failure();
  type = TypeAttr::get(parsed);
  if (failed(parser.parseOptionalEqual()))
    return success();
  SMLoc loc = parser.getCurrentLocation();
  Attribute value;
  if (parser.parseAttribute(value, parsed))
    return failure();
  initial = dyn_cast<ElementsAttr>(value);
  if (!initial)
    return parser.emitError(loc, "expected the elements of a tensor");
  return success();
}

static void printInitialValue(OpAsmPrinter &p, Operation *, TypeAttr type,
                              ElementsAttr initial) {
  p << type;
  if (!initial)
    return;
  p << " = ";
  p.printAttributeWithoutType(initial);
}

static void printPayloads(OpAsmPrinter &p, Operation *, ArrayAttr payloads) {
  auto print = [&](Attribute payload) {
    if (auto file = dyn_cast<PayloadAttr>(payload))
      file.print(p);
    else
      p.printAttribute(payload);
  };
  if (payloads.size() == 1)
    return print(payloads[0]);
  p << "[";
  llvm::interleaveComma(payloads, p, print);
  p << "]";
}

#define GET_OP_CLASSES
#include "dialects/eke/EkeOps.cpp.inc"
