// What a store in memory shared between processes needs of C: loads and stores that happen exactly once, and locks that
// survive the death of their owner.
//
// A lock is one 32-bit word in the shared memory: 0, or the token of the process that holds it. Each process holds a
// record lock (fcntl(2)) on the byte of the descriptor that its token names, beyond the end of the memory; the kernel lets go
// of it when the process ends, however it ends. So who waits for a lock can ask the kernel whether its owner is alive, and take
// the lock from one that is not. The robust mutexes of the C library are no choice here: they keep pointers in the shared
// memory, which every process that writes where it should not turns into a crash of the others.
#ifndef CLINUX_SHARED_STORE_H
#define CLINUX_SHARED_STORE_H
#include <stddef.h>
#include <stdint.h>

// Memory shared between processes, as one of them sees it. Its fields are that process's own.
struct clinux_shared;

// The first bytes of the memory never change once it was made: a whole number of pages, whatever their size.
#define CLINUX_SHARED_FIXED 65536

// A sealed piece of memory of `size` zero bytes; its descriptor, or -1 and errno.
int clinux_shared_create(const char *name, size_t size);

// Maps all of the memory, its fixed part for reading only, and takes a token, drawn from the word at `token_offset`.
// `locks` is the number of locks that will be used. The descriptor stays the caller's and must stay open; no other
// descriptor of the same memory may be closed in this process meanwhile: that would let go of the record lock (fcntl(2)).
// NULL and errno when that fails.
struct clinux_shared *clinux_shared_attach(int descriptor, uint32_t locks, size_t token_offset);
void clinux_shared_detach(struct clinux_shared *shared);

uint8_t *clinux_shared_memory(const struct clinux_shared *shared);
size_t clinux_shared_size(const struct clinux_shared *shared);

#define CLINUX_SHARED_LOCKED 0
#define CLINUX_SHARED_INHERITED 1 // locked; its owner had died, or the word was overwritten: what it guards must be checked
#define CLINUX_SHARED_BUSY 2      // not locked: a living process has held it for a quarter of a second

// Takes the index-th lock, whose word is at `word`, an address within the memory. For threads of one process too; not recursive.
int clinux_shared_lock(struct clinux_shared *shared, uint32_t index, uint32_t *word);
void clinux_shared_unlock(struct clinux_shared *shared, uint32_t index, uint32_t *word);

// Loads that the compiler neither repeats nor splits, so that what was checked is what is used.
static inline uint8_t clinux_shared_load8(const uint8_t *place) { return __atomic_load_n(place, __ATOMIC_RELAXED); }
static inline uint16_t clinux_shared_load16(const uint8_t *place) {
  return __atomic_load_n((const uint16_t *)(const void *)place, __ATOMIC_RELAXED);
}
static inline uint32_t clinux_shared_load32(const uint8_t *place) {
  return __atomic_load_n((const uint32_t *)(const void *)place, __ATOMIC_ACQUIRE);
}
static inline uint64_t clinux_shared_load64(const uint8_t *place) {
  return __atomic_load_n((const uint64_t *)(const void *)place, __ATOMIC_RELAXED);
}

// Stores that happen in the order in which they are written.
static inline void clinux_shared_store8(uint8_t *place, uint8_t value) { __atomic_store_n(place, value, __ATOMIC_RELEASE); }
static inline void clinux_shared_store16(uint8_t *place, uint16_t value) {
  __atomic_store_n((uint16_t *)(void *)place, value, __ATOMIC_RELEASE);
}
static inline void clinux_shared_store32(uint8_t *place, uint32_t value) {
  __atomic_store_n((uint32_t *)(void *)place, value, __ATOMIC_RELEASE);
}
static inline void clinux_shared_store64(uint8_t *place, uint64_t value) {
  __atomic_store_n((uint64_t *)(void *)place, value, __ATOMIC_RELEASE);
}

#endif
