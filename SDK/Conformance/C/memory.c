// Memory that notices what is done to it: views that are taken back, canaries, untouchable pages.
#define _GNU_SOURCE
#include "memory.h"
#include "conformance.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE ((size_t)4096)
#define CANARY_SIZE ((size_t)64)
#define VIEWS 65536

typedef struct {
  char *base;
  size_t pages; // without the untouchable one
  int revoked;
} view;

// A ring: what was taken away longest ago is unmapped when its place is needed.
static view views[VIEWS];
static size_t next_view, first_open;

static size_t pages_of(size_t size) { return (size + PAGE - 1) / PAGE + (size == 0); }

const uint8_t *conformance_view(const void *bytes, size_t size) {
  size_t pages = pages_of(size);
  char *base = mmap(NULL, (pages + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return NULL;
  mprotect(base + pages * PAGE, PAGE, PROT_NONE);
  char *start = base + pages * PAGE - size;
  if (size) memcpy(start, bytes, size);
  // A view is not the plugin's to write to.
  mprotect(base, pages * PAGE, PROT_READ);
  view *place = &views[next_view % VIEWS];
  if (place->base) munmap(place->base, (place->pages + 1) * PAGE);
  *place = (view){base, pages, 0};
  next_view++;
  return (const uint8_t *)start;
}

void conformance_revoke(void) {
  if (next_view - first_open > VIEWS) first_open = next_view - VIEWS;
  for (; first_open < next_view; first_open++) {
    view *place = &views[first_open % VIEWS];
    mprotect(place->base, place->pages * PAGE, PROT_NONE);
    place->revoked = 1;
  }
}

typedef struct {
  char *base;
  size_t pages;
} block;
static block blocks[1024];

// The canary in front of the memory, and as much behind it as its alignment leaves.
static size_t round_up(size_t size, size_t alignment) { return (size + alignment - 1) & ~(alignment - 1); }

void *conformance_guarded(size_t size, size_t alignment) {
  size_t whole = round_up(size, alignment);
  size_t pages = pages_of(CANARY_SIZE + whole);
  char *base = mmap(NULL, (pages + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return NULL;
  mprotect(base + pages * PAGE, PAGE, PROT_NONE);
  char *memory = base + pages * PAGE - whole;
  memset(memory - CANARY_SIZE, 0xC5, CANARY_SIZE);
  memset(memory + size, 0xC5, whole - size);
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
    if (!blocks[i].base) {
      blocks[i] = (block){base, pages};
      break;
    }
  return memory;
}

int conformance_canaries(const void *memory, size_t size, size_t alignment) {
  size_t whole = round_up(size, alignment);
  const uint8_t *bytes = memory;
  for (size_t i = 1; i <= CANARY_SIZE; i++)
    if (bytes[-(ptrdiff_t)i] != 0xC5) return -1;
  for (size_t i = size; i < whole; i++)
    if (bytes[i] != 0xC5) return 1;
  return 0;
}

void conformance_guarded_release(void *memory, size_t size, size_t alignment) {
  size_t whole = round_up(size, alignment);
  size_t pages = pages_of(CANARY_SIZE + whole);
  char *base = (char *)memory + whole - pages * PAGE;
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
    if (blocks[i].base == base) blocks[i].base = NULL;
  munmap(base, (pages + 1) * PAGE);
}

const char *conformance_describe_address(const void *address) {
  const char *at = address;
  if (at < (const char *)PAGE) return "a null pointer";
  for (size_t i = 0; i < VIEWS && i < next_view; i++) {
    const view *known = &views[i];
    if (!known->base || at < known->base || at >= known->base + (known->pages + 1) * PAGE) continue;
    if (at >= known->base + known->pages * PAGE) return "past the end of a view of the host's";
    return known->revoked ? "a view of the host's, after the call it was valid for had returned"
                          : "a view of the host's, which is not to be written to";
  }
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
    const block *known = &blocks[i];
    if (!known->base || at < known->base || at >= known->base + (known->pages + 1) * PAGE) continue;
    return "past the end of what the host gave (a table, arguments, request state)";
  }
  return NULL;
}
