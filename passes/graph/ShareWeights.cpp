//===- ShareWeights.cpp - One copy of weights with equal contents ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   @a = bytes, @b = the same bytes, use of @b     becomes     @a, use of @a
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"
#include "dialects/eke/Images.h"
#include "dialects/eke/InputFile.h"
#include "passes/Passes.h"

#include "mlir/IR/Remarks.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

namespace mlir::eke {

#define GEN_PASS_DEF_SHAREWEIGHTSPASS
#include "passes/Passes.h.inc"

static remark::RemarkOpts remarkNamed(StringRef name) {
  return remark::RemarkOpts::name(name).category("share");
}

/// Says why `weight` takes no part, or nothing if it does.
static std::optional<std::string> whyKept(WeightOp weight) {
  if (weight.getPayloads().size() > 1)
    return "is made of several tensors";
  if (!isa<PayloadAttr>(weight.getPayloads()[0]))
    return "is given as it is";
  if (getFormat(weight.getTensorType()))
    return "already has a format";
  if (weight.getPlace())
    return "already has a place";
  if (getMemory(weight))
    return "shall lie in a memory of its own";
  if (weight->hasAttr(kStorageAttr))
    return "shall be stored in its own way";
  return std::nullopt;
}

/// The payload of a weight that takes part.
static PayloadAttr getPayload(WeightOp weight) {
  return cast<PayloadAttr>(weight.getPayloads()[0]);
}

namespace {

/// The bytes that payloads name, memory-mapped file by file.
class Payloads {
public:
  explicit Payloads(StringRef root) : root(root) {}

  /// The bytes of `payload`, or nothing if the file does not hold them; who
  /// builds the image reports that.
  std::optional<StringRef> read(PayloadAttr payload) {
    llvm::MemoryBuffer *file = open(payload.getFile());
    uint64_t offset = payload.getOffset(), length = payload.getLength();
    if (!file || offset > file->getBufferSize() ||
        length > file->getBufferSize() - offset)
      return std::nullopt;
    return file->getBuffer().substr(offset, length);
  }

private:
  llvm::MemoryBuffer *open(StringRef name) {
    auto [entry, isNew] = files.try_emplace(name);
    if (isNew) {
      SmallString<128> path(root);
      if (llvm::sys::path::is_absolute(name))
        path = name;
      else
        llvm::sys::path::append(path, name);
      if (auto file = openInput(path))
        entry->second = std::move(*file);
      else
        llvm::consumeError(file.takeError());
    }
    return entry->second.get();
  }

  std::string root;
  llvm::StringMap<std::unique_ptr<llvm::MemoryBuffer>> files;
};

struct ShareWeights : impl::ShareWeightsPassBase<ShareWeights> {
  using Base::Base;

  void runOnOperation() override {
    SymbolTableCollection symbols;
    SymbolUserMap users(symbols, getOperation());
    Payloads payloads(root);
    llvm::MapVector<uint64_t, SmallVector<WeightOp>> byContents;
    unsigned sharesLeft = maxShared;

    for (WeightOp weight :
         llvm::make_early_inc_range(getOperation().getOps<WeightOp>())) {
      if (std::optional<std::string> reason = whyKept(weight)) {
        remark::missed(weight.getLoc(), remarkNamed("KeptWeight"))
            << remark::reason("{0}", *reason);
        continue;
      }
      SmallVector<WeightOp> &candidates =
          byContents[hashContents(weight, payloads)];
      auto kept = llvm::find_if(candidates, [&](WeightOp other) {
        return haveEqualContents(weight, other, payloads);
      });
      if (kept == candidates.end() || sharesLeft == 0) {
        candidates.push_back(weight);
        continue;
      }
      remark::passed(weight.getLoc(), remarkNamed("SharedWeight"))
          << remark::metric("with", kept->getSymName());
      users.replaceAllUsesWith(weight, kept->getSymNameAttr());
      weight.erase();
      --sharesLeft;
    }
  }

private:
  /// Equal contents have equal hashes. Only the ends of a payload are read, so
  /// that files stay unread unless two weights may be equal.
  static uint64_t hashContents(WeightOp weight, Payloads &payloads) {
    PayloadAttr payload = getPayload(weight);
    std::optional<StringRef> bytes = payloads.read(payload);
    if (!bytes)
      return llvm::hash_combine(payload, weight.getType());
    constexpr size_t kSample = 256;
    uint64_t ends = llvm::xxh3_64bits(bytes->take_front(kSample)) ^
                    (llvm::xxh3_64bits(bytes->take_back(kSample)) << 1);
    return llvm::hash_combine(ends, weight.getType(), payload.getElement());
  }

  static bool haveEqualContents(WeightOp a, WeightOp b, Payloads &payloads) {
    PayloadAttr ofA = getPayload(a), ofB = getPayload(b);
    if (a.getType() != b.getType() || ofA.getElement() != ofB.getElement() ||
        ofA.getQuantization() != ofB.getQuantization() ||
        ofA.getInterleaved() != ofB.getInterleaved() ||
        ofA.getTransposed() != ofB.getTransposed())
      return false;
    if (ofA == ofB)
      return true;
    std::optional<StringRef> first = payloads.read(ofA);
    std::optional<StringRef> second = payloads.read(ofB);
    return first && second && *first == *second;
  }
};

} // namespace
} // namespace mlir::eke
