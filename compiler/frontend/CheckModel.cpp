//===- CheckModel.cpp - Whether a description makes sense -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Input.h"
#include "compiler/frontend/Model.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

namespace mlir::eke {
namespace {

/// Sizes that stay below this multiply in pairs without overflow.
constexpr uint64_t largestSize = std::numeric_limits<int32_t>::max();
/// Bounds what a wrong number can make the compiler allocate.
constexpr uint64_t mostRuns = 1024;
/// Bounds the rows that a token becomes.
constexpr uint32_t mostFold = 64;

using NamedSizes =
    std::initializer_list<std::pair<llvm::StringLiteral, uint32_t>>;

/// Checks one description, field by field, and goes on after an error: what depends on a
/// wrong field is not checked. The text of an error starts with the path of the field.
class Checker {
public:
  explicit Checker(const ModelDescription &description)
      : file(description.file), model(description.model) {}

  llvm::Error run() {
    if (model.name().empty())
      error("name", "is missing");
    else if (std::optional<std::string> reason = whyNoModelName(model.name()))
      error("name:", *reason);
    checkVocabulary();
    hasWidth = checkSize("width", model.width());
    hasContext = checkSize("context", model.context());
    checkBlocks();
    checkStacks();
    checkPositions();
    checkParts();
    checkFactor("embedding_scale", model.embedding_scale());
    checkFactor("logit_softcap", model.logit_softcap());
    checkName("embedding", model.embedding());
    if (model.embedding_norm().empty() && !model.embedding_norm_bias().empty())
      error("embedding_norm", "is missing, but has a bias");
    if (model.has_encoder())
      checkEncoder();
    else
      checkDecoder();
    checkChat();
    checkFiles();
    return std::move(errors);
  }

private:
  void error(const llvm::Twine &field, const llvm::Twine &what) {
    errors = llvm::joinErrors(std::move(errors), errorAt(file, field, what));
  }

  bool checkSize(const llvm::Twine &field, uint64_t size) {
    if (size > 0 && size <= largestSize)
      return true;
    error(field, "is " + llvm::Twine(size) + "; expected 1 to " +
                     llvm::Twine(largestSize));
    return false;
  }

  void checkName(const llvm::Twine &field, llvm::StringRef name) {
    if (name.empty())
      error(field, "is missing");
  }

  /// What only decoders have, behind their blocks.
  void checkDecoder() {
    checkNorm("final_norm", model.final_norm());
    checkName("final_norm_tensor", model.final_norm_tensor());
    if (!model.head().tied() && model.head().tensor().empty())
      error("head", "is neither tied nor has a tensor");
    checkExits();
  }

  void checkEncoder() {
    proto::Encoder::Pooling pooling = model.encoder().pooling();
    if (pooling != proto::Encoder::MEAN && pooling != proto::Encoder::FIRST)
      error("encoder.pooling", "is unknown; expected MEAN or FIRST");
    if (model.vocabulary().eos().empty())
      error("vocabulary.eos",
            "is empty; expected the token that ends every text");
    if (!model.final_norm_tensor().empty())
      error("final_norm_tensor", "is given for an encoder");
    if (model.has_head())
      error("head", "is given for an encoder");
    if (!model.exits().empty())
      error("exits", "are given for an encoder");
    for (const proto::Block &block : model.blocks())
      if (block.attention().window())
        error("blocks", "have a window, which encoders have not: " +
                            inQuotes(block.name()));
  }

  void checkVocabulary() {
    const proto::Vocabulary &vocabulary = model.vocabulary();
    if (!checkSize("vocabulary.size", vocabulary.size()))
      return;
    if (vocabulary.size() > mostTokens)
      return error("vocabulary.size", "is " + llvm::Twine(vocabulary.size()) +
                                          "; expected at most " +
                                          llvm::Twine(mostTokens));
    if (vocabulary.has_bos())
      checkToken("bos", vocabulary.bos());
    for (uint32_t token : vocabulary.eos())
      checkToken("eos", token);
  }

