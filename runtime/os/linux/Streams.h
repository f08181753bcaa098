//===- Streams.h - Standard streams and signals -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef EKE_RUNTIME_OS_LINUX_STREAMS_H
#define EKE_RUNTIME_OS_LINUX_STREAMS_H

namespace eke::rt {

/// Opens those of descriptors 0, 1 and 2 that are closed, such that reading and
/// writing fail: a file opened later must not take the place of a stream.
void openStandardStreams();

/// Makes a write to a closed pipe, or beyond the largest file, an error of `write`
/// and no end of the process.
void ignoreWriteSignals();

} // namespace eke::rt

#endif // EKE_RUNTIME_OS_LINUX_STREAMS_H
