//===- FakeModel.cpp - A language model that can be computed by hand ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "test/unit/runtime/FakeModel.h"

#include "eke/program.h"

#include <cmath>
#include <iterator>

namespace eke::test {

int fakeSingleCalls, fakeSmallCalls, fakeChunkCalls;
int fakeSingleHeads, fakeSmallHeads;
int32_t fakeBadToken = -1;
float fakeBadLogit = 0;

int32_t fakeLikeliest(const std::vector<int32_t> &sequence) {
  int64_t sum = sequence.back();
  for (size_t i = 0; i < sequence.size(); ++i)
    sum += int64_t(i + 1) * sequence[i];
  return int32_t(sum % fakeVocab);
}

double fakeNats(const std::vector<int32_t> &sequence, int32_t target) {
  int32_t distance = (target - fakeLikeliest(sequence) + fakeVocab) % fakeVocab;
  return -distance * std::log(fakeRatio) - std::log(1 - fakeRatio) +
         std::log(1 - std::pow(fakeRatio, fakeVocab));
}

//===- The tokenizer: a token a byte, and <|end|> -------------------------===//

namespace {

struct FakeTokenizer {
  eke_tokenizer header = {};
  uint32_t offsets[fakeVocab + 1] = {};
  uint16_t byteIds[256] = {};
  eke_added_token added[1] = {{fakeEnd, EKE_ADDED_SPECIAL, 0, 7}};
  char bytes[256 + 7] = {};

