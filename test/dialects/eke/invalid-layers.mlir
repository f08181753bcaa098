// RUN: eke-opt %s --split-input-file --verify-diagnostics

eke.block @linear_c1(%x: tensor<8x16xf32>) weights(%w: tensor<4x8xf32>) -> tensor<8x4xf32> {
  // expected-error@+1 {{input has 16 columns but weight has 8}}
  %y = eke.linear %x, %w : (tensor<8x16xf32>, tensor<4x8xf32>) -> tensor<8x4xf32>
  eke.yield %y : tensor<8x4xf32>
}

// -----

eke.block @linear_c2(%x: tensor<8x16xf32>) weights(%w: tensor<4x16xf32>) -> tensor<8x16xf32> {
  // expected-error@+1 {{expected result of shape [8, 4], got [8, 16]}}
  %y = eke.linear %x, %w : (tensor<8x16xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  eke.yield %y : tensor<8x16xf32>
}

// -----

eke.block @linear_c3(%x: tensor<8x16xf32>) weights(%w: tensor<4x16xf32>, %b: tensor<16xf32>) -> tensor<8x4xf32> {
  // expected-error@+1 {{expected bias of length 4, got 16}}
  %y = eke.linear %x, %w bias %b : (tensor<8x16xf32>, tensor<4x16xf32>, tensor<16xf32>) -> tensor<8x4xf32>
  eke.yield %y : tensor<8x4xf32>
}

// -----

eke.block @embed_c1(%t: tensor<3xi32>) weights(%w: tensor<16x4xf32>) -> tensor<3x16xf32> {
  // expected-error@+1 {{expected result of shape [3, 4], got [3, 16]}}
  %y = eke.embed %t, %w : (tensor<3xi32>, tensor<16x4xf32>) -> tensor<3x16xf32>
  eke.yield %y : tensor<3x16xf32>
}

// -----

eke.block @norm_c1(%x: tensor<?x8xf32>) weights(%g: tensor<4xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expected weight of length 8, got 4}}
  %y = eke.norm %x, %g epsilon 1.0e-5 : (tensor<?x8xf32>, tensor<4xf32>) -> tensor<?x8xf32>
  eke.yield %y : tensor<?x8xf32>
}

// -----

eke.block @norm_c2(%x: tensor<2x8xf32>) weights(%g: tensor<8xf32>) -> tensor<1x8xf32> {
  // expected-error@+1 {{expected result of type 'tensor<2x8xf32>', got 'tensor<1x8xf32>'}}
  %y = eke.norm %x, %g epsilon 1.0e-5 : (tensor<2x8xf32>, tensor<8xf32>) -> tensor<1x8xf32>
  eke.yield %y : tensor<1x8xf32>
}

// -----

eke.block @norm_c3(%x: tensor<?x8xf32>) weights(%g: tensor<8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expected positive epsilon, got 0.0}}
  %y = eke.norm %x, %g epsilon 0.0 : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  eke.yield %y : tensor<?x8xf32>
}

// -----

eke.block @rope_table_c1(%x: tensor<3x8xf32>, %p: index) -> tensor<1x2x2xf32> {
  // expected-error@+1 {{expected result of shape [3, 2, 2], got [1, 2, 2]}}
  %t = eke.rope_table %x, %p theta 1.0e4 head_dim 4 : (tensor<3x8xf32>, index) -> tensor<1x2x2xf32>
  eke.yield %t : tensor<1x2x2xf32>
}

// -----

eke.block @rope_table_c2(%x: tensor<?x8xf32>, %p: index) -> tensor<?x2x2xf32> {
  // expected-error@+1 {{expected a positive even head_dim and a positive theta, got 5 and 1.0}}
  %t = eke.rope_table %x, %p theta 1.0e4 head_dim 5 : (tensor<?x8xf32>, index) -> tensor<?x2x2xf32>
  eke.yield %t : tensor<?x2x2xf32>
}

