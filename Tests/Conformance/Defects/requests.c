/* E. Requests. */
#include <stdint.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../Plugins/plugin_support.h"
static bool is(torii_slice slice, const char *text) {
  return slice.size == strlen(text) && memcmp(slice.data, text, slice.size) == 0;
}
static torii_slice method_of(torii_request_id request) {
  torii_slice value = {0};
  request_texts->text(host->context, request, TORII_TEXT_METHOD, &value);
  return value;
}
#if DEFECT == 38 /* fails in header_filter */
#define ON_HEADER_FILTER return TORII_E_FAILED;
#elif DEFECT == 39 /* dies of a long value */
#define ON_ACCESS                                                                                                      \
  for (uint32_t i = 0; headers->at(host->context, args->request, TORII_HEADERS_REQUEST, i, &name, &value) == 0; i++)   \
    if (value.size > 8192) abort();
#elif DEFECT == 40 /* an action that does not exist */
#define ON_HEADER_FILTER return 42;
#elif DEFECT == 41 /* RESPOND without respond() */
#define ON_HEADER_FILTER return TORII_RESPOND;
#elif DEFECT == 42 /* keeps a view from access to log */
#define ON_ACCESS headers->get(host->context, args->request, TORII_HEADERS_REQUEST, text_slice("Host"), 0, &known->slice);
static volatile uint8_t seen;
#define ON_LOG if (known->slice.size) seen = known->slice.data[0];
#elif DEFECT == 43 /* writes behind its state */
#define STATE_SIZE (sizeof(state) - 8)
#define ON_LOG memset(known->spare, 7, 6);
#elif DEFECT == 44 /* one request at a time */
static torii_request_id current;
#define ON_ACCESS current = args->request;
#define ON_HEADER_FILTER if (current != args->request) return TORII_E_FAILED;
#elif DEFECT == 45 /* reads a header from a thread */
static void *read_header(void *request) {
  torii_slice value;
  headers->get(host->context, *(torii_request_id *)request, TORII_HEADERS_REQUEST, text_slice("Host"), 0, &value);
  return NULL;
}
#define ON_ACCESS                                                                                                      \
  pthread_t thread;                                                                                                    \
  torii_request_id request = args->request;                                                                            \
  if (pthread_create(&thread, NULL, read_header, &request) == 0) pthread_join(thread, NULL);
#elif DEFECT == 46 /* frees with the last piece of the body, which may never come */
#define ON_ACCESS known->memory = malloc(100);
#define ON_BODY_FILTER if (known->sawLast) free(known->memory), known->memory = NULL;
#elif DEFECT == 47 /* an allocation a request */
static void *volatile lost;
#define ON_ACCESS lost = malloc(24);
#elif DEFECT == 48 /* dies of HEAD */
#define ON_ACCESS if (is(method_of(args->request), "HEAD")) abort();
#elif DEFECT == 49 /* a line break in a value */
#define ON_HEADER_FILTER                                                                                               \
  headers->set(host->context, args->request, TORII_HEADERS_RESPONSE, text_slice("X-Two"), text_slice("a\r\nX-B: b"));
#elif DEFECT == 69 /* a value for the record that is not JSON */
#define ON_LOG record->set(host->context, args->request, text_slice("value"), text_slice("not json"));
#elif DEFECT == 70 /* sleeps in access, once */
static int slept;
#define ON_ACCESS if (!slept++) usleep(400000);
#endif
#include "base.h"
static inline void use(void) { (void)is, (void)method_of; }
