//===- FakeModel.h - A language model that can be computed by hand --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Token j follows the tokens t[0] … t[p] of a sequence with probability
//
//   P(j) = (1 - r) r^k / (1 - r^V),   k = (j - h) mod V,
//   h = (t[0] + 2 t[1] + … + (p + 1) t[p] + t[p]) mod V
//
// so a token lost, doubled or out of place changes what follows, and the
// likeliest token is h. The state keeps the tokens, as a key-value cache would.
//===----------------------------------------------------------------------===//
#ifndef EKE_TEST_UNIT_RUNTIME_FAKEMODEL_H
#define EKE_TEST_UNIT_RUNTIME_FAKEMODEL_H

#include "runtime/programs/Session.h"

#include <vector>

namespace eke::test {

constexpr int32_t fakeVocab = 257; ///< all bytes and `<|end|>`
constexpr int32_t fakeEnd = 256;   ///< starts a sequence, ends it
constexpr int32_t fakeContext = 40;
constexpr int32_t fakeChunk = 7;
constexpr int32_t fakeSmall = 3; ///< rows of the trunk between, and of a head
constexpr double fakeRatio = 0.9;

/// The h of a whole sequence.
int32_t fakeLikeliest(const std::vector<int32_t> &sequence);
/// -log P(target) after a sequence.
double fakeNats(const std::vector<int32_t> &sequence, int32_t target);

/// Calls of the trunk so far, by its rows.
extern int fakeSingleCalls, fakeSmallCalls, fakeChunkCalls;
/// Calls of the head so far, by its rows.
extern int fakeSingleHeads, fakeSmallHeads;

/// What the head gives for one token, in place of its logit; -1: for none.
extern int32_t fakeBadToken;
extern float fakeBadLogit;

rt::Program fakeProgram();

/// A sink that appends to `tokens`.
rt::TokenSink sinkInto(std::vector<int32_t> &tokens);

/// Bos and then tokens that are not the model's own choice, others for each seed.
std::vector<int32_t> somePrompt(int32_t size, int32_t seed);

/// The same model in two parts: at the exit it is wrong about every third token, and
/// surer after even ones. It has states of its own.
constexpr int32_t fakeDrafts = 5;
constexpr double fakeSureRatio = 0.5;
int32_t fakeLikeliestAtExit(const std::vector<int32_t> &sequence);
bool isFakeExitSure(const std::vector<int32_t> &sequence);
/// To draft at its exit, and to stop there.
rt::Program fakeDraftProgram();
rt::Program fakeThresholdProgram();

} // namespace eke::test

#endif // EKE_TEST_UNIT_RUNTIME_FAKEMODEL_H