  void checkToken(const char *field, uint32_t token) {
    if (token >= model.vocabulary().size())
      error(llvm::Twine("vocabulary.") + field,
            "is " + llvm::Twine(token) + " but there are " +
                llvm::Twine(model.vocabulary().size()) + " tokens");
  }

  void checkNorm(const llvm::Twine &field, const proto::Norm &norm) {
    if (!proto::Norm::Kind_IsValid(norm.kind()))
      error(field + ".kind", "is unknown; expected RMS or LAYER");
    // The arithmetic is in single precision.
    if (!std::isfinite(norm.epsilon()) || float(norm.epsilon()) <= 0)
      error(field + ".epsilon", "is not a positive number");
  }

  /// Of a number that counts as another if it is 0.
  void checkFactor(const llvm::Twine &field, double number) {
    if (number != 0 && !(std::isfinite(float(number)) && float(number) > 0))
      error(field, "is not a positive number");
  }

  void checkPositions() {
    if (model.longest_context() && model.context() > model.longest_context())
      error("context", "is " + llvm::Twine(model.context()) +
                           ", but the model computes in another way beyond " +
                           llvm::Twine(model.longest_context()) +
                           " positions, which is not supported");
    if (!model.has_positions())
      return;
    if (model.positions().first() > largestSize)
      error("positions.first", "is " + llvm::Twine(model.positions().first()) +
                                   "; expected at most " +
                                   llvm::Twine(largestSize));
    checkName("positions.tensor", model.positions().tensor());
  }

  void checkParts() {
    llvm::StringSet<> names;
    for (auto [index, part] : llvm::enumerate(model.parts())) {
      std::string where = "parts[" + std::to_string(index) + "].";
      checkName(where + "name", part.name());
      checkName(where + "tensor", part.tensor());
      if (!names.insert(part.name()).second && !part.name().empty())
        error(where + "name",
              "is " + inQuotes(part.name()) + ", a name already taken");
    }
  }

  void checkBlocks() {
    if (model.blocks().empty())
      error("blocks", "is empty");
    for (auto [index, block] : llvm::enumerate(model.blocks())) {
      std::string where = "blocks[" + std::to_string(index) + "]";
      if (block.name().empty())
        error(where + ".name", "is missing");
      else if (!blocks.try_emplace(block.name(), &block).second)
        error(where + ".name",
              "is " + inQuotes(block.name()) + ", a name already taken");
      checkNorm(where + ".norm", block.norm());
      checkAttention(where + ".attention.", block.attention());
      checkFeedForward(where + ".feed_forward.", block.feed_forward());
    }
  }

  void checkAttention(const std::string &where,
                      const proto::Attention &attention) {
    checkHeads(where, attention);
    if (attention.has_rope())
      checkRope(where + "rope.", attention.rope(), attention.head_dim());
    checkFactor(where + "scale", attention.scale());
    checkFactor(where + "softcap", attention.softcap());
    if (attention.window() > largestSize)
      error(where + "window", "is " + llvm::Twine(attention.window()) +
                                  "; expected at most " +
                                  llvm::Twine(largestSize));
    proto::QueryKeyNorm::Part part = attention.query_key_norm().part();
    if (attention.has_query_key_norm() && part != proto::QueryKeyNorm::HEAD &&
        part != proto::QueryKeyNorm::ALL)
      error(where + "query_key_norm.part", "is unknown; expected HEAD or ALL");
    checkFold(
        where, attention.fold(),
        {{"heads", attention.heads()}, {"kv_heads", attention.kv_heads()}});
  }

