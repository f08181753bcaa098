//===- Texts.h - The texts a program is given -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_PROGRAMS_TEXTS_H
#define EKE_RUNTIME_PROGRAMS_TEXTS_H

#include "runtime/os/System.h"

namespace eke::rt {

/// The model's tokenizer; fails if it has none, or one with more tokens than it knows.
Tokenizer openModelTokenizer(const eke_language &language);

/// Fails on a text that is too long to be counted in tokens.
void checkSize(Bytes text, const char *what);

/// Prints the vector of a text as a line of numbers.
void printVector(Writer &out, const float *vector, int32_t width);

} // namespace eke::rt

#endif // EKE_RUNTIME_PROGRAMS_TEXTS_H
