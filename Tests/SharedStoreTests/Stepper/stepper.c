#define _GNU_SOURCE
#include "stepper.h"
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

// Lets the program run until it stops with this signal; 0 when it ended instead.
static int run_until(pid_t pid, int signal) {
  for (;;) {
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) return 0;
    if (WSTOPSIG(status) == signal) return 1;
    if (ptrace(PTRACE_CONT, pid, NULL, NULL) != 0) return 0;
  }
}

int stepper_start(const char *program, const char *mode, const char *argument, int descriptor) {
  pid_t pid = fork();
  if (pid < 0) return -1;
  if (pid == 0) {
    // A program that is stopped does not outlive the test.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(descriptor, STEPPER_DESCRIPTOR) < 0 || ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(1);
    execl(program, program, mode, argument, (char *)NULL);
    _exit(1);
  }
  return run_until(pid, SIGSTOP) ? pid : -1;
}

int stepper_step(int process) {
  int status;
  if (ptrace(PTRACE_SINGLESTEP, process, NULL, NULL) != 0) return 0;
  if (waitpid(process, &status, 0) != process) return 0;
  return WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP;
}

void stepper_end(int process) {
  kill(process, SIGKILL);
  // A death that was seen already is no child any more.
  waitpid(process, NULL, 0);
}