  void checkHeads(const std::string &where, const proto::Attention &attention) {
    bool hasHeads = checkSize(where + "heads", attention.heads());
    bool hasKVHeads = checkSize(where + "kv_heads", attention.kv_heads());
    bool hasDim = checkSize(where + "head_dim", attention.head_dim());
    if (hasHeads && hasKVHeads && attention.heads() % attention.kv_heads())
      error(where + "kv_heads", "is " + llvm::Twine(attention.kv_heads()) +
                                    ", which does not divide " +
                                    llvm::Twine(attention.heads()) + " heads");
    if (hasDim && attention.head_dim() % 2)
      error(where + "head_dim",
            "is odd; rotary positions turn pairs of elements");
    if (hasHeads && hasDim &&
        uint64_t(attention.heads()) * attention.head_dim() > largestSize)
      return error(where + "heads",
                   "times head_dim exceeds " + llvm::Twine(largestSize));
    if (hasKVHeads && hasDim && hasContext &&
        llvm::SaturatingMultiply<uint64_t>(uint64_t(attention.kv_heads()) *
                                               attention.head_dim(),
                                           model.context()) > largestSize)
      error(where + "kv_heads", "times head_dim times context, the size of a "
                                "cache, exceeds " +
                                    llvm::Twine(largestSize));
  }

  void checkRope(const std::string &where, const proto::Rope &rope,
                 uint32_t headDim) {
    if (rope.pairing() != proto::Rope::HALVES &&
        rope.pairing() != proto::Rope::INTERLEAVED)
      error(where + "pairing", "is unknown; expected HALVES or INTERLEAVED");
    if (!std::isfinite(rope.theta()) || rope.theta() <= 0)
      error(where + "theta", "is not a positive number");
    checkFactor(where + "magnitude", rope.magnitude());
    for (double factor : rope.factors())
      if (!std::isfinite(float(factor))) {
        error(where + "factors", "holds a number that is not finite");
        break;
      }
    uint32_t dims = rope.dims() ? rope.dims() : headDim;
    if (headDim % 2 || headDim == 0) // which is an error of its own
      return;
    if (dims % 2 || dims > headDim)
      return error(where + "dims", "is " + llvm::Twine(dims) +
                                       "; expected an even number up to " +
                                       llvm::Twine(headDim));
    if (rope.pairing() == proto::Rope::INTERLEAVED && dims != headDim)
      error(where + "dims", "is " + llvm::Twine(dims) +
                                "; expected 0 with INTERLEAVED, by which "
                                "heads turn as a whole");
    if (!rope.factors().empty() && rope.factors_size() != int(dims / 2))
      error(where + "factors", "has " + llvm::Twine(rope.factors_size()) +
                                   " numbers; expected " +
                                   llvm::Twine(dims / 2));
  }

  void checkFeedForward(const std::string &where,
                        const proto::FeedForward &layer) {
    checkSize(where + "hidden", layer.hidden());
    if (layer.activation() == proto::FeedForward::ACTIVATION_UNSPECIFIED ||
        !proto::FeedForward::Activation_IsValid(layer.activation()))
      error(where + "activation",
            "is unknown; expected SILU, GELU_TANH, RELU or GELU");
    checkFold(where, layer.fold(), {{"hidden", layer.hidden()}});
  }

  /// Sub-tokens have equal parts of the width and of `sizes`; one that is wrong itself is 0.
  void checkFold(const std::string &where, uint32_t fold, NamedSizes sizes) {
    if (fold <= 1)
      return;
    if (fold > mostFold)
      return error(where + "fold", "is " + llvm::Twine(fold) +
                                       "; expected at most " +
                                       llvm::Twine(mostFold));
    llvm::SmallVector<std::string> others;
    auto check = [&](llvm::StringRef name, uint32_t size) {
      if (size % fold)
        others.push_back((name + " " + llvm::Twine(size)).str());
    };
    check("width", hasWidth ? model.width() : 0);
    for (auto [name, size] : sizes)
      check(name, size);
    if (!others.empty())
      error(where + "fold", "is " + llvm::Twine(fold) +
                                ", which does not divide " +
                                llvm::join(others, ", "));
  }

