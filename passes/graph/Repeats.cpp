//===- Repeats.cpp - Runs of layers that repeat ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   layers    a b c d b c d b c d e
//   length 3    |-----|-----|-----|      three repetitions of b c d
//
// Layers of one kind (op, attributes and types) have one number. For each length,
// the runs in which every layer has the kind of the layer `length` further on are
// where repetitions can be; the dataflow decides whether they are.
//
//===----------------------------------------------------------------------===//

#include "passes/graph/Repeats.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

#include <map>

namespace mlir::eke {

bool isBinding(Operation *op) {
  return isa<UseOp, ReadOp, WriteOp>(op) ||
         op->hasTrait<OpTrait::ConstantLike>();
}

static bool isStorableTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && isStorable(tensor.getElementType());
}

/// True if `op` may become part of a block: what a block does already stays its own,
/// and values of other types than a block's inputs cannot go into one.
static bool mayRepeat(Operation *op) {
  return !isa<ApplyOp>(op) && op->getNumRegions() == 0 &&
         llvm::all_of(op->getOperandTypes(), [](Type type) {
           return isStorableTensor(type) || type.isIntOrIndexOrFloat();
         });
}

namespace {

class Finder {
public:
  Finder(Block &body, unsigned minRepeats);

  std::optional<Stretch> find();
  RefusedStretch getRefused() const;

private:
  /// Where repetitions may start, of which length and up to how many.
  struct Place {
    size_t start = 0;
    unsigned length = 0, repeats = 0;
    size_t getCovered() const { return size_t(length) * repeats; }
  };

  /// A place whose repetitions are compared one after the other.
  struct Candidate {
    Place place;
    SmallVector<Source> first, following;
    /// The result that leaves every repetition.
    std::optional<LayerResult> exit;
    SmallVector<std::optional<LayerResult>> newStates;
  };

  /// What a repetition does with the states that it takes.
  struct States {
    SmallVector<std::optional<LayerResult>> newStates;
    /// New values that a `StateUser` returns: where they go is the states' way.
    DenseSet<Value> handedOn;
    /// Writes of values that other layers compute for a state.
    SmallPtrSet<Operation *, 4> writes;
    /// Why they cannot be states of a block, if so.
    std::optional<StringRef> refused;
  };

  unsigned getKind(Operation *op);
  void findAt(Place place);
  std::optional<StringRef> whyNotNext(Candidate &candidate);
  std::optional<StringRef> whyNoExit(Candidate &candidate, size_t begin,
                                     const States &states) const;
  std::optional<StringRef> whyDifferent(const Candidate &candidate,
                                        ArrayRef<Source> sources) const;
  bool isInside(Operation *op, const Place &place, size_t begin) const;
  bool isState(Value value, size_t begin) const;
  States getStates(const Place &place, size_t begin) const;
  std::optional<StringRef> addState(Value state, const Place &place,
                                    size_t begin, States &states) const;
  bool leaves(OpResult result, const States &states, size_t end) const;
  SmallVector<Source> getSources(const Place &place, size_t begin) const;
  Source getSource(Value value, const Place &place, size_t begin) const;
  Stretch build(const Candidate &candidate) const;

  unsigned minRepeats;
  SmallVector<Operation *> layers;
  SmallVector<unsigned> kinds;
  DenseMap<Operation *, size_t> numberOf;
  /// The write of each state.
  DenseMap<Attribute, WriteOp> writes;
  /// For each result of a layer, the number of the last layer that reads it.
  DenseMap<Value, size_t> lastReader;
  /// Keys are names, attributes and types, all of which exist once.
  std::map<std::vector<const void *>, unsigned> kindOf;
  unsigned nextKind = 0;

  std::optional<Candidate> best;
  Place refused;
  StringRef reason;
};

} // namespace

Finder::Finder(Block &body, unsigned minRepeats) : minRepeats(minRepeats) {
  for (Operation &op : body.without_terminator()) {
    if (auto write = dyn_cast<WriteOp>(op))
      writes[write.getStateAttr()] = write;
    if (isBinding(&op))
      continue;
    numberOf[&op] = layers.size();
    layers.push_back(&op);
    kinds.push_back(getKind(&op));
  }
  numberOf[body.getTerminator()] = layers.size();
  for (Operation *layer : layers)
    for (Value result : layer->getResults())
      for (Operation *user : result.getUsers()) {
        if (isa<WriteOp>(user))
          continue; // see `leaves`
        size_t &last = lastReader[result];
        last =
            std::max(last, numberOf.lookup(body.findAncestorOpInBlock(*user)));
      }
}

unsigned Finder::getKind(Operation *op) {
  if (!mayRepeat(op))
    return nextKind++;
  std::vector<const void *> key{op->getName().getAsOpaquePointer(),
                                op->getAttrDictionary().getAsOpaquePointer()};
  for (Type type : op->getOperandTypes())
    key.push_back(type.getAsOpaquePointer());
  key.push_back(nullptr); // ends the operands
  for (Type type : op->getResultTypes())
    key.push_back(type.getAsOpaquePointer());
  auto [entry, isNew] = kindOf.try_emplace(std::move(key), nextKind);
  nextKind += isNew;
  return entry->second;
}

