#define _GNU_SOURCE
#include "clinux_shared_store.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Somebody waits for the lock and is to be woken.
#define WAITED 0x80000000u
// Tokens are the numbers from 1 to this.
#define TOKEN_MASK 0x3fffffffu
// The byte of token 0: far beyond the end of any memory.
#define TOKEN_BASE (INT64_C(1) << 40)

#define SPINS 100
#define PATIENCE_NS INT64_C(2000000)   // after that a waiter asks whether the owner is alive
#define GIVE_UP_NS INT64_C(250000000)  // and after that it goes without the lock

struct clinux_shared {
  uint8_t *memory;
  size_t size;
  ino_t inode;
  int descriptor;
  uint32_t token;
  uint32_t locks;
  // In memory of the process's own: among its threads, only one at a time holds a lock or waits for it.
  pthread_mutex_t mutexes[];
};

// The tokens of this process, by the memory they are for: the kernel does not tell a process of its own record locks.
static struct {
  ino_t memory;
  uint32_t token;
} own_tokens[256];
static pthread_mutex_t own_tokens_mutex = PTHREAD_MUTEX_INITIALIZER;

// Puts `token` in the place of `old`; 0 when that is nowhere.
static int replace_own(ino_t memory, uint32_t old, uint32_t token) {
  int done = 0;
  pthread_mutex_lock(&own_tokens_mutex);
  for (size_t index = 0; index < sizeof own_tokens / sizeof *own_tokens && !done; index++) {
    if (own_tokens[index].token != old || (old != 0 && own_tokens[index].memory != memory)) continue;
    own_tokens[index].memory = memory;
    own_tokens[index].token = token;
    done = 1;
  }
  pthread_mutex_unlock(&own_tokens_mutex);
  return done;
}

static int is_own(ino_t memory, uint32_t token) { return token != 0 && replace_own(memory, token, token); }

static struct flock record_lock(short type, uint32_t token) {
  struct flock lock = {0};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = TOKEN_BASE + token;
  lock.l_len = 1;
  return lock;
}

// Whether the process of a token lives. When the kernel does not say, it does.
static int is_alive(const struct clinux_shared *shared, uint32_t token) {
  if (is_own(shared->inode, token)) return 1;
  struct flock lock = record_lock(F_WRLCK, token);
  if (fcntl(shared->descriptor, F_GETLK, &lock) != 0) return 1;
  return lock.l_type != F_UNLCK;
}

int clinux_shared_create(const char *name, size_t size) {
  int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return -1;
  // Sealed: what one process could cut off would be a crash of the others.
  if (ftruncate(descriptor, (off_t)size) != 0 ||
      fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
  }
  return descriptor;
}

// Draws tokens until there is one that no living process has; 0 when there is none.
static uint32_t take_token(int descriptor, ino_t memory, uint32_t *next) {
  for (int attempt = 0; attempt < 10000; attempt++) {
    uint32_t token = __atomic_add_fetch(next, 1, __ATOMIC_ACQ_REL) & TOKEN_MASK;
    if (token == 0 || is_own(memory, token)) continue;
    struct flock lock = record_lock(F_WRLCK, token);
    if (fcntl(descriptor, F_SETLK, &lock) == 0) return token;
    if (errno != EAGAIN && errno != EACCES) return 0;
  }
  return 0;
}

