//===- Utf8.h - UTF-8, one byte at a time -----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Well-formed sequences are those of table 3-7 of the Unicode standard.
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_TEXT_UTF8_H
#define EKE_RUNTIME_TEXT_UTF8_H

#include <stddef.h>
#include <stdint.h>

namespace eke::rt {

/// What a byte did to a sequence.
enum class Utf8 {
  More,   ///< the sequence goes on
  Done,   ///< the byte ended a character
  Bad,    ///< the byte can start or continue nothing; it is used up
  Broken, ///< the byte ends a sequence that it does not belong to; feed it
          ///< again
};

/// A sequence being read.
struct Utf8Reader {
  uint32_t codePoint = 0;
  int missing = 0; ///< bytes the sequence still needs
  uint8_t low = 0x80, high = 0xbf;

  Utf8 feed(uint8_t byte) {
    if (missing == 0)
      return start(byte);
    if (byte < low || byte > high) {
      *this = Utf8Reader();
      return Utf8::Broken;
    }
    low = 0x80;
    high = 0xbf;
    codePoint = codePoint << 6 | (byte & 0x3f);
    return --missing == 0 ? Utf8::Done : Utf8::More;
  }

private:
  Utf8 start(uint8_t byte) {
    if (byte < 0x80) {
      codePoint = byte;
      return Utf8::Done;
    }
    if (byte < 0xc2 || byte > 0xf4)
      return Utf8::Bad;
    missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    codePoint = byte & (0x3f >> missing);
    if (byte == 0xe0)
      low = 0xa0; // shorter forms exist
    if (byte == 0xf0)
      low = 0x90;
    if (byte == 0xed)
      high = 0x9f; // surrogates
    if (byte == 0xf4)
      high = 0x8f; // beyond U+10FFFF
    return Utf8::More;
  }
};

} // namespace eke::rt

#endif // EKE_RUNTIME_TEXT_UTF8_H
