//===- SentencePiece.cpp - Reading tokenizer.model ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Input.h"
#include "compiler/frontend/sentencepiece.pb.h"
#include "compiler/frontend/tokenizer/CompileNormalizers.h"
#include "compiler/frontend/tokenizer/ReadTokenizer.h"

#include "llvm/ADT/StringSet.h"

namespace mlir::eke {
namespace {

namespace sp = ::eke::sentencepiece;
using Kind = TokenDescription::Kind;

llvm::Error error(const llvm::Twine &what) {
  return llvm::createStringError(what);
}

class SentencePieceReader {
public:
  SentencePieceReader(const sp::Model &model, uint32_t size)
      : model(model), size(size) {}

  llvm::Expected<TokenizerDescription> read() {
    if (llvm::Error error = readModel())
      return std::move(error);
    if (llvm::Error error = readPieces())
      return std::move(error);
    if (llvm::Error error = readSteps())
      return std::move(error);
    return std::move(description);
  }

private:
  llvm::Error readModel() {
    constexpr int unigram = 1, bpe = 2;
    int type = model.training().model_type();
    if (type != unigram && type != bpe)
      return error("is a model of words or characters, which is not supported; "
                   "expected BPE or unigram");
    using Model = TokenizerDescription::Model;
    description.model = type == bpe ? Model::BPE : Model::Unigram;
    description.mergesByScore = type == bpe;
    description.sumsSingle = true;
    description.fuseUnknown = true;
    description.byteFallback = model.training().byte_fallback();
    if (model.training().whitespace_as_suffix())
      return error("puts spaces behind words, which is not supported");
    return llvm::Error::success();
  }

  static Kind kindOf(sp::Piece::Type type) {
    switch (type) {
    case sp::Piece::UNKNOWN:
      return Kind::Unknown;
    case sp::Piece::CONTROL:
      return Kind::Control;
    case sp::Piece::USER_DEFINED:
      return Kind::UserDefined;
    case sp::Piece::UNUSED:
      return Kind::Unused;
    case sp::Piece::BYTE:
      return Kind::Byte;
    default:
      return Kind::Normal;
    }
  }

  llvm::Error readPieces() {
    if (uint32_t(model.pieces_size()) > size)
      return error("has " + llvm::Twine(model.pieces_size()) +
                   " pieces, more than the " + llvm::Twine(size) +
                   " tokens of the model");
    llvm::StringSet<> texts;
    for (const sp::Piece &piece : model.pieces()) {
      uint32_t id = description.tokens.size();
      Kind kind = kindOf(piece.type());
      if (piece.text().empty())
        return error("piece " + llvm::Twine(id) + " is empty");
      if (!texts.insert(piece.text()).second)
        return error("piece " + inQuotes(piece.text()) + " is there twice");
      if (kind == Kind::Unused && description.mergesByScore)
        return error("piece " + inQuotes(piece.text()) +
                     " is unused, which is not supported of BPE");
      if (!(std::abs(piece.score()) <= std::numeric_limits<float>::max()))
        return error("the score of piece " + inQuotes(piece.text()) +
                     " is no finite number");
      if (kind == Kind::Unknown && !description.unknown)
        description.unknown = id;
      description.tokens.push_back({kind, piece.text(), piece.score()});
    }
    if (!description.unknown)
      return error("has no piece for what is unknown");
    description.unknownText = model.training().unknown_surface();
    return llvm::Error::success();
  }

  llvm::Error readSteps() {
    using Step = NormalizerStep::Kind;
    const sp::Normalization &rules = model.normalization();
    if (!rules.marks_spaces())
      return error("does not mark spaces, which is not supported");
    if (!model.denormalization().character_map().empty())
      return error("changes decoded text by a map of characters, which is not "
                   "supported");
    auto push = [&](NormalizerStep step) {
      description.normalizers.push_back(std::move(step));
    };
    if (!rules.character_map().empty())
      push({Step::CharacterMap, "", false, rules.character_map()});
    if (rules.removes_extra_spaces())
      push({Step::CollapseSpaces});
    if (rules.adds_prefix())
      push({Step::Prepend, "", false, " "});
    push({Step::Replace, " ", true, markedSpaceText.str()});
    if (rules.removes_extra_spaces())
      push({Step::Replace, (markedSpaceText + R"(+\z)").str(), false, ""});

    using Decoder = DecoderStep::Kind;
    description.decoders.push_back(
        {Decoder::MarkedSpaces, markedSpaceText.str()});
    description.decoders.push_back({Decoder::ByteFallback});
    constexpr uint32_t all = 1 << 20;
    if (rules.removes_extra_spaces())
      description.decoders.push_back({Decoder::StripStart, "", "", all});
    else if (rules.adds_prefix())
      description.decoders.push_back({Decoder::StripStart, "", "", 1});
    return llvm::Error::success();
  }

  const sp::Model &model;
  uint32_t size;
  TokenizerDescription description;
};

} // namespace

llvm::Expected<TokenizerDescription>
readSentencePiece(llvm::StringRef bytes, llvm::StringRef file, uint32_t size) {
  sp::Model model;
  if (bytes.size() > size_t(std::numeric_limits<int>::max()) ||
      !model.ParseFromArray(bytes.data(), int(bytes.size())))
    return errorIn(file, "is no model of SentencePiece");
  auto description = SentencePieceReader(model, size).read();
  if (!description)
    return errorIn(file, llvm::toString(description.takeError()));
  return description;
}

} // namespace mlir::eke
