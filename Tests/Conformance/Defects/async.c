/* G. Pauses, timers, call-outs, threads. */
#include <stdint.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include "../../Plugins/plugin_support.h"
#if DEFECT == 59 /* pauses, and nothing wakes it */
#define PAUSE_IN_ACCESS return TORII_PAUSE;
#elif DEFECT == 60 /* relies on the order of its timers */
#define PAUSE_IN_ACCESS                                                                                                \
  torii_operation_id operation;                                                                                        \
  async_calls->timer(host->context, args->instance, args->request, 10, 1, &operation);                                 \
  async_calls->timer(host->context, args->instance, args->request, 20, 2, &operation);                                 \
  return TORII_PAUSE;
#define ON_EVENT                                                                                                       \
  if (args->kind == TORII_EVENT_TIMER && args->token != known->events) abort();                                        \
  if (args->token == 1) return TORII_PAUSE;
#elif DEFECT == 61 /* reads the answer of a call-out that had none */
static volatile uint8_t first;
#define PAUSE_IN_ACCESS                                                                                                \
  torii_operation_id operation;                                                                                        \
  torii_http_request call = {.struct_size = sizeof call, .url = text_slice("http://127.0.0.1:9/")};                    \
  if (async_calls->http(host->context, args->instance, args->request, &call, 1, &operation) < 0) return TORII_CONTINUE; \
  return TORII_PAUSE;
#define ON_EVENT if (args->kind == TORII_EVENT_HTTP) first = args->body.data[0];
#elif DEFECT == 62 /* waits for a timer that it has cancelled */
#define PAUSE_IN_ACCESS                                                                                                \
  torii_operation_id operation;                                                                                        \
  async_calls->timer(host->context, args->instance, args->request, 20, 2, &operation);                                 \
  known->memory = (void *)(uintptr_t)operation;                                 \
  async_calls->timer(host->context, args->instance, args->request, 10, 1, &operation);                                 \
  return TORII_PAUSE;
#define ON_EVENT                                                                                                       \
  if (args->token == 1) async_calls->cancel(host->context, args->instance, (uintptr_t)known->memory);                                 \
  if (args->kind == TORII_EVENT_TIMER && args->token == 1) return TORII_PAUSE;
#elif DEFECT == 63 /* starts a timer for a request that was aborted */
#define ON_EVENT                                                                                                       \
  torii_operation_id operation;                                                                                        \
  if (args->kind == TORII_EVENT_ABORTED)                                                                               \
    async_calls->timer(host->context, args->instance, args->request, 1, 3, &operation);
#elif DEFECT == 64 /* takes it for granted that its request lives */
#define ON_EVENT                                                                                                       \
  if (args->kind == TORII_EVENT_TIMER && flow->resume(host->context, args->instance, args->request) != TORII_OK) abort();
#elif DEFECT == 65 /* a thread that nobody joins */
#define FLAGS TORII_FLAG_OWN_THREADS
static pthread_t sleeper;
static int has_sleeper;
static void *sleep_on(void *nothing) {
  for (;;) pause();
  return nothing;
}
#define ON_ACCESS if (!has_sleeper) has_sleeper = pthread_create(&sleeper, NULL, sleep_on, NULL) == 0;
#endif
#include "base.h"
