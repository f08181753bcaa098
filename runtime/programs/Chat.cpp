//===- Chat.cpp - Talking with a model ------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The caches keep the conversation: of each turn only what is new is read.
//===----------------------------------------------------------------------===//

#include "runtime/programs/Chat.h"

#include "runtime/os/Terminal.h"
#include "runtime/programs/Conversation.h"
#include "runtime/programs/Generator.h"

#include <string.h>

namespace eke::rt {

namespace {

class Chat {
public:
  Chat(Session &session, const Tokenizer &tokenizer, Conversation &conversation,
       const LanguageRequest &request, StopTexts &stops,
       const PromptCache &cache, const InstructionCounter &counter)
      : cache(cache), session(session), tokenizer(tokenizer),
        conversation(conversation), request(request), stops(stops),
        generator(session, request, counter) {
    session.ownEnd = conversation.endToken();
    if (session.ownEnd < 0)
      stops.add(conversation.endText());
  }

  void answerLines(LineReader &reader, bool isInteractive);
  /// Answers a message that was added to the conversation.
  StopReason answer(bool endsLine);

  const PromptCache &cache;
  Session &session;
  const Tokenizer &tokenizer;
  Conversation &conversation;
  const LanguageRequest &request;
  StopTexts &stops;
  Generator generator;
  int64_t turns = 0;
};

StopReason Chat::answer(bool endsLine) {
  TokenPrinter printer(tokenizer, request.form(), stops);
  struct Context {
    Chat &chat;
    TokenPrinter &printer;
  } context = {*this, printer};
  auto put = [](void *ctx, int32_t token, double logProbability) {
    auto &[chat, printer] = *static_cast<Context *>(ctx);
    bool goesOn = printer.put(token, logProbability);
    chat.conversation.addToken(token, chat.stops.length());
    return !goesOn           ? StopReason::StopText
           : takeInterrupt() ? StopReason::Interrupt
                             : StopReason::None;
  };
  ++turns;
  takeInterrupt();                          // before the message was there
  session.rewind(conversation.count() - 1); // should a message be no token
  if (turns == 1) {
    generator.cached =
        cache.countRead(conversation.tokens(), conversation.count());
    session.resume(generator.cached);
  }
  int64_t newSize = conversation.count() - session.length();
  GenerateResult result =
      generator.run(conversation.tokens(), conversation.count(), newSize,
                    {put, &context, request.form() == OutputForm::Json});
  if (result.reason == StopReason::StopText)
    conversation.cutAnswer(stops.length());
  // The caches may have what was cut, or drafted beyond the end.
  session.rewind(conversation.count());
  if (request.form() == OutputForm::Json)
    printer.finishJson(newSize, result);
  else
    printer.finish(endsLine, /*isAnswer=*/true);
  return result.reason;
}

void Chat::answerLines(LineReader &reader, bool isInteractive) {
  Writer out(1, outputName), notes(2, "standard error");
  auto sayFull = [&] {
    notes.format("the conversation fills the context of %d tokens; /reset "
                 "begins another\n",
                 session.language().context);
    notes.flush();
  };
  for (;;) {
    if (isInteractive) {
      out.put("> ");
      out.flush();
    }
    Bytes line;
    LineReader::Result read = reader.next(line);
    if (read == LineReader::Result::Interrupted) {
      takeInterrupt();
      out.put("\n");
      continue;
    }
    if (read == LineReader::Result::End)
      break;
    if (line.size == 6 && memcmp(line.data, "/reset", 6) == 0) {
      conversation.restart();
      session.restart();
      continue;
    }
    if (line.size == 0)
      continue;
    bool fits = conversation.addMessage(line);
    if (!fits && !isInteractive)
      failToRun("the conversation and its next message have more tokens than "
                "the context of %d; /reset begins another",
                session.language().context);
    if (!fits ||
        (answer(/*endsLine=*/true) == StopReason::Context && isInteractive))
      sayFull();
  }
  if (isInteractive) {
    out.put("\n");
    out.flush();
  }
}

/// Adds the text of --message.
void addOnlyMessage(Conversation &conversation, const char *text,
                    int32_t context) {
  Bytes message =
      strcmp(text, "-") == 0 ? readStandardInput() : Bytes{text, strlen(text)};
  if (message.size > Conversation::longestMessage)
    fail("the message has %zu bytes; expected at most %zu", message.size,
         Conversation::longestMessage);
  if (!conversation.addMessage(message))
    fail("the message has more tokens than the context of %d", context);
}

} // namespace

void runChat(const Program &program, const Tokenizer &tokenizer,
             LanguageRequest &r, StopTexts &stops) {
  Session session(program);
  PromptCache cache(r.promptCache, program);
  Conversation conversation(tokenizer, session.language(), r.system);
  if (r.message)
    addOnlyMessage(conversation, r.message, session.language().context);
  const bool writesCache =
      r.promptCache &&
      (r.chat || cache.lacks(conversation.tokens(), conversation.count()));
  if (writesCache && r.common.sandbox)
    failForSandbox();
  if (writesCache)
    cache.checkWritable();
  Statistics statistics(r.common.statsFile);
  Chat chat(session, tokenizer, conversation, r, stops, cache,
            statistics.counter);
  bool isInteractive = r.chat && isTerminal(0) && isTerminal(1);
  if (r.message) {
    bool endsLine = statistics.areOnStdout() || isTerminal(1);
    startWork(r.common);
    chat.answer(endsLine);
  } else {
    LineReader reader(Conversation::longestMessage);
    r.common.catchesInterrupts = isInteractive;
    if (isInteractive)
      catchInterrupts();
    startWork(r.common);
    chat.answerLines(reader, isInteractive);
  }
  auto addMembers = [](JsonObject &json, const void *ctx) {
    auto &chat = *static_cast<const Chat *>(ctx);
    json.integer("turns", chat.turns);
    chat.generator.addMembers(json);
  };
  statistics.write(program.model, r.common.threads, addMembers, &chat);
  if (writesCache && cache.lacks(conversation.tokens(), session.length()))
    cache.write(conversation.tokens(), session.length());
}

} // namespace eke::rt
