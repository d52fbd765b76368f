#define _GNU_SOURCE
#include <malloc.h>
#include "clinux.h"

int clinux_accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags) {
  return accept4(descriptor, address, length, flags);
}

void *clinux_memmem(const void *haystack, size_t haystack_size, const void *needle, size_t needle_size) {
  return memmem(haystack, haystack_size, needle, needle_size);
}

int clinux_memfd_create(const char *name, unsigned int flags) { return memfd_create(name, flags); }

int clinux_pipe2(int descriptors[2], int flags) { return pipe2(descriptors, flags); }

int clinux_malloc_trim(void) { return malloc_trim(0); }
