/* __NAME__: sets a header on each response.
 *
 * config  value  string, default "__NAME__"
 */
#include <stdlib.h>

#include "torii/helpers.h"
#include "torii/json.h"

typedef struct {
  char value[1025];
} configuration;

static torii_tables torii;

static torii_status start(torii_start_args *args) {
  torii = torii_find_tables(args->host);
  return torii_first_missing(args->host, (const char *const[]){TORII_HEADERS_INTERFACE, NULL}, args->error)
             ? TORII_E_UNSUPPORTED
             : TORII_OK;
}

static torii_status config_create(torii_config_create_args *args) {
  configuration *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  torii_json_text_or(torii_json_member(args->config, "value"), "__NAME__", self->value, sizeof self->value, NULL);
  if (strpbrk(self->value, "\r\n")) {
    free(self);
    return torii_refuse(args->error, "/value", "a header value holds no line break");
  }
  args->instance_data = self;
  return TORII_OK;
}

static void config_destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

static torii_action on_header_filter(const torii_phase_args *args) {
  const configuration *self = args->instance_data;
  torii_status status = torii.headers->set(torii.context, args->request, TORII_HEADERS_RESPONSE,
                                           torii_text("X-__TYPE__"), torii_text(self->value));
  return status < 0 ? status : TORII_CONTINUE;
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start,
    .config_create = config_create,
    .config_destroy = config_destroy,
    .header_filter = on_header_filter,
};

static const char *const needs[] = {TORII_HEADERS_INTERFACE, NULL};

static const torii_plugin_descriptor descriptor = {
    TORII_DESCRIPTOR_BASICS,
    .name = "__NAME__",
    .version = "0.1.0",
    .summary = "Sets a header on each response",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_HEADER_FILTER,
    .priority = 100,
    .needs = needs,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"value\":{\"type\":\"string\",\"default\":\"__NAME__\",\"maxLength\":256}}}",
    .callbacks = &callbacks,
};

TORII_EXPORT_PLUGIN(descriptor)
