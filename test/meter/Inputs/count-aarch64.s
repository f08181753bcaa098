// A program whose counts are known. In `work`, one round has 6 instructions, reads
// 32 bytes and 1 byte of `data`, and writes 8 bytes there and 4 to the stack.
        .globl  _start
_start: adrp    x20, data
        add     x20, x20, :lo12:data
        mov     w19, #1000
call:   bl      work
back:   mov     x0, #0
        mov     x8, #93                 // exit
        svc     #0

work:   ldp     q0, q1, [x20]
        ldrb    w1, [x20, #100]
        str     x19, [x20, #64]
        str     w19, [sp, #-16]
        subs    w19, w19, #1
        b.ne    work
        ret

        .bss
        .balign 64
data:   .skip   128
        .size   data, 128
