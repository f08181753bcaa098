//===- Contraction.cpp - Products of any shape ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The sums of a tile of the result stay in registers while the reduction loops run:
//
//   for the tiles:                          "np", then what the panel depends on
//     for the tiles that use one panel:     what it does not depend on
//       for the reduction loops:
//         for the rows of the tile:         unrolled
//           for the columns of the tile:    vectors
//
// Columns are the last dimension of the result, as long as no input jumps along it.
// Where one does, as in a product with a transposed matrix, the vectors are partial
// sums along a reduction loop. Integers that eke-pack-products has packed have a run of
// inputs inside of the columns, which one instruction sums up.
//
//===----------------------------------------------------------------------===//

#include "dialects/formats/DotKind.h"
#include "dialects/halide/Expressible.h"
#include "passes/schedules/Sharing.h"
#include "passes/schedules/recipes/Library.h"
#include "passes/schedules/recipes/Tiling.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::eke {

using halide::DirectiveKind;
using linalg::LinalgOp;

/// The most tasks that a product is shared out as.
static constexpr int64_t kMostTasks = 8;

/// The last loop, if it goes along a short run of both inputs, of integers, in one of
/// which the columns are outside of it.
static std::optional<unsigned> findRun(const Contraction &product,
                                       unsigned columns) {
  LinalgOp op = product.op;
  constexpr int64_t kMostInRun = 16;
  unsigned loop = product.reductionLoops.back();
  bool isInteger = isa<IntegerType>(getElementTypeOrSelf(op->getResult(0)));
  if (!isInteger || op.getNumDpsInputs() != 2 || loop + 1 != op.getNumLoops() ||
      op.getStaticLoopRanges()[loop] > kMostInRun || !isAssociative(op))
    return std::nullopt;
  bool isOutside = false;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    if (getStep(op, *input, loop) != Step::One)
      return std::nullopt;
    unsigned rank = map.getNumResults();
    isOutside |= rank > 1 && map.getResult(rank - 2) ==
                                 getAffineDimExpr(columns, op->getContext());
  }
  return isOutside ? std::optional<unsigned>(loop) : std::nullopt;
}

Tiling::Tiling(const Contraction &product, TargetAttr target, int64_t lanes)
    : product(product) {
  LinalgOp op = product.op;
  auto getName = [](LinalgOp stage) {
    return stage->getAttrOfType<StringAttr>(halide::stageAttrName).str();
  };
  sums = getName(op);
  names = halide::getLoopNames(op);
  if (product.last) {
    stored = getName(product.last);
    storedNames = halide::getLoopNames(product.last);
  } else {
    stored = sums + halide::storeSuffix.str();
    for (unsigned loop : product.resultLoops)
      storedNames.push_back(names[loop]);
  }
  for (auto [dim, loop] : llvm::enumerate(product.resultLoops))
    dims.push_back(
        {loop, op.getStaticLoopRanges()[loop], names[loop], storedNames[dim]});
  for (const Dim &dim : llvm::reverse(dims))
    if (dim.extent > 1) {
      columns = &dim;
      break;
    }
  if (!columns)
    return;
  runLoop = findRun(product, columns->loop);
  sumsRun = runLoop && (lanes == 1 || getDotKind(target) == DotKind::Lanes);
  if (!runLoop && lanes > 1 &&
      getFarthestStep(op, columns->loop) == Step::Far && isAssociative(op))
    for (unsigned loop : llvm::reverse(product.reductionLoops))
      if (op.getStaticLoopRanges()[loop] >= lanes &&
          getFarthestStep(op, loop) == Step::One) {
        summedLoop = loop;
        break;
      }
  auto findRows = [&](function_ref<bool(const Dim &)> suits) -> const Dim * {
    for (const Dim &dim : llvm::reverse(dims))
      if (&dim != columns && dim.extent > 1 && suits(dim))
        return &dim;
    return nullptr;
  };
  rows = findRows([&](const Dim &dim) { return !dependsOn(dim); });
  if (!rows) // of a convolution channel by channel, neighbours share their weights
    rows = findRows([&](const Dim &dim) { return sharesColumns(dim); });
}

bool Tiling::hasColumnInput(const Dim &dim, bool goesAlong) const {
  LinalgOp op = product.op;
  return llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *input) {
    return isa<RankedTensorType>(input->get().getType()) &&
           op.payloadUsesValueFromOperand(input) &&
           getStep(op, *input, columns->loop) != Step::None &&
           (getStep(op, *input, dim.loop) != Step::None) == goesAlong;
  });
}

int64_t Tiling::getColumnLanes(int64_t lanes) const {
  LinalgOp op = product.op;
  if (runLoop || !isa<IntegerType>(getElementTypeOrSelf(op->getResult(0))))
    return lanes;
  unsigned bits = 8;
  for (OpOperand *input : op.getDpsInputOperands())
    if (op.payloadUsesValueFromOperand(input))
      bits = std::max(
          bits, getElementTypeOrSelf(input->get()).getIntOrFloatBitWidth());
  int64_t most = bits < 32 ? lanes * (32 / bits) : lanes;
  while (most > lanes && most > columns->extent)
    most /= 2;
  return most;
}

