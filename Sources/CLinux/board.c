// Writes a crash into the board. All that runs in the handler is safe in a signal handler, but for dladdr(), which takes the
// loader's (recursive) lock: should another thread hold it for ever, the supervisor's watchdog ends the process.
#define _GNU_SOURCE
#include "clinux_board.h"
#include "clinux_process.h"
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static struct clinux_board_worker *reported;
static pthread_t loop_thread;

// What glibc says before it calls abort(): of a damaged heap, a failed assertion, a smashed stack. It keeps it for debuggers.
struct abort_message {
  unsigned int size;
  char text[];
};
static struct abort_message **abort_message;
static uintptr_t c_library;

_Bool clinux_copied;

static void note_copy(void) {
  clinux_copied = 1;
  clinux_close_connections();
}

void clinux_note_copies(void) { pthread_atfork(NULL, NULL, note_copy); }

void clinux_say_copy(const struct clinux_board_plugin *plugin) {
  char text[256];
  int length = snprintf(
      text, sizeof text,
      "plugin %.63s %.31s misbehaves: it called fork() and returned in the child as well; the child is ended\n",
      plugin->name, plugin->version);
  if (length > 0) (void)!write(2, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

uint64_t clinux_page_faults(void) {
  struct rusage usage;
  return getrusage(RUSAGE_THREAD, &usage) == 0 ? (uint64_t)usage.ru_minflt : 0;
}

void clinux_board_set_text(char *place, size_t size, const char *text) {
  size_t length = strnlen(text, size - 1);
  memcpy(place, text, length);
  memset(place + length, 0, size - length);
}

struct clinux_identifier clinux_read_identifier(const char *text) {
  uint64_t words[2] = {0, 0};
  int digits = 0;
  for (; *text; text++) {
    if (*text == '-') continue;
    int digit = *text >= '0' && *text <= '9'   ? *text - '0'
                : *text >= 'a' && *text <= 'f' ? *text - 'a' + 10
                : *text >= 'A' && *text <= 'F' ? *text - 'A' + 10
                                               : -1;
    if (digit < 0 || digits == 32) return (struct clinux_identifier){0, 0};
    words[digits / 16] = words[digits / 16] << 4 | (unsigned)digit;
    digits++;
  }
  return digits == 32 ? (struct clinux_identifier){words[0], words[1]} : (struct clinux_identifier){0, 0};
}

void clinux_write_identifier(struct clinux_identifier identifier, char text[37]) {
  unsigned long long high = identifier.high, low = identifier.low;
  snprintf(
      text, 37, "%08llx-%04llx-%04llx-%04llx-%012llx", high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48,
      low & 0xffffffffffff);
}

_Bool clinux_board_is_same(const struct clinux_board_plugin *one, const struct clinux_board_plugin *other) {
  return strncmp(one->name, other->name, sizeof one->name) == 0 &&
         strncmp(one->version, other->version, sizeof one->version) == 0;
}

void clinux_board_absorb(struct clinux_board_worker *sum, const struct clinux_board_worker *gone) {
  sum->requests += gone->requests;
  clinux_board_add(&sum->request_times, &gone->request_times);
  clinux_board_add(&sum->upstream_times, &gone->upstream_times);
  for (uint32_t index = 0; index < CLINUX_BOARD_PLUGINS; index++) {
    const struct clinux_board_plugin *plugin = &gone->plugins[index];
    if (!plugin->is_used) continue;
    struct clinux_board_plugin *place = NULL;
    for (uint32_t other = 0; other < CLINUX_BOARD_PLUGINS && !place; other++) {
      struct clinux_board_plugin *known = &sum->plugins[other];
      // What finds no place of its own is added to the last one: sums stay right, though not whose they are.
      if (!known->is_used || other == CLINUX_BOARD_PLUGINS - 1 || clinux_board_is_same(known, plugin)) place = known;
    }
    if (!place->is_used) {
      place->is_used = CLINUX_BOARD_UNLOADED;
      memcpy(place->name, plugin->name, sizeof place->name);
      memcpy(place->version, plugin->version, sizeof place->version);
    }
    clinux_board_add_plugin(place, plugin);
  }
}

static void append(struct clinux_board_crash *crash, const char *text) {
  size_t length = strlen(text);
  size_t room = CLINUX_BOARD_TRACE - crash->trace_size;
  if (length > room) length = room;
  memcpy(crash->trace + crash->trace_size, text, length);
  crash->trace_size += (uint32_t)length;
}

static void append_hex(struct clinux_board_crash *crash, uintptr_t value) {
  char digits[2 + 2 * sizeof value + 1];
  char *place = digits + sizeof digits - 1;
  *place = 0;
  do {
    *--place = "0123456789abcdef"[value & 15];
    value >>= 4;
  } while (value);
  *--place = 'x';
  *--place = '0';
  append(crash, place);
}

static uint32_t plugin_of(const char *library) {
  for (uint32_t index = 0; index < CLINUX_BOARD_PLUGINS; index++) {
    struct clinux_board_plugin *plugin = &reported->plugins[index];
    if (plugin->is_used == CLINUX_BOARD_LOADED && strncmp(plugin->library, library, sizeof plugin->library - 1) == 0) return index + 1;
  }
  return 0;
}

static void append_message(struct clinux_board_crash *crash) {
  struct abort_message *message = abort_message ? *abort_message : NULL;
  if (!message) return;
  size_t length = strnlen(message->text, CLINUX_BOARD_MESSAGE - 1);
  while (length > 0 && message->text[length - 1] == '\n') length--;
  memcpy(crash->message, message->text, length);
}

static void report(int number, siginfo_t *information, void *context) {
  (void)context;
  struct clinux_board_crash *crash = &reported->crash;
  // A child that a plugin forked crashes for itself.
  if (crash->signal == 0 && !clinux_copied) {
    crash->signal = (uint32_t)number;
    crash->address = (uint64_t)(uintptr_t)information->si_addr;
    crash->is_sent = information->si_code <= 0 && information->si_pid != getpid() ? 1 : 0;
    crash->is_loop_thread = pthread_equal(pthread_self(), loop_thread) ? 1 : 0;
    if (number == SIGABRT) append_message(crash);
    _Bool is_outside = 0;
    void *frames[40];
    int count = backtrace(frames, 40);
    // The first two are this handler and the kernel's trampoline.
    for (int index = 2; index < count; index++) {
      Dl_info found;
      const char *name = "?";
      uintptr_t offset = (uintptr_t)frames[index];
      if (dladdr(frames[index], &found) && found.dli_fname) {
        uint32_t plugin = plugin_of(found.dli_fname);
        if (crash->plugin == 0) crash->plugin = plugin;
        if (!is_outside && (uintptr_t)found.dli_fbase != c_library) {
          is_outside = 1;
          crash->caller = plugin;
        }
        const char *slash = strrchr(found.dli_fname, '/');
        name = plugin ? reported->plugins[plugin - 1].name : slash ? slash + 1 : found.dli_fname;
        offset -= (uintptr_t)found.dli_fbase;
        append(crash, name);
        append(crash, "+");
        append_hex(crash, offset);
        if (found.dli_sname) {
          append(crash, " ");
          append(crash, found.dli_sname);
        }
      } else {
        append_hex(crash, offset);
      }
      append(crash, "\n");
    }
  }
  // SA_RESETHAND gave the signal its default action back; it is pending again when the handler returns.
  raise(number);
}

int clinux_board_report_crashes(struct clinux_board_worker *worker) {
  static const size_t size = 64 * 1024;
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return -1;
  stack_t stack = {.ss_sp = memory, .ss_size = size, .ss_flags = 0};
  if (sigaltstack(&stack, NULL) != 0) return -1;
  reported = worker;
  clinux_note_copies();
  loop_thread = pthread_self();
  Dl_info library;
  if (dladdr((void *)(uintptr_t)&abort, &library)) c_library = (uintptr_t)library.dli_fbase;
  abort_message = dlsym(RTLD_DEFAULT, "__abort_msg");
  // The first call loads the unwinder, which must not happen in the handler.
  void *frame[1];
  backtrace(frame, 1);
  static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
  for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = report;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND;
    sigfillset(&action.sa_mask);
    if (sigaction(numbers[index], &action, NULL) != 0) return -1;
  }
  return 0;
}