std::optional<Stretch> Finder::find() {
  for (unsigned length = 2; length * minRepeats <= layers.size(); ++length) {
    size_t end = 0, count = layers.size() - length;
    for (size_t begin = 0; begin < count; begin = end + 1) {
      end = begin;
      while (end < count && kinds[end] == kinds[end + length])
        ++end;
      for (size_t start = begin; start < end; ++start) {
        Place place{start, length, unsigned((end - start) / length + 1)};
        size_t covered = best ? best->place.getCovered() : 0;
        if (place.repeats < minRepeats || place.getCovered() <= covered)
          break; // later starts cover less
        findAt(place);
      }
    }
  }
  return best ? std::optional(build(*best)) : std::nullopt;
}

/// Takes `place`, with as many repetitions as there are, if that is the best.
void Finder::findAt(Place place) {
  Candidate candidate{place, {}, {}, std::nullopt, {}};
  unsigned &repeats = candidate.place.repeats;
  std::optional<StringRef> stop;
  for (repeats = 0; repeats < place.repeats; ++repeats)
    if ((stop = whyNotNext(candidate)))
      break;
  if (!candidate.exit) {
    if (repeats > 0)
      stop = "nothing reads its result";
    repeats = 0;
  }
  bool isBetter =
      !best || candidate.place.getCovered() > best->place.getCovered();
  if (repeats >= minRepeats && isBetter)
    best = std::move(candidate);
  if (stop && place.getCovered() > refused.getCovered()) {
    refused = place;
    reason = *stop;
  }
}

/// Why the layers behind the repetitions of `candidate` are not one more, or
/// nothing if they are.
std::optional<StringRef> Finder::whyNotNext(Candidate &candidate) {
  const Place &place = candidate.place;
  size_t begin = place.start + place.getCovered();
  States states = getStates(place, begin);
  if (states.refused)
    return states.refused;
  if (std::optional<StringRef> why = whyNoExit(candidate, begin, states))
    return why;

  SmallVector<Source> sources = getSources(place, begin);
  if (place.repeats == 0)
    candidate.first = sources;
  else if (place.repeats == 1)
    candidate.following = sources;
  if (std::optional<StringRef> why = whyDifferent(candidate, sources))
    return why;
  if (place.repeats == 0)
    candidate.newStates = states.newStates;
  if (candidate.newStates != states.newStates)
    return StringRef("the repetitions change their states differently");
  return std::nullopt;
}

/// Why a repetition with these sources is no repetition of the first, or nothing.
std::optional<StringRef> Finder::whyDifferent(const Candidate &candidate,
                                              ArrayRef<Source> sources) const {
  if (candidate.place.repeats > 0 && sources != ArrayRef(candidate.following))
    return StringRef("the repetitions read different values");
  const void *initial = nullptr;
  for (auto [first, source] : llvm::zip(candidate.first, sources)) {
    if (source == first)
      continue;
    if (source.kind != Source::Carried || first.kind != Source::Outside)
      return StringRef("the repetitions read different values");
    if (initial && initial != first.what)
      return StringRef("the first repetition starts from more than one value");
    initial = first.what;
  }
  return std::nullopt;
}

bool Finder::isInside(Operation *op, const Place &place, size_t begin) const {
  auto number = numberOf.find(op);
  return number != numberOf.end() && number->second >= begin &&
         number->second < begin + place.length;
}

/// Is `value` a state, before the repetition at `begin`?
bool Finder::isState(Value value, size_t begin) const {
  auto user = value.getDefiningOp<StateUser>();
  return value.getDefiningOp<ReadOp>() ||
         (user && numberOf.lookup(user) < begin &&
          llvm::is_contained(user.getNewStates(), value));
}

Finder::States Finder::getStates(const Place &place, size_t begin) const {
  llvm::SetVector<Value> taken;
  for (Operation *layer : ArrayRef(layers).slice(begin, place.length))
    for (Value operand : layer->getOperands())
      if (isState(operand, begin))
        taken.insert(operand);
  States states;
  for (Value state : taken)
    if (!states.refused)
      states.refused = addState(state, place, begin, states);
  return states;
}

/// The new value that `use` gives its state, or null if it takes none.
static Value getNewState(OpOperand &use) {
  auto user = dyn_cast<StateUser>(use.getOwner());
  for (unsigned i = 0; user && i < user.getStates().size(); ++i)
    if (user.getStates().getBeginOperandIndex() + i == use.getOperandNumber())
      return user.getNewStates()[i];
  return {};
}