  /// Else it is no wonder that none has the name that a stack asks for.
  bool areBlocksNamed() const {
    return !model.blocks().empty() &&
           llvm::none_of(model.blocks(), [](const proto::Block &block) {
             return block.name().empty();
           });
  }

  void checkStacks() {
    if (model.stacks().empty())
      error("stacks", "is empty");
    for (auto [index, stack] : llvm::enumerate(model.stacks())) {
      std::string where = "stacks[" + std::to_string(index) + "].";
      checkSize(where + "layers", stack.layers());
      uint64_t before = runs;
      runs = llvm::SaturatingAdd(runs, uint64_t(stack.layers()) *
                                           std::max(stack.repeats(), 1u));
      if (runs > mostRuns && before <= mostRuns)
        error(where + "layers", "and those before make more than " +
                                    llvm::Twine(mostRuns) + " block runs");
      auto block = blocks.find(stack.block());
      if (block == blocks.end() && areBlocksNamed())
        error(where + "block",
              "is " + inQuotes(stack.block()) + ", the name of no block");
      if (block != blocks.end())
        checkTensors(where + "tensors.", stack, *block->second);
    }
  }

  void checkTensors(const std::string &where, const proto::Stack &stack,
                    const proto::Block &block) {
    const proto::BlockTensors &tensors = stack.tensors();
    for (auto [field, name] : {std::pair("query", &tensors.query()),
                               {"key", &tensors.key()},
                               {"value", &tensors.value()},
                               {"output", &tensors.output()},
                               {"up", &tensors.up()},
                               {"down", &tensors.down()}})
      checkName(where + field, *name);
    bool gated = block.feed_forward().gated();
    if (gated)
      checkName(where + "gate", tensors.gate());
    else if (!(tensors.gate() + tensors.gate_bias()).empty())
      error(where + "gate", "is given for a block without a gate");
    checkOptional(where, stack, block);
  }

  /// Tensors that a block may have or not.
  void checkOptional(const std::string &where, const proto::Stack &stack,
                     const proto::Block &block) {
    const proto::BlockTensors &tensors = stack.tensors();
    for (auto [name, norm, bias] :
         {std::tuple("attention_norm", &tensors.attention_norm(),
                     &tensors.attention_norm_bias()),
          {"feed_forward_norm", &tensors.feed_forward_norm(),
           &tensors.feed_forward_norm_bias()},
          {"attention_sum_norm", &tensors.attention_sum_norm(),
           &tensors.attention_sum_norm_bias()},
          {"feed_forward_sum_norm", &tensors.feed_forward_sum_norm(),
           &tensors.feed_forward_sum_norm_bias()}})
      if (norm->empty() && !bias->empty())
        error(where + name, "is missing, but has a bias");
    bool hasScales = !(tensors.query_norm() + tensors.key_norm()).empty();
    if (hasScales && !block.attention().has_query_key_norm())
      error(where + "query_norm",
            "is given for a block without query_key_norm");
    checkSame(where, stack);
  }

  /// One block is one piece of code: its stacks have the same optional tensors.
  void checkSame(const std::string &where, const proto::Stack &stack) {
    const proto::BlockTensors &tensors = stack.tensors();
    std::string mask;
    for (const std::string *optional :
         {&tensors.query_bias(), &tensors.key_bias(), &tensors.value_bias(),
          &tensors.output_bias(), &tensors.gate_bias(), &tensors.up_bias(),
          &tensors.down_bias(), &tensors.attention_norm(),
          &tensors.attention_norm_bias(), &tensors.feed_forward_norm(),
          &tensors.feed_forward_norm_bias(), &tensors.attention_post_norm(),
          &tensors.feed_forward_post_norm(), &tensors.query_norm(),
          &tensors.key_norm(), &tensors.attention_sum_norm(),
          &tensors.attention_sum_norm_bias(), &tensors.feed_forward_sum_norm(),
          &tensors.feed_forward_sum_norm_bias()})
      mask += optional->empty() ? '0' : '1';
    auto [entry, isFirst] = optionalOf.try_emplace(stack.block(), mask);
    if (!isFirst && entry->second != mask)
      error(where + "biases and norms",
            "are not those of an earlier stack of " + inQuotes(stack.block()) +
                "; expected another block");
  }

