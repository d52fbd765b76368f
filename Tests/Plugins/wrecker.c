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
 *                        "heap"          writes behind a block of the heap, and frees the next one
 *                        "top"           writes behind a block of the heap, and returns: others find out
 *                        "double_free"   frees a block twice
 *                        "closeall"      closes all descriptors
 *                        "dup2"          puts another file in the place of the descriptors 3 to 100
 *                        "limit"         lowers its limit of descriptors to none
 *                        "kill"          sends itself SIGKILL
 *                        "atexit"        calls exit(), and again in a handler of that
 *                        "thread_abort"  calls abort() in a thread of its own
 *                        "post"          has a thread of its own call post(), and does not come back from the event
 *                        "spin"          does not come back, and does not sleep
 *                        "altstack"      takes the stack of signal handlers away, then has no end of recursion
 *                        "children"      forks 20 times; the children stay where they are for 3 seconds
 *                        "surroundings"  changes folder, locale, environment, umask and rounding, and blocks all signals
 *                        "scribble"      writes over the host's tables
 *                        "huge"          touches 4 GB, or as much as there is
 *                        "term"          sends itself SIGTERM
 *                        "spawn"         starts a program that goes on for 10 seconds
 *
 * Priority 50. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugin_support.h"

typedef struct {
  char fault[16];
  torii_instance_id instance;
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

static void exit_again(void) { exit(4); }

static __attribute__((noinline)) int recurse(int depth) {
  volatile char room[4096];
  room[0] = (char)depth;
  return depth < 0 ? 0 : recurse(depth + 1) + room[0];
}

static void *abort_thread(void *unused) {
  (void)unused;
  abort();
}

/* A thread of its own, that wakes the request up, or crashes. */
static torii_request_id waiting;
static void *post_thread(void *instance) {
  usleep(10000);
  flow->post(host->context, ((const wrecker *)instance)->instance, waiting, 7);
  return NULL;
}

static void start_thread(void *(*function)(void *), void *argument) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, function, argument) == 0) pthread_detach(thread);
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
    /* Of a size that nobody else has freed, so that the two lie side by side. */
    char *volatile block = malloc(70001);
    char *next = malloc(70001);
    if (!block || !next || next < block || next > block + 71000) abort();
    memset(block, 0, 70032);
    free(next);
  }
  if (!strcmp(fault, "top")) {
    /* Behind it lies what nobody has been given yet. */
    char *volatile block = malloc(70001);
    if (block) memset(block, 0, 70064);
  }
  if (!strcmp(fault, "double_free")) {
    char *volatile block = malloc(100);
    free(block);
    free(block);
  }
  if (!strcmp(fault, "closeall")) syscall(SYS_close_range, 0u, ~0u, 0u);
  if (!strcmp(fault, "dup2")) {
    int other = open("/dev/null", O_RDWR);
    for (int descriptor = 3; descriptor <= 100; descriptor++) dup2(other, descriptor);
  }
  if (!strcmp(fault, "limit")) {
    struct rlimit limit = {0, 0};
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (!strcmp(fault, "kill")) raise(SIGKILL);
  if (!strcmp(fault, "atexit")) {
    atexit(exit_again);
    exit(3);
  }
  if (!strcmp(fault, "spin")) {
    for (;;) sink++;
  }
  if (!strcmp(fault, "altstack")) {
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    sink = recurse(0);
  }
  if (!strcmp(fault, "children")) {
    for (int child = 0; child < 20; child++) {
      if (fork() == 0) {
        sleep(3);
        _exit(0);
      }
    }
  }
  if (!strcmp(fault, "surroundings")) {
    (void)!chdir("/");
    setlocale(LC_ALL, "C.UTF-8");
    setenv("TZ", "Asia/Tokyo", 1);
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    umask(0777);
    fesetround(FE_UPWARD);
    nice(1);
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
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
  self->instance = args->instance;
  args->instance_data = self;
  return TORII_OK;
}

static void destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

static torii_action access_phase(const torii_phase_args *args) {
  const wrecker *self = args->instance_data;
  torii_slice value;
  torii_status status =
      headers->get(host->context, args->request, TORII_HEADERS_REQUEST, text_slice("X-Fault"), 0, &value);
  if (status != TORII_OK) return TORII_CONTINUE;
  if (!strcmp(self->fault, "post")) {
    waiting = args->request;
    start_thread(post_thread, (void *)(uintptr_t)self);
    return TORII_PAUSE;
  }
  if (!strcmp(self->fault, "thread_abort")) {
    /* The request waits for what the thread does: answered, it would be over before or not, as it comes. */
    start_thread(abort_thread, NULL);
    return TORII_PAUSE;
  }
  wreck(self->fault);
  return TORII_CONTINUE;
}

static torii_action event(const torii_event_args *args) {
  if (args->kind == TORII_EVENT_POST) {
    for (;;) sink++;
  }
  return TORII_CONTINUE;
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start_plugin,
    .stop = stop_plugin,
    .config_create = create,
    .config_destroy = destroy,
    .access = access_phase,
    .event = event,
};

static const torii_plugin_descriptor descriptor = {
    DESCRIPTOR_BASICS,
    .name = "wrecker",
    .summary = "Does what no process should",
    .flags = TORII_FLAG_MAY_UNLOAD | TORII_FLAG_OWN_THREADS,
    .phases = 1u << TORII_PHASE_ACCESS,
    .priority = 50,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"fault\":{\"type\":\"string\",\"default\":\"\"}}}",
    .callbacks = &callbacks,
};

EXPORT_DESCRIPTOR(descriptor)
