// What the conformance suite needs of the system and Swift's Glibc module does not give: a block of memory that survives
// a crash, signal handlers that write into it, memory that can be taken back, and counters.
#ifndef CONFORMANCE_H
#define CONFORMANCE_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CONFORMANCE_FRAMES 24
#define CONFORMANCE_TEXT 200
#define CONFORMANCE_MESSAGE 262144

// Shared by the runner and the child that runs one check. Written by the child, read by the runner when it has ended.
typedef struct conformance_block {
  uint32_t verdict; // 0 until the check has come to one
  uint32_t fault_signal; // the signal that ended it, with what follows
  uint32_t was_exit; // exit() was called from within
  uint32_t frame_count;
  uint64_t fault_address;
  uint64_t host_calls;
  char last_call[CONFORMANCE_TEXT]; // the last call into the host
  char step[CONFORMANCE_TEXT];      // the callback that ran, and what the check was doing
  char note[CONFORMANCE_TEXT];      // what is known of the fault's address
  char frames[CONFORMANCE_FRAMES][CONFORMANCE_TEXT];
  uint32_t message_size;
  char message[CONFORMANCE_MESSAGE];
} conformance_block;

// Makes a block; its descriptor is to be given to the child. Null on failure.
conformance_block *conformance_block_create(int *descriptor);
conformance_block *conformance_block_attach(int descriptor);
void conformance_block_release(conformance_block *block, int descriptor);

// Reading and writing the texts, which Swift sees as tuples.
const char *conformance_last_call(const conformance_block *block);
const char *conformance_step(const conformance_block *block);
const char *conformance_note(const conformance_block *block);
const char *conformance_frame(const conformance_block *block, uint32_t index);
const char *conformance_message(const conformance_block *block);
void conformance_set_verdict(conformance_block *block, uint32_t verdict, const char *message, size_t size);

// In the child: which call into the host, which callback. The texts are copied. Null blocks are fine.
void conformance_note_call(const char *name);
void conformance_note_step(const char *text);

// Starts `executable` in a process group of its own, with descriptor 3 being the block and both outputs being `output`,
// in `folder`, killed when the runner goes. -1 and errno on failure.
pid_t conformance_spawn(const char *executable, char *const *arguments, char *const *environment, int block,
                        int output, const char *folder, uint64_t memory_limit, uint64_t processor_seconds);
// In the child, first of all: signal handlers that write into the block, a handler for exit(), limits.
void conformance_watch_process(conformance_block *block);
// Whether a child has ended; it is not reaped by that.
int conformance_has_ended(pid_t process);
// Runs `work` in a forked process and gives its id. Its exit code is what `work` returned.
pid_t conformance_fork(int (*work)(void *), void *context);

// A copy of `bytes` that ends at a page that cannot be touched. Given back by conformance_revoke().
const uint8_t *conformance_view(const void *bytes, size_t size);
// Takes away all views given since the last call: whoever reads them from now on dies.
void conformance_revoke(void);
// Zeroed memory of `size` bytes between canaries and in front of an untouchable page.
// Its size is rounded up to 16 for request state, to 8 for tables, so that it ends right at that page.
void *conformance_guarded(size_t size, size_t alignment);
// 0 when the canaries around it are whole, else -1 for those in front, 1 for those behind.
int conformance_canaries(const void *memory, size_t size, size_t alignment);
void conformance_guarded_release(void *memory, size_t size, size_t alignment);

// Bytes that malloc has given out and not got back.
uint64_t conformance_heap_bytes(void);
// Resident bytes of the process.
uint64_t conformance_resident_bytes(void);
// Threads, open descriptors of the process, and a digest of what is done on each signal.
int conformance_thread_count(void);
int conformance_descriptor_count(void);
uint64_t conformance_signal_digest(void);
// Whether the file is mapped.
int conformance_is_mapped(const char *path);

// Makes malloc, calloc, realloc and the like countable in every loaded image but libc. Gives the number of places patched.
int conformance_hook_allocations(void);
void conformance_count_allocations(int on);
uint64_t conformance_allocations(void);

// Instructions in user space of this thread; -1 when the kernel does not tell.
int conformance_instructions_open(void);
uint64_t conformance_instructions_read(int descriptor);

uint64_t conformance_now(void); // monotonic nanoseconds
uint64_t conformance_processor_time(void); // of this thread, nanoseconds
uint64_t conformance_kept_waiting(void);   // for a processor, this thread, nanoseconds; 0 where the kernel does not tell

#endif
