// Counts allocations by redirecting what the loaded images call: the entries of their global offset tables.
#define _GNU_SOURCE
#include "conformance.h"
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int counting;
static uint64_t allocations;

static void count(void) {
  if (__atomic_load_n(&counting, __ATOMIC_RELAXED)) __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED);
}

static void *counted_malloc(size_t size) { count(); return malloc(size); }
static void *counted_calloc(size_t number, size_t size) { count(); return calloc(number, size); }
static void *counted_realloc(void *memory, size_t size) { count(); return realloc(memory, size); }
static int counted_posix_memalign(void **memory, size_t alignment, size_t size) {
  count();
  return posix_memalign(memory, alignment, size);
}
static void *counted_aligned_alloc(size_t alignment, size_t size) { count(); return aligned_alloc(alignment, size); }

static void *replacement(const char *name) {
  if (!strcmp(name, "malloc")) return (void *)counted_malloc;
  if (!strcmp(name, "calloc")) return (void *)counted_calloc;
  if (!strcmp(name, "realloc")) return (void *)counted_realloc;
  if (!strcmp(name, "posix_memalign")) return (void *)counted_posix_memalign;
  if (!strcmp(name, "aligned_alloc")) return (void *)counted_aligned_alloc;
  return NULL;
}

static int patch(const struct dl_phdr_info *info, const ElfW(Rela) *entries, size_t size, const ElfW(Sym) *symbols,
                 const char *texts) {
  int patched = 0;
  for (size_t i = 0; entries && i < size / sizeof *entries; i++) {
    uint64_t type = ELF64_R_TYPE(entries[i].r_info);
#if defined(__x86_64__)
    if (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT) continue;
#elif defined(__aarch64__)
    if (type != R_AARCH64_JUMP_SLOT && type != R_AARCH64_GLOB_DAT) continue;
#endif
    void *function = replacement(texts + symbols[ELF64_R_SYM(entries[i].r_info)].st_name);
    if (!function) continue;
    void **slot = (void **)(info->dlpi_addr + entries[i].r_offset);
    uintptr_t page = (uintptr_t)slot & ~(uintptr_t)4095;
    if (mprotect((void *)page, 8192, PROT_READ | PROT_WRITE) != 0 &&
        mprotect((void *)page, 4096, PROT_READ | PROT_WRITE) != 0)
      continue;
    *slot = function;
    patched++;
  }
  return patched;
}

static int each_image(struct dl_phdr_info *info, size_t size, void *context) {
  (void)size;
  int *patched = context;
  // The executable's own calls are the host's; libc and the loader allocate for themselves.
  if (!info->dlpi_name || !info->dlpi_name[0]) return 0;
  const char *name = strrchr(info->dlpi_name, '/');
  name = name ? name + 1 : info->dlpi_name;
  if (!strncmp(name, "libc.so", 7) || !strncmp(name, "ld-linux", 8) || !strncmp(name, "linux-vdso", 10)) return 0;
  const ElfW(Dyn) *dynamic = NULL;
  for (int i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
      dynamic = (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
  const ElfW(Sym) *symbols = NULL;
  const char *texts = NULL;
  const ElfW(Rela) *lazy = NULL, *data = NULL;
  size_t lazy_size = 0, data_size = 0;
  for (; dynamic && dynamic->d_tag != DT_NULL; dynamic++) {
    switch (dynamic->d_tag) {
    case DT_SYMTAB: symbols = (const void *)dynamic->d_un.d_ptr; break;
    case DT_STRTAB: texts = (const void *)dynamic->d_un.d_ptr; break;
    case DT_JMPREL: lazy = (const void *)dynamic->d_un.d_ptr; break;
    case DT_PLTRELSZ: lazy_size = dynamic->d_un.d_val; break;
    case DT_RELA: data = (const void *)dynamic->d_un.d_ptr; break;
    case DT_RELASZ: data_size = dynamic->d_un.d_val; break;
    }
  }
  if (!symbols || !texts) return 0;
  *patched += patch(info, lazy, lazy_size, symbols, texts);
  *patched += patch(info, data, data_size, symbols, texts);
  return 0;
}

int conformance_hook_allocations(void) {
  int patched = 0;
  dl_iterate_phdr(each_image, &patched);
  return patched;
}

void conformance_count_allocations(int on) { __atomic_store_n(&counting, on, __ATOMIC_RELAXED); }
uint64_t conformance_allocations(void) { return __atomic_load_n(&allocations, __ATOMIC_RELAXED); }
