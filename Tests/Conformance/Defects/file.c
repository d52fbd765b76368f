/* A. The file. What the linker has to do with it is in the Makefile. */
#include <stdint.h>
#if DEFECT == 2 /* another symbol is exported */
__attribute__((visibility("default"))) int another_symbol(void) { return 1; }
#elif DEFECT == 3 /* a symbol that nobody has */
int symbol_that_nobody_has(void);
#define ON_START if (args->flags == 77) return symbol_that_nobody_has();
#elif DEFECT == 6 /* a unique symbol */
__asm__(".section .bss.unique,\"aw\",@nobits\n.globl unique_symbol\n.type unique_symbol, @gnu_unique_object\n"
        ".size unique_symbol, 8\nunique_symbol: .zero 8\n.text\n");
#elif DEFECT == 8 /* static thread-local storage, by -ftls-model=initial-exec */
static _Thread_local volatile int thread_value;
#define ON_START thread_value++;
#endif
#include "base.h"
