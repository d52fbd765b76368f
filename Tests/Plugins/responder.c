/* responder: answers in place of the upstream.
 *
 * config  phase   "access" or "header_filter", default "access"
 *         status  200 to 599, default 200
 *         body    string, default "answered by responder\n"
 *         header  string, default "X-Responder": name of a header of the answer
 *         value   string, default "yes": its value
 *         path    string, default "": where the request would have gone
 *
 * Priority 900. */
#include "plugin_support.h"

typedef struct {
  uint32_t phase;
  uint32_t status;
  char body[4096];
  char header[128];
  char value[256];
  char path[256];
} responder;

static torii_status create(torii_config_create_args *args) {
  responder *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  strcpy(self->body, "answered by responder\n");
  strcpy(self->header, "X-Responder");
  strcpy(self->value, "yes");
  self->phase = config_phase(args->config, "phase");
  if (!self->phase) self->phase = TORII_PHASE_ACCESS;
  self->status = (uint32_t)config_number(args->config, "status", 200);
  config_text(args->config, "body", self->body, sizeof self->body);
  config_text(args->config, "header", self->header, sizeof self->header);
  config_text(args->config, "value", self->value, sizeof self->value);
  config_text(args->config, "path", self->path, sizeof self->path);
  args->instance_data = self;
  return TORII_OK;
}

static void destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

static torii_action phase(const torii_phase_args *args) {
  const responder *self = args->instance_data;
  if (args->phase != self->phase) return TORII_CONTINUE;
  const torii_upstream_interface *upstream = host->query_interface(host->context, TORII_UPSTREAM_INTERFACE);
  if (self->path[0] && upstream->set_path(host->context, args->request, text_slice(self->path)) != TORII_OK)
    return TORII_E_FAILED;
  torii_header fields[] = {{text_slice("Content-Type"), text_slice("text/plain")},
                           {text_slice(self->header), text_slice(self->value)}};
  torii_response response = {.struct_size = sizeof response,
                             .status = self->status,
                             .headers = fields,
                             .header_count = 2,
                             .body = text_slice(self->body)};
  torii_status status = flow->respond(host->context, args->request, &response);
  return status < 0 ? status : TORII_RESPOND;
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start_plugin,
    .stop = stop_plugin,
    .config_create = create,
    .config_destroy = destroy,
    .access = phase,
    .header_filter = phase,
};

static const torii_plugin_descriptor descriptor = {
    DESCRIPTOR_BASICS,
    .name = "responder",
    .summary = "Answers in place of the upstream",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_ACCESS | 1u << TORII_PHASE_HEADER_FILTER,
    .priority = 900,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"phase\":{\"type\":\"string\",\"default\":\"access\",\"enum\":[\"access\",\"header_filter\"]},"
                     "\"status\":{\"type\":\"integer\",\"default\":200,\"minimum\":200,\"maximum\":599},"
                     "\"body\":{\"type\":\"string\",\"default\":\"answered by responder\\n\",\"maxLength\":1000},"
                     "\"header\":{\"type\":\"string\",\"default\":\"X-Responder\",\"minLength\":1,\"maxLength\":100},"
                     "\"value\":{\"type\":\"string\",\"default\":\"yes\",\"maxLength\":200},"
                     "\"path\":{\"type\":\"string\",\"default\":\"\",\"maxLength\":200}}}",
    .callbacks = &callbacks,
};

EXPORT_DESCRIPTOR(descriptor)