  constexpr FakeTokenizer() {
    for (int i = 0; i < 256; ++i) {
      offsets[i] = i;
      byteIds[i] = uint16_t(i);
      bytes[i] = char(i);
    }
    for (int i = 0; i < 7; ++i)
      bytes[256 + i] = "<|end|>"[i];
    offsets[256] = 256;
    offsets[257] = 263;
    header.magic = EKE_TOKENIZER_MAGIC;
    header.version = EKE_TOKENIZER_VERSION;
    header.total_bytes = sizeof(FakeTokenizer);
    header.vocab = fakeVocab;
    header.growth = 1;
    header.token_offsets = offsetof(FakeTokenizer, offsets);
    header.token_bytes = offsetof(FakeTokenizer, bytes);
    header.byte_ids = offsetof(FakeTokenizer, byteIds);
    header.byte_id_count = 256;
    header.added = offsetof(FakeTokenizer, added);
    added[0].text = offsetof(FakeTokenizer, bytes) + 256;
    header.unknown = EKE_NO_TOKEN;
    header.added_count = header.added_first_count = 1;
  }
};

constexpr FakeTokenizer tokenizer;

//===- The entries --------------------------------------------------------===//

void runTrunk(int64_t rows, void *const *args, uint8_t *state) {
  auto *tokens = static_cast<const int32_t *>(args[0]);
  int64_t position = *static_cast<const int64_t *>(args[1]);
  auto *hidden = static_cast<float *>(args[2]);
  auto *cache = reinterpret_cast<int32_t *>(state);
  for (int64_t row = 0; row < rows; ++row) {
    int64_t p = position + row;
    cache[p] = tokens[row];
    hidden[row] =
        float(fakeLikeliest(std::vector<int32_t>(cache, cache + p + 1)));
  }
}

void trunkSingle(void *const *args, uint8_t *state, uint8_t *) {
  ++fakeSingleCalls;
  runTrunk(1, args, state);
}

void trunkSmall(void *const *args, uint8_t *state, uint8_t *) {
  ++fakeSmallCalls;
  runTrunk(fakeSmall, args, state);
}

void trunkChunk(void *const *args, uint8_t *state, uint8_t *) {
  ++fakeChunkCalls;
  runTrunk(fakeChunk, args, state);
}

void runHead(int64_t rows, void *const *args) {
  auto *hidden = static_cast<const float *>(args[0]);
  auto *logits = static_cast<float *>(args[1]);
  for (int64_t row = 0; row < rows; ++row) {
    int32_t likeliest = int32_t(hidden[row]);
    bool isSure = hidden[row] != float(likeliest);
    for (int32_t j = 0; j < fakeVocab; ++j)
      *logits++ = float(std::log(isSure ? fakeSureRatio : fakeRatio)) *
                      float((j - likeliest + fakeVocab) % fakeVocab) +
                  100; // softmax takes constants out
    if (fakeBadToken >= 0)
      logits[fakeBadToken - fakeVocab] = fakeBadLogit;
  }
}

void headSingle(void *const *args, uint8_t *, uint8_t *) {
  ++fakeSingleHeads;
  runHead(1, args);
}

void headSmall(void *const *args, uint8_t *, uint8_t *) {
  ++fakeSmallHeads;
  runHead(fakeSmall, args);
}

//===- The entries before and behind an exit ------------------------------===//

/// Tokens that went through the first part, and through the second one.
struct ExitState {
  int32_t before[fakeContext], behind[fakeContext];
};

void exitTrunk(int64_t rows, void *const *args, uint8_t *state) {
  auto *tokens = static_cast<const int32_t *>(args[0]);
  int64_t position = *static_cast<const int64_t *>(args[1]);
  auto &cache = *reinterpret_cast<ExitState *>(state);
  for (int64_t row = 0; row < rows; ++row)
    cache.before[position + row] = tokens[row];
  runTrunk(rows, args, reinterpret_cast<uint8_t *>(cache.behind));
}

template <int rows>
void exitTrunk(void *const *args, uint8_t *state, uint8_t *) {
  exitTrunk(rows, args, state);
}

/// What the first part gives for the last token of a sequence.
float exitHidden(const std::vector<int32_t> &sequence) {
  return float(fakeLikeliestAtExit(sequence)) +
         (isFakeExitSure(sequence) ? 0.5f : 0);
}

void exitDraft(void *const *args, uint8_t *state, uint8_t *) {
  int64_t position = *static_cast<const int64_t *>(args[1]);
  int32_t *cache = reinterpret_cast<ExitState *>(state)->before;
  cache[position] = *static_cast<const int32_t *>(args[0]);
  *static_cast<float *>(args[2]) =
      exitHidden(std::vector<int32_t>(cache, cache + position + 1));
}

/// What is behind the exit sees tokens only by what the exit gave for them: that of
/// a row has to be there, and to be the row's.
template <int rows>
void exitVerify(void *const *args, uint8_t *state, uint8_t *) {
  auto *queries = static_cast<const float *>(args[0]);
  int64_t position = *static_cast<const int64_t *>(args[1]);
  auto *hidden = static_cast<float *>(args[2]);
  auto &cache = *reinterpret_cast<ExitState *>(state);
  for (int64_t p = position; p < position + rows; ++p) {
    cache.behind[p] = cache.before[p];
    std::vector<int32_t> prefix(cache.before, cache.before + p + 1);
    bool isOfRow = *queries++ == exitHidden(prefix);
    std::vector<int32_t> sequence(cache.behind, cache.behind + p + 1);
    *hidden++ = isOfRow ? float(fakeLikeliest(sequence)) : 0;
  }
}

const int64_t one[] = {1}, small[] = {fakeSmall}, chunk[] = {fakeChunk};
const int64_t oneByOne[] = {1, 1}, smallByOne[] = {fakeSmall, 1},
              chunkByOne[] = {fakeChunk, 1};
const int64_t logitShape[] = {1, fakeVocab},
              smallLogitShape[] = {fakeSmall, fakeVocab};

constexpr int64_t least = INT64_MIN, most = INT64_MAX;
const eke_tensor trunkArgs[] = {
    {"tokens", EKE_I32, 1, one, 0, 0, fakeVocab - 1},
    {"position", EKE_I64, 1, one, 0, 0, fakeContext - 1},
    {"hidden", EKE_F32, 2, oneByOne, 1, least, most}};
const eke_tensor smallArgs[] = {
    {"tokens", EKE_I32, 1, small, 0, 0, fakeVocab - 1},
    {"position", EKE_I64, 1, one, 0, 0, fakeContext - fakeSmall},
    {"hidden", EKE_F32, 2, smallByOne, 1, least, most}};
const eke_tensor chunkArgs[] = {
    {"tokens", EKE_I32, 1, chunk, 0, 0, fakeVocab - 1},
    {"position", EKE_I64, 1, one, 0, 0, fakeContext - fakeChunk},
    {"hidden", EKE_F32, 2, chunkByOne, 1, least, most}};
const eke_tensor headArgs[] = {
    {"hidden", EKE_F32, 2, oneByOne, 0, least, most},
    {"logits", EKE_F32, 2, logitShape, 1, least, most}};
const eke_tensor smallHeadArgs[] = {
    {"hidden", EKE_F32, 2, smallByOne, 0, least, most},
    {"logits", EKE_F32, 2, smallLogitShape, 1, least, most}};

/// Programs find entries by role, so names may be anything.
template <size_t count>
constexpr eke_entry entryOf(const char *role, int64_t rows,
                            const eke_tensor (&args)[count],
                            void (*call)(void *const *, uint8_t *, uint8_t *)) {
  return {"any", role, rows, 0, int32_t(count), args, call, 0, 0};
}

/// The embedding of a text is what its hidden vector is, and a half.
void embed(void *const *args, uint8_t *, uint8_t *) {
  *static_cast<float *>(args[1]) = *static_cast<const float *>(args[0]) + 0.5f;
}

const eke_tensor embedArgs[] = {
    {"hidden", EKE_F32, 2, oneByOne, 0, least, most},
    {"embedding", EKE_F32, 2, oneByOne, 1, least, most}};

const eke_entry entries[] = {
    entryOf(EKE_ROLE_TRUNK, 1, trunkArgs, trunkSingle),
    entryOf(EKE_ROLE_TRUNK, fakeChunk, chunkArgs, trunkChunk),
    entryOf(EKE_ROLE_TRUNK, fakeSmall, smallArgs, trunkSmall),
    entryOf(EKE_ROLE_HEAD, 1, headArgs, headSingle),
    entryOf(EKE_ROLE_HEAD, fakeSmall, smallHeadArgs, headSmall),
    entryOf(EKE_ROLE_EMBED, 1, embedArgs, embed)};

const int32_t ends[] = {fakeEnd};
/// A conversation is <|end|>UmessageAanswer<|end|>UmessageA….
const eke_chat fakeChat = {"<|end|>U", "<|end|>S", "|U", "A", "<|end|>U", 1, 0};

const eke_language fakeLanguage = [] {
  eke_language language = {fakeVocab,
                           1,
                           fakeContext,
                           fakeEnd,
                           1,
                           fakeChunk,
                           reinterpret_cast<const uint8_t *>(&tokenizer),
                           sizeof(tokenizer),
                           ends};
  language.chat = &fakeChat;
  return language;
}();

const eke_entry draftEntries[] = {
    entryOf(EKE_ROLE_TRUNK, 1, trunkArgs, exitTrunk<1>),
    entryOf(EKE_ROLE_TRUNK, fakeChunk, chunkArgs, exitTrunk<fakeChunk>),
    entryOf(EKE_ROLE_HEAD, 1, headArgs, headSingle),
    entryOf(EKE_ROLE_HEAD, fakeSmall, smallHeadArgs, headSmall),
    entryOf(EKE_ROLE_DRAFT, 1, trunkArgs, exitDraft),
    entryOf(EKE_ROLE_VERIFY, 1, trunkArgs, exitVerify<1>),
    entryOf(EKE_ROLE_VERIFY, 2, trunkArgs, exitVerify<2>),
    entryOf(EKE_ROLE_VERIFY, 4, trunkArgs, exitVerify<4>),
    entryOf(EKE_ROLE_VERIFY, fakeDrafts + 1, trunkArgs,
            exitVerify<fakeDrafts + 1>)};

const eke_entry thresholdEntries[] = {
    entryOf(EKE_ROLE_TRUNK, 1, trunkArgs, exitTrunk<1>),
    entryOf(EKE_ROLE_TRUNK, fakeChunk, chunkArgs, exitTrunk<fakeChunk>),
    entryOf(EKE_ROLE_HEAD, 1, headArgs, headSingle),
    entryOf(EKE_ROLE_HEAD, fakeSmall, smallHeadArgs, headSmall),
    entryOf(EKE_ROLE_DRAFT, 1, trunkArgs, exitDraft),
    entryOf(EKE_ROLE_VERIFY, 1, trunkArgs, exitVerify<1>),
    entryOf(EKE_ROLE_VERIFY, 4, trunkArgs, exitVerify<4>)};

eke_language exitLanguage(int32_t drafts, float threshold) {
  eke_language language = fakeLanguage;
  language.runs = 8;
  language.exit = 2;
  language.drafts = drafts;
  language.threshold = threshold;
  language.head = language.exit_head = 1;
  for (int i = 0; i <= EKE_MOST_DRAFTS; ++i)
    language.rows[i] = 1 + 0.1f * float(i);
  return language;
}

const eke_language draftLanguage = exitLanguage(fakeDrafts, 0),
                   thresholdLanguage = exitLanguage(0, 0.5);

template <size_t count>
eke_model exitModel(const eke_entry (&entries)[count],
                    const eke_language &language) {
  return {EKE_ABI_VERSION,
          "fake model with an exit",
          "host",
          "0.1.0",
          "abc",
          "none",
          12,
          sizeof(ExitState),
          0,
          nullptr,
          nullptr,
          count,
          0,
          entries,
          nullptr,
          &language};
}

const eke_model draftModel = exitModel(draftEntries, draftLanguage),
                thresholdModel = exitModel(thresholdEntries, thresholdLanguage);

} // namespace

int32_t fakeLikeliestAtExit(const std::vector<int32_t> &sequence) {
  int32_t right = fakeLikeliest(sequence);
  return right % 3 == 0 ? (right + 1) % fakeVocab : right;
}

bool isFakeExitSure(const std::vector<int32_t> &sequence) {
  return sequence.back() % 2 == 0;
}

rt::TokenSink sinkInto(std::vector<int32_t> &tokens) {
  return {[](void *ctx, int32_t token, double) {
            static_cast<std::vector<int32_t> *>(ctx)->push_back(token);
            return rt::StopReason::None;
          },
          &tokens};
}

std::vector<int32_t> somePrompt(int32_t size, int32_t seed) {
  std::vector<int32_t> prompt = {fakeEnd};
  while (int32_t(prompt.size()) < size)
    prompt.push_back((int32_t(prompt.size()) * 37 + 11 * seed) % 256);
  return prompt;
}

rt::Program fakeDraftProgram() {
  static ExitState state;
  return {draftModel, reinterpret_cast<uint8_t *>(&state), nullptr};
}

rt::Program fakeThresholdProgram() {
  static ExitState state;
  return {thresholdModel, reinterpret_cast<uint8_t *>(&state), nullptr};
}

namespace {
alignas(64) uint8_t state[4 * fakeContext];
alignas(64) uint8_t arena[64];
} // namespace

} // namespace eke::test

extern "C" {
extern const eke_cpu_needs eke_program_needs;
const eke_cpu_needs eke_program_needs = {"host", 0, nullptr};
extern const eke_model eke_program;
const eke_model eke_program = {EKE_ABI_VERSION,
                               "fake \"model\"",
                               "host",
                               "0.1.0",
                               "abc",
                               "none",
                               12,
                               160,
                               0,
                               eke::test::state,
                               eke::test::arena,
                               std::size(eke::test::entries),
                               0,
                               eke::test::entries,
                               nullptr,
                               &eke::test::fakeLanguage};
}

eke::rt::Program eke::test::fakeProgram() {
  return {eke_program, eke_program.state, eke_program.arena};
}
