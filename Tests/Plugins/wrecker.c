/* wrecker: does to its process what faulty does not: things that a process survives, at least for a while.
 *
 * config  fault  string  what it does in access to requests with X-Fault:
 *                        "longjmp"       jumps to a frame that is gone
 *                        "throw"         a C++ exception leaves the callback
 *                        "pthread_exit"  ends the worker's thread
 *                        "exec"          makes another program of the process
 *                        "fork"          returns twice: the child goes on as if it were the worker
 *                        "stop"          stops the process, as SIGSTOP does
 *                        "close"         closes the descriptors 0 to 100
 *                        "descriptors"   opens descriptors until there are no more
 *                        "handlers"      takes the handlers of all signals away, then crashes
 *                        "ignore"        ignores all signals, then does not come back
 *                        "block"         blocks all signals, then crashes
 *                        "deadlock"      takes a mutex twice
 *                        "heap"          writes behind a block of the heap, and frees it
 *                        "scribble"      writes over the host's tables
 *                        "huge"          touches 4 GB, or as much as there is
 *                        "term"          sends itself SIGTERM
 *                        "spawn"         starts a program that goes on for 10 seconds
 *
 * Priority 50. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugin_support.h"

typedef struct {
  char fault[16];
} wrecker;

static jmp_buf gone;
static int volatile sink;

static __attribute__((noinline)) void leave_a_frame(void) {
  volatile char room[256];
  room[0] = 1;
  if (setjmp(gone)) abort();
  sink = room[0];
}

static void throw_exception(void) {
  void *library = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_LOCAL);
  if (!library) abort();
  void *(*allocate)(size_t) = (void *(*)(size_t))dlsym(library, "__cxa_allocate_exception");
  void (*throw)(void *, void *, void (*)(void *)) =
      (void (*)(void *, void *, void (*)(void *)))dlsym(library, "__cxa_throw");
  void *type = dlsym(library, "_ZTIi");
  if (!allocate || !throw || !type) abort();
  int *exception = allocate(sizeof *exception);
  *exception = 1;
  throw(exception, type, NULL);
}

static void crash(void) { *(volatile int *)16 = 1; }

static void all_signals(void (*handler)(int)) {
  for (int number = 1; number < 65; number++) signal(number, handler);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void wreck(const char *fault) {
  if (!strcmp(fault, "longjmp")) {
    leave_a_frame();
    longjmp(gone, 1);
  }
  if (!strcmp(fault, "throw")) throw_exception();
  if (!strcmp(fault, "pthread_exit")) pthread_exit(NULL);
  if (!strcmp(fault, "exec")) execl("/bin/true", "true", (char *)NULL);
  if (!strcmp(fault, "fork")) (void)!fork();
  if (!strcmp(fault, "stop")) raise(SIGSTOP);
  if (!strcmp(fault, "close")) {
    for (int descriptor = 0; descriptor <= 100; descriptor++) close(descriptor);
  }
  if (!strcmp(fault, "descriptors")) {
    while (open("/dev/null", O_RDONLY) >= 0) continue;
  }
  if (!strcmp(fault, "handlers")) {
    all_signals(SIG_DFL);
    crash();
  }
  if (!strcmp(fault, "ignore")) {
    all_signals(SIG_IGN);
    for (;;) pause();
  }
  if (!strcmp(fault, "block")) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    crash();
  }
  if (!strcmp(fault, "deadlock")) {
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&mutex);
  }
  if (!strcmp(fault, "heap")) {
    char *block = malloc(100);
    char *next = malloc(100);
    if (!block || !next) abort();
    memset(block, 0x55, 160);
    sink = next[0];
    free(next);
    free(block);
  }
  if (!strcmp(fault, "scribble")) memset((void *)(uintptr_t)headers, 0x55, sizeof *headers);
  if (!strcmp(fault, "huge")) {
    for (int piece = 0; piece < 64; piece++) {
      char *memory = malloc(64 << 20);
      if (memory) memset(memory, 1, 64 << 20);
    }
  }
  if (!strcmp(fault, "term")) raise(SIGTERM);
  if (!strcmp(fault, "spawn")) (void)!system("sleep 10 </dev/null >/dev/null 2>&1 &");
}

static torii_status create(torii_config_create_args *args) {
  wrecker *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  config_text(args->config, "fault", self->fault, sizeof self->fault);
  args->instance_data = self;
  return TORII_OK;
}

static void destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

static torii_action access_phase(const torii_phase_args *args) {
  const wrecker *self = args->instance_data;
  torii_slice value;
  torii_status status =
      headers->get(host->context, args->request, TORII_HEADERS_REQUEST, text_slice("X-Fault"), 0, &value);
  if (status == TORII_OK) wreck(self->fault);
  return TORII_CONTINUE;
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start_plugin,
    .stop = stop_plugin,
    .config_create = create,
    .config_destroy = destroy,
    .access = access_phase,
};

static const torii_plugin_descriptor descriptor = {
    DESCRIPTOR_BASICS,
    .name = "wrecker",
    .summary = "Does what no process should",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_ACCESS,
    .priority = 50,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"fault\":{\"type\":\"string\",\"default\":\"\"}}}",
    .callbacks = &callbacks,
};

EXPORT_DESCRIPTOR(descriptor)
