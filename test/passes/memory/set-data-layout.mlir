// RUN: eke-opt %s --eke-set-data-layout --split-input-file --verify-diagnostics | FileCheck %s
// RUN: eke-opt %s --eke-set-data-layout --split-input-file --verify-diagnostics | eke-opt --eke-set-data-layout --split-input-file | FileCheck %s

// Pointers and indices are as wide as the triple's.
// CHECK: dlti.dl_spec = #dlti.dl_spec<index = 32 : i64, !llvm.ptr = dense<32> : vector<3xi64>>
module attributes {eke.target = #eke.target<name = "a7", triple = "armv7-linux-gnueabihf",
    cpu = "cortex-a7", features = "", halide = "arm-32-linux", vector_bits = 128,
    memories = [<dram, ram>]>} {}

// -----

// CHECK: dlti.dl_spec = #dlti.dl_spec<index = 64 : i64, !llvm.ptr = dense<64> : vector<3xi64>>
module attributes {eke.target = #eke.target<name = "a53", triple = "aarch64-linux-gnu",
    cpu = "cortex-a53", features = "", halide = "arm-64-linux", vector_bits = 128,
    memories = [<dram, ram>]>} {}

// -----

// CHECK: module {
// CHECK-NOT: dlti
module {}
