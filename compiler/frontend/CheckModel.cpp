//===- CheckModel.cpp - Whether a description makes sense -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/Input.h"
#include "compiler/frontend/Model.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <cmath>

namespace mlir::eke {
namespace {

/// Sizes that stay below this multiply in pairs without overflow.
constexpr uint64_t largestSize = std::numeric_limits<int32_t>::max();
/// Bounds what a wrong number can make the compiler allocate.
constexpr uint64_t mostTokens = 1 << 24;
constexpr uint64_t mostRuns = 1024;

/// Checks one description, field by field. Each function returns at the first
/// error, whose text starts with the path of the field.
class Checker {
public:
  explicit Checker(const ModelDescription &description)
      : file(description.file), model(description.model) {}

  llvm::Error run() {
    if (model.name().empty())
      return error("name", "is missing");
    if (std::optional<std::string> reason = whyNoModelName(model.name()))
      return errorIn(file, "name: " + *reason);
    if (llvm::Error error = checkVocabulary())
      return error;
    if (llvm::Error error = checkSizes(
            "", {{"context", model.context()}, {"width", model.width()}}))
      return error;
    if (llvm::Error error = checkBlocks())
      return error;
    if (llvm::Error error = checkStacks())
      return error;
    if (llvm::Error error = checkPositions())
      return error;
    if (llvm::Error error = checkParts())
      return error;
    for (auto [field, number] :
         {std::pair("embedding_scale", model.embedding_scale()),
          {"logit_softcap", model.logit_softcap()}})
      if (llvm::Error error = checkFactor(field, number))
        return error;
    if (llvm::Error error = checkNames("", {{"embedding", model.embedding()}}))
      return error;
    if (model.embedding_norm().empty() && !model.embedding_norm_bias().empty())
      return error("embedding_norm", "is missing, but has a bias");
    if (llvm::Error error =
            model.has_encoder() ? checkEncoder() : checkDecoder())
      return error;
    if (llvm::Error error = checkChat())
      return error;
    return checkFiles();
  }

private:
  using Sizes = llvm::ArrayRef<std::pair<const char *, uint64_t>>;
  using Names = llvm::ArrayRef<std::pair<const char *, llvm::StringRef>>;

  llvm::Error error(const llvm::Twine &field, const llvm::Twine &what) {
    return errorIn(file, field + " " + what);
  }

  llvm::Error checkSizes(const llvm::Twine &where, Sizes sizes) {
    for (auto [field, size] : sizes)
      if (size == 0 || size > largestSize)
        return error(where + field, "is " + llvm::Twine(size) +
                                        "; expected 1 to " +
                                        llvm::Twine(largestSize));
    return llvm::Error::success();
  }

  llvm::Error checkNames(const llvm::Twine &where, Names names) {
    for (auto [field, name] : names)
      if (name.empty())
        return error(where + field, "is missing");
    return llvm::Error::success();
  }

  /// What only decoders have, behind their blocks.
  llvm::Error checkDecoder() {
    if (llvm::Error error = checkNorm("final_norm", model.final_norm()))
      return error;
    if (llvm::Error error =
            checkNames("", {{"final_norm_tensor", model.final_norm_tensor()}}))
      return error;
    if (!model.head().tied() && model.head().tensor().empty())
      return error("head", "is neither tied nor has a tensor");
    return checkExits();
  }

  llvm::Error checkEncoder() {
    proto::Encoder::Pooling pooling = model.encoder().pooling();
    if (pooling != proto::Encoder::MEAN && pooling != proto::Encoder::FIRST)
      return error("encoder.pooling", "is unknown; expected MEAN or FIRST");
    if (model.vocabulary().eos().empty())
      return error("vocabulary.eos",
                   "is empty; expected the token that ends every text");
    if (!model.final_norm_tensor().empty())
      return error("final_norm_tensor", "is given for an encoder");
    if (model.has_head())
      return error("head", "is given for an encoder");
    if (!model.exits().empty())
      return error("exits", "are given for an encoder");
    for (const proto::Block &block : model.blocks())
      if (block.attention().window())
        return error("blocks", "have a window, which encoders have not: " +
                                   inQuotes(block.name()));
    return llvm::Error::success();
  }

