//===- TargetAttrs.td - What is known of a target ----------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Included by EkeAttrs.td. A figure is `88.0 [64.0, 130.0]`: what is expected,
// and the least and the most that it may be; `88.0` alone is known as well as
// that. What is left out is not known, which is never the same as zero.
//
//===----------------------------------------------------------------------===//

def Eke_Figure : DefaultValuedParameter<"::mlir::eke::Figure", "::mlir::eke::Figure()">;

def Eke_MemoryKind : I32EnumAttr<"MemoryKind", "what a memory is for", [
  I32EnumAttrCase<"Cache", 0, "cache">,
  I32EnumAttrCase<"Ram", 1, "ram">,
  I32EnumAttrCase<"Rom", 2, "rom">,
]> {
  let cppNamespace = "::mlir::eke";
  let genSpecializedAttr = 0;
}

def Eke_Execution : I32EnumAttr<"Execution", "how a CPU waits for its reads", [
  I32EnumAttrCase<"OutOfOrder", 0, "out_of_order">,
  I32EnumAttrCase<"InOrder", 1, "in_order">,
]> {
  let cppNamespace = "::mlir::eke";
  let genSpecializedAttr = 0;
}

def Eke_MemoryAttr : Eke_Attr<"Memory", "memory"> {
  let summary = "One memory of the target";
  let description = [{
    A `cache` holds copies of what lies in another memory; `ram` is read and
    written, `rom` only read, and both have places for weights. `capacity` is the
    bytes that one core can use; without it, the device decides. `address` is where it
    begins, which programs without an operating system have to know. Of a cache,
    `line` is what it fetches at once in bytes, and `ways` how many places a line
    may have; without them, all.

    `bandwidth` is what one core reads, in bytes per second, and `latency` the
    time of a read that nothing hides, in nanoseconds. `read` and `write` are
    energy, in picojoules per byte; `power` is what the memory takes while nothing
    is read, in milliwatts.

    ```mlir
    #eke.memory<l1d, cache, capacity = 65536, ways = 4, line = 64, read = 1.0 [0.5, 2.0]>
    ```

    ```mlir
    #eke.memory<flash, rom, capacity = 2097152, address = 134217728>
    ```

    ```mlir
    #eke.memory<dram, ram, bandwidth = 11.0E+9 [10.0E+9, 12.0E+9], read = 88.0 [64.0, 130.0]>
    ```
  }];
  let parameters = (ins
    "::mlir::StringAttr":$name,
    EnumParameter<Eke_MemoryKind>:$kind,
    DefaultValuedParameter<"int64_t", "0">:$capacity,
    DefaultValuedParameter<"int64_t", "0">:$ways,
    DefaultValuedParameter<"int64_t", "0">:$line,
    DefaultValuedParameter<"int64_t", "-1">:$address,
    Eke_Figure:$bandwidth,
    Eke_Figure:$latency,
    Eke_Figure:$read,
    Eke_Figure:$write,
    Eke_Figure:$power
  );
  let assemblyFormat = [{
    `<` custom<Word>($name) `,` $kind
    (`,` struct($capacity, $ways, $line, $address, $bandwidth, $latency, $read, $write,
                $power)^)? `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    bool hasAddress() const { return getAddress() >= 0; }
  }];
}

def Eke_CostsAttr : Eke_Attr<"Costs", "costs"> {
  let summary = "What computing costs on the target";
  let description = [{
    `scalar`, `vector` and `memory` are the energy of one instruction of the kind, in
    picojoules: of a load or store without what it moves. `cycle` is the energy of
    one cycle, where a device was measured so; instructions then cost nothing of
    their own. The `_mac`s are what one multiply-add in the arithmetic unit takes, of
    the type that is multiplied, beside its share of the instruction.
    `cycles_per_mac` is how long a multiply-add of 8-bit integers takes with all
    that is around it, where no code is generated that could be counted. `power` is
    what the device takes while it computes nothing, in milliwatts.

    ```mlir
    #eke.costs<scalar = 300.0 [200.0, 450.0], int8_mac = 2.0E-1, power = 2.85E+3>
    ```
  }];
  let parameters = (ins
    Eke_Figure:$scalar,
    Eke_Figure:$vector,
    Eke_Figure:$memory,
    Eke_Figure:$cycle,
    Eke_Figure:$int8_mac,
    Eke_Figure:$f16_mac,
    Eke_Figure:$bf16_mac,
    Eke_Figure:$f32_mac,
    Eke_Figure:$cycles_per_mac,
    Eke_Figure:$power
  );
  let assemblyFormat = "`<` struct(params) `>`";
}

def Eke_TargetAttr : Eke_Attr<"Target", "target"> {
  let summary = "The machine the module is compiled for";
  let description = [{
    Facts from a device profile that passes and code generation may ask for.
    `features` is LLVM's feature string, `halide` the target string of Halide (empty if
    no code is generated for it), `vector_bits` the width of a vector register, `memories` what one core sees,
    nearest first. `prefetch` is how many
    bytes ahead code should ask for what it reads from memory; without it, the
    hardware is good enough at that. `stack` is the bytes of stack that a program
    has, if they are few; `clock` the cycles per second; `cycle_cpu` LLVM's name of the CPU by
    whose scheduling model cycles are estimated; `costs` what computing costs. A CPU whose
    `execution` is `in_order` waits for what it reads; another one goes on meanwhile.

    ```mlir
    module attributes {eke.target = #eke.target<
        name = "cortex-a76", triple = "aarch64-linux-gnu", cpu = "cortex-a76",
        features = "+dotprod,+fullfp16", halide = "arm-64-linux-arm_dot_prod",
        vector_bits = 128,
        memories = [<l1d, cache, capacity = 65536>, <l2, cache, capacity = 524288>,
                    <dram, ram, read = 88.0 [64.0, 130.0]>],
        clock = 2.4E+9, cycle_cpu = "neoverse-n1", costs = <scalar = 300.0 [200.0, 450.0]>>} {}
    ```
  }];
  let parameters = (ins
    "::mlir::StringAttr":$name,
    "::mlir::StringAttr":$triple,
    "::mlir::StringAttr":$cpu,
    "::mlir::StringAttr":$features,
    "::mlir::StringAttr":$halide,
    "int64_t":$vector_bits,
    ArrayRefParameter<"::mlir::eke::MemoryAttr">:$memories,
    DefaultValuedParameter<"int64_t", "0">:$prefetch,
    DefaultValuedParameter<"int64_t", "0">:$stack,
    Eke_Figure:$clock,
    OptionalParameter<"::mlir::StringAttr">:$cycle_cpu,
    DefaultValuedParameter<"::mlir::eke::Execution", "::mlir::eke::Execution::OutOfOrder">:$execution,
    OptionalParameter<"::mlir::eke::CostsAttr">:$costs
  );
  let assemblyFormat = [{
    `<` `name` `=` $name `,` `triple` `=` $triple `,` `cpu` `=` $cpu `,`
    `features` `=` $features `,` `halide` `=` $halide `,`
    `vector_bits` `=` $vector_bits `,` `memories` `=` `[` $memories `]`
    (`,` struct($prefetch, $stack, $clock, $cycle_cpu, $execution, $costs)^)? `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Can code be generated for it?
    bool hasCode() const { return !getHalide().empty(); }
    /// Do programs run without an operating system, and so on one thread?
    bool isBareMetal() const;
    /// The bytes of each level of data cache, smallest first.
    ::llvm::SmallVector<int64_t> getCaches() const;
    /// The name of the memory that weights lie in: the last that is no cache, or `dram`.
    ::llvm::StringRef getMainMemory() const;
    /// The name of the memory that states and temporary buffers lie in: the largest that is
    /// written, the last of several that are as large as the device decides; or `dram`.
    ::llvm::StringRef getWrittenMemory() const;
  }];
}
