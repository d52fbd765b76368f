/* F. Bodies. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "../../Plugins/plugin_support.h"
#if DEFECT == 50 /* dies of a body that is empty */
#define ON_BODY_FILTER if (args->part_count == 0 && known->pieces == 1) abort();
#elif DEFECT == 51 /* marks where a piece ends */
#define ON_BODY_FILTER if (!(args->flags & TORII_BODY_LAST)) body->emit(host->context, args->instance, args->request, text_slice("|"));
#elif DEFECT == 52 /* makes something of its own of pieces of seven bytes */
#define ON_BODY_FILTER if (args->part_count == 1 && args->parts[0].size == 7) return TORII_HOLD;
#elif DEFECT == 53 /* dies of a last piece that is empty */
#define ON_BODY_FILTER if (args->part_count == 0 && known->pieces > 1) abort();
#elif DEFECT == 54 /* keeps all it has seen */
static char *kept;
static size_t kept_size;
#define ON_BODY_FILTER                                                                                                 \
  for (uint32_t i = 0; i < args->part_count; i++) {                                                                    \
    if (args->parts[i].size < 60000) continue;                                                                         \
    char *larger = realloc(kept, kept_size + args->parts[i].size);                                                     \
    if (!larger) return TORII_E_MEMORY;                                                                                \
    memcpy(larger + kept_size, args->parts[i].data, args->parts[i].size);                                              \
    kept = larger, kept_size += args->parts[i].size;                                                                   \
  }
#define ON_STOP free(kept);
#elif DEFECT == 55 /* looks into a whole body that is too large to be there */
#define REQUEST_MODE TORII_BODY_WHOLE
static volatile uint8_t first;
#define ON_REQUEST_BODY if (args->part_count || args->flags & TORII_BODY_TOO_LARGE) first = args->parts[0].data[0];
#elif DEFECT == 56 /* sets Content-Length */
#define ON_HEADER_FILTER                                                                                               \
  headers->set(host->context, args->request, TORII_HEADERS_RESPONSE, text_slice("Content-Length"), text_slice("7"));
#elif DEFECT == 57 /* emits after END, from a timer */
#define ON_HEADER_FILTER                                                                                               \
  torii_operation_id ticking;                                                                                          \
  async_calls->timer(host->context, args->instance, args->request, 500, 8, &ticking);                                  \
  async_calls->timer(host->context, args->instance, args->request, 1500, 8, &ticking);
#define BODY_ACTION (args->flags & TORII_BODY_LAST ? (known->ended = 1, TORII_END) : TORII_CONTINUE)
#define ON_EVENT if (known && known->ended) body->emit(host->context, args->instance, args->request, text_slice("more"));
#elif DEFECT == 58 /* dies when the end of a body has not come */
#define ON_LOG if (known->pieces && !known->sawLast) abort();
#endif
#include "base.h"
