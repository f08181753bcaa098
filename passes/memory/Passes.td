//===- Passes.td - Weights, states and buffers have places -*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EKE_PASSES_MEMORY_PASSES_TD
#define EKE_PASSES_MEMORY_PASSES_TD

include "mlir/Pass/PassBase.td"

def StoreConstantsPass : Pass<"eke-store-constants", "::mlir::ModuleOp"> {
  let summary = "Turn large constants of models into weights";
  let description = [{
    An `arith.constant` of more than 64 elements and 128 bytes becomes an `eke.weight`
    and a use of it, so that it lies in the image, with all others. Equal constants
    become one weight. It is called as the constant's location is.

    Constants stay that are of one value, or have elements of no whole bytes: those are
    no parameters of a model. It comes late, because constants can be folded and packed.

    Example:

    ```mlir
    eke.model @net(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
      %0 = arith.constant dense_resource<table> : tensor<16x16xf32>
      %1 = arith.addf %x, %0 : tensor<16x16xf32>
      eke.yield %1 : tensor<16x16xf32>
    }
    ```

    becomes

    ```mlir
    eke.weight @constant : tensor<16x16xf32> = dense_resource<table> : tensor<16x16xf32>
    eke.model @net(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
      %0 = eke.use @constant : tensor<16x16xf32>
      %1 = arith.addf %x, %0 : tensor<16x16xf32>
      eke.yield %1 : tensor<16x16xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::eke::EkeDialect"];
}

def ChooseMemoriesPass : Pass<"eke-choose-memories", "::mlir::ModuleOp"> {
  let summary = "Choose the memories of tensors by energy";
  let description = [{
    Says of each weight, of the states and of the arena which memory of the target they lie
    in, where the target has several that are no caches and says what reading from them
    costs: picojoules per byte, or cycles that have a price. What lies together is the
    assignment that needs the least energy, by what the entries move and how often they
    are called (`every` of `#eke.entry`; once a second, or once, those that do not say),
    under what there is room for in each memory, the stack left out. Where the target has
    memories that are only read, the contents of others are copied from there at each
    start: that takes room in both, and energy, of which each call pays its share.

    States and the arena lie where they can be written, each as a whole. The arena has the
    bytes that the module says (`eke.arena_bytes`), or those that the values of the layers
    take; where it lies is the module attribute `eke.arena_memory`. On weights and states it is
    `eke.memory`, which `eke-place-weights` turns into a place. Memories and places that are
    there already stay, and errors say which cannot be. What does not fit anywhere lies
    where it would lie without a choice.

    The search is exact, by branch and bound. A remark gives the energy of the assignment,
    that of the best one at least, and whether they are the same; others say what each
    tensor saves that lies elsewhere, and after how many calls that is more than its copy.

    Example:

    ```mlir
    module attributes {eke.target = #eke.target<
        name = "board", triple = "aarch64-linux-gnu", cpu = "cortex-a53", features = "",
        halide = "arm-64-linux", vector_bits = 128,
        memories = [<sram, ram, capacity = 4096, read = 2.0>, <dram, ram, read = 90.0>]>} {
      eke.weight @g : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
      eke.model @step(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
        %g = eke.use @g : tensor<4xf32>
        %y = eke.norm %x, %g epsilon 1.0e-5 : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
        eke.yield %y : tensor<1x4xf32>
      }
    }
    ```

    becomes

    ```mlir
    module attributes {eke.arena_memory = "sram", eke.target = #eke.target<
        name = "board", triple = "aarch64-linux-gnu", cpu = "cortex-a53", features = "",
        halide = "arm-64-linux", vector_bits = 128,
        memories = [<sram, ram, capacity = 4096, read = 2.0>, <dram, ram, read = 90.0>]>} {
      eke.weight @g : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
          {eke.memory = "sram"}
      eke.model @step(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
        %g = eke.use @g : tensor<4xf32>
        %y = eke.norm %x, %g epsilon 1.0e-5 : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
        eke.yield %y : tensor<1x4xf32>
      }
    }
    ```
  }];
  let options = [
    Option<"callsPerStart", "calls-per-start", "double", /*default=*/"1000",
           "How often the entry that is called most is called between two starts">,
  ];
}

def PlaceWeightsPass : Pass<"eke-place-weights", "::mlir::ModuleOp"> {
  let summary = "Lay out the weights and the states in their memories";
  let description = [{
    Gives every weight without a place one in its memory, in the order of the module:
    behind those that have one; and every state a place in the states. The memory is
    `eke.memory`, or else the target's main memory, the last that is no cache, for a
    weight, and the largest that is written for a state. Weights and states that nothing uses are erased. The
    bytes of weights, of all memories together, go into the module attribute
    `eke.image_bytes`, those of states into `eke.state_bytes`. Places that cannot be are
    errors.

    A remark says, for every block whose weights several consecutive applies
    share, whether the block's weights fit a cache of the target.

    Example:

    ```mlir
    eke.weight @g : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
    eke.model @step(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
      %g = eke.use @g : tensor<4xf32>
      %y = eke.norm %x, %g epsilon 1.0e-5 : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
      eke.yield %y : tensor<1x4xf32>
    }
    ```

    becomes

    ```mlir
    module attributes {eke.image_bytes = 64 : i64, eke.state_bytes = 0 : i64} {
      eke.weight @g : tensor<4xf32> = <"m.bin", offset = 0, length = 16, element = f32>
          place <dram, offset = 0>
      eke.model @step(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
        %g = eke.use @g : tensor<4xf32>
        %y = eke.norm %x, %g epsilon 1.0e-5 : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
        eke.yield %y : tensor<1x4xf32>
      }
    }
    ```
  }];
}

