//===- Printable.h - Text from outside, fit to be shown ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_TEXT_PRINTABLE_H
#define EKE_RUNTIME_TEXT_PRINTABLE_H

#include "runtime/text/Utf8.h"

namespace eke::rt {

/// What a piece of text is to somebody who reads it.
enum class Piece {
  Plain,
  Control, ///< one character that moves the cursor or turns the direction of text
  Broken   ///< bytes that are no UTF-8
};

inline bool isControl(uint32_t codePoint) {
  return codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0) ||
         (codePoint >= 0x2028 && codePoint <= 0x202e) || // lines, directions
         (codePoint >= 0x2066 && codePoint <= 0x2069);   // isolated directions
}

/// Calls put(piece, bytes, size, codePoint) for every character of `text` and
/// for every stretch that is none.
template <typename Put>
void forEachPiece(const char *text, size_t size, Put put) {
  Utf8Reader reader;
  size_t begin = 0;
  for (size_t i = 0; i < size;) {
    Utf8 result = reader.feed(uint8_t(text[i]));
    i += result != Utf8::Broken;
    if (result == Utf8::More)
      continue;
    Piece piece = result != Utf8::Done          ? Piece::Broken
                  : isControl(reader.codePoint) ? Piece::Control
                                                : Piece::Plain;
    put(piece, text + begin, i - begin, reader.codePoint);
    begin = i;
  }
  if (begin < size)
    put(Piece::Broken, text + begin, size - begin, uint32_t(0));
}

/// Calls put(bytes, size) for `text` with `\xHH` for each byte that does not show.
template <typename Put>
void forEachPrintable(const char *text, size_t size, Put put) {
  forEachPiece(text, size,
               [&](Piece piece, const char *bytes, size_t count, uint32_t) {
                 if (piece == Piece::Plain)
                   return put(bytes, count);
                 for (size_t i = 0; i < count; ++i) {
                   static const char digits[] = "0123456789abcdef";
                   uint8_t byte = uint8_t(bytes[i]);
                   const char escaped[] = {'\\', 'x', digits[byte >> 4],
                                           digits[byte & 15]};
                   put(escaped, sizeof(escaped));
                 }
               });
}

} // namespace eke::rt

#endif // EKE_RUNTIME_TEXT_PRINTABLE_H