static int64_t countTiles(int64_t extent, int64_t tile) {
  return llvm::divideCeil(extent, tile);
}

/// Of the tiles of 1 to `most` vectors, the largest of those that compute the least in
/// vain where they do not divide `extent`.
static int64_t getVectors(int64_t extent, int64_t lanes, int64_t most) {
  int64_t best = 1, leastWork = std::numeric_limits<int64_t>::max();
  for (int64_t vectors = 1; vectors <= most; ++vectors) {
    int64_t work = llvm::alignTo(extent, vectors * lanes);
    if (vectors * lanes <= extent && work <= leastWork)
      best = vectors, leastWork = work;
  }
  return best;
}

namespace {

class ContractionRecipe {
public:
  ContractionRecipe(ScheduleBuilder &b, const Contraction &product,
                    Tiling &tiling)
      : b(b), product(product), tiling(tiling) {}

  void schedule();

private:
  void chooseTile();
  StringRef scheduleStore();
  StringRef shareTiles(StageSchedule &out, ArrayRef<StringRef> inner,
                       SmallVector<TileLoop> order);
  void sumInTile(StringRef place, SmallVector<StringRef> loops);
  void sumInVectors(StringRef place, ArrayRef<StringRef> tile);

  ScheduleBuilder &b;
  const Contraction &product;
  Tiling &tiling;
};

} // namespace

void ContractionRecipe::schedule() {
  chooseTile();
  StringRef place = scheduleStore();
  // The loops of the sums: columns and rows of the tile, then what reduces.
  SmallVector<StringRef> loops{tiling.columns->inner};
  if (tiling.tileRows > 1)
    loops.push_back(tiling.rows->inner);
  if (tiling.summedLoop)
    sumInVectors(place, loops);
  else
    sumInTile(place, loops);
  if (product.twin)
    b.scheduleTwins({{tiling.sums, Stage(product.twin).name}});
}

/// As many sums as registers hold beside what they are made of.
void ContractionRecipe::chooseTile() {
  const Dim &columns = *tiling.columns;
  int64_t lanes = tiling.sumsRun ? 1 : tiling.getColumnLanes(b.lanes);
  tiling.width = std::min(lanes, columns.extent);
  int64_t registers = b.registers;
  int64_t perVector = std::max<int64_t>(1, lanes / b.lanes);
  if (tiling.summedLoop) {
    tiling.width = 1;
    tiling.vectors = getEvenTile(columns.extent, 4);
  } else {
    int64_t most = tiling.rows && registers <= 16 ? 2 : 4;
    most = std::max<int64_t>(1, most / perVector);
    tiling.vectors = b.pick("vectors", getVectors(columns.extent, lanes, most),
                            columns.extent / tiling.width, {1, 2, 3, 4, 8});
  }
  if (!tiling.rows)
    return;
  // Beside the sums, a step takes its columns' vectors, and a vector of inputs for each
  // row; with few registers, these come from memory one by one. Where vectors are short,
  // they take a register on their way: the sums have half.
  int64_t vectors = tiling.vectors * perVector;
  int64_t most = registers > 16 ? (registers - 1 - vectors) / (vectors + 1)
                 : b.lanes > 4  ? (registers - 2 - vectors) / vectors
                                : registers / 2 / vectors;
  most = std::clamp<int64_t>(most, 1, tiling.summedLoop ? 4 : 8);
  tiling.tileRows = b.pick("rows", getEvenTile(tiling.rows->extent, most),
                           tiling.rows->extent, {1, 2, 3, 4, 6, 8});
}

/// Schedules the stage that is stored; returns its loop around one tile.
StringRef ContractionRecipe::scheduleStore() {
  const Dim &columns = *tiling.columns;
  StageSchedule &out = b.stage(tiling.stored);
  out.split(columns.outer, "np", "nt", tiling.vectors * tiling.width);
  SmallVector<StringRef> inner{"nt"};
  SmallVector<TileLoop> order;
  if (tiling.tileRows > 1) {
    out.split(tiling.rows->outer, "mo", "mi", tiling.tileRows);
    inner.push_back("mi");
    order.push_back({"mo", countTiles(tiling.rows->extent, tiling.tileRows)});
  } else if (tiling.rows) {
    order.push_back({tiling.rows->outer, tiling.rows->extent});
  }
  // What the columns' input does not depend on goes inside: it finds that input in the
  // cache.
  SmallVector<TileLoop> outside{
      {"np", countTiles(columns.extent, tiling.vectors * tiling.width)}};
  for (const Dim &dim : llvm::reverse(tiling.dims))
    if (&dim != &columns && &dim != tiling.rows)
      (tiling.dependsOn(dim) ? outside : order)
          .push_back({dim.outer, dim.extent});
  llvm::append_range(order, outside);
  StringRef place = shareTiles(out, inner, order);
  Type element = getElementTypeOrSelf(
      (product.last ? product.last : product.op)->getResult(0));
  if (tiling.summedLoop)
    out.unroll("nt");
  else if (element.getIntOrFloatBitWidth() < 32)
    out.vectorize("nt");
  else if (tiling.width > 1)
    out.vectorize("nt", tiling.width).unroll("nt");
  else
    out.unroll("nt");
  if (tiling.tileRows > 1)
    out.unroll("mi");
  return place;
}