// -----

eke.block @rope_table_c2_theta(%x: tensor<?x8xf32>, %p: index) -> tensor<?x2x2xf32> {
  // expected-error@+1 {{expected a positive even head_dim and a positive theta, got 4 and 0.0}}
  %t = eke.rope_table %x, %p theta 0.0 head_dim 4 : (tensor<?x8xf32>, index) -> tensor<?x2x2xf32>
  eke.yield %t : tensor<?x2x2xf32>
}

// -----

eke.block @rope_c1(%x: tensor<?x6xf32>, %t: tensor<?x2x2xf32>) -> tensor<?x6xf32> {
  // expected-error@+1 {{input has 6 columns, expected a multiple of 4}}
  %y = eke.rope %x, %t : (tensor<?x6xf32>, tensor<?x2x2xf32>) -> tensor<?x6xf32>
  eke.yield %y : tensor<?x6xf32>
}

// -----

eke.block @rope_c1_overflow(%x: tensor<1x6xf32>, %t: tensor<1x2x4611686018427387904xf32>) -> tensor<1x6xf32> {
  // expected-error@+1 {{input has 6 columns, expected a multiple of 9223372036854775807}}
  %y = eke.rope %x, %t : (tensor<1x6xf32>, tensor<1x2x4611686018427387904xf32>) -> tensor<1x6xf32>
  eke.yield %y : tensor<1x6xf32>
}

// -----

eke.block @rope_c2(%x: tensor<2x8xf32>, %t: tensor<2x2x2xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{expected result of type 'tensor<2x8xf32>', got 'tensor<2x4xf32>'}}
  %y = eke.rope %x, %t : (tensor<2x8xf32>, tensor<2x2x2xf32>) -> tensor<2x4xf32>
  eke.yield %y : tensor<2x4xf32>
}

// -----

eke.block @rope_c3(%x: tensor<2x8xf32>, %t: tensor<1x2x2xf32>) -> tensor<2x8xf32> {
  // expected-error@+1 {{expected table of shape [2, 2, 2], got [1, 2, 2]}}
  %y = eke.rope %x, %t : (tensor<2x8xf32>, tensor<1x2x2xf32>) -> tensor<2x8xf32>
  eke.yield %y : tensor<2x8xf32>
}

// -----

