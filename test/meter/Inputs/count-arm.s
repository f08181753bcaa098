@ As count-aarch64.s. In `work`, one round has 5 instructions, reads 8 bytes of
@ `data` and 1 byte, and writes 4 bytes there.
        .syntax unified
        .globl  _start
_start: movw    r4, #:lower16:data
        movt    r4, #:upper16:data
        mov     r5, #200
call:   bl      work
back:   mov     r0, #0
        mov     r7, #1                  @ exit
        svc     #0

work:   ldrd    r2, r3, [r4]
        ldrb    r1, [r4, #100]
        str     r5, [r4, #64]
        subs    r5, r5, #1
        bne     work
        bx      lr

        .bss
        .balign 64
data:   .skip   128
        .size   data, 128
