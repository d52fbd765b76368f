/* Finds other libraries written in Go in this process.
 *
 * Each Go runtime takes the whole process for its own: signal handlers, thread-local storage, memory. Go's own documentation
 * promises nothing of two. Go's linker marks what it makes with a note whose owner is "Go". */
#define _GNU_SOURCE
#include <elf.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

#include "glue.h"

static char found[PATH_MAX];

static int look(struct dl_phdr_info *image, size_t size, void *argument) {
  (void)size, (void)argument;
  ElfW(Addr) here = (ElfW(Addr))&torii_go_other_library;
  int is_self = 0, is_go = 0;
  for (int i = 0; i < image->dlpi_phnum; i++) {
    const ElfW(Phdr) *header = &image->dlpi_phdr[i];
    ElfW(Addr) start = image->dlpi_addr + header->p_vaddr;
    if (header->p_type == PT_LOAD && here >= start && here < start + header->p_memsz) is_self = 1;
    if (header->p_type != PT_NOTE) continue;
    for (ElfW(Addr) at = start; at + sizeof(ElfW(Nhdr)) <= start + header->p_memsz;) {
      const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)at;
      if (note->n_namesz == 4 && memcmp((const char *)(note + 1), "Go\0\0", 4) == 0) is_go = 1;
      at += sizeof *note + ((note->n_namesz + 3u) & ~3u) + ((note->n_descsz + 3u) & ~3u);
    }
  }
  if (is_self || !is_go) return 0;
  snprintf(found, sizeof found, "%s", image->dlpi_name[0] ? image->dlpi_name : "the executable");
  return 1;
}

const char *torii_go_other_library(void) { return dl_iterate_phdr(look, NULL) ? found : NULL; }
