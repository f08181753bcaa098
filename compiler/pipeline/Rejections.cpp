//===- Rejections.cpp - All that is rejected of a model -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   %1 = tosa.f %0      is rejected, becomes     %1 = check.unknown %0
//   %2 = math.g %1                               %2 = math.g %1      is rejected next
//
// A location knows the number of its op in the module as it was loaded; passes keep
// locations.
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/Rejections.h"

#include "codegen/llvm/ModelInfo.h"
#include "compiler/pipeline/UnknownOp.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/BitVector.h"

namespace mlir::eke {
namespace {

/// The numbers of what is nowhere, and of what has been taken out.
constexpr int64_t kNowhere = -1, kOut = -2;

/// The number that the location of an op has been given.
int64_t getNumber(LocationAttr location) {
  int64_t number = kNowhere;
  if (location)
    location.walk([&](Location part) {
      auto fused = dyn_cast<FusedLoc>(part);
      auto mark = fused ? dyn_cast_if_present<IntegerAttr>(fused.getMetadata())
                        : IntegerAttr();
      if (!mark)
        return WalkResult::advance();
      number = mark.getInt();
      return WalkResult::interrupt();
    });
  return number;
}

Location withNumber(Location location, int64_t number) {
  MLIRContext *context = location.getContext();
  auto mark = IntegerAttr::get(IntegerType::get(context, 64), number);
  return FusedLoc::get(context, {location}, mark);
}

void numberOps(ModuleOp module) {
  int64_t next = 0;
  module->walk<WalkOrder::PreOrder>(
      [&](Operation *op) { op->setLoc(withNumber(op->getLoc(), next++)); });
}

/// A value that one of any module can stand for.
bool isPlain(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? tensor.hasStaticShape() && !tensor.getEncoding()
                : type.isIntOrIndexOrFloat();
}

/// Is `value` a tensor for all phases? Weights and states turn into views of memory.
bool isReadable(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    if (auto block = dyn_cast<BlockOp>(argument.getOwner()->getParentOp()))
      return !llvm::is_contained(block.getWeights(), argument) &&
             !llvm::is_contained(block.getStates(), argument) &&
             isPlain(value.getType());
  return !isa_and_present<UseOp, ReadOp>(value.getDefiningOp()) &&
         isPlain(value.getType());
}

/// Would the compiler say the same of both? Constants that they take are equal, too.
bool areAlike(Operation *a, Operation *b) {
  auto sameOperand = [](Value x, Value y) {
    Attribute ofX, ofY;
    bool isX = matchPattern(x, m_Constant(&ofX));
    bool isY = matchPattern(y, m_Constant(&ofY));
    return isX == isY && ofX == ofY && x.getType() == y.getType();
  };
  return a->getName() == b->getName() && a->getNumRegions() == 0 &&
         a->getNumOperands() == b->getNumOperands() &&
         a->getResultTypes() == b->getResultTypes() &&
         a->getAttrDictionary() == b->getAttrDictionary() &&
         llvm::all_of(llvm::zip(a->getOperands(), b->getOperands()),
                      [&](auto pair) {
                        auto [x, y] = pair;
                        return sameOperand(x, y);
                      });
}

/// A module from which ops are taken out.
class Remainder {
public:
  explicit Remainder(OwningOpRef<ModuleOp> whole) : module(std::move(whole)) {
    module->getContext()->getOrLoadDialect<CheckDialect>();
    numberOps(*module);
  }

  ModuleOp get() { return *module; }
  Operation *find(int64_t number);
  /// The ops that are like `op`.
  SmallVector<Operation *> findAlike(Operation *op);
  /// Does a number belong to what has been taken out, or does what it belongs to suffer
  /// from that?
  bool isOut(int64_t number) const {
    return number == kOut || out.contains(number) ||
           (number <= 0 && lacksFunctions);
  }
  /// Takes out the op or, if nothing can stand for it, the function around it: first what
  /// it is called with, then the whole. False if that cannot be, either.
  bool takeOut(Operation *op);

private:
  bool takeOutSymbol(Operation *op);
  bool takeOutSignature(FunctionOpInterface function);
  void replace(Operation *op);
  void note(Operation *op);

