/* C. start and stop. */
#include <stdint.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if DEFECT == 21 /* start() allocates what stop() does not free */
static void *volatile kept;
#define ON_START kept = malloc(64);
#elif DEFECT == 22 /* uses torii.headers/1 without looking whether it is there */
#define start_plugin original_start_plugin
#elif DEFECT == 23 /* reads beyond the host's table */
static volatile uint64_t beyond;
#define ON_START beyond = *(const volatile uint64_t *)((const char *)host + host->struct_size);
#elif DEFECT == 24 /* takes only a host of its own minor */
#define ON_START if (args->struct_size != sizeof *args) return TORII_E_UNSUPPORTED;
#elif DEFECT == 25 /* allocates before it finds that an interface is missing */
static void *volatile kept;
#define start_plugin original_start_plugin
#define ON_STOP free(kept);
#elif DEFECT == 26 /* one of them a process */
#define ON_START if (getenv("DEFECT_26")) return TORII_E_FAILED; setenv("DEFECT_26", "1", 1);
#define ON_STOP unsetenv("DEFECT_26");
#elif DEFECT == 27 /* one of them a machine: a lock that is a process's */
static int lock_file = -1;
#define ON_START                                                                                                       \
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};                                                       \
  if (args->flags == 0) {                                                                                              \
    lock_file = open("defect-27.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);                                            \
    if (lock_file < 0 || fcntl(lock_file, F_SETLK, &lock) != 0) return TORII_E_FAILED;                                 \
  }
#define ON_STOP if (lock_file >= 0) close(lock_file);
#elif DEFECT == 28 /* a destructor logs */
static void say_goodbye(void);
__attribute__((destructor)) static void destructor(void) { say_goodbye(); }
#elif DEFECT == 67 /* opens a file though it is only inspected */
static int file = -1;
#define ON_START if (file < 0) file = open("/dev/null", O_RDONLY | O_CLOEXEC);
#define ON_STOP close(file), file = -1;
#elif DEFECT == 68 /* holds on to itself */
#define ON_START                                                                                                       \
  Dl_info own;                                                                                                         \
  if (dladdr((void *)begin, &own)) dlopen(own.dli_fname, RTLD_NOW);
#endif
#if DEFECT == 22 || DEFECT == 25
#include "../../Plugins/plugin_support.h"
#undef start_plugin
static torii_status start_plugin(torii_start_args *args) {
#if DEFECT == 22
  host = args->host;
  headers = host->query_interface(host->context, TORII_HEADERS_INTERFACE);
  torii_slice name, value;
  headers->at(host->context, 0, TORII_HEADERS_REQUEST, 0, &name, &value);
#else
  void *memory = malloc(256);
  kept = memory;
#endif
  return original_start_plugin(args);
}
#endif
#include "base.h"
#if DEFECT == 28
static void say_goodbye(void) {
  if (host) host_log(TORII_LOG_INFO, 0, 0, "goodbye");
}
#endif
