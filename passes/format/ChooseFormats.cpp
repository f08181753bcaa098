//===- ChooseFormats.cpp - A storage format for every matrix --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   @w : tensor<4x16xf32>    becomes    @w : tensor<4x16xf32, #eke.format<i8>>
//
// A format that one use must not have, no weight has that is bound together with
// that of the use (Bindings.h).
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/EkeDialect.h"
#include "dialects/eke/Format.h"
#include "dialects/formats/SampleError.h"
#include "passes/Passes.h"
#include "passes/format/Bindings.h"

#include "mlir/IR/Remarks.h"

namespace mlir::eke {

#define GEN_PASS_DEF_CHOOSEFORMATSPASS
#include "passes/Passes.h.inc"

/// True if every reader of `value` takes it as a matrix that may be compressed, or
/// passes it to a block as a weight.
static bool isCompressible(Value value) {
  return llvm::all_of(value.getUses(), [](OpOperand &use) {
    if (auto apply = dyn_cast<ApplyOp>(use.getOwner()))
      return apply.isWeight(use);
    auto user = dyn_cast<WeightUser>(use.getOwner());
    return user && &user.getCompressibleWeight() == &use;
  });
}

/// How many times smaller an alternative's error has to be, as that costs more to compute
/// with. Numbers that are not on its grid gain a few per cent.
static constexpr double kMuch = 4;

/// Does a model end with `result`, or with what caps it?
static bool isYielded(Value result) {
  return llvm::any_of(result.getUsers(), [](Operation *user) {
    if (auto softcap = dyn_cast<SoftcapOp>(user))
      return isYielded(softcap.getResult());
    return isa<YieldOp>(user) && isa<ModelOp>(user->getParentOp());
  });
}

/// Is `value` a matrix at an end of a model: are tokens looked up in it, or results
/// products with it?
static bool isEnd(Value value) {
  return llvm::any_of(value.getUses(), [](OpOperand &use) {
    if (isa<EmbedOp>(use.getOwner()))
      return true;
    auto layer = dyn_cast<LinearOp>(use.getOwner());
    return layer && use.get() == layer.getWeight() &&
           isYielded(layer.getResult());
  });
}

namespace {

/// The formats of weights by what is asked for and how their elements are stored.
/// Weights that are bound together get one format.
class FormatChoice {
public:
  FormatChoice(ModuleOp module, const Bindings &bindings, StringRef root)
      : target(module->getAttrOfType<TargetAttr>(kTargetAttr)),
        bindings(bindings), root(root) {
    for (auto weight : module.getOps<WeightOp>()) {
      weights[keyOf(weight)].push_back(weight);
      for (Attribute payload : weight.getPayloads())
        elements[keyOf(weight)].insert(getPayloadElement(payload));
    }
  }

  /// `isExact`: the weight gets no alternative to the format.
  FormatAttr choose(WeightOp weight, StorageAttr storage, bool isExact) {
    MLIRContext *context = weight.getContext();
    ArrayRef<Type> stored = elements[keyOf(weight)].getArrayRef();
    const FormatInterface *format = storage.findFormat(stored);
    if (!format) {
      rounded.insert(stored.begin(), stored.end());
      format = &FormatInterface::findNearest(context);
    }
    const FormatInterface *other =
        isExact ? nullptr : format->getAlternative(context);
    if (other && isMuchBetter(weight, format, other))
      format = other;
    return format->choose(context, target);
  }