/// Orders the loops, `inner` of them in a tile, and shares out the outermost that makes
/// several tasks, if it pays. Returns the loop around one tile.
StringRef ContractionRecipe::shareTiles(StageSchedule &out,
                                        ArrayRef<StringRef> inner,
                                        SmallVector<TileLoop> order) {
  int64_t operations = 1;
  for (int64_t size : LinalgOp(product.op).getStaticLoopRanges())
    operations *= size;
  auto shared = llvm::find_if(llvm::reverse(order),
                              [](const TileLoop &l) { return l.count >= 4; });
  bool pays = operations >= kOperationsWorthSharing &&
              shared != llvm::reverse(order).end();
  std::optional<TileLoop> tasks;
  if (pays) {
    tasks = *shared;
    int64_t perTask = llvm::divideCeil(shared->count, kMostTasks);
    if (perTask > 1) {
      out.split(shared->name, "tp", "tq", perTask);
      shared->name = "tq";
      tasks->name = "tp";
    } else {
      order.erase(std::next(shared).base());
    }
  }
  SmallVector<StringRef> names(inner);
  for (const TileLoop &loop : order)
    names.push_back(loop.name);
  if (tasks)
    names.push_back(tasks->name);
  out.reorder(names);
  if (tasks)
    out.add(DirectiveKind::Parallel, {tasks->name});
  return names[inner.size()];
}

/// The sums of the tile's columns are vectors.
void ContractionRecipe::sumInTile(StringRef place,
                                  SmallVector<StringRef> loops) {
  SmallVector<unsigned> reductions(product.reductionLoops);
  if (tiling.runLoop) {
    loops.insert(loops.begin(), tiling.names[*tiling.runLoop]);
    llvm::erase(reductions, *tiling.runLoop);
  }
  for (unsigned loop : llvm::reverse(reductions))
    loops.push_back(tiling.names[loop]);
  StageSchedule &sum = b.stage(tiling.sums);
  sum.computeAt(tiling.stored, place).reorder(loops);
  if (tiling.runLoop)
    sum.add(DirectiveKind::Atomic).vectorize(tiling.names[*tiling.runLoop]);
  if (tiling.width > 1)
    sum.vectorize(tiling.columns->inner, tiling.width);
  if (tiling.vectors > 1)
    sum.unroll(tiling.columns->inner);
  if (tiling.tileRows > 1)
    sum.unroll(tiling.rows->inner);
  // Some steps of the innermost loop are written out, so that neighbouring inputs are
  // loaded at once.
  if (reductions.empty())
    return;
  unsigned loop = reductions.back();
  int64_t extent = LinalgOp(product.op).getStaticLoopRanges()[loop];
  int64_t usual = extent <= 4 ? extent : extent % 4 == 0 ? 4 : 1;
  int64_t steps = b.pick("inputs", usual, extent, {1, 2, 4});
  if (steps > 1)
    sum.unroll(tiling.names[loop], steps == extent ? 0 : steps);
}

/// Sums of vectors along a reduction loop, and then of their lanes.
void ContractionRecipe::sumInVectors(StringRef place,
                                     ArrayRef<StringRef> tile) {
  std::string part = tiling.sums + "_part";
  StageSchedule &sum = b.stage(tiling.sums);
  sum.computeAt(tiling.stored, place)
      .split(tiling.names[*tiling.summedLoop], "ro", "ri", b.lanes)
      .add(DirectiveKind::Rfactor, {"ri", "l"}, 0, part)
      .add(DirectiveKind::Atomic)
      .vectorize("ri");
  SmallVector<StringRef> loops{"l"};
  llvm::append_range(loops, tile);
  loops.push_back("ro");
  for (unsigned loop : llvm::reverse(product.reductionLoops))
    if (loop != *tiling.summedLoop)
      loops.push_back(tiling.names[loop]);
  StageSchedule &parts = b.stage(part);
  parts.computeAt(tiling.stored, place).reorder(loops).vectorize("l");
  for (StringRef loop : tile) {
    sum.unroll(loop);
    parts.unroll(loop);
  }
}

bool scheduleContraction(ScheduleBuilder &b) {
  std::optional<Contraction> product = matchContraction(b.pipeline);
  if (!product)
    return false;
  // What adds to the contents of its output has no stage that stores it.
  if (!product->last && !halide::getStoreStage(b.pipeline.getBody().front(),
                                               product->op->getResult(0)))
    return false;
  Tiling tiling(*product, b.target, b.lanes);
  if (!tiling.columns)
    return false;
  ContractionRecipe(b, *product, tiling).schedule();
  return true;
}

} // namespace mlir::eke
