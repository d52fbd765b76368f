/* callout: asks another service whether a request may pass.
 *
 * config  url      string, required: called with GET for each request, with the headers X-Original-Method and
 *                  X-Original-Target and, when the client sent it, Authorization
 *         timeout  milliseconds, default 1000
 *
 * An answer of 2xx lets the request pass; its header X-User, if there is one, is set on the way upstream. Any other
 * answer is given to the client as 403 with the answer's body; no answer at all as 503 with the reason. Priority 1000. */
#include "plugin_support.h"

typedef struct {
  char url[512];
  uint32_t timeout;
} callout;

static torii_status create(torii_config_create_args *args) {
  callout *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  config_text(args->config, "url", self->url, sizeof self->url);
  self->timeout = (uint32_t)config_number(args->config, "timeout", 1000);
  args->instance_data = self;
  return TORII_OK;
}

static void destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

static torii_action access_phase(const torii_phase_args *args) {
  const callout *self = args->instance_data;
  torii_header fields[3];
  uint32_t count = 0;
  torii_slice value;
  if (request_texts->text(host->context, args->request, TORII_TEXT_METHOD, &value) == TORII_OK)
    fields[count++] = (torii_header){text_slice("X-Original-Method"), value};
  if (request_texts->text(host->context, args->request, TORII_TEXT_TARGET, &value) == TORII_OK)
    fields[count++] = (torii_header){text_slice("X-Original-Target"), value};
  if (headers->get(host->context, args->request, TORII_HEADERS_REQUEST, text_slice("Authorization"), 0, &value) ==
      TORII_OK)
    fields[count++] = (torii_header){text_slice("Authorization"), value};
  torii_http_request call = {.struct_size = sizeof call,
                             .timeout = self->timeout,
                             .method = text_slice("GET"),
                             .url = text_slice(self->url),
                             .headers = fields,
                             .header_count = count};
  torii_operation_id operation;
  torii_status status = async_calls->http(host->context, args->instance, args->request, &call, 1, &operation);
  return status < 0 ? status : TORII_PAUSE;
}

static torii_action respond(torii_request_id request, uint32_t code, torii_slice text) {
  torii_header type = {text_slice("Content-Type"), text_slice("text/plain")};
  torii_response response = {
      .struct_size = sizeof response, .status = code, .headers = &type, .header_count = 1, .body = text};
  torii_status status = flow->respond(host->context, request, &response);
  return status < 0 ? status : TORII_RESPOND;
}

static torii_action event(const torii_event_args *args) {
  if (args->kind != TORII_EVENT_HTTP) return TORII_PAUSE;
  if (args->status != TORII_OK) return respond(args->request, 503, args->message);
  if (args->http_status < 200 || args->http_status > 299) return respond(args->request, 403, args->body);
  torii_slice user;
  if (headers->get(host->context, args->request, TORII_HEADERS_CALLOUT, text_slice("X-User"), 0, &user) == TORII_OK) {
    torii_status status =
        headers->set(host->context, args->request, TORII_HEADERS_UPSTREAM, text_slice("X-User"), user);
    if (status < 0) return status;
  }
  return TORII_CONTINUE;
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start_plugin,
    .stop = stop_plugin,
    .config_create = create,
    .config_destroy = destroy,
    .access = access_phase,
    .event = event,
};

static const torii_plugin_descriptor descriptor = {
    DESCRIPTOR_BASICS,
    .name = "callout",
    .summary = "Asks another service whether a request may pass",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_ACCESS,
    .priority = 1000,
    .config_schema = "{\"type\":\"object\",\"required\":[\"url\"],\"additionalProperties\":false,\"properties\":{"
                     "\"url\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":500},"
                     "\"timeout\":{\"type\":\"integer\",\"default\":1000,\"minimum\":1,\"maximum\":60000}}}",
    .callbacks = &callbacks,
};

EXPORT_DESCRIPTOR(descriptor)
