// Starting children, and what a process knows of itself.
#define _GNU_SOURCE
#include "conformance.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void limit(int resource, rlim_t value) {
  struct rlimit limits;
  if (getrlimit(resource, &limits) != 0) return;
  if (limits.rlim_max != RLIM_INFINITY && value > limits.rlim_max) value = limits.rlim_max;
  limits.rlim_cur = value;
  setrlimit(resource, &limits);
}

pid_t conformance_spawn(const char *executable, char *const *arguments, char *const *environment, int block,
                        int output, const char *folder, uint64_t memory_limit, uint64_t processor_seconds) {
  pid_t parent = getpid();
  pid_t child = fork();
  if (child != 0) {
    if (child > 0) setpgid(child, child);
    return child;
  }
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(126);
  int null = open("/dev/null", O_RDONLY);
  // Out of the way of 0 to 3 first.
  int high_block = fcntl(block, F_DUPFD, 10), high_output = fcntl(output, F_DUPFD, 10);
  if (null < 0 || high_block < 0 || high_output < 0) _exit(126);
  dup2(null, 0);
  dup2(high_output, 1);
  dup2(high_output, 2);
  dup2(high_block, 3);
  syscall(SYS_close_range, 4u, ~0u, 0u);
  if (folder && chdir(folder) != 0) _exit(126);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_AS, memory_limit);
  limit(RLIMIT_CPU, processor_seconds);
  limit(RLIMIT_FSIZE, (rlim_t)2 << 30);
  limit(RLIMIT_NOFILE, 512);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_IGN);
  execve(executable, arguments, environment);
  _exit(127);
}

pid_t conformance_fork(int (*work)(void *), void *context) {
  pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  _exit(work(context));
}

uint64_t conformance_heap_bytes(void) {
  struct mallinfo2 info = mallinfo2();
  return (uint64_t)info.uordblks + (uint64_t)info.hblkhd;
}

uint64_t conformance_resident_bytes(void) {
  FILE *file = fopen("/proc/self/statm", "re");
  unsigned long whole = 0, resident = 0;
  if (!file) return 0;
  if (fscanf(file, "%lu %lu", &whole, &resident) != 2) resident = 0;
  fclose(file);
  return (uint64_t)resident * 4096;
}

static int count_entries(const char *folder) {
  DIR *directory = opendir(folder);
  int count = 0;
  if (!directory) return -1;
  while (readdir(directory)) count++;
  closedir(directory);
  return count - 2;
}

int conformance_thread_count(void) { return count_entries("/proc/self/task"); }
// Without the one that reads the folder.
int conformance_descriptor_count(void) { return count_entries("/proc/self/fd") - 1; }

uint64_t conformance_signal_digest(void) {
  uint64_t digest = 14695981039346656037u;
  for (int number = 1; number < 65; number++) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    if (sigaction(number, NULL, &action) != 0) continue;
    digest = (digest ^ (uint64_t)(uintptr_t)action.sa_handler) * 1099511628211u;
    digest = (digest ^ (uint64_t)(unsigned)action.sa_flags) * 1099511628211u;
  }
  return digest;
}

int conformance_is_mapped(const char *path) {
  FILE *file = fopen("/proc/self/maps", "re");
  char line[4352];
  int found = 0;
  if (!file) return -1;
  while (!found && fgets(line, sizeof line, file)) found = strstr(line, path) != NULL;
  fclose(file);
  return found;
}

int conformance_instructions_open(void) {
  struct perf_event_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.size = sizeof attributes;
  attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
}

uint64_t conformance_instructions_read(int descriptor) {
  uint64_t value = 0;
  if (descriptor < 0 || read(descriptor, &value, sizeof value) != (ssize_t)sizeof value) return 0;
  return value;
}

static uint64_t clock_value(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t conformance_now(void) { return clock_value(CLOCK_MONOTONIC); }
uint64_t conformance_processor_time(void) { return clock_value(CLOCK_THREAD_CPUTIME_ID); }

uint64_t conformance_kept_waiting(void) {
  char text[96];
  unsigned long long ran = 0, waited = 0;
  int file = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size <= 0) return 0;
  text[size] = 0;
  return sscanf(text, "%llu %llu", &ran, &waited) == 2 ? waited : 0;
}

int conformance_has_ended(pid_t process) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  return waitid(P_PID, (id_t)process, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == process;
}