struct clinux_shared *clinux_shared_attach(int descriptor, uint32_t locks, size_t token_offset) {
  struct stat state;
  if (fstat(descriptor, &state) != 0) return NULL;
  size_t size = (size_t)state.st_size;
  // Only what nobody can cut off: a page that is gone would be a crash.
  int seals = fcntl(descriptor, F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || size < CLINUX_SHARED_FIXED || token_offset < CLINUX_SHARED_FIXED ||
      token_offset > size - sizeof(uint32_t) || locks > 4096) {
    errno = EINVAL;
    return NULL;
  }
  struct clinux_shared *shared = calloc(1, sizeof *shared + locks * sizeof(pthread_mutex_t));
  if (!shared) return NULL;
  shared->memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (shared->memory == MAP_FAILED) {
    free(shared);
    return NULL;
  }
  // A child that was forked without exec has no token, and so no part in this.
  madvise(shared->memory, size, MADV_DONTFORK);
  mprotect(shared->memory, CLINUX_SHARED_FIXED, PROT_READ);
  shared->size = size;
  shared->descriptor = descriptor;
  shared->locks = locks;
  for (uint32_t index = 0; index < locks; index++) pthread_mutex_init(&shared->mutexes[index], NULL);
  shared->inode = state.st_ino;
  shared->token = take_token(descriptor, state.st_ino, (uint32_t *)(void *)(shared->memory + token_offset));
  if (shared->token == 0 || !replace_own(shared->inode, 0, shared->token)) {
    clinux_shared_detach(shared);
    errno = ENOLCK;
    return NULL;
  }
  return shared;
}

void clinux_shared_detach(struct clinux_shared *shared) {
  if (shared->token != 0) {
    struct flock lock = record_lock(F_UNLCK, shared->token);
    fcntl(shared->descriptor, F_SETLK, &lock);
    replace_own(shared->inode, shared->token, 0);
  }
  munmap(shared->memory, shared->size);
  for (uint32_t index = 0; index < shared->locks; index++) pthread_mutex_destroy(&shared->mutexes[index]);
  free(shared);
}

uint8_t *clinux_shared_memory(const struct clinux_shared *shared) { return shared->memory; }
size_t clinux_shared_size(const struct clinux_shared *shared) { return shared->size; }

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int exchange(uint32_t *word, uint32_t from, uint32_t to) {
  return __atomic_compare_exchange_n(word, &from, to, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

// The lock is held. Returns when it has been taken, or the patience has run out.
static int wait_for(struct clinux_shared *shared, uint32_t *word) {
  for (int spin = 0; spin < SPINS; spin++) {
    if (__atomic_load_n(word, __ATOMIC_RELAXED) == 0 && exchange(word, 0, shared->token)) return CLINUX_SHARED_LOCKED;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  int64_t deadline = now_ns() + GIVE_UP_NS;
  for (;;) {
    uint32_t value = __atomic_load_n(word, __ATOMIC_RELAXED);
    // Whoever has waited leaves the mark, for others may be waiting still.
    if (value == 0) {
      if (exchange(word, 0, shared->token | WAITED)) return CLINUX_SHARED_LOCKED;
      continue;
    }
    // No thread of this process has it, or it would have the mutex too: somebody has overwritten the word.
    uint32_t owner = value & ~WAITED;
    if (owner == shared->token) {
      if (exchange(word, value, shared->token | WAITED)) return CLINUX_SHARED_INHERITED;
      continue;
    }
    if (!(value & WAITED) && !exchange(word, value, value | WAITED)) continue;
    struct timespec patience = {0, PATIENCE_NS};
    long woken = syscall(SYS_futex, word, FUTEX_WAIT, value | WAITED, &patience, NULL, 0);
    if (woken != 0 && errno == ETIMEDOUT && !is_alive(shared, owner)) {
      if (exchange(word, value | WAITED, shared->token | WAITED)) return CLINUX_SHARED_INHERITED;
      continue;
    }
    if (now_ns() > deadline) return CLINUX_SHARED_BUSY;
  }
}

int clinux_shared_lock(struct clinux_shared *shared, uint32_t index, uint32_t *word) {
  if (index >= shared->locks) return CLINUX_SHARED_BUSY;
  pthread_mutex_lock(&shared->mutexes[index]);
  if (exchange(word, 0, shared->token)) return CLINUX_SHARED_LOCKED;
  int result = wait_for(shared, word);
  if (result == CLINUX_SHARED_BUSY) pthread_mutex_unlock(&shared->mutexes[index]);
  return result;
}

void clinux_shared_unlock(struct clinux_shared *shared, uint32_t index, uint32_t *word) {
  // Otherwise than with the token of this process the word is another's by now.
  if (!exchange(word, shared->token, 0) && exchange(word, shared->token | WAITED, 0))
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
  pthread_mutex_unlock(&shared->mutexes[index]);
}
