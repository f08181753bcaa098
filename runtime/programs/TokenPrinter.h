//===- TokenPrinter.h - Tokens on their way out -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_TOKENPRINTER_H
#define EKE_RUNTIME_PROGRAMS_TOKENPRINTER_H

#include "runtime/programs/Session.h"
#include "runtime/programs/StopTexts.h"

namespace eke::rt {

extern const char outputName[]; ///< of standard output, for messages

enum class OutputForm {
  Text,
  Ids, ///< numbers of tokens
  Json ///< an object a line: for each token, and at the end
};

/// One text on its way to standard output, each token written at once, up to a stop text.
class TokenPrinter {
public:
  TokenPrinter(const Tokenizer &tokenizer, OutputForm form, StopTexts &stops);

  /// Goes on with a text of which the start is not shown.
  void resume() { text.resume(); }

  /// Prints a token of the prompt.
  void echo(int32_t token);
  /// Prints a generated token; false if a stop text ends the text with it.
  bool put(int32_t token, double logProbability);
  /// Ends the text, and its line if that is asked for; an empty text is a line of its own
  /// if `isAnswer`.
  void finish(bool endLine, bool isAnswer = false);
  /// The last line of JSON, in place of `finish`.
  void finishJson(int64_t promptTokens, const GenerateResult &result);

private:
  void write(int32_t token);
  void printPiece(const char *data, size_t size);

  const Tokenizer &tokenizer;
  OutputForm form;
  StopTexts &stops;
  Writer out;
  TextStream text;
  bool isEmpty = true;    ///< nothing was printed yet
  bool stopsHere = false; ///< what is written now is looked at for stop texts
};

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_TOKENPRINTER_H
