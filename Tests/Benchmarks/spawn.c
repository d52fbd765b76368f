// Preloaded into the gateway's supervisor, which starts its processes from /proc/self/exe: workers are started by
// $WORKER_SCRIPT instead, so that a tool such as valgrind can run them.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[]) {
  int (*next)(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, char *const[],
              char *const[]) = dlsym(RTLD_NEXT, "posix_spawn");
  const char *script = getenv("WORKER_SCRIPT");
  if (script && arguments[0] && arguments[1] && !strcmp(arguments[1], "worker")) path = script;
  return next(pid, path, actions, attributes, arguments, environment);
}