eke.block @attention_c1(%q: tensor<2x8xf32>, %k: tensor<2x4xf32>, %v: tensor<2x4xf32>, %p: index)
    states(%kc: tensor<16x1x4xf32>, %vc: tensor<16x1x4xf32>)
    -> (tensor<2x8xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>) {
  // expected-error@+1 {{kv_heads 3 does not divide heads 2}}
  %y, %kc1, %vc1 = eke.attention %q, %k, %v at %p caches %kc, %vc heads 2 kv_heads 3 scale 0.5
      : (tensor<2x8xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
      -> (tensor<2x8xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
  eke.yield %y, %kc1, %vc1 : tensor<2x8xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>
}

// -----

eke.block @attention_c1_zero(%q: tensor<2x8xf32>, %k: tensor<2x4xf32>, %v: tensor<2x4xf32>, %p: index)
    states(%kc: tensor<16x1x4xf32>, %vc: tensor<16x1x4xf32>)
    -> (tensor<2x8xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>) {
  // expected-error@+1 {{kv_heads 0 does not divide heads 2}}
  %y, %kc1, %vc1 = eke.attention %q, %k, %v at %p caches %kc, %vc heads 2 kv_heads 0 scale 0.5
      : (tensor<2x8xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
      -> (tensor<2x8xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
  eke.yield %y, %kc1, %vc1 : tensor<2x8xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>
}

// -----

eke.block @attention_c2(%q: tensor<2x8xf32>, %k: tensor<2x4xf32>, %v: tensor<2x4xf32>, %p: index)
    states(%kc: tensor<16x1x4xf32>, %vc: tensor<16x1x4xf32>)
    -> (tensor<2x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>) {
  // expected-error@+1 {{expected query and result with the same multiple of 2 columns, got 8 and 4}}
  %y, %kc1, %vc1 = eke.attention %q, %k, %v at %p caches %kc, %vc heads 2 kv_heads 1 scale 0.5
      : (tensor<2x8xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
      -> (tensor<2x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
  eke.yield %y, %kc1, %vc1 : tensor<2x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>
}

// -----

eke.block @attention_c2_odd(%q: tensor<2x7xf32>, %k: tensor<2x4xf32>, %v: tensor<2x4xf32>, %p: index)
    states(%kc: tensor<16x1x4xf32>, %vc: tensor<16x1x4xf32>)
    -> (tensor<2x7xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>) {
  // expected-error@+1 {{expected query and result with the same multiple of 2 columns, got 7 and 7}}
  %y, %kc1, %vc1 = eke.attention %q, %k, %v at %p caches %kc, %vc heads 2 kv_heads 1 scale 0.5
      : (tensor<2x7xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
      -> (tensor<2x7xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
  eke.yield %y, %kc1, %vc1 : tensor<2x7xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>
}

// -----

eke.block @attention_c3(%q: tensor<2x8xf32>, %k: tensor<2x4xf32>, %v: tensor<2x8xf32>, %p: index)
    states(%kc: tensor<16x1x4xf32>, %vc: tensor<16x1x4xf32>)
    -> (tensor<2x8xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>) {
  // expected-error@+1 {{expected key and value with 4 columns, got 4 and 8}}
  %y, %kc1, %vc1 = eke.attention %q, %k, %v at %p caches %kc, %vc heads 2 kv_heads 1 scale 0.5
      : (tensor<2x8xf32>, tensor<2x4xf32>, tensor<2x8xf32>, index, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
      -> (tensor<2x8xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
  eke.yield %y, %kc1, %vc1 : tensor<2x8xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>
}

// -----

eke.block @attention_c4(%q: tensor<2x8xf32>, %k: tensor<2x4xf32>, %v: tensor<2x4xf32>, %p: index)
    states(%kc: tensor<1x4x16xf32>, %vc: tensor<16x1x4xf32>)
    -> (tensor<2x8xf32>, tensor<1x4x16xf32>, tensor<16x1x4xf32>) {
  // expected-error@+1 {{expected two caches of type tensor<Cx1x4xf32> or xf16, got 'tensor<1x4x16xf32>' and 'tensor<16x1x4xf32>'}}
  %y, %kc1, %vc1 = eke.attention %q, %k, %v at %p caches %kc, %vc heads 2 kv_heads 1 scale 0.5
      : (tensor<2x8xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, tensor<1x4x16xf32>, tensor<16x1x4xf32>)
      -> (tensor<2x8xf32>, tensor<1x4x16xf32>, tensor<16x1x4xf32>)
  eke.yield %y, %kc1, %vc1 : tensor<2x8xf32>, tensor<1x4x16xf32>, tensor<16x1x4xf32>
}

// -----

eke.block @attention_c4_context(%q: tensor<2x8xf32>, %k: tensor<2x4xf32>, %v: tensor<2x4xf32>, %p: index)
    states(%kc: tensor<16x1x4xf32>, %vc: tensor<8x1x4xf32>)
    -> (tensor<2x8xf32>, tensor<16x1x4xf32>, tensor<8x1x4xf32>) {
  // expected-error@+1 {{expected two caches of type tensor<Cx1x4xf32> or xf16, got 'tensor<16x1x4xf32>' and 'tensor<8x1x4xf32>'}}
  %y, %kc1, %vc1 = eke.attention %q, %k, %v at %p caches %kc, %vc heads 2 kv_heads 1 scale 0.5
      : (tensor<2x8xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, tensor<16x1x4xf32>, tensor<8x1x4xf32>)
      -> (tensor<2x8xf32>, tensor<16x1x4xf32>, tensor<8x1x4xf32>)
  eke.yield %y, %kc1, %vc1 : tensor<2x8xf32>, tensor<16x1x4xf32>, tensor<8x1x4xf32>
}

// -----

eke.block @attention_c5(%q: tensor<2x8xf32>, %k: tensor<2x4xf32>, %v: tensor<1x4xf32>, %p: index)
    states(%kc: tensor<16x1x4xf32>, %vc: tensor<16x1x4xf32>)
    -> (tensor<2x8xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>) {
  // expected-error@+1 {{query, key, value and result have 2, 2, 1 and 2 rows}}
  %y, %kc1, %vc1 = eke.attention %q, %k, %v at %p caches %kc, %vc heads 2 kv_heads 1 scale 0.5
      : (tensor<2x8xf32>, tensor<2x4xf32>, tensor<1x4xf32>, index, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
      -> (tensor<2x8xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
  eke.yield %y, %kc1, %vc1 : tensor<2x8xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>
}

// -----

eke.block @attention_c8(%q: tensor<3x4xf32>, %p: index)
    states(%kc: tensor<16x1x4xf32>, %vc: tensor<16x1x4xf32>)
    -> (tensor<3x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>) {
  // expected-error@+1 {{fold 2 does not divide 3 rows and 16 entries of the caches}}
  %y, %kc1, %vc1 = eke.attention %q, %q, %q at %p caches %kc, %vc heads 1 kv_heads 1 scale 0.5 fold 2
      : (tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>, index, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
      -> (tensor<3x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
  eke.yield %y, %kc1, %vc1 : tensor<3x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>
}

// -----

eke.block @attention_c8_context(%q: tensor<?x4xf32>, %p: index)
    states(%kc: tensor<15x1x4xf32>, %vc: tensor<15x1x4xf32>)
    -> (tensor<?x4xf32>, tensor<15x1x4xf32>, tensor<15x1x4xf32>) {
  // expected-error@+1 {{fold 2 does not divide ? rows and 15 entries of the caches}}
  %y, %kc1, %vc1 = eke.attention %q, %q, %q at %p caches %kc, %vc heads 1 kv_heads 1 scale 0.5 fold 2
      : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, index, tensor<15x1x4xf32>, tensor<15x1x4xf32>)
      -> (tensor<?x4xf32>, tensor<15x1x4xf32>, tensor<15x1x4xf32>)
  eke.yield %y, %kc1, %vc1 : tensor<?x4xf32>, tensor<15x1x4xf32>, tensor<15x1x4xf32>
}

// -----

eke.block @attention_c8_zero(%q: tensor<2x4xf32>, %p: index)
    states(%kc: tensor<16x1x4xf32>, %vc: tensor<16x1x4xf32>)
    -> (tensor<2x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>) {
  // expected-error@+1 {{fold 0 does not divide 2 rows and 16 entries of the caches}}
  %y, %kc1, %vc1 = eke.attention %q, %q, %q at %p caches %kc, %vc heads 1 kv_heads 1 scale 0.5 fold 0
      : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, index, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
      -> (tensor<2x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>)
  eke.yield %y, %kc1, %vc1 : tensor<2x4xf32>, tensor<16x1x4xf32>, tensor<16x1x4xf32>
}

// -----

eke.block @fold_c1(%x: tensor<2x6xf32>) -> tensor<8x1xf32> {
  // expected-error@+1 {{factor 4 does not divide 6 columns}}
  %y = eke.fold %x by 4 : tensor<2x6xf32> -> tensor<8x1xf32>
  eke.yield %y : tensor<8x1xf32>
}

// -----

eke.block @fold_c2(%x: tensor<2x8xf32>) -> tensor<4x2xf32> {
  // expected-error@+1 {{expected 4 times the rows and 2 columns, got [4, 2] from [2, 8]}}
  %y = eke.fold %x by 4 : tensor<2x8xf32> -> tensor<4x2xf32>
  eke.yield %y : tensor<4x2xf32>
}

// -----

eke.block @fold_c2_dynamic(%x: tensor<?x8xf32>) -> tensor<8x2xf32> {
  // expected-error@+1 {{expected 4 times the rows and 2 columns, got [8, 2] from [?, 8]}}
  %y = eke.fold %x by 4 : tensor<?x8xf32> -> tensor<8x2xf32>
  eke.yield %y : tensor<8x2xf32>
}

// -----

eke.block @unfold_c1(%x: tensor<6x8xf32>) -> tensor<1x32xf32> {
  // expected-error@+1 {{factor 4 does not divide 6 rows}}
  %y = eke.unfold %x by 4 : tensor<6x8xf32> -> tensor<1x32xf32>
  eke.yield %y : tensor<1x32xf32>
}

// -----

eke.block @unfold_c2(%x: tensor<8x8xf32>) -> tensor<2x16xf32> {
  // expected-error@+1 {{expected 1/4 of the rows and 32 columns, got [2, 16] from [8, 8]}}
  %y = eke.unfold %x by 4 : tensor<8x8xf32> -> tensor<2x16xf32>
  eke.yield %y : tensor<2x16xf32>
}

// -----

eke.block @unfold_c2_overflow(%x: tensor<4x4611686018427387904xf32>) -> tensor<1x0xf32> {
  // expected-error@+1 {{expected 1/4 of the rows and 9223372036854775807 columns, got [1, 0] from [4, 4611686018427387904]}}
  %y = eke.unfold %x by 4 : tensor<4x4611686018427387904xf32> -> tensor<1x0xf32>
  eke.yield %y : tensor<1x0xf32>
}

// -----

eke.model @head(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  eke.yield %x : tensor<1x8xf32>
}
eke.model @exit_c1(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  // expected-error@+1 {{expected either 1 to 15 drafts or a threshold between 0 and 1}}
  %0 = eke.exit %x head @head : tensor<1x8xf32>
  eke.yield %0 : tensor<1x8xf32>
}

// -----

eke.model @head(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  eke.yield %x : tensor<1x8xf32>
}
eke.model @exit_c1_both(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  // expected-error@+1 {{expected either 1 to 15 drafts or a threshold between 0 and 1}}
  %0 = eke.exit %x head @head drafts 4 threshold 0.5 : tensor<1x8xf32>
  eke.yield %0 : tensor<1x8xf32>
}

// -----

eke.model @head(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  eke.yield %x : tensor<1x8xf32>
}
eke.model @exit_c1_many(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  // expected-error@+1 {{expected either 1 to 15 drafts or a threshold between 0 and 1}}
  %0 = eke.exit %x head @head drafts 4611686018427387904 : tensor<1x8xf32>
  eke.yield %0 : tensor<1x8xf32>
}

// -----

eke.model @head(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  eke.yield %x : tensor<1x8xf32>
}
eke.model @exit_c1_zero(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  // expected-error@+1 {{expected either 1 to 15 drafts or a threshold between 0 and 1}}
  %0 = eke.exit %x head @head drafts 0 : tensor<1x8xf32>
  eke.yield %0 : tensor<1x8xf32>
}

// -----

eke.model @head(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  eke.yield %x : tensor<1x8xf32>
}
eke.block @same(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  eke.yield %x : tensor<1x4xf32>
}
eke.model @exit_c2(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = eke.apply @same(%x) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  // expected-error@+1 {{head @head is not a model on rows of 4 columns}}
  %1 = eke.exit %0 head @head drafts 4 : tensor<1x4xf32>
  eke.yield %1 : tensor<1x4xf32>
}

// -----

eke.block @same(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  eke.yield %x : tensor<1x8xf32>
}
eke.model @exit_c2_symbol(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  %0 = eke.apply @same(%x) : (tensor<1x8xf32>) -> tensor<1x8xf32>
  // expected-error@+1 {{head @tail is not a model on rows of 8 columns}}
  %1 = eke.exit %0 head @tail drafts 4 : tensor<1x8xf32>
  eke.yield %1 : tensor<1x8xf32>
}

// -----

eke.model @exit_c1_threshold(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  // expected-error@+1 {{or a threshold between 0 and 1}}
  %0 = eke.exit %x head @exit_c1_threshold threshold 1.0 : tensor<1x8xf32>
  eke.yield %0 : tensor<1x8xf32>
}

// -----

eke.block @exit_c3_block(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  // expected-error@+1 {{stands in a block; expected it between the blocks of a model}}
  %0 = eke.exit %x head @head drafts 4 : tensor<1x8xf32>
  eke.yield %0 : tensor<1x8xf32>
}

// -----

eke.model @exit_c3(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  // expected-error@+1 {{stands before the first block}}
  %0 = eke.exit %x head @exit_c3 drafts 4 : tensor<1x8xf32>
  eke.yield %0 : tensor<1x8xf32>
}

// -----

eke.block @same(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  eke.yield %x : tensor<1x8xf32>
}
eke.model @exit_c4(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  %0 = eke.apply @same(%x) : (tensor<1x8xf32>) -> tensor<1x8xf32>
  // expected-note@+1 {{the first is here}}
  %1 = eke.exit %0 head @exit_c4 drafts 4 : tensor<1x8xf32>
  %2 = eke.apply @same(%1) : (tensor<1x8xf32>) -> tensor<1x8xf32>
  // expected-error@+1 {{is the second exit that drafts; expected one}}
  %3 = eke.exit %2 head @exit_c4 drafts 2 : tensor<1x8xf32>
  eke.yield %3 : tensor<1x8xf32>
}

// -----

// Only the number of rows may be unknown.
eke.block @columns(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  // expected-error@+1 {{operand #0 must be tensor of 16-bit float or 32-bit float values of rank 1 or more where only the first of several dimensions may be dynamic}}
  %0 = eke.activate %x with relu : tensor<?x?xf32>
  eke.yield %0 : tensor<?x?xf32>
}

// -----

eke.block @matrix(%x: tensor<?x8xf32>, %w: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{operand #1 must be 2D tensor of 16-bit float or 32-bit float values with a static shape}}
  %0 = eke.linear %x, %w : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  eke.yield %0 : tensor<?x8xf32>
}

// -----

eke.block @embed_c2(%t: tensor<3xi32>) weights(%w: tensor<16x4xf32>) -> tensor<3x4xf32> {
  // expected-error@+1 {{expected a finite scale}}
  %y = eke.embed %t, %w scale 0x7F800000 : (tensor<3xi32>, tensor<16x4xf32>) -> tensor<3x4xf32>
  eke.yield %y : tensor<3x4xf32>
}

// -----

eke.block @embed_positions_c1(%x: tensor<3x4xf32>, %p: index) weights(%w: tensor<16x4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{expected result of shape [3, 4], got [2, 4]}}
  %y = eke.embed_positions %x, %p, %w : (tensor<3x4xf32>, index, tensor<16x4xf32>) -> tensor<2x4xf32>
  eke.yield %y : tensor<2x4xf32>
}

// -----

eke.block @norm_c1_groups(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expected groups that divide 8 columns, got 3}}
  %y = eke.norm %x groups 3 epsilon 1.0e-5 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  eke.yield %y : tensor<?x8xf32>
}

// -----

eke.block @norm_c1_bias(%x: tensor<?x8xf32>) weights(%g: tensor<4xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{expected bias of length 4, got 8}}
  %y = eke.norm %x, %g bias %b groups 2 epsilon 1.0e-5 : (tensor<?x8xf32>, tensor<4xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  eke.yield %y : tensor<?x8xf32>
}

// -----

eke.block @norm_c4(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{has a bias or plus_one, but no weight}}
  %y = eke.norm %x plus_one epsilon 1.0e-5 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  eke.yield %y : tensor<?x8xf32>
}

// -----

eke.block @rope_table_c3(%x: tensor<?x8xf32>, %p: index) -> tensor<?x2x2xf32> {
  // expected-error@+1 {{expected 2 finite factors, got 1}}
  %t = eke.rope_table %x, %p theta 1.0e4 head_dim 4 factors [1.0] : (tensor<?x8xf32>, index) -> tensor<?x2x2xf32>
  eke.yield %t : tensor<?x2x2xf32>
}

// -----

eke.block @rope_table_rank(%x: tensor<f32>, %p: index) -> tensor<1x2x2xf32> {
  // expected-error@+1 {{operand #0 must be ranked tensor of any type values of rank 1 or more, but got 'tensor<f32>'}}
  %t = eke.rope_table %x, %p theta 1.0e4 head_dim 4 : (tensor<f32>, index) -> tensor<1x2x2xf32>
  eke.yield %t : tensor<1x2x2xf32>
}

// -----

eke.block @rope_c1_part(%x: tensor<2x8xf32>, %t: tensor<2x2x2xf32>) -> tensor<2x8xf32> {
  // expected-error@+1 {{rotates 4 elements of heads that have 2}}
  %y = eke.rope %x, %t head_dim 2 : (tensor<2x8xf32>, tensor<2x2x2xf32>) -> tensor<2x8xf32>
  eke.yield %y : tensor<2x8xf32>
}

// -----

eke.block @softcap_c1(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  // expected-error@+1 {{expected a positive cap}}
  %y = eke.softcap %x at -1.0 : tensor<2x8xf32>
  eke.yield %y : tensor<2x8xf32>
}

// -----

eke.block @rotate_c1(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  // expected-error@+1 {{expected parts that can be rotated, got 3 parts of 8 columns}}
  %y = eke.rotate %x parts 3 : tensor<2x8xf32>
  eke.yield %y : tensor<2x8xf32>
}

// -----

eke.block @rotate_c1_long(%x: tensor<2x2054xf32>) -> tensor<2x2054xf32> {
  // expected-error@+1 {{expected parts that can be rotated, got 1 parts of 2054 columns}}
  %y = eke.rotate %x : tensor<2x2054xf32>
  eke.yield %y : tensor<2x2054xf32>
}

// -----

eke.block @attention_c6(%x: tensor<1x8xf32>, %p: index) states(%k: tensor<16x2x4xf32>, %v: tensor<16x2x4xf32>)
    -> (tensor<1x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>) {
  // expected-error@+1 {{expected a positive window, got 0}}
  %o, %k1, %v1 = eke.attention %x, %x, %x at %p caches %k, %v heads 2 kv_heads 2 scale 0.5 window 0
      : (tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, index, tensor<16x2x4xf32>, tensor<16x2x4xf32>)
     -> (tensor<1x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>)
  eke.yield %o, %k1, %v1 : tensor<1x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>
}

// -----

eke.block @attention_c7(%x: tensor<1x8xf32>, %p: index) states(%k: tensor<16x2x4xf32>, %v: tensor<16x2x4xf32>)
    -> (tensor<1x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>) {
  // expected-error@+1 {{has a window and a length}}
  %o, %k1, %v1 = eke.attention %x, %x, %x at %p caches %k, %v length %p heads 2 kv_heads 2 scale 0.5 window 4
      : (tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, index, tensor<16x2x4xf32>, tensor<16x2x4xf32>, index)
     -> (tensor<1x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>)
  eke.yield %o, %k1, %v1 : tensor<1x8xf32>, tensor<16x2x4xf32>, tensor<16x2x4xf32>
}
