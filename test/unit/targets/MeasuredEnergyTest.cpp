//===- MeasuredEnergyTest.cpp - Profiles against measured boards ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The profiles of Cortex-M price a cycle: energy = cycles * pJ per cycle, with
// cycles = clock / inferences per second. The figures of v1.2 by STMicroelectronics
// are where the profiles have theirs from; the others were measured on other
// supplies, by other people, with other software.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/Targets.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gtest/gtest.h>

using namespace mlir::eke;
using llvm::StringRef;

namespace {

struct Measurement {
  StringRef target, round, submitter, system, benchmark;
  double microjoules, perSecond;

  bool isSource() const {
    return round == "v1.2" && submitter == "STMicroelectronics";
  }
};

class MeasuredEnergy : public testing::Test {
protected:
  MeasuredEnergy()
      : file(llvm::cantFail(llvm::errorOrToExpected(
            llvm::MemoryBuffer::getFile(EKE_MEASURED_ENERGY)))) {
    llvm::SmallVector<StringRef> lines, words;
    file->getBuffer().split(lines, '\n', -1, /*KeepEmpty=*/false);
    for (StringRef line : lines) {
      words.clear();
      line.split(words, '\t');
      double energy, rate;
      if (words.size() == 7 && !words[5].getAsDouble(energy) &&
          !words[6].getAsDouble(rate))
        measured.push_back(
            {words[0], words[1], words[2], words[3], words[4], energy, rate});
    }
  }

  std::unique_ptr<llvm::MemoryBuffer> file;
  std::vector<Measurement> measured;
};

/// Microjoules of an inference at `picojoules` per cycle.
double predict(const TargetProfile &profile, double perSecond,
               double picojoules) {
  return profile.clock().nominal() / perSecond * picojoules * 1e-6;
}

TEST_F(MeasuredEnergy, ProfilesOfCortexMPredictIt) {
  EXPECT_EQ(measured.size(), 79u);
  for (StringRef target : {"cortex-m4", "cortex-m33", "cortex-m7"}) {
    TargetProfile profile = llvm::cantFail(findTargetProfile(target));
    const auto &cycle = profile.costs().cycle();
    double sum = 0, worst = 0, sumOfSources = 0;
    int count = 0, sources = 0;
    for (const Measurement &m : measured) {
      if (m.target != target)
        continue;
      double error = std::abs(
          predict(profile, m.perSecond, cycle.nominal()) / m.microjoules - 1);
      (m.isSource() ? sumOfSources : sum) += error;
      ++(m.isSource() ? sources : count);
      worst = std::max(worst, error);
      // The range of the profile holds all that was measured, but for rounding.
      EXPECT_GE(m.microjoules * 1.01,
                predict(profile, m.perSecond, cycle.low()))
          << target.str() << " " << m.system.str() << " " << m.benchmark.str();
      EXPECT_LE(m.microjoules,
                predict(profile, m.perSecond, cycle.high()) * 1.01)
          << target.str() << " " << m.system.str() << " " << m.benchmark.str();
    }
    llvm::outs() << llvm::formatv(
        "{0}: mean error {1:P1} of its source, {2:P1} of {3} others, at most "
        "{4:P1}\n",
        target, sumOfSources / sources, sum / count, count, worst);
    EXPECT_LT(sumOfSources / sources, 0.05) << target.str();
    EXPECT_LT(sum / count, 0.25) << target.str();
  }
}

/// On one board and supply, a cycle takes the same whatever is computed: what the others
/// of a submission took foretells each.
TEST_F(MeasuredEnergy, ACycleTakesTheSameWhateverIsComputed) {
  double sum = 0;
  int count = 0;
  for (const Measurement &m : measured) {
    double power = 0; // microwatts, of the others
    int others = 0;
    for (const Measurement &other : measured)
      if (&other != &m && other.target == m.target && other.round == m.round &&
          other.submitter == m.submitter && other.system == m.system) {
        power += other.microjoules * other.perSecond;
        ++others;
      }
    ASSERT_GE(others, 2);
    sum += std::abs(power / others / m.perSecond / m.microjoules - 1);
    ++count;
  }
  llvm::outs() << llvm::formatv("of {0} measurements, from the others of the "
                                "submission: mean error {1:P1}\n",
                                count, sum / count);
  EXPECT_LT(sum / count, 0.05);
}

} // namespace