def BufferizePass : Pass<"eke-bufferize", "::mlir::ModuleOp"> {
  let summary = "Turn tensors into buffers";
  let description = [{
    One-shot bufferisation of everything outside the bodies of pipelines, after
    tensors without contents have been replaced by the buffer they end up in.
    Copies between buffers that are not contiguous become `linalg.generic`.

    Example:

    ```mlir
    func.func @f(%x: memref<4xf32>, %y: memref<4xf32>) {
      %0 = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
      %e = tensor.empty() : tensor<4xf32>
      %1 = linalg.exp ins(%0 : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      bufferization.materialize_in_destination %1 in restrict writable %y
          : (tensor<4xf32>, memref<4xf32>) -> ()
      return
    }
    ```

    becomes

    ```mlir
    func.func @f(%x: memref<4xf32>, %y: memref<4xf32>) {
      linalg.exp ins(%x : memref<4xf32>) outs(%y : memref<4xf32>)
      return
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect",
  ];
}

def PlanArenaPass : Pass<"eke-plan-arena", "::mlir::ModuleOp"> {
  let summary = "Give every temporary buffer an offset in one arena";
  let description = [{
    Replaces every `memref.alloc` by a view of a new last argument `%arena`, so
    that buffers that are needed at the same time do not overlap. A buffer lives
    from its first to its last use; one that is allocated outside a loop and used
    inside lives throughout the loop. What a callee needs is a buffer of the
    caller that lives during the call. The attribute `eke.arena_bytes` of a
    function is what it needs, that of the module the most that an entry needs.

    Every entry gets the argument, used or not, and its `#eke.entry` the types of its
    tensors, since lowering to LLVM forgets them.

    A buffer of a size known only at run time gets the most it can need, if its
    size is also that of a view into something of known extent. Refused are other
    sizes known only at run time, layouts other than the identity, recursion, and a buffer that leaves the iteration that allocates it: its
    next incarnation would have the same place.

    A remark gives the arena's size, the lower bound, which is the most bytes
    that live at one time, and whether it is proven that no plan is smaller.

    Example:

    ```mlir
    func.func @step(%x: memref<16xf32>)
        attributes {eke.entry = #eke.entry<name = "step", rows = 1,
                        inputs = [#eke.argument<"x">], outputs = []>} {
      %0 = memref.alloc() : memref<16xf32>
      linalg.exp ins(%x : memref<16xf32>) outs(%0 : memref<16xf32>)
      linalg.add ins(%x, %0 : memref<16xf32>, memref<16xf32>) outs(%x : memref<16xf32>)
      return
    }
    ```

    becomes

    ```mlir
    module attributes {eke.arena_bytes = 64 : i64} {
      func.func @step(%x: memref<16xf32>, %arena: memref<64xi8>)
          attributes {eke.arena_bytes = 64 : i64,
                      eke.entry = #eke.entry<name = "step", rows = 1,
                          inputs = [#eke.argument<"x" as memref<16xf32>>], outputs = []>} {
        %c0 = arith.constant 0 : index
        %0 = memref.view %arena[%c0][] : memref<64xi8> to memref<16xf32>
        linalg.exp ins(%x : memref<16xf32>) outs(%0 : memref<16xf32>)
        linalg.add ins(%x, %0 : memref<16xf32>, memref<16xf32>) outs(%x : memref<16xf32>)
        return
      }
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::memref::MemRefDialect",
  ];
}

def SetDataLayoutPass : Pass<"eke-set-data-layout", "::mlir::ModuleOp"> {
  let summary = "Say how wide an index is on the target";
  let description = [{
    Writes what LLVM's data layout of the target's triple says of pointers into the
    module, as the conversions to the LLVM dialect ask for it: an `index` is as wide as
    a pointer. A module without a target is left as it is; one that has another data
    layout is an error.

    Example:

    ```mlir
    module attributes {eke.target = #eke.target<
        name = "a7", triple = "armv7-linux-gnueabihf", cpu = "cortex-a7", features = "",
        halide = "arm-32-linux", vector_bits = 128, memories = [<dram, ram>]>} {}
    ```

    becomes

    ```mlir
    module attributes {
        dlti.dl_spec = #dlti.dl_spec<index = 32 : i64, !llvm.ptr = dense<32> : vector<3xi64>>,
        eke.target = #eke.target<
        name = "a7", triple = "armv7-linux-gnueabihf", cpu = "cortex-a7", features = "",
        halide = "arm-32-linux", vector_bits = 128, memories = [<dram, ram>]>} {}
    ```
  }];
  let dependentDialects = ["::mlir::DLTIDialect", "::mlir::LLVM::LLVMDialect"];
}

#endif // EKE_PASSES_MEMORY_PASSES_TD