  llvm::Error checkVocabulary() {
    const proto::Vocabulary &vocabulary = model.vocabulary();
    if (llvm::Error error =
            checkSizes("vocabulary.", {{"size", vocabulary.size()}}))
      return error;
    if (vocabulary.size() > mostTokens)
      return error("vocabulary.size", "is " + llvm::Twine(vocabulary.size()) +
                                          "; expected at most " +
                                          llvm::Twine(mostTokens));
    if (vocabulary.has_bos() && vocabulary.bos() >= vocabulary.size())
      return tokenOutOfRange("bos", vocabulary.bos());
    for (uint32_t token : vocabulary.eos())
      if (token >= vocabulary.size())
        return tokenOutOfRange("eos", token);
    return llvm::Error::success();
  }

  llvm::Error tokenOutOfRange(const char *field, uint32_t token) {
    return error(llvm::Twine("vocabulary.") + field,
                 "is " + llvm::Twine(token) + " but there are " +
                     llvm::Twine(model.vocabulary().size()) + " tokens");
  }

  llvm::Error checkNorm(const llvm::Twine &field, const proto::Norm &norm) {
    if (!proto::Norm::Kind_IsValid(norm.kind()))
      return error(field + ".kind", "is unknown; expected RMS or LAYER");
    // The arithmetic is in single precision.
    if (std::isfinite(norm.epsilon()) && float(norm.epsilon()) > 0)
      return llvm::Error::success();
    return error(field + ".epsilon", "is not a positive number");
  }

  /// Of a number that counts as another if it is 0.
  llvm::Error checkFactor(const llvm::Twine &field, double number) {
    if (number == 0 || (std::isfinite(float(number)) && float(number) > 0))
      return llvm::Error::success();
    return error(field, "is not a positive number");
  }

  llvm::Error checkPositions() {
    if (model.longest_context() && model.context() > model.longest_context())
      return error("context",
                   "is " + llvm::Twine(model.context()) +
                       ", but the model computes in another way beyond " +
                       llvm::Twine(model.longest_context()) +
                       " positions, which is not supported");
    if (!model.has_positions())
      return llvm::Error::success();
    if (model.positions().first() > largestSize)
      return error("positions.first",
                   "is " + llvm::Twine(model.positions().first()) +
                       "; expected at most " + llvm::Twine(largestSize));
    return checkNames("positions.", {{"tensor", model.positions().tensor()}});
  }

  llvm::Error checkParts() {
    llvm::StringSet<> names;
    for (auto [index, part] : llvm::enumerate(model.parts())) {
      std::string where = "parts[" + std::to_string(index) + "].";
      if (llvm::Error error = checkNames(
              where, {{"name", part.name()}, {"tensor", part.tensor()}}))
        return error;
      if (!names.insert(part.name()).second)
        return error(where + "name",
                     "is " + inQuotes(part.name()) + ", a name already taken");
    }
    return llvm::Error::success();
  }

  llvm::Error checkBlocks() {
    if (model.blocks().empty())
      return error("blocks", "is empty");
    for (auto [index, block] : llvm::enumerate(model.blocks())) {
      std::string where = "blocks[" + std::to_string(index) + "]";
      if (block.name().empty())
        return error(where + ".name", "is missing");
      if (!blocks.try_emplace(block.name(), &block).second)
        return error(where + ".name",
                     "is " + inQuotes(block.name()) + ", a name already taken");
      if (llvm::Error error = checkNorm(where + ".norm", block.norm()))
        return error;
      if (llvm::Error error =
              checkAttention(where + ".attention.", block.attention()))
        return error;
      if (llvm::Error error =
              checkFeedForward(where + ".feed_forward.", block.feed_forward()))
        return error;
    }
    return llvm::Error::success();
  }

  llvm::Error checkAttention(const std::string &where,
                             const proto::Attention &attention) {
    if (llvm::Error error =
            checkSizes(where, {{"heads", attention.heads()},
                               {"kv_heads", attention.kv_heads()},
                               {"head_dim", attention.head_dim()}}))
      return error;
    if (attention.heads() % attention.kv_heads())
      return error(where + "kv_heads",
                   "is " + llvm::Twine(attention.kv_heads()) +
                       ", which does not divide " +
                       llvm::Twine(attention.heads()) + " heads");
    if (attention.head_dim() % 2)
      return error(where + "head_dim",
                   "is odd; rotary positions turn pairs of elements");
    if (uint64_t(attention.heads()) * attention.head_dim() > largestSize)
      return error(where + "heads",
                   "times head_dim exceeds " + llvm::Twine(largestSize));
    if (uint64_t(attention.kv_heads()) * attention.head_dim() *
            model.context() >
        largestSize)
      return error(where + "kv_heads",
                   "times head_dim times context, the size of a cache, "
                   "exceeds " +
                       llvm::Twine(largestSize));
    if (attention.has_rope())
      if (llvm::Error error =
              checkRope(where + "rope.", attention.rope(), attention))
        return error;
    for (auto [field, number] : {std::pair("scale", attention.scale()),
                                 {"softcap", attention.softcap()}})
      if (llvm::Error error = checkFactor(where + field, number))
        return error;
    if (attention.window() > largestSize)
      return error(where + "window", "is " + llvm::Twine(attention.window()) +
                                         "; expected at most " +
                                         llvm::Twine(largestSize));
    proto::QueryKeyNorm::Part part = attention.query_key_norm().part();
    if (attention.has_query_key_norm() && part != proto::QueryKeyNorm::HEAD &&
        part != proto::QueryKeyNorm::ALL)
      return error(where + "query_key_norm.part",
                   "is unknown; expected HEAD or ALL");
    return checkFold(where, attention.fold());
  }

