/* H. Reloads, failing hosts, and sequences that nobody thought of. */
#include <stdint.h>
#include <stdlib.h>
#include "../../Plugins/plugin_support.h"
#if DEFECT == 66 /* stop() takes away what all generations share */
#define ON_START setenv("DEFECT_66", "1", 1);
#define ON_STOP unsetenv("DEFECT_66");
#define ON_HEADER_FILTER if (!getenv("DEFECT_66")) return TORII_E_FAILED;
#elif DEFECT == 71 /* takes it for granted that the record takes its value */
#define ON_LOG if (record->set(host->context, args->request, text_slice("a"), text_slice("1")) != TORII_OK) abort();
#elif DEFECT == 72 /* dies when a client leaves while two other requests are open */
static int open_requests;
#define ON_ACCESS open_requests++;
#define ON_END open_requests--;
#define ON_LOG                                                                                                         \
  int64_t gone = 0;                                                                                                    \
  request_texts->number(host->context, args->request, TORII_NUMBER_CLIENT_GONE, &gone);                                \
  if (gone && open_requests > 2) abort();
#elif DEFECT == 73 /* takes it for granted that a state is as long as its own */
#define ON_IMPORT                                                                                                      \
  if (*(const volatile uint64_t *)(args->state.data + sizeof read - 8) == UINT64_MAX) return TORII_E_FAILED;
#endif
#include "base.h"
