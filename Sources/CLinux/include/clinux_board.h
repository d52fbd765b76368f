// The board: memory that all processes of a gateway share. Workers write what they are doing; the supervisor and the
// controller read it, even when the worker is stuck or gone. The supervisor makes it.
//
// A worker maps its own part for writing and the head for reading only, so that what a plugin overwrites by mistake is its own
// worker's. Readers trust nothing in it: indices are checked, texts need not be terminated.
#ifndef CLINUX_BOARD_H
#define CLINUX_BOARD_H
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define CLINUX_BOARD_MAGIC 0x544f5249u
#define CLINUX_BOARD_PLUGINS 96
#define CLINUX_BOARD_PHASES 8
#define CLINUX_BOARD_BUCKETS 12
#define CLINUX_BOARD_FAULTS 32
#define CLINUX_BOARD_QUARANTINES 32
#define CLINUX_BOARD_TRACE 3072
#define CLINUX_BOARD_MESSAGE 160
#define CLINUX_BOARD_FAULT_COUNTS 128

// Time that calls of one phase took. Bucket n counts those below 1024 ns times 4 to the power of n, the last one all others.
struct clinux_board_phase {
  uint64_t calls;
  uint64_t nanoseconds;
  uint64_t buckets[CLINUX_BOARD_BUCKETS];
};

#define CLINUX_BOARD_LOADED 1
#define CLINUX_BOARD_UNLOADED 2

// A library that the worker has loaded, or had: what it counted stays.
struct clinux_board_plugin {
  uint32_t is_used; // 0: the place is free
  uint32_t instances;
  uint64_t misbehaviours;
  uint64_t touched_pages; // pages of memory that calls were the first to touch, by the calls that were looked at
  uint64_t held_bytes;    // what the host keeps because the plugin asked for it: whole bodies, answers to call-outs
  char name[64];
  char version[32];
  char library[256];
  struct clinux_board_phase phases[CLINUX_BOARD_PHASES];
};

// Which plugin is running; `plugin` is its place in the table and 1, or 0 when none is.
struct clinux_board_call {
  uint32_t plugin;
  uint32_t phase;
  uint64_t entity[2];
  uint64_t route[2];
};

// What the worker's last breath left.
struct clinux_board_crash {
  uint32_t signal;
  uint32_t plugin; // the plugin whose code was found on the stack, and 1; 0 when none was
  uint32_t is_loop_thread;
  uint32_t trace_size;
  uint32_t caller; // the plugin whose code called into the C library for the last time, and 1; 0 when it was not a plugin's
  uint32_t is_sent; // another process sent the signal
  uint64_t address;
  char message[CLINUX_BOARD_MESSAGE]; // what the C library said before it called abort(), "" when it said nothing
  char trace[CLINUX_BOARD_TRACE];
};

struct clinux_board_worker {
  uint32_t process;
  uint32_t reserved;
  uint64_t generation;
  uint64_t turn_start; // monotonic nanoseconds; 0 while it waits for something to happen
  uint64_t requests;
  uint64_t connections;
  uint64_t images;          // libraries mapped
  uint64_t retained_images; // of these, such as nothing uses any more and cannot be unmapped
  uint64_t exhaustions;     // how often a connection had to wait because no descriptor was left
  struct clinux_board_call call;
  struct clinux_board_crash crash;
  struct clinux_board_phase request_times;  // from a request's first byte to the end of its response
  struct clinux_board_phase upstream_times; // from the connection's choice to the head of the upstream's response
  struct clinux_board_plugin plugins[CLINUX_BOARD_PLUGINS];
};

#define CLINUX_BOARD_FAULT_CRASH 1
#define CLINUX_BOARD_FAULT_HANG 2
#define CLINUX_BOARD_FAULT_EXIT 3
#define CLINUX_BOARD_FAULT_HEAP 4

// A worker's end, and whose fault it was.
struct clinux_board_fault {
  uint64_t number; // from 1; 0 when there is none
  uint64_t seconds; // of the day's clock, since 1970
  uint32_t kind;
  uint32_t worker;
  uint32_t process;
  uint32_t signal;
  uint32_t exit_code;
  uint32_t phase;
  uint32_t has_plugin;
  uint32_t is_quarantined;
  uint64_t entity[2];
  uint64_t route[2];
  char plugin[64];
  char version[32];
  char library[256];
  char message[CLINUX_BOARD_MESSAGE];
  char trace[CLINUX_BOARD_TRACE];
};

// How often a plugin ended a worker, by kind and phase. The last one of the table counts what finds no other place.
struct clinux_board_fault_count {
  uint64_t count;
  uint32_t kind;
  uint32_t phase;
  char plugin[64];
};

#define CLINUX_BOARD_REJECT 1
#define CLINUX_BOARD_BYPASS 2

struct clinux_board_quarantine {
  uint32_t action; // 0: the place is free
  uint32_t faults;
  uint32_t is_unconfigurable; // it ended workers while they made an instance of it
  uint32_t reserved;
  uint64_t seconds;
  char name[64];
};

