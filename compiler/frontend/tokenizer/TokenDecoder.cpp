//===- TokenDecoder.cpp - What tokens are in decoded text -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "compiler/frontend/tokenizer/TokenDecoder.h"

namespace mlir::eke {

/// What WordPiece's cleanup makes of the space in front of a token.
constexpr std::pair<llvm::StringLiteral, llvm::StringLiteral> cleanUps[] = {
    {" .", "."},   {" ?", "?"},     {" !", "!"},    {" ,", ","},
    {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},  {" do not", " don't"},
    {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};

std::optional<uint8_t> byteOf(llvm::StringRef text) {
  unsigned value;
  if (text.size() != 6 || !text.consume_front("<0x") ||
      !text.consume_back(">") || text.getAsInteger(16, value))
    return std::nullopt;
  return uint8_t(value);
}

void replaceAll(std::string &text, llvm::StringRef from, llvm::StringRef to) {
  for (size_t at = 0;
       !from.empty() &&
       (at = text.find(from.data(), at, from.size())) != std::string::npos;
       at += to.size())
    text.replace(at, from.size(), to.str());
}

llvm::Error TokenDecoder::setFlags(TokenizerTables &tables) const {
  for (const DecoderStep &step : steps) {
    uint32_t flag = 0, strip = 0;
    switch (step.kind) {
    case DecoderStep::Kind::ByteFallback:
      tables.flags |= EKE_TOKENIZER_REPLACE_BYTES;
      break;
    case DecoderStep::Kind::Metaspace:
      tables.flags |= EKE_TOKENIZER_FIRST_WITHOUT_SPACES;
      break;
    case DecoderStep::Kind::WordPiece:
    case DecoderStep::Kind::Join:
      flag = EKE_TOKENIZER_STRIP | EKE_TOKENIZER_STRIP_FIRST;
      strip = 1;
      break;
    case DecoderStep::Kind::StripStart:
      flag = EKE_TOKENIZER_STRIP;
      strip = step.count;
      break;
    default:
      break;
    }
    if (flag && tables.strip)
      return llvm::createStringError("its decoders strip spaces twice");
    tables.flags |= flag;
    tables.strip += strip;
  }
  return llvm::Error::success();
}

std::string TokenDecoder::decode(llvm::StringRef token, bool isByte) const {
  std::string text = token.str();
  for (const DecoderStep &step : steps) {
    switch (step.kind) {
    case DecoderStep::Kind::ByteLevel:
      text = alphabet.decode(text).value_or(text);
      break;
    case DecoderStep::Kind::ByteFallback:
      if (std::optional<uint8_t> byte = byteOf(text); byte && isByte)
        text = std::string(1, char(*byte));
      break;
    case DecoderStep::Kind::Replace:
      replaceAll(text, step.pattern, step.content);
      break;
    case DecoderStep::Kind::Metaspace:
    case DecoderStep::Kind::MarkedSpaces:
      replaceAll(text, step.pattern, " ");
      break;
    case DecoderStep::Kind::WordPiece:
      if (!step.pattern.empty() &&
          llvm::StringRef(text).starts_with(step.pattern))
        text = text.substr(step.pattern.size());
      else
        text = " " + text;
      break;
    case DecoderStep::Kind::CleanUp:
      for (auto [from, to] : cleanUps)
        replaceAll(text, from, to);
      break;
    case DecoderStep::Kind::Join:
      text = " " + text;
      break;
    case DecoderStep::Kind::StripStart:
      break;
    }
  }
  return text;
}

} // namespace mlir::eke
