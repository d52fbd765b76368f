/* D. config_create and config_destroy. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if DEFECT == 29 /* refuses what its schema allows */
#define ON_CREATE if (self->count == 1) { free(self); return refuse(args->error, "/count", "not 1"); }
#elif DEFECT == 30 /* does not say what is missing */
#define ON_CREATE if (!self->value[0] && !has(args, "value")) { free(self); return TORII_E_FAILED; }
#elif DEFECT == 31 /* dies of a string where a number belongs */
#define ON_CREATE if (has(args, "count\":\"")) abort();
#elif DEFECT == 32 /* refuses an unknown key without saying which */
#define ON_CREATE if (has(args, "no_such_key")) { free(self); return refuse(args->error, "", "unknown"); }
#elif DEFECT == 33 /* dies of an empty configuration */
#define ON_CREATE if (args->config.size == 0) abort();
#elif DEFECT == 34 /* an allocation an instance */
static void *volatile lost;
#define ON_CREATE lost = malloc(100);
#elif DEFECT == 35 /* the last configuration is everybody's */
static char last_value[64];
#define ON_CREATE strcpy(last_value, self->value);
#define ON_HEADER_FILTER strcpy(self->value, last_value);
#elif DEFECT == 36 /* what one instance destroys was all instances' */
static int destroyed;
#define ON_DESTROY destroyed = 1;
#define ON_HEADER_FILTER if (destroyed) return TORII_CONTINUE;
#elif DEFECT == 37 /* every second instance is different */
#define ON_HEADER_FILTER if (self->number % 2 == 0) return TORII_CONTINUE;
#endif
#if DEFECT >= 30 && DEFECT <= 32
#include "../../Plugins/plugin_support.h"
static bool has(const torii_config_create_args *args, const char *text) {
  return args->config.size && memmem(args->config.data, args->config.size, text, strlen(text)) != NULL;
}
#endif
#include "base.h"