  void checkChat() {
    if (!model.has_chat())
      return;
    const proto::Chat &chat = model.chat();
    checkName("chat.after_user", chat.after_user());
    checkName("chat.after_assistant", chat.after_assistant());
    for (auto [field, text] : {std::pair("start", &chat.start()),
                               {"after_user", &chat.after_user()},
                               {"after_assistant", &chat.after_assistant()},
                               {"system.before", &chat.system().before()},
                               {"system.after", &chat.system().after()}})
      if (llvm::StringRef(*text).contains('\0'))
        error(llvm::Twine("chat.") + field, "contains a zero byte");
    if (!chat.date().empty() && !Date::parse(chat.date()))
      error("chat.date", "is no day such as 2025-06-30");
  }

  void checkExits() {
    uint32_t last = 0;
    for (auto [index, exit] : llvm::enumerate(model.exits())) {
      std::string where = "exits[" + std::to_string(index) + "].";
      if (runs > 0 && (exit.after_run() <= last || exit.after_run() >= runs))
        error(where + "after_run", "is " + llvm::Twine(exit.after_run()) +
                                       "; expected " + llvm::Twine(last + 1) +
                                       " to " + llvm::Twine(runs - 1));
      last = exit.after_run();
      checkExit(where, exit);
    }
  }

  void checkExit(const std::string &where, const proto::Exit &exit) {
    bool isConfidence = exit.policy() == proto::Exit::CONFIDENCE;
    bool isDraft = exit.policy() == proto::Exit::DRAFT;
    if (exit.has_head() && !exit.head().tied() && exit.head().tensor().empty())
      error(where + "head", "is neither tied nor has a tensor");
    if (!isConfidence && !isDraft)
      return error(where + "policy",
                   "is unknown; expected CONFIDENCE or DRAFT");
    bool isFraction = exit.threshold() > 0 && exit.threshold() < 1;
    if (isConfidence && !isFraction)
      error(where + "threshold", "is not between 0 and 1");
    if (!isConfidence && exit.threshold() != 0)
      error(where + "threshold", "is only for CONFIDENCE");
    uint32_t most = isDraft ? maxDrafts : 0;
    if (exit.drafts() > most)
      error(where + "drafts", "is " + llvm::Twine(exit.drafts()) +
                                  "; expected at most " + llvm::Twine(most));
    uint32_t tokens = isDraft ? model.vocabulary().size() : 0;
    if (exit.draft_tokens() > tokens)
      error(where + "draft_tokens", "is " + llvm::Twine(exit.draft_tokens()) +
                                        "; expected at most " +
                                        llvm::Twine(tokens));
    double rate = exit.acceptance_rate();
    if (!(rate >= 0 && rate <= 1))
      error(where + "acceptance_rate", "is not from 0 to 1");
    if (!isDraft && rate != 0)
      error(where + "acceptance_rate", "is only for DRAFT");
  }

  void checkFiles() {
    if (model.weight_files().empty())
      error("weight_files", "is empty");
    llvm::StringSet<> names;
    for (const std::string &name : model.weight_files())
      if (name.empty() || !names.insert(name).second)
        error("weight_files", "lists " + inQuotes(name) + " " +
                                  (name.empty() ? "as a file" : "twice"));
  }

  llvm::StringRef file;
  const proto::Model &model;
  llvm::Error errors = llvm::Error::success();
  bool hasWidth = false, hasContext = false;
  llvm::StringMap<const proto::Block *> blocks;
  /// Which optional tensors a block has, one digit each.
  llvm::StringMap<std::string> optionalOf;
  uint64_t runs = 0;
};

} // namespace

llvm::Error checkModel(const ModelDescription &description) {
  return Checker(description).run();
}

} // namespace mlir::eke
