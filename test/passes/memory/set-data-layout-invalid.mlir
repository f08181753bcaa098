// RUN: eke-opt %s --eke-set-data-layout --split-input-file --verify-diagnostics

// expected-error@below {{has a data layout by which 'index' takes 64 bits, expected the 32 of the target "a7"}}
module attributes {dlti.dl_spec = #dlti.dl_spec<index = 64 : i64>,
    eke.target = #eke.target<name = "a7", triple = "armv7-linux-gnueabihf",
    cpu = "cortex-a7", features = "", halide = "arm-32-linux", vector_bits = 128,
    memories = [<dram, ram>]>} {}

// -----

// expected-error@below {{has a data layout by which '!llvm.ptr' takes 64 bits, expected the 32 of the target "a7"}}
module attributes {dlti.dl_spec = #dlti.dl_spec<index = 32 : i64>,
    eke.target = #eke.target<name = "a7", triple = "armv7-linux-gnueabihf",
    cpu = "cortex-a7", features = "", halide = "arm-32-linux", vector_bits = 128,
    memories = [<dram, ram>]>} {}