struct clinux_board {
  uint32_t magic;
  uint32_t workers;       // each has two parts, one of them for a worker that leaves; behind them is one for those that are gone
  uint64_t worker_offset; // of the first part, and the distance of one to the next
  uint64_t worker_stride;
  uint64_t is_configured;     // the first configuration has been stored since the gateway was started
  uint64_t quarantine_change; // counts changes of the table below
  uint64_t fault_count;
  uint64_t restarts;
  uint64_t reloads;        // how often the configuration was read again, successfully or not
  uint64_t reload_refused; // whether the last one was refused
  struct clinux_board_quarantine quarantines[CLINUX_BOARD_QUARANTINES];
  struct clinux_board_fault faults[CLINUX_BOARD_FAULTS];
  struct clinux_board_fault_count fault_counts[CLINUX_BOARD_FAULT_COUNTS];
};

static inline struct clinux_board_plugin *clinux_board_plugin_at(struct clinux_board_worker *worker, uint32_t index) {
  return index < CLINUX_BOARD_PLUGINS ? &worker->plugins[index] : NULL;
}
static inline struct clinux_board_phase *clinux_board_phase_at(struct clinux_board_plugin *plugin, uint32_t index) {
  return &plugin->phases[index < CLINUX_BOARD_PHASES ? index : 0];
}
static inline struct clinux_board_fault *clinux_board_fault_at(struct clinux_board *board, uint64_t number) {
  return &board->faults[number % CLINUX_BOARD_FAULTS];
}
static inline struct clinux_board_fault_count *clinux_board_fault_count_at(struct clinux_board *board, uint32_t index) {
  return index < CLINUX_BOARD_FAULT_COUNTS ? &board->fault_counts[index] : NULL;
}
static inline struct clinux_board_quarantine *clinux_board_quarantine_at(struct clinux_board *board, uint32_t index) {
  return index < CLINUX_BOARD_QUARANTINES ? &board->quarantines[index] : NULL;
}
static inline uint64_t clinux_board_bucket(const struct clinux_board_phase *phase, uint32_t index) {
  return index < CLINUX_BOARD_BUCKETS ? phase->buckets[index] : 0;
}

// An entity's id, a UUID, as two numbers; both 0 for none.
struct clinux_identifier {
  uint64_t high;
  uint64_t low;
};
// Reads the text form; what is no UUID gives none.
struct clinux_identifier clinux_read_identifier(const char *text);
// Writes the text form, with a terminator.
void clinux_write_identifier(struct clinux_identifier identifier, char text[37]);

// Adds a call to a phase's counts.
static inline void clinux_board_count(struct clinux_board_phase *phase, uint64_t nanoseconds) {
  uint64_t scaled = nanoseconds >> 10;
  unsigned bucket = scaled == 0 ? 0 : (unsigned)(64 - __builtin_clzll(scaled) + 1) / 2;
  phase->calls += 1;
  phase->nanoseconds += nanoseconds;
  phase->buckets[bucket < CLINUX_BOARD_BUCKETS ? bucket : CLINUX_BOARD_BUCKETS - 1] += 1;
}

// Adds one phase's counts to another's.
static inline void clinux_board_add(struct clinux_board_phase *sum, const struct clinux_board_phase *more) {
  sum->calls += more->calls;
  sum->nanoseconds += more->nanoseconds;
  for (uint32_t index = 0; index < CLINUX_BOARD_BUCKETS; index++) sum->buckets[index] += more->buckets[index];
}
// Adds what a plugin has counted.
static inline void clinux_board_add_plugin(struct clinux_board_plugin *sum, const struct clinux_board_plugin *more) {
  sum->misbehaviours += more->misbehaviours;
  for (uint32_t phase = 0; phase < CLINUX_BOARD_PHASES; phase++) clinux_board_add(&sum->phases[phase], &more->phases[phase]);
}
// Whether it is the same plugin in the same version.
_Bool clinux_board_is_same(const struct clinux_board_plugin *one, const struct clinux_board_plugin *other);
// Adds what a worker that is gone has counted to what all those have that went before it.
void clinux_board_absorb(struct clinux_board_worker *sum, const struct clinux_board_worker *gone);

static inline void clinux_store_release(uint64_t *place, uint64_t value) { __atomic_store_n(place, value, __ATOMIC_RELEASE); }
static inline uint64_t clinux_load_acquire(const uint64_t *place) { return __atomic_load_n(place, __ATOMIC_ACQUIRE); }
static inline uint64_t clinux_add(uint64_t *place, uint64_t value) { return __atomic_add_fetch(place, value, __ATOMIC_ACQ_REL); }

// Whether this process is a copy that fork() made of one that called clinux_note_copies().
extern _Bool clinux_copied;
static inline _Bool clinux_is_copy(void) { return clinux_copied; }
void clinux_note_copies(void);
// Says on standard error that a plugin made a copy of the worker, and that the copy ends.
void clinux_say_copy(const struct clinux_board_plugin *plugin);

// How often this thread touched a page that it did not have: of memory, or of a file that lies in memory.
uint64_t clinux_page_faults(void);

// Nanoseconds of the monotonic clock.
static inline uint64_t clinux_monotonic(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// Writes a text of at most size - 1 bytes, and a terminator.
void clinux_board_set_text(char *place, size_t size, const char *text);

// From now on a crash of this process is written into its part of the board, with the stack's frames. The signal then does
// what it does by default. `process_thread` is the calling thread.
int clinux_board_report_crashes(struct clinux_board_worker *worker);

#endif
