//===- Conversation.cpp - A conversation as tokens ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Only what is new becomes tokens, and as one text, as if all of the conversation did:
//
//   start        MESSAGE after_user                    at first
//   after_assistant MESSAGE after_user                 behind an answer
//===----------------------------------------------------------------------===//

#include "runtime/programs/Conversation.h"

#include "runtime/os/System.h"
#include "runtime/text/Matcher.h"

#include <string.h>

namespace eke::rt {

static Bytes bytesOf(const char *text) {
  return text ? Bytes{text, strlen(text)} : Bytes{nullptr, 0};
}

/// Without white space at both ends.
static Bytes trim(Bytes text) {
  const char *begin = nullptr, *end = text.data;
  const char *stop = text.data + text.size;
  for (const char *at = text.data; at < stop;) {
    Char c = readChar(at, stop);
    if (!isSpace(c.codePoint)) {
      begin = begin ? begin : at;
      end = c.next;
    }
    at = c.next;
  }
  return begin ? Bytes{begin, size_t(end - begin)} : Bytes{text.data, 0};
}

Conversation::Conversation(const Tokenizer &tokenizer,
                           const eke_language &language, const char *said)
    : tokenizer(tokenizer), form(*language.chat), context(language.context),
      system(bytesOf(said)),
      isControl(reserveArray<bool>(tokenizer.header->added_count)),
      ids(reserveArray<int32_t>(uint64_t(language.context) + 1)),
      textEnds(reserveArray<uint64_t>(uint64_t(language.context) + 1)) {
  if (said && form.trims_system)
    system = trim(system);
  if (system.size > longestMessage)
    fail("--system has %zu bytes; expected at most %zu", system.size,
         longestMessage);
  const char *parts[] = {form.start, form.before_system, form.after_system,
                         form.after_user, form.after_assistant};
  size_t most = longestMessage + system.size;
  for (const char *part : parts) {
    most += bytesOf(part).size;
    findControlTokens(bytesOf(part));
  }
  EncodeNeeds needs = encodeNeeds(tokenizer, most);
  text = static_cast<char *>(reserveScratch(most));
  newIds = static_cast<int32_t *>(
      reserveScratch((needs.tokens + 1) * sizeof(int32_t)));
  scratch = reserveScratch(needs.scratch);
  if (!said)
    system.data = nullptr;
  findEnd();
}

/// Special tokens control, and so do those that stand around messages.
void Conversation::findControlTokens(Bytes part) {
  for (uint32_t i = 0; i < tokenizer.header->added_count; ++i) {
    const eke_added_token &added = tokenizer.added[i];
    Bytes name = tokenizer.text(added);
    bool controls =
        (added.flags & EKE_ADDED_SPECIAL) ||
        (part.size > 0 && memmem(part.data, part.size, name.data, name.size));
    if (!controls)
      continue;
    isControl[i] = true;
    normalizesControl |= i >= tokenizer.header->added_first_count;
  }
}

/// The first added token behind white space in what follows an answer, or else the text.
void Conversation::findEnd() {
  Bytes after = bytesOf(form.after_assistant);
  int64_t count = encodeParts(&after, 1);
  for (int64_t i = 0; i < count && end < 0; ++i) {
    if (findAdded(tokenizer, uint32_t(newIds[i])))
      end = newIds[i];
    else if (trim(tokenizer.token(uint32_t(newIds[i]))).size > 0)
      break;
  }
  if (end >= 0)
    return;
  stop = trim(after);
  if (stop.size == 0)
    stop = after;
  if (stop.size > StopTexts::longest)
    stop.size = StopTexts::longest;
}

/// Makes tokens of some parts, of which every second one is a message; returns how many.
int64_t Conversation::encodeParts(const Bytes *parts, int count) {
  LiteralText literal = {{{nullptr, 0}, {nullptr, 0}}, isControl, false};
  size_t length = 0, written = 0;
  for (int i = 0; i < count; ++i) {
    if (parts[i].size > 0)
      memcpy(text + length, parts[i].data, parts[i].size);
    if (i % 2)
      literal.stretches[i / 2] = {text + length, parts[i].size};
    length += parts[i].size;
  }
  if (!normalizesControl)
    return int64_t(
        encode(tokenizer, {text, length}, newIds, scratch, &literal));
  // What is normalized is not where it was: each part is a text of its own.
  literal.isWhole = true;
  for (int i = 0; i < count; ++i)
    written += encode(tokenizer, parts[i], newIds + written, scratch,
                      i % 2 ? &literal : nullptr);
  return int64_t(written);
}

bool Conversation::addMessage(Bytes message) {
  if (form.trims_user)
    message = trim(message);
  const Bytes after = bytesOf(form.after_user);
  Bytes parts[5];
  int count = 0;
  if (isEmpty() && system.data) {
    parts[count++] = bytesOf(form.before_system);
    parts[count++] = system;
    parts[count++] = bytesOf(form.after_system);
  } else {
    parts[count++] = bytesOf(isEmpty() ? form.start : form.after_assistant);
  }
  parts[count++] = message;
  parts[count++] = after;
  int64_t added = encodeParts(parts, count);
  if (added > context - size || size + added == 0)
    return false;
  memcpy(ids + size, newIds, size_t(added) * sizeof(int32_t));
  size += added;
  answerBegin = size;
  return true;
}

void Conversation::addToken(int32_t token, uint64_t textEnd) {
  if (size > context) // the last one of a full context is read no more
    return;
  textEnds[size] = textEnd;
  ids[size++] = token;
}

void Conversation::cutAnswer(uint64_t textSize) {
  while (size > answerBegin && textEnds[size - 1] > textSize)
    --size;
}

} // namespace eke::rt
