//===- TokenizerDescription.h - A tokenizer, whatever file says so --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   tokenizer.json ────────┐
//   vocab.json, merges.txt ┤
//   vocab.txt ─────────────┤
//   tokenizer.model ───────┼─▶ TokenizerDescription ─ compileTokenizer ─▶ blob
//   GGUF's metadata ───────┘
//
// A reader writes down what its file says and checks what it reads; what a
// program cannot do is refused by compileTokenizer, for all readers alike. What
// happens to a text:
//
//   text ─ added tokens that are not normalized ─▶ stretches ─ normalizers ─▶
//   ─ added tokens that are ─▶ parts ─ splits ─▶ words ─ model ─▶ numbers
//
//===----------------------------------------------------------------------===//

#ifndef EKE_COMPILER_FRONTEND_TOKENIZER_TOKENIZERDESCRIPTION_H
#define EKE_COMPILER_FRONTEND_TOKENIZER_TOKENIZERDESCRIPTION_H

#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir::eke {

/// The token of a number.
struct TokenDescription {
  enum class Kind {
    Absent,      ///< the number has no token
    Normal,      ///< what the model makes of words
    Unknown,     ///< only TokenizerDescription::unknown makes it
    Control,     ///< no text becomes it, nor does it become text
    UserDefined, ///< SentencePiece's: always one token, found after normalizers
    Unused,      ///< as if it were not there, but decoded
    Byte,        ///< "<0x0A>": a byte of a character that has no token
  };

  Kind kind = Kind::Absent;
  /// As the file writes it: "Ġthe", "▁the", "##ing", "<0x0A>".
  std::string text;
  /// Unigram: the logarithm of a probability. BPE with `mergesByScore`: the larger,
  /// the earlier.
  double score = 0;
};

/// Tokens side by side that become one; the first in the list are merged first.
struct MergeDescription {
  uint32_t left, right, result;
};

/// A token found in the text before it is split, with the flags of tokenizer.json.
struct AddedTokenDescription {
  uint32_t id = 0;
  std::string text;
  bool special = false;    ///< left out of decoded text
  bool normalized = false; ///< looked for behind the normalizers
  bool singleWord = false; ///< not beside letters and digits
  bool leftStrip = false;  ///< takes the white space in front of it
  bool rightStrip = false; ///< takes the white space behind it
};

/// A change of the text as a whole.
struct NormalizerStep {
  enum class Kind {
    NFC,
    NFD,
    NFKC,
    NFKD,
    Lowercase,
    StripAccents, ///< drops combining marks
    StripMarks, ///< BertNormalizer's strip_accents: NFD, and no nonspacing marks
    CleanText,  ///< BertNormalizer's clean_text
    SpaceChinese,  ///< BertNormalizer's handle_chinese_chars
    Replace,       ///< every `pattern` by `content`
    Prepend,       ///< `content` in front of a text that is not empty
    StripLeft,     ///< white space
    StripRight,    ///< white space
    CharacterMap,  ///< SentencePiece's precompiled_charsmap, which is `content`
    CollapseSpaces ///< ' ' is not doubled, nor at the start
  };

  Kind kind;
  /// A regular expression, or a text if `isText`.
  std::string pattern = {};
  bool isText = false;
  std::string content = {};
};

/// What a split does with the stretches that its pattern matches.
enum class SplitBehavior {
  Removed,
  Isolated,
  Contiguous,
  MergedWithPrevious,
  MergedWithNext
};

/// A cut of every part into smaller ones.
struct SplitStep {
  enum class Kind {
    Pattern,
    /// A space in front of a part that does not start with one.
    PrefixSpace,
    /// The same for the part at the start of the text only.
    PrefixFirstSpace,
    /// Writes `pattern`, such as "▁", for every space. A PrefixSpace comes behind it,
    /// and means that mark.
    MarkSpaces
  };

  Kind kind = Kind::Pattern;
  /// A regular expression in the subset of docs/tokenizers.md, or a text if `isText`.
  std::string pattern = {};
  bool isText = false;
  SplitBehavior behavior = SplitBehavior::Isolated;
  /// Means what is not matched.
  bool inverted = false;
};

/// A step from tokens to text.
struct DecoderStep {
  enum class Kind {
    ByteLevel,    ///< letters of GPT-2's alphabet are bytes
    ByteFallback, ///< tokens of Kind::Byte are bytes
    Replace,      ///< the text `pattern` by `content`, in every token
    Metaspace,    ///< `pattern` by a space, but nothing in the first token
    MarkedSpaces, ///< `pattern` by a space
    WordPiece,    ///< a space before what does not start with `pattern`
    CleanUp,      ///< no space before punctuation, as WordPiece's cleanup
    Join,         ///< a space between tokens
    StripStart    ///< `count` spaces at the start of the text
  };

  Kind kind;
  std::string pattern = {};
  std::string content = {};
  uint32_t count = 0;
};

/// All that a program has to know of a tokenizer.
struct TokenizerDescription {
  enum class Model { BPE, Unigram, WordPiece };

  Model model = Model::BPE;
  /// The token of each number. What is beyond the model's vocabulary is an error.
  std::vector<TokenDescription> tokens;
  std::vector<MergeDescription> merges;
  std::vector<AddedTokenDescription> added;

  std::vector<NormalizerStep> normalizers;
  std::vector<SplitStep> splits;
  std::vector<DecoderStep> decoders;

  /// Tokens write bytes in GPT-2's alphabet, and words are taken byte by byte.
  bool byteLevel = false;
  /// Characters without a token become tokens of Kind::Byte.
  bool byteFallback = false;
  /// What becomes of a character (WordPiece: of a word) that has no token.
  std::optional<uint32_t> unknown;
  /// What the unknown token is in decoded text; empty: its own text.
  std::string unknownText;
  /// Unknown characters side by side are one token.
  bool fuseUnknown = false;
  /// A word that is a token becomes it, whatever merges say.
  bool ignoreMerges = false;
  /// SentencePiece's BPE: any two tokens merge whose texts, joined, are a token, the
  /// one of largest score first. `merges` is empty.
  bool mergesByScore = false;
  /// Unigram: scores are summed in 32 bits, as SentencePiece does.
  bool sumsSingle = false;
  /// WordPiece: what starts a token that continues a word, and the characters of the
  /// longest word that is not unknown.
  std::string continuingPrefix = "##";
  uint32_t longestWord = 100;

  /// Put around a text: [CLS] and [SEP], or bos.
  std::vector<uint32_t> before, after;

  /// Fills `merges` with pairs of tokens' texts, "a b" each, in their order. An error
  /// names the number of the pair.
  llvm::Error setMerges(
      const std::vector<std::pair<llvm::StringRef, llvm::StringRef>> &pairs);

  /// The steps of the published split patterns, by the name that GGUF has for them
  /// ("llama-bpe", "qwen2", …); nothing for an unknown name.
  static std::optional<std::vector<SplitStep>> findSplits(llvm::StringRef name);
};

/// Makes the runtime's tables (eke_tokenizer in runtime/include/eke/abi.h).
/// `vocabularySize` is that of the model, and `file` is named in errors.
llvm::Expected<std::vector<uint8_t>>
compileTokenizer(const TokenizerDescription &description, llvm::StringRef file,
                 uint32_t vocabularySize);

} // namespace mlir::eke

#endif // EKE_COMPILER_FRONTEND_TOKENIZER_TOKENIZERDESCRIPTION_H
