// RUN: eke-opt %s --split-input-file --verify-diagnostics

func.func @pipeline_c1(%x: tensor<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{expected only tensors or only memrefs, got both}}
  halide.pipeline ins(%x : tensor<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    halide.yield %a : tensor<4xf32>
  }
  return
}

// -----

func.func @pipeline_c2(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{expected body argument 0 of type 'tensor<4xf32>', got 'tensor<5xf32>'}}
  halide.pipeline ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: tensor<5xf32>, %b: tensor<4xf32>):
    halide.yield %b : tensor<4xf32>
  }
  return
}

// -----

func.func @pipeline_c2_count(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{expected 2 body arguments, got 1}}
  halide.pipeline ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%b: tensor<4xf32>):
    halide.yield %b : tensor<4xf32>
  }
  return
}

// -----

func.func @pipeline_c3(%x: tensor<4xf32>, %y: tensor<4xf32>) {
  // expected-error@+1 {{expected 1 results of the types of the outs, got 0}}
  halide.pipeline ins(%x : tensor<4xf32>) outs(%y : tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    halide.yield %a : tensor<4xf32>
  }
  return
}

// -----

func.func @pipeline_c4(%x: memref<4xf32>, %y: memref<8xf32>) {
  // expected-error@+1 {{expected yielded value 0 of type 'tensor<8xf32>', got 'tensor<4xf32>'}}
  halide.pipeline ins(%x : memref<4xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<8xf32>):
    halide.yield %a : tensor<4xf32>
  }
  return
}

// -----

func.func @pipeline_c4_count(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{expected 1 yielded values, got 2}}
  halide.pipeline ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    halide.yield %a, %b : tensor<4xf32>, tensor<4xf32>
  }
  return
}

// -----

func.func @pipeline_c5(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{has two stages named "s"}}
  halide.pipeline ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = linalg.copy {halide.stage = "s"} ins(%a : tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
    %1 = linalg.copy {halide.stage = "s"} ins(%0 : tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
    halide.yield %1 : tensor<4xf32>
  }
  return
}

// -----

func.func @pipeline_c6(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{schedules stage "t", which does not exist}}
  halide.pipeline ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = linalg.copy {halide.stage = "s"} ins(%a : tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
    halide.yield %0 : tensor<4xf32>
  } schedule [#halide.stage<"t", unroll(d0)>]
  return
}

// -----

func.func @pipeline_c6_twice(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{schedules stage "s" twice}}
  halide.pipeline ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = linalg.copy {halide.stage = "s"} ins(%a : tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
    halide.yield %0 : tensor<4xf32>
  } schedule [#halide.stage<"s", unroll(d0)>, #halide.stage<"s", unroll(d0)>]
  return
}

// -----

func.func @pipeline_c7(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{stage "s" has no loop 'd0' at this point of its schedule}}
  halide.pipeline ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = linalg.copy {halide.stage = "s"} ins(%a : tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
    halide.yield %0 : tensor<4xf32>
  } schedule [#halide.stage<"s", split(d0, a, b, 2), unroll(d0)>]
  return
}

// -----

func.func @pipeline_c7_reused(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{stage "s" already had a loop 'd0'}}
  halide.pipeline ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = linalg.copy {halide.stage = "s"} ins(%a : tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
    halide.yield %0 : tensor<4xf32>
  } schedule [#halide.stage<"s", split(d0, d0, b, 2)>]
  return
}

// -----

func.func @pipeline_c7_factored(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{stage "s" does not reduce over loop 'd0'}}
  halide.pipeline ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = linalg.copy {halide.stage = "s"} ins(%a : tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
    halide.yield %0 : tensor<4xf32>
  } schedule [#halide.stage<"s", rfactor(d0, v, "t")>]
  return
}

// -----

