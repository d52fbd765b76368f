// The shared block, and what is written into it when a check dies.
#define _GNU_SOURCE
#include "conformance.h"
#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include "memory.h"

static conformance_block *watched;
static pid_t watched_process;

conformance_block *conformance_block_create(int *descriptor) {
  *descriptor = memfd_create("conformance", MFD_CLOEXEC);
  if (*descriptor < 0) return NULL;
  if (ftruncate(*descriptor, sizeof(conformance_block)) != 0) return NULL;
  return conformance_block_attach(*descriptor);
}

conformance_block *conformance_block_attach(int descriptor) {
  void *memory = mmap(NULL, sizeof(conformance_block), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

void conformance_block_release(conformance_block *block, int descriptor) {
  if (block) munmap(block, sizeof *block);
  close(descriptor);
}

const char *conformance_last_call(const conformance_block *block) { return block->last_call; }
const char *conformance_step(const conformance_block *block) { return block->step; }
const char *conformance_note(const conformance_block *block) { return block->note; }
const char *conformance_frame(const conformance_block *block, uint32_t index) {
  return index < CONFORMANCE_FRAMES ? block->frames[index] : "";
}
const char *conformance_message(const conformance_block *block) { return block->message; }

void conformance_set_verdict(conformance_block *block, uint32_t verdict, const char *message, size_t size) {
  if (!block) return;
  if (size >= CONFORMANCE_MESSAGE) size = CONFORMANCE_MESSAGE - 1;
  memcpy(block->message, message, size);
  block->message[size] = 0;
  block->message_size = (uint32_t)size;
  __atomic_store_n(&block->verdict, verdict, __ATOMIC_RELEASE);
}

static void copy_text(char *to, const char *from) {
  size_t size = strnlen(from, CONFORMANCE_TEXT - 1);
  memcpy(to, from, size);
  to[size] = 0;
}

void conformance_note_call(const char *name) {
  if (!watched) return;
  watched->host_calls++;
  copy_text(watched->last_call, name);
}

void conformance_note_step(const char *text) {
  if (watched) copy_text(watched->step, text);
}

// backtrace() and dladdr() are not safe in a handler by the letter; the process is lost anyway, and the default action
// follows by an alarm should they hang.
static void write_frames(void) {
  void *addresses[CONFORMANCE_FRAMES + 2];
  int count = backtrace(addresses, CONFORMANCE_FRAMES + 2);
  uint32_t written = 0;
  for (int i = 2; i < count && written < CONFORMANCE_FRAMES; i++) {
    Dl_info info;
    char *text = watched->frames[written];
    if (dladdr(addresses[i], &info) && info.dli_fname) {
      const char *name = strrchr(info.dli_fname, '/');
      name = name ? name + 1 : info.dli_fname;
      if (info.dli_sname)
        snprintf(text, CONFORMANCE_TEXT, "%s %s+0x%lx", name, info.dli_sname,
                 (unsigned long)((char *)addresses[i] - (char *)info.dli_saddr));
      else
        snprintf(text, CONFORMANCE_TEXT, "%s +0x%lx", name,
                 (unsigned long)((char *)addresses[i] - (char *)info.dli_fbase));
    } else {
      snprintf(text, CONFORMANCE_TEXT, "%p", addresses[i]);
    }
    watched->frame_count = ++written;
  }
}

static void on_fault(int number, siginfo_t *info, void *context) {
  (void)context;
  signal(number, SIG_DFL);
  if (watched && watched->fault_signal == 0) {
    watched->fault_signal = (uint32_t)number;
    watched->fault_address = (uint64_t)(uintptr_t)info->si_addr;
    if (number == SIGSEGV || number == SIGBUS) {
      const char *note = conformance_describe_address(info->si_addr);
      if (note) copy_text(watched->note, note);
    }
    alarm(2);
    write_frames();
  }
  if (number == SIGUSR2) _exit(124);
  raise(number);
}

static void on_exit_called(void) {
  if (!watched || getpid() != watched_process || watched->verdict != 0) return;
  watched->was_exit = 1;
  write_frames();
}

void conformance_watch_process(conformance_block *block) {
  static char stack[65536];
  void *warm[4];
  backtrace(warm, 4); // loads libgcc_s, which must not happen in the handler
  watched = block;
  watched_process = getpid();
  stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternative, NULL);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGXCPU, SIGUSR2};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaction(numbers[i], &action, NULL);
  atexit(on_exit_called);
}
