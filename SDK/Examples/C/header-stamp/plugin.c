/* header-stamp: sets a header on the way to the upstream and on the way back.
 *
 * config  header    string, default "X-Stamp"
 *         value     string, default "torii"
 *         upstream  boolean, default true: set it on the request, too
 */
#include <stdlib.h>

#include "torii/helpers.h"
#include "torii/json.h"

typedef struct {
  char header[129];
  char value[1025];
  size_t value_size;
  bool upstream;
} header_stamp;

static torii_tables torii;

static bool is_field_name(const char *name) {
  if (!*name) return false;
  for (; *name; name++) {
    bool is_letter = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z');
    if (!is_letter && !(*name >= '0' && *name <= '9') && !strchr("!#$%&'*+-.^_`|~", *name)) return false;
  }
  return true;
}

static torii_status start(torii_start_args *args) {
  torii = torii_find_tables(args->host);
  return torii.headers ? TORII_OK : TORII_E_UNSUPPORTED;
}

static torii_status config_create(torii_config_create_args *args) {
  header_stamp *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  torii_json_text_or(torii_json_member(args->config, "header"), "X-Stamp", self->header, sizeof self->header, NULL);
  torii_json_text_or(torii_json_member(args->config, "value"), "torii", self->value, sizeof self->value,
                     &self->value_size);
  self->upstream = torii_json_boolean(torii_json_member(args->config, "upstream"), true);
  const char *pointer = NULL, *message = NULL;
  if (!is_field_name(self->header)) pointer = "/header", message = "is not a header field name";
  if (strlen(self->value) != self->value_size || strpbrk(self->value, "\r\n"))
    pointer = "/value", message = "a header value holds no line break and no NUL";
  if (pointer) {
    free(self);
    return torii_refuse(args->error, pointer, message);
  }
  args->instance_data = self;
  return TORII_OK;
}

static void config_destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

static torii_action stamp(const torii_phase_args *args, uint32_t map) {
  const header_stamp *self = args->instance_data;
  torii_status status =
      torii.headers->set(torii.context, args->request, map, torii_text(self->header), torii_text(self->value));
  return status < 0 ? status : TORII_CONTINUE;
}

static torii_action on_access(const torii_phase_args *args) {
  const header_stamp *self = args->instance_data;
  return self->upstream ? stamp(args, TORII_HEADERS_UPSTREAM) : TORII_CONTINUE;
}

static torii_action on_header_filter(const torii_phase_args *args) { return stamp(args, TORII_HEADERS_RESPONSE); }

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start,
    .config_create = config_create,
    .config_destroy = config_destroy,
    .access = on_access,
    .header_filter = on_header_filter,
};

static const char *const needs[] = {TORII_HEADERS_INTERFACE, NULL};

static const torii_plugin_descriptor descriptor = {
    TORII_DESCRIPTOR_BASICS,
    .name = "header-stamp",
    .version = "1.0.0",
    .vendor = "Torii",
    .summary = "Sets a header on requests and responses",
    .license = "Apache-2.0",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_ACCESS | 1u << TORII_PHASE_HEADER_FILTER,
    .priority = 100,
    .needs = needs,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"header\":{\"type\":\"string\",\"default\":\"X-Stamp\",\"minLength\":1,\"maxLength\":128},"
                     "\"value\":{\"type\":\"string\",\"default\":\"torii\",\"maxLength\":256},"
                     "\"upstream\":{\"type\":\"boolean\",\"default\":true}}}",
    .callbacks = &callbacks,
};

TORII_EXPORT_PLUGIN(descriptor)