func.func @pipeline_c8(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{stage "s" is computed at loop 'k' of "t", which does not exist}}
  halide.pipeline ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = linalg.copy {halide.stage = "s"} ins(%a : tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
    %1 = linalg.copy {halide.stage = "t"} ins(%0 : tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
    halide.yield %1 : tensor<4xf32>
  } schedule [#halide.stage<"s", compute_at("t", k)>]
  return
}

// -----

func.func @pipeline_c10(%x: memref<32768xf32>, %y: memref<32768xf32>) {
  // expected-error@+1 {{stage "s" has 'unroll' of loop 'd0', which makes copies of its body: 32768, expected at most 4096}}
  halide.pipeline ins(%x : memref<32768xf32>) outs(%y : memref<32768xf32>) {
  ^bb0(%a: tensor<32768xf32>, %b: tensor<32768xf32>):
    %0 = linalg.copy {halide.stage = "s"} ins(%a : tensor<32768xf32>) outs(%b : tensor<32768xf32>) -> tensor<32768xf32>
    halide.yield %0 : tensor<32768xf32>
  } schedule [#halide.stage<"s", unroll(d0)>]
  return
}

// -----

func.func @pipeline_c10_together(%x: memref<32768xf32>, %y: memref<32768xf32>) {
  // expected-error@+1 {{stage "s" has 'unroll' of loop 'h', which makes copies of its body: 8192, expected at most 4096}}
  halide.pipeline ins(%x : memref<32768xf32>) outs(%y : memref<32768xf32>) {
  ^bb0(%a: tensor<32768xf32>, %b: tensor<32768xf32>):
    %0 = linalg.copy {halide.stage = "s"} ins(%a : tensor<32768xf32>) outs(%b : tensor<32768xf32>) -> tensor<32768xf32>
    halide.yield %0 : tensor<32768xf32>
  } schedule [#halide.stage<"s", split(d0, a, b, 512), split(a, c, d, 4), fuse(c, d, e), split(e, g, h, 16), unroll(b), unroll(h)>]
  return
}

// -----

func.func @pipeline_c10_vectors(%x: memref<32768xf32>, %y: memref<32768xf32>) {
  // expected-error@+1 {{stage "s" has 'vectorize' of loop 'd0', which makes vectors: 8192, expected at most 4096}}
  halide.pipeline ins(%x : memref<32768xf32>) outs(%y : memref<32768xf32>) {
  ^bb0(%a: tensor<32768xf32>, %b: tensor<32768xf32>):
    %0 = linalg.copy {halide.stage = "s"} ins(%a : tensor<32768xf32>) outs(%b : tensor<32768xf32>) -> tensor<32768xf32>
    halide.yield %0 : tensor<32768xf32>
  } schedule [#halide.stage<"s", vectorize(d0, 8192)>]
  return
}

// -----

func.func @pipeline_c9(%x: tensor<4xf32>) {
  // expected-error@+1 {{has 1 loops but 'halide.vars' names 2}}
  %0 = linalg.copy {halide.vars = ["a", "b"]} ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @pipeline_c9_distinct(%x: tensor<4x4xf32>) {
  // expected-error@+1 {{has two loops of one name in 'halide.vars'}}
  %0 = linalg.copy {halide.vars = ["a", "a"]} ins(%x : tensor<4x4xf32>) outs(%x : tensor<4x4xf32>) -> tensor<4x4xf32>
  return
}

// -----

func.func @vars_of_numbers(%x: tensor<4xf32>) {
  // expected-error@+1 {{expected 'halide.vars' as an array of strings}}
  %0 = linalg.copy {halide.vars = [1]} ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @extent_multiple_of_zero(%x: tensor<4xf32>) {
  // expected-error@+1 {{expected 'halide.extent_multiple' as a positive integer}}
  %0 = linalg.copy {halide.extent_multiple = 0} ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @stage_of_number(%x: tensor<4xf32>) {
  // expected-error@+1 {{expected 'halide.stage' as a string}}
  %0 = linalg.copy {halide.stage = 1} ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

// expected-error@+1 {{unknown attribute 'halide.stages'}}
func.func private @unknown_attribute() attributes {halide.stages = "s"}

// -----

module {
  // expected-error@+1 {{expected operands of memref or index type, got 'tensor<4xf32>'}}
  halide.kernel @kernel_c1 ins [tensor<4xf32>] outs [memref<4xf32>] {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    halide.yield %a : tensor<4xf32>
  }
}
// Test function of the constraint: @kernel_c1(

// -----

module {
  // expected-error@+1 {{schedules stage "t", which does not exist}}
  halide.kernel @kernel_c2 ins [memref<4xf32>] outs [memref<4xf32>] {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    halide.yield %a : tensor<4xf32>
  } schedule [#halide.stage<"t", compute_root>]
}
// Test function of the constraint: @kernel_c2(

// -----

// expected-error@+1 {{unknown directive 'tile'}}
func.func private @a() attributes {t.a = #halide.directive<tile(x)>}

// -----

// expected-error@+1 {{split takes 3 loops, got 2}}
func.func private @b() attributes {t.a = #halide.directive<split(x, y, 4)>}

// -----

// expected-error@+1 {{reorder takes at least 2 loops, got 1}}
func.func private @c() attributes {t.a = #halide.directive<reorder(x)>}

// -----

// expected-error@+1 {{split takes a factor}}
func.func private @d() attributes {t.a = #halide.directive<split(x, y, z)>}

// -----

// expected-error@+1 {{fuse takes no factor}}
func.func private @e() attributes {t.a = #halide.directive<fuse(x, y, z, 4)>}

// -----

// expected-error@+1 {{unroll takes a factor from 1 to 65536, got -4}}
func.func private @f() attributes {t.a = #halide.directive<unroll(x, -4)>}

// -----

// expected-error@+1 {{compute_at takes a stage}}
func.func private @g() attributes {t.a = #halide.directive<compute_at(x)>}

// -----

// expected-error@+1 {{vectorize takes no stage}}
func.func private @h() attributes {t.a = #halide.directive<vectorize("s", x)>}

// -----

// expected-error@+1 {{atomic takes nothing or 'override', got 'x'}}
func.func private @i() attributes {t.a = #halide.directive<atomic(x)>}

// -----

func.func @yield_outside(%x: tensor<4xf32>) {
  // expected-error@+1 {{expects parent op to be one of 'halide.pipeline, halide.kernel'}}
  halide.yield %x : tensor<4xf32>
}

// -----

// Ops of a body are verified before the schedule of their pipeline is.
func.func @pipeline_c9_inside(%x: tensor<4xf32>, %y: tensor<4xf32>) {
  %0 = halide.pipeline ins(%x : tensor<4xf32>) outs(%y : tensor<4xf32>) {
  ^bb0(%i: tensor<4xf32>, %o: tensor<4xf32>):
    // expected-error@+1 {{has 1 loops but 'halide.vars' names 2}}
    %1 = linalg.copy {halide.stage = "copy", halide.vars = ["a", "b"]} ins(%i : tensor<4xf32>) outs(%o : tensor<4xf32>) -> tensor<4xf32>
    halide.yield %1 : tensor<4xf32>
  } schedule [#halide.stage<"copy", unroll(a)>] -> tensor<4xf32>
  return
}

// -----

func.func @pipeline_c9_strings_inside(%x: tensor<4xf32>, %y: tensor<4xf32>) {
  %0 = halide.pipeline ins(%x : tensor<4xf32>) outs(%y : tensor<4xf32>) {
  ^bb0(%i: tensor<4xf32>, %o: tensor<4xf32>):
    // expected-error@+1 {{expected 'halide.vars' as an array of strings}}
    %1 = linalg.copy {halide.stage = "copy", halide.vars = [1]} ins(%i : tensor<4xf32>) outs(%o : tensor<4xf32>) -> tensor<4xf32>
    halide.yield %1 : tensor<4xf32>
  } -> tensor<4xf32>
  return
}

// -----

func.func @pipeline_c9_no_maps(%x: tensor<4xf32>) {
  // expected-error@+1 {{requires attribute 'indexing_maps'}}
  %0 = "linalg.generic"(%x, %x) <{iterator_types = [#linalg.iterator_type<parallel>], operandSegmentSizes = array<i32: 1, 1>}> ({
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  }) {halide.vars = ["a"]} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}
