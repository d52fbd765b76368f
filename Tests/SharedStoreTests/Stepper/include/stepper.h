// Runs a program one instruction at a time (ptrace(2)). All calls for a program come from one thread.
#ifndef TORII_TEST_STEPPER_H
#define TORII_TEST_STEPPER_H

// The descriptor under which the program finds the memory.
#define STEPPER_DESCRIPTOR 200

// Starts a program and lets it run until it stops itself (SIGSTOP). Its process, or -1 when it cannot be traced.
int stepper_start(const char *program, const char *mode, const char *argument, int descriptor);
// One instruction. 0 when the program stopped itself again, or ended.
int stepper_step(int process);
// Kills the program.
void stepper_end(int process);

#endif
