# As count-aarch64.s. In `work`, one round has 5 instructions, reads 16 bytes of
# `data` and 1 byte, and writes 8 bytes there. The call writes 8 bytes to the stack,
# and the return reads them.
        .globl  _start
_start: lea     data(%rip), %rbx
        mov     $1000, %ecx
call:   call    work
back:   mov     $60, %eax               # exit
        xor     %edi, %edi
        syscall

work:   movups  (%rbx), %xmm0
        movzbl  100(%rbx), %eax
        mov     %rcx, 64(%rbx)
        dec     %ecx
        jne     work
        ret

        .bss
        .balign 64
data:   .skip   128
        .size   data, 128