  llvm::Error checkRope(const std::string &where, const proto::Rope &rope,
                        const proto::Attention &attention) {
    if (rope.pairing() != proto::Rope::HALVES &&
        rope.pairing() != proto::Rope::INTERLEAVED)
      return error(where + "pairing",
                   "is unknown; expected HALVES or INTERLEAVED");
    if (!std::isfinite(rope.theta()) || rope.theta() <= 0)
      return error(where + "theta", "is not a positive number");
    uint32_t dims = rope.dims() ? rope.dims() : attention.head_dim();
    if (dims % 2 || dims > attention.head_dim())
      return error(where + "dims", "is " + llvm::Twine(dims) +
                                       "; expected an even number up to " +
                                       llvm::Twine(attention.head_dim()));
    if (rope.pairing() == proto::Rope::INTERLEAVED &&
        dims != attention.head_dim())
      return error(where + "dims", "is " + llvm::Twine(dims) +
                                       "; expected 0 with INTERLEAVED, by "
                                       "which heads turn as a whole");
    if (!rope.factors().empty() && rope.factors_size() != int(dims / 2))
      return error(where + "factors",
                   "has " + llvm::Twine(rope.factors_size()) +
                       " numbers; expected " + llvm::Twine(dims / 2));
    for (double factor : rope.factors())
      if (!std::isfinite(float(factor)))
        return error(where + "factors", "holds a number that is not finite");
    return checkFactor(where + "magnitude", rope.magnitude());
  }

  llvm::Error checkFeedForward(const std::string &where,
                               const proto::FeedForward &layer) {
    if (llvm::Error error = checkSizes(where, {{"hidden", layer.hidden()}}))
      return error;
    if (layer.activation() == proto::FeedForward::ACTIVATION_UNSPECIFIED ||
        !proto::FeedForward::Activation_IsValid(layer.activation()))
      return error(where + "activation",
                   "is unknown; expected SILU, GELU_TANH, RELU or GELU");
    return checkFold(where, layer.fold());
  }

  llvm::Error checkFold(const std::string &where, uint32_t fold) {
    if (fold <= 1 || model.width() % fold == 0)
      return llvm::Error::success();
    return error(where + "fold", "is " + llvm::Twine(fold) +
                                     ", which does not divide the width " +
                                     llvm::Twine(model.width()));
  }

  llvm::Error checkStacks() {
    if (model.stacks().empty())
      return error("stacks", "is empty");
    for (auto [index, stack] : llvm::enumerate(model.stacks())) {
      std::string where = "stacks[" + std::to_string(index) + "].";
      auto block = blocks.find(stack.block());
      if (block == blocks.end())
        return error(where + "block", "is " + inQuotes(stack.block()) +
                                          ", the name of no block");
      if (llvm::Error error = checkSizes(where, {{"layers", stack.layers()}}))
        return error;
      runs += uint64_t(stack.layers()) * std::max(stack.repeats(), 1u);
      if (runs > mostRuns)
        return error(where + "layers", "and those before make more than " +
                                           llvm::Twine(mostRuns) +
                                           " block runs");
      if (llvm::Error error =
              checkTensors(where + "tensors.", stack, *block->second))
        return error;
    }
    return llvm::Error::success();
  }

  llvm::Error checkTensors(const std::string &where, const proto::Stack &stack,
                           const proto::Block &block) {
    const proto::BlockTensors &tensors = stack.tensors();
    if (llvm::Error error = checkNames(where, {{"query", tensors.query()},
                                               {"key", tensors.key()},
                                               {"value", tensors.value()},
                                               {"output", tensors.output()},
                                               {"up", tensors.up()},
                                               {"down", tensors.down()}}))
      return error;
    bool gated = block.feed_forward().gated();
    if (gated && tensors.gate().empty())
      return error(where + "gate", "is missing");
    if (!gated && !(tensors.gate() + tensors.gate_bias()).empty())
      return error(where + "gate", "is given for a block without a gate");
    return checkOptional(where, stack, block);
  }