  OwningOpRef<ModuleOp> module;
  llvm::DenseSet<int64_t> out;
  /// Functions that have no signature any more.
  llvm::DenseSet<int64_t> bodies;
  bool lacksFunctions = false;
};

Operation *Remainder::find(int64_t number) {
  Operation *found = nullptr;
  if (number > 0) // 0 is the module
    module->walk([&](Operation *op) {
      if (getNumber(op->getLoc()) != number)
        return WalkResult::advance();
      found = op;
      return WalkResult::interrupt();
    });
  return found;
}

SmallVector<Operation *> Remainder::findAlike(Operation *op) {
  SmallVector<Operation *> alike;
  module->walk([&](Operation *other) {
    if (other != op && areAlike(op, other))
      alike.push_back(other);
  });
  return alike;
}

void Remainder::note(Operation *op) {
  op->walk([&](Operation *inner) { out.insert(getNumber(inner->getLoc())); });
}

void Remainder::replace(Operation *op) {
  SmallVector<Value> operands;
  llvm::copy_if(op->getOperands(), std::back_inserter(operands), isReadable);
  OpBuilder b(op);
  auto unknown = UnknownOp::create(b, withNumber(op->getLoc(), kOut),
                                   op->getResultTypes(), operands);
  note(op);
  op->replaceAllUsesWith(unknown);
  op->erase();
}

bool Remainder::takeOut(Operation *op) {
  bool canStand = !op->hasTrait<OpTrait::IsTerminator>() &&
                  !isa<SymbolOpInterface>(op) && !isa<UnknownOp>(op) &&
                  llvm::all_of(op->getResultTypes(), isPlain);
  if (canStand) {
    replace(op);
    return true;
  }
  while (op && !isa<SymbolOpInterface>(op))
    op = op->getParentOp();
  return op && op != *module && takeOutSymbol(op);
}

/// Leaves the body of an entry, of which nobody knows what it is called with.
bool Remainder::takeOutSignature(FunctionOpInterface function) {
  auto canVanish = [](BlockArgument argument) {
    return argument.use_empty() || isPlain(argument.getType());
  };
  if (isa<BlockOp>(function) || !function.getFunctionBody().hasOneBlock() ||
      !llvm::all_of(function.getArguments(), canVanish) ||
      !bodies.insert(getNumber(function.getLoc())).second)
    return false;
  Block &body = function.getFunctionBody().front();
  OpBuilder b = OpBuilder::atBlockBegin(&body);
  Location loc = withNumber(function.getLoc(), kOut);
  for (BlockArgument argument : body.getArguments())
    if (!argument.use_empty())
      argument.replaceAllUsesWith(
          UnknownOp::create(b, loc, argument.getType(), ValueRange())
              ->getResult(0));
  Operation *end = body.getTerminator();
  b.setInsertionPoint(end);
  SmallVector<Value> results;
  llvm::copy_if(end->getOperands(), std::back_inserter(results), isReadable);
  UnknownOp::create(b, loc, TypeRange(), results);
  end->setOperands(ValueRange());
  SymbolTable::setSymbolVisibility(function, SymbolTable::Visibility::Public);
  return succeeded(function.eraseArguments(
             llvm::BitVector(function.getNumArguments(), true))) &&
         succeeded(function.eraseResults(
             llvm::BitVector(function.getNumResults(), true)));
}

/// Blocks take weights and states from the ops that read them, and from nothing else.
static bool isGivenToBlock(Operation *op) {
  return isa<UseOp, ReadOp>(op) &&
         llvm::any_of(op->getUsers(), llvm::IsaPred<ApplyOp>);
}

/// With all that uses it, in other functions.
bool Remainder::takeOutSymbol(Operation *op) {
  std::optional<SymbolTable::UseRange> uses =
      SymbolTable::getSymbolUses(op, *module);
  if (!uses)
    return false;
  llvm::SetVector<Operation *> users;
  for (SymbolTable::SymbolUse use : *uses)
    if (!op->isAncestor(use.getUser()))
      users.insert(use.getUser());
  for (Operation *user : users)
    if (isa<SymbolOpInterface>(user) ||
        !llvm::all_of(user->getResultTypes(), isPlain) || isGivenToBlock(user))
      return false;
  for (Operation *user : users)
    replace(user);
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (function && takeOutSignature(function))
    return true;
  note(op);
  op->erase();
  lacksFunctions = true;
  return true;
}

/// Runs all phases. What they say is held by `compilation`.
LogicalResult runAll(Compilation &compilation) {
  llvm::Expected<Dump> none = Dump::create("");
  if (!none)
    return report(none.takeError());
  LogicalResult result = compilation.runPhases(*none, findPhase("llvm"));
  // What is left behind the last phase says nothing about the entries.
  ModuleOp module = compilation.getModule();
  if (!module.getOps<LLVM::LLVMFuncOp>().empty() &&
      failed(compilation.hold([&] { return readModelInfo(module); })))
    return failure();
  return result;
}

/// One more run, and what was rejected in it.
class Search {
public:
  Search(Compilation &compilation, OwningOpRef<ModuleOp> whole)
      : compilation(compilation), rest(std::move(whole)) {}

  std::vector<Finding> run() {
    while (step())
      ;
    llvm::stable_sort(findings, [](const Finding &a, const Finding &b) {
      return getNumber(a.location) < getNumber(b.location);
    });
    return std::move(findings);
  }

private:
  /// Whether something has been taken out since.
  bool step() {
    compilation.setModule(rest.get().clone());
    std::vector<Finding> said;
    compilation.setFindings(&said);
    bool isDone = succeeded(runAll(compilation));
    compilation.setFindings(nullptr);
    if (isDone)
      return false;
    llvm::MapVector<int64_t, const Finding *> rejected;
    for (const Finding &finding : said) {
      int64_t number = getNumber(finding.location);
      if (rest.isOut(number))
        continue;
      findings.push_back(finding);
      rejected.try_emplace(number, &finding);
    }
    bool isLess = false;
    for (auto &[number, finding] : rejected)
      isLess |= takeOut(number, *finding);
    return isLess;
  }

  bool takeOut(int64_t number, const Finding &finding) {
    Operation *op = rest.find(number);
    if (!op)
      return false;
    for (Operation *other : rest.findAlike(op)) {
      findings.push_back(describeFinding(other->getLoc(), finding.kind));
      rest.takeOut(other);
    }
    return rest.takeOut(op);
  }

  Compilation &compilation;
  Remainder rest;
  std::vector<Finding> findings;
};

} // namespace

LogicalResult reportRejections(Compilation &compilation) {
  OwningOpRef<ModuleOp> whole = compilation.getModule().clone();
  std::vector<Finding> said;
  compilation.setFindings(&said);
  LogicalResult result = runAll(compilation);
  compilation.setFindings(nullptr);
  if (succeeded(result) || said.empty()) // else it has been printed
    return result;
  std::vector<Finding> found = Search(compilation, std::move(whole)).run();
  printFindings(found.empty() ? said : found);
  return failure();
}

} // namespace mlir::eke
