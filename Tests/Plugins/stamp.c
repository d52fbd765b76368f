/* stamp: adds a header to each response, and a line of comment at the end of its body.
 *
 * config  header   string, default "X-Stamp"      name of the header, set in header_filter
 *         value    string, default "stamped"      its value; "" adds no header
 *         comment  string, default "# stamped\n"  appended to the body in body_filter; "" leaves bodies alone
 *
 * Priority 100. A body that the upstream broke off gets no comment. */
#include "plugin_support.h"

typedef struct {
  char header[128];
  char value[256];
  char comment[1024];
} stamp;

static torii_status create(torii_config_create_args *args) {
  stamp *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  strcpy(self->header, "X-Stamp");
  strcpy(self->value, "stamped");
  strcpy(self->comment, "# stamped\n");
  config_text(args->config, "header", self->header, sizeof self->header);
  config_text(args->config, "value", self->value, sizeof self->value);
  config_text(args->config, "comment", self->comment, sizeof self->comment);
  args->response_body_mode = self->comment[0] ? TORII_BODY_STREAM : TORII_BODY_NONE;
  args->instance_data = self;
  return TORII_OK;
}

static void destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

static torii_action header_filter(const torii_phase_args *args) {
  const stamp *self = args->instance_data;
  if (!self->value[0]) return TORII_CONTINUE;
  torii_status status = headers->set(host->context, args->request, TORII_HEADERS_RESPONSE, text_slice(self->header),
                                     text_slice(self->value));
  return status < 0 ? status : TORII_CONTINUE;
}

static torii_action body_filter(const torii_body_args *args) {
  const stamp *self = args->instance_data;
  if (!(args->flags & TORII_BODY_LAST) || args->flags & TORII_BODY_INCOMPLETE) return TORII_CONTINUE;
  for (uint32_t i = 0; i < args->part_count; i++) {
    if (!args->parts[i].size) continue;
    torii_status status = body->emit(host->context, args->instance, args->request, args->parts[i]);
    if (status < 0) return status;
  }
  torii_status status = body->emit(host->context, args->instance, args->request, text_slice(self->comment));
  return status < 0 ? status : TORII_CONTINUE;
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start_plugin,
    .stop = stop_plugin,
    .config_create = create,
    .config_destroy = destroy,
    .header_filter = header_filter,
    .body_filter = body_filter,
};

static const torii_plugin_descriptor descriptor = {
    DESCRIPTOR_BASICS,
    .name = "stamp",
    .summary = "Adds a header and a line of comment to responses",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_HEADER_FILTER | 1u << TORII_PHASE_BODY_FILTER,
    .priority = 100,
    .response_body_mode = TORII_BODY_STREAM,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"header\":{\"type\":\"string\",\"default\":\"X-Stamp\",\"minLength\":1,\"maxLength\":100},"
                     "\"value\":{\"type\":\"string\",\"default\":\"stamped\",\"maxLength\":200},"
                     "\"comment\":{\"type\":\"string\",\"default\":\"# stamped\\n\",\"maxLength\":1000}}}",
    .callbacks = &callbacks,
};

EXPORT_DESCRIPTOR(descriptor)