  /// Tensors that a block may have or not.
  llvm::Error checkOptional(const std::string &where, const proto::Stack &stack,
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
        return error(where + name, "is missing, but has a bias");
    bool hasScales = !(tensors.query_norm() + tensors.key_norm()).empty();
    if (hasScales && !block.attention().has_query_key_norm())
      return error(where + "query_norm",
                   "is given for a block without query_key_norm");
    return checkSame(where, stack);
  }

  /// One block is one piece of code: its stacks have the same optional tensors.
  llvm::Error checkSame(const std::string &where, const proto::Stack &stack) {
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
    if (isFirst || entry->second == mask)
      return llvm::Error::success();
    return error(where + "biases and norms",
                 "are not those of an earlier stack of " +
                     inQuotes(stack.block()) + "; expected another block");
  }

  llvm::Error checkChat() {
    if (!model.has_chat())
      return llvm::Error::success();
    const proto::Chat &chat = model.chat();
    if (llvm::Error error =
            checkNames("chat.", {{"after_user", chat.after_user()},
                                 {"after_assistant", chat.after_assistant()}}))
      return error;
    for (auto [field, text] : {std::pair("start", &chat.start()),
                               {"after_user", &chat.after_user()},
                               {"after_assistant", &chat.after_assistant()},
                               {"system.before", &chat.system().before()},
                               {"system.after", &chat.system().after()}})
      if (llvm::StringRef(*text).contains('\0'))
        return error(llvm::Twine("chat.") + field, "contains a zero byte");
    if (!chat.date().empty() && !Date::parse(chat.date()))
      return error("chat.date", "is no day such as 2025-06-30");
    return llvm::Error::success();
  }

  llvm::Error checkExits() {
    uint32_t last = 0;
    for (auto [index, exit] : llvm::enumerate(model.exits())) {
      std::string where = "exits[" + std::to_string(index) + "].";
      if (exit.after_run() <= last || exit.after_run() >= runs)
        return error(where + "after_run",
                     "is " + llvm::Twine(exit.after_run()) + "; expected " +
                         llvm::Twine(last + 1) + " to " +
                         llvm::Twine(runs - 1));
      last = exit.after_run();
      if (exit.policy() != proto::Exit::CONFIDENCE &&
          exit.policy() != proto::Exit::DRAFT)
        return error(where + "policy",
                     "is unknown; expected CONFIDENCE or DRAFT");
      bool isFraction = exit.threshold() > 0 && exit.threshold() < 1;
      if (exit.policy() == proto::Exit::CONFIDENCE && !isFraction)
        return error(where + "threshold", "is not between 0 and 1");
      if (exit.policy() != proto::Exit::CONFIDENCE && exit.threshold() != 0)
        return error(where + "threshold", "is only for CONFIDENCE");
      uint32_t most = exit.policy() == proto::Exit::DRAFT ? maxDrafts : 0;
      if (exit.drafts() > most)
        return error(where + "drafts", "is " + llvm::Twine(exit.drafts()) +
                                           "; expected at most " +
                                           llvm::Twine(most));
      if (exit.has_head() && !exit.head().tied() &&
          exit.head().tensor().empty())
        return error(where + "head", "is neither tied nor has a tensor");
      uint32_t tokens = most ? model.vocabulary().size() : 0;
      if (exit.draft_tokens() > tokens)
        return error(where + "draft_tokens",
                     "is " + llvm::Twine(exit.draft_tokens()) +
                         "; expected at most " + llvm::Twine(tokens));
      double rate = exit.acceptance_rate();
      if (!(rate >= 0 && rate <= 1))
        return error(where + "acceptance_rate", "is not from 0 to 1");
      if (exit.policy() != proto::Exit::DRAFT && rate != 0)
        return error(where + "acceptance_rate", "is only for DRAFT");
    }
    return llvm::Error::success();
  }

  llvm::Error checkFiles() {
    if (model.weight_files().empty())
      return error("weight_files", "is empty");
    llvm::StringSet<> names;
    for (const std::string &name : model.weight_files())
      if (name.empty() || !names.insert(name).second)
        return error("weight_files",
                     "lists " + inQuotes(name) + " " +
                         (name.empty() ? "as a file" : "twice"));
    return llvm::Error::success();
  }

  llvm::StringRef file;
  const proto::Model &model;
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
