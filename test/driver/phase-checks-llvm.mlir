// Behind `llvm` all but the kernels is the LLVM dialect; every op that has no lowering to it
// is named.

// RUN: eke-opt %s --verify-diagnostics --eke-check-llvm

module attributes {eke.image_bytes = 0 : i64, eke.state_bytes = 0 : i64, eke.arena_bytes = 0 : i64} {
  llvm.func @step(%x: f32) {
    // expected-error@below {{'arith.truncf' op has no lowering to the LLVM dialect from ('f32') to ('f8E5M2') behind phase 'llvm'}}
    %0 = arith.truncf %x : f32 to f8E5M2
    // expected-error@below {{'arith.extf' op has no lowering to the LLVM dialect from ('f8E5M2') to ('f32') behind phase 'llvm'}}
    %1 = arith.extf %0 : f8E5M2 to f32
    llvm.return
  }
}
