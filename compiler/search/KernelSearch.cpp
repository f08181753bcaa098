//===- KernelSearch.cpp - The search for one kernel's schedule ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/search/KernelSearch.h"

#include "dialects/halide/VerifySchedule.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OperationSupport.h"

namespace mlir::eke::tune {

using halide::PipelineOp;

KernelSearch::KernelSearch(PipelineOp pipeline, TargetAttr target)
    : pipeline(pipeline), target(target),
      usual(chooseSchedule(pipeline, target).schedule), best(usual) {
  addName(*pipeline.getKernelName());
  tried.insert(usual);
}

bool KernelSearch::isEqual(PipelineOp other) const {
  auto own = pipeline;
  return own->getOperandTypes() == other->getOperandTypes() &&
         own.getIns().size() == other.getIns().size() &&
         own.getExtentMultipleAttr() == other.getExtentMultipleAttr() &&
         OperationEquivalence::isRegionEquivalentTo(
             &own.getBody(), &other.getBody(),
             OperationEquivalence::IgnoreLocations);
}

void KernelSearch::addName(StringRef name) {
  if (knownNames.insert(name).second)
    names.push_back(name.str());
}

Cost KernelSearch::getCost(const Measurement &measurement) const {
  Cost sum;
  for (const std::string &name : names)
    sum.add(measurement.pipelines.lookup(name));
  return sum;
}

unsigned KernelSearch::countAlternatives() const {
  unsigned count = 0;
  for (const ScheduleParameter &each :
       chooseSchedule(pipeline, target).parameters)
    count += each.alternatives.size();
  return count;
}

/// Does the schedule obey the rules of its directives?
bool KernelSearch::fits(ArrayAttr schedule) const {
  auto own = pipeline;
  ScopedDiagnosticHandler silence(own.getContext(),
                                  [](Diagnostic &) { return success(); });
  return succeeded(
      halide::verifySchedule(own, own.getBody().front(), schedule));
}

ArrayAttr KernelSearch::propose() {
  for (;;) {
    if (!current) {
      // The parameters may depend on the values of those before.
      auto all = chooseSchedule(pipeline, target, bestValues).parameters;
      if (parameter >= all.size())
        return proposed = nullptr;
      current = all[parameter];
      alternative = 0;
    }
    if (alternative >= current->alternatives.size()) {
      current.reset();
      ++parameter;
      continue;
    }
    proposedValues = bestValues;
    proposedValues[current->name] = current->alternatives[alternative++];
    proposed = chooseSchedule(pipeline, target, proposedValues).schedule;
    if (tried.insert(proposed).second && fits(proposed))
      return proposed;
  }
}

void KernelSearch::report(std::optional<Cost> cost, double noise) {
  if (!cost || !cost->isBelow(bestCost, noise))
    return;
  best = proposed;
  bestCost = *cost;
  bestValues = proposedValues;
}

bool KernelSearch::confirm(const Cost &usualNow, const Cost &bestNow,
                           double noise) {
  bool isLost = isImproved() && !bestNow.isBelow(usualNow, noise);
  if (isLost)
    best = usual;
  usualCost = usualNow;
  bestCost = isImproved() ? bestNow : usualNow;
  return isLost;
}

std::vector<KernelSearch> findKernels(ModuleOp module) {
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttr);
  std::vector<KernelSearch> kernels;
  llvm::StringMap<size_t> kernelOf;
  llvm::StringSet<> ambiguous;
  module.walk([&](PipelineOp pipeline) {
    auto name = pipeline.getKernelName();
    if (!name)
      return;
    auto found = llvm::find_if(kernels, [&](const KernelSearch &kernel) {
      return kernel.isEqual(pipeline);
    });
    size_t index = found - kernels.begin();
    if (found == kernels.end())
      kernels.emplace_back(pipeline, target);
    else
      found->addName(*name);
    bool isNew = kernelOf.try_emplace(*name, index).second;
    if (pipeline.getSchedule() || (!isNew && kernelOf[*name] != index))
      ambiguous.insert(*name);
  });
  llvm::erase_if(kernels, [&](const KernelSearch &kernel) {
    return llvm::any_of(kernel.getNames(), [&](const std::string &name) {
      return ambiguous.contains(name);
    });
  });
  return kernels;
}

} // namespace mlir::eke::tune
