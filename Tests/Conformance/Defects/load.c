/* B. Loading it, and its descriptor. */
#include <stdint.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>
#if DEFECT == 12 /* a constructor that takes its time */
__attribute__((constructor)) static void constructor(void) { usleep(120000); }
#elif DEFECT == 13 /* a constructor that sets a signal handler */
static void handler(int number) { (void)number; }
__attribute__((constructor)) static void constructor(void) { signal(SIGWINCH, handler); }
#elif DEFECT == 14 /* now this descriptor, now that */
#define OWN_ENTRY
#elif DEFECT == 15 /* serves whatever major */
#define MAJOR_TEST 1
#elif DEFECT == 16 /* more state than is given */
#define STATE_SIZE 65552
#elif DEFECT == 17 /* not a semantic version */
#define VERSION "1.0"
#elif DEFECT == 18 /* has a callback for log, but does not list it */
#define PHASES (ALL_PHASES & ~(1u << TORII_PHASE_LOG))
#elif DEFECT == 19 /* a default that does not fit */
#define SHOUT_DEFAULT "\"yes\""
#elif DEFECT == 20 /* an interface without its revision */
static const char *const needed[] = {"torii.headers", NULL};
#define NEEDS needed
#endif
#include "base.h"
#if DEFECT == 14
static const torii_plugin_descriptor other = DESCRIBED;
TORII_EXPORT const torii_plugin_descriptor *torii_plugin_entry(uint32_t major, uint32_t minor) {
  static int calls;
  (void)minor;
  if (major != TORII_ABI_MAJOR) return NULL;
  return calls++ % 2 ? &other : &descriptor;
}
#endif
