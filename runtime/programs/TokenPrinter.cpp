//===- TokenPrinter.cpp - Tokens on their way out -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "runtime/programs/TokenPrinter.h"

#include "runtime/programs/Json.h"

#include <inttypes.h>

namespace eke::rt {

const char outputName[] = "standard output";

TokenPrinter::TokenPrinter(const Tokenizer &tokenizer, OutputForm form,
                           StopTexts &stops)
    : tokenizer(tokenizer), form(form), stops(stops), out(1, outputName),
      text(
          tokenizer,
          [](void *ctx, const char *data, size_t size) {
            auto &self = *static_cast<TokenPrinter *>(ctx);
            auto print = [](void *ctx, const char *data, size_t size) {
              static_cast<TokenPrinter *>(ctx)->printPiece(data, size);
            };
            if (self.stopsHere)
              self.stops.put(data, size, print, ctx);
            else
              self.printPiece(data, size);
          },
          this) {
  stops.begin();
}

void TokenPrinter::printPiece(const char *data, size_t size) {
  isEmpty &= size == 0 || form == OutputForm::Ids;
  if (form == OutputForm::Text)
    out.put(data, size);
  else if (form == OutputForm::Json)
    putJsonPiece(out, data, size);
}

void TokenPrinter::write(int32_t token) {
  isEmpty &= form != OutputForm::Ids;
  if (form == OutputForm::Ids)
    out.format(out.last == '\n' ? "%d" : " %d", token);
  if (form == OutputForm::Json)
    out.format("{\"token\": %d, \"text\": \"", token);
  // Numbers are printed for all tokens, and texts end all the same.
  if (!isSpecial(tokenizer, uint32_t(token)))
    text.write(uint32_t(token));
}

void TokenPrinter::echo(int32_t token) {
  write(token);
  if (form == OutputForm::Json)
    out.put("\", \"logprob\": null}\n");
  out.flush();
}

bool TokenPrinter::put(int32_t token, double logProbability) {
  stopsHere = true;
  write(token);
  if (form == OutputForm::Json)
    out.format("\", \"logprob\": %.6g}\n", logProbability);
  out.flush();
  return !stops.isFound();
}

void TokenPrinter::finish(bool endLine, bool isAnswer) {
  text.finish();
  Bytes held = stops.held();
  printPiece(held.data, held.size);
  bool endsLine = form == OutputForm::Ids || endLine;
  if (endsLine && (out.last != '\n' || (isAnswer && isEmpty)))
    out.put("\n");
  out.flush();
}

void TokenPrinter::finishJson(int64_t promptTokens,
                              const GenerateResult &result) {
  out.put("{\"text\": \"");
  finish(/*endLine=*/false);
  out.format("\", \"stop_reason\": \"%s\", \"prompt_tokens\": %" PRId64
             ", \"generated_tokens\": %" PRId64 "}\n",
             nameOf(result.reason), promptTokens, result.generated);
  out.flush();
}

} // namespace eke::rt