/// Finds out what becomes of `state` in the repetition at `begin`; or why it cannot be
/// a state of a block.
std::optional<StringRef> Finder::addState(Value state, const Place &place,
                                          size_t begin, States &states) const {
  auto read = state.getDefiningOp<ReadOp>();
  WriteOp write = read ? writes.lookup(read.getStateAttr()) : WriteOp();
  for (Operation *user : state.getUsers())
    if (user != write.getOperation() && !isInside(user, place, begin))
      return StringRef("a state is read elsewhere too");
  auto add = [&](OpResult value) {
    states.newStates.push_back(
        LayerResult{unsigned(numberOf.lookup(value.getOwner()) - begin),
                    value.getResultNumber()});
  };

  Value last = state, next = state;
  while (next) {
    last = std::exchange(next, Value());
    for (OpOperand &use : last.getUses())
      if (Value value = getNewState(use);
          value && isInside(use.getOwner(), place, begin)) {
        if (next)
          return StringRef("a state is changed in two ways");
        next = value;
      }
  }
  if (last != state) {
    states.handedOn.insert(last);
    add(cast<OpResult>(last));
    return std::nullopt;
  }
  if (!write || write.getValue() == state) {
    states.newStates.push_back(std::nullopt);
    return std::nullopt;
  }
  auto result = dyn_cast<OpResult>(write.getValue());
  if (!result || !isInside(result.getOwner(), place, begin))
    return StringRef("a state gets its value elsewhere");
  states.writes.insert(write);
  add(result);
  return std::nullopt;
}

/// Is `result` read behind the repetition, which ends at `end`, by more than what its
/// states become?
bool Finder::leaves(OpResult result, const States &states, size_t end) const {
  if (states.handedOn.contains(result))
    return false;
  auto reader = lastReader.find(result);
  if (reader != lastReader.end() && reader->second >= end)
    return true;
  return llvm::any_of(result.getUsers(), [&](Operation *user) {
    return isa<WriteOp>(user) && !states.writes.contains(user);
  });
}

/// Why the repetition at `begin` has another result that leaves it than the
/// repetitions before, or nothing. Notes the first such result.
std::optional<StringRef> Finder::whyNoExit(Candidate &candidate, size_t begin,
                                           const States &states) const {
  size_t end = begin + candidate.place.length;
  for (size_t number = begin; number < end; ++number)
    for (OpResult result : layers[number]->getResults()) {
      if (!leaves(result, states, end))
        continue;
      LayerResult exit{unsigned(number - begin), result.getResultNumber()};
      if (!candidate.exit)
        candidate.exit = exit;
      if (!(*candidate.exit == exit))
        return StringRef("more than one value leaves a repetition");
      if (!isStorableTensor(result.getType()))
        return StringRef("the value that leaves a repetition is no tensor");
    }
  return std::nullopt;
}

SmallVector<Source> Finder::getSources(const Place &place, size_t begin) const {
  SmallVector<Source> sources;
  DenseMap<Value, unsigned> firstRead;
  for (Operation *layer : ArrayRef(layers).slice(begin, place.length))
    for (Value operand : layer->getOperands()) {
      Source source = getSource(operand, place, begin);
      if (source.kind == Source::State)
        source.index = firstRead.try_emplace(operand, unsigned(sources.size()))
                           .first->second;
      sources.push_back(source);
    }
  return sources;
}

Source Finder::getSource(Value value, const Place &place, size_t begin) const {
  Operation *producer = value.getDefiningOp();
  if (isa_and_present<UseOp>(producer))
    return {Source::Weight};
  if (isState(value, begin))
    return {Source::State};
  Attribute constant;
  if (producer && matchPattern(producer, m_Constant(&constant)))
    return {Source::Constant, constant.getAsOpaquePointer()};
  if (producer) {
    size_t number = numberOf.lookup(producer);
    unsigned result = cast<OpResult>(value).getResultNumber();
    if (number >= begin)
      return {Source::Inside, nullptr, unsigned(number - begin), result};
    size_t before = begin - place.length;
    if (begin > place.start && number >= before)
      return {Source::Carried, nullptr, unsigned(number - before), result};
  }
  return {Source::Outside, value.getAsOpaquePointer()};
}

Stretch Finder::build(const Candidate &candidate) const {
  const Place &place = candidate.place;
  Stretch stretch;
  stretch.layers.assign(layers.begin() + place.start,
                        layers.begin() + place.start + place.getCovered());
  stretch.length = place.length;
  stretch.repeats = place.repeats;
  stretch.sources = candidate.following;
  stretch.exit = *candidate.exit;
  stretch.newStates = candidate.newStates;
  return stretch;
}

RefusedStretch Finder::getRefused() const {
  if (refused.getCovered() == 0)
    return {};
  return {layers[refused.start], reason};
}

std::optional<Stretch> findRepeats(Block &body, unsigned minRepeats,
                                   RefusedStretch &refused) {
  Finder finder(body, minRepeats);
  std::optional<Stretch> stretch = finder.find();
  refused = finder.getRefused();
  return stretch;
}

} // namespace mlir::eke