  /// Says which elements should have been kept and are not.
  void reportRounded(ModuleOp module) const {
    if (rounded.empty())
      return;
    std::string names;
    llvm::raw_string_ostream os(names);
    llvm::interleaveComma(rounded, os, [&](Type element) {
      if (auto quants = dyn_cast<QuantsType>(element))
        os << quants.getName().getValue();
      else
        os << element;
    });
    module.emitWarning()
        << "no format keeps the numbers of " << names
        << " as they are; they are rounded to "
        << FormatInterface::findNearest(module.getContext()).getName();
  }

private:
  /// Does `other` hold the weights that are bound together with `weight` much better?
  bool isMuchBetter(WeightOp weight, const FormatInterface *format,
                    const FormatInterface *other) {
    auto [known, isNew] = choices.try_emplace({keyOf(weight), format}, false);
    if (!isNew)
      return known->second;
    double error = 0, otherError = 0;
    for (WeightOp each : sampleWeights(weights[keyOf(weight)]))
      if (auto errors = sampleErrors(each, {format, other}, root)) {
        error += (*errors)[0];
        otherError += (*errors)[1];
      }
    known->second = otherError * kMuch < error;
    if (known->second)
      remark::passed(weight.getLoc(),
                     remark::RemarkOpts::name("Alternative").category("format"))
          << remark::metric("format", other->getName())
          << remark::reason("its error is {0:f3} of that of {1}",
                            otherError / error, format->getName());
    return known->second;
  }

  /// What the weights have in common that are bound together: the first value, or of a
  /// weight that is not used its name.
  const void *keyOf(WeightOp weight) const {
    ArrayRef<Value> values = bindings.valuesOf(weight.getSymNameAttr());
    return values.empty() ? weight.getSymNameAttr().getAsOpaquePointer()
                          : values.front().getAsOpaquePointer();
  }

  TargetAttr target;
  const Bindings &bindings;
  StringRef root;
  DenseMap<const void *, SmallVector<WeightOp>> weights;
  DenseMap<const void *, SetVector<Type>> elements;
  /// Is the alternative to a format taken?
  DenseMap<std::pair<const void *, const FormatInterface *>, bool> choices;
  SetVector<Type> rounded;
};

struct ChooseFormats : impl::ChooseFormatsPassBase<ChooseFormats> {
  using Base::Base;

  void runOnOperation() override {
    auto storage =
        getOperation()->getAttrOfType<StorageAttr>(kWeightsFormatAttr);
    if (!storage)
      return;
    Bindings bindings(getOperation());
    FormatChoice formats(getOperation(), bindings, root);
    DenseSet<StringAttr> plain = bindings.findRefused(isCompressible);
    DenseSet<StringAttr> ends = findEnds(bindings);
    for (auto weight : getOperation().getOps<WeightOp>()) {
      RankedTensorType type = weight.getTensorType();
      if (type.getRank() != 2 || getFormat(type))
        continue;
      if (plain.contains(weight.getSymNameAttr())) {
        reportPlain(weight);
        continue;
      }
      setFormat(weight,
                formats.choose(weight, getStorage(weight, storage, ends),
                               weight->hasAttr(kStorageAttr)),
                bindings);
    }
    formats.reportRounded(getOperation());
    updateBlockTypes(getOperation());
  }

private:
  /// The weights at the ends of a model, if they have a format of their own.
  DenseSet<StringAttr> findEnds(const Bindings &bindings) {
    if (!getOperation()->hasAttr(kHeadFormatAttr))
      return {};
    return bindings.findRefused([](Value value) { return !isEnd(value); });
  }

  StorageAttr getStorage(WeightOp weight, StorageAttr usual,
                         const DenseSet<StringAttr> &ends) {
    if (auto own = weight->getAttrOfType<StorageAttr>(kStorageAttr))
      return own;
    return ends.contains(weight.getSymNameAttr())
               ? getOperation()->getAttrOfType<StorageAttr>(kHeadFormatAttr)
               : usual;
  }

  /// An op takes the weight as a plain tensor, or one that is bound to the same
  /// argument.
  static void reportPlain(WeightOp weight) {
    remark::missed(weight.getLoc(),
                   remark::RemarkOpts::name("KeptPlain").category("format"))
        << remark::reason("an op takes it, or a weight that is bound to the "
                          "same argument, as a plain tensor");
  }

  static void setFormat(WeightOp weight, FormatAttr format,
                        const Bindings &bindings) {
    RankedTensorType formatted = withFormat(weight.getTensorType(), format);
    weight.setType(formatted);
    for (Value value : bindings.valuesOf(weight.getSymNameAttr()))
      value.setType(formatted);
  }
};

} // namespace
} // namespace mlir::eke
