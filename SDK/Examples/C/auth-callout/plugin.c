/* auth-callout: asks another service whether a request may pass, and waits for its answer.
 *
 * config  url      string: called with GET for each request, with X-Original-Method, X-Original-URI and, when the client
 *                  sent it, Authorization
 *         timeout  milliseconds, default 1000
 *
 * 2xx lets the request pass, with the answer's X-User if there is one; 4xx is handed to the client as it is; anything
 * else, or no answer, is 503.
 */
#include <stdlib.h>

#include "torii/helpers.h"
#include "torii/json.h"

typedef struct {
  char url[2049];
  uint32_t timeout;
} auth_callout;

static torii_tables torii;

static torii_status start(torii_start_args *args) {
  torii = torii_find_tables(args->host);
  return torii.headers && torii.request && torii.flow && torii.async ? TORII_OK : TORII_E_UNSUPPORTED;
}

static torii_status config_create(torii_config_create_args *args) {
  auth_callout *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  torii_json_text(torii_json_member(args->config, "url"), self->url, sizeof self->url, NULL);
  self->timeout = (uint32_t)torii_json_integer(torii_json_member(args->config, "timeout"), 1000);
  if (strncmp(self->url, "http://", 7) != 0 && strncmp(self->url, "https://", 8) != 0) {
    free(self);
    return torii_refuse(args->error, "/url", "is not an http or https URL");
  }
  args->instance_data = self;
  return TORII_OK;
}

static void config_destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

static torii_action on_access(const torii_phase_args *args) {
  const auth_callout *self = args->instance_data;
  torii_header fields[3];
  uint32_t count = 0;
  torii_slice value;
  if (torii.request->text(torii.context, args->request, TORII_TEXT_METHOD, &value) == TORII_OK)
    fields[count].name = torii_text("X-Original-Method"), fields[count++].value = value;
  if (torii.request->text(torii.context, args->request, TORII_TEXT_TARGET, &value) == TORII_OK)
    fields[count].name = torii_text("X-Original-URI"), fields[count++].value = value;
  if (torii.headers->get(torii.context, args->request, TORII_HEADERS_REQUEST, torii_text("Authorization"), 0,
                         &value) == TORII_OK)
    fields[count].name = torii_text("Authorization"), fields[count++].value = value;
  torii_http_request call = {.struct_size = sizeof call,
                             .timeout = self->timeout,
                             .method = torii_text("GET"),
                             .url = torii_text(self->url),
                             .headers = fields,
                             .header_count = count};
  torii_operation_id operation;
  torii_status status = torii.async->http(torii.context, args->instance, args->request, &call, 0, &operation);
  return status < 0 ? status : TORII_PAUSE;
}

static torii_action respond(torii_request_id request, uint32_t code, torii_slice type, torii_slice body) {
  torii_header field = {torii_text("Content-Type"), type};
  torii_response response = {
      .struct_size = sizeof response, .status = code, .headers = &field, .header_count = 1, .body = body};
  torii_status status = torii.flow->respond(torii.context, request, &response);
  return status < 0 ? status : TORII_RESPOND;
}

static torii_action on_event(const torii_event_args *args) {
  torii_slice value;
  if (args->kind != TORII_EVENT_HTTP) return TORII_PAUSE;
  bool is_answered = args->status == TORII_OK;
  if (is_answered && args->http_status >= 200 && args->http_status <= 299) {
    if (torii.headers->get(torii.context, args->request, TORII_HEADERS_CALLOUT, torii_text("X-User"), 0, &value) !=
        TORII_OK)
      return TORII_CONTINUE;
    torii_status status =
        torii.headers->set(torii.context, args->request, TORII_HEADERS_UPSTREAM, torii_text("X-User"), value);
    return status < 0 ? status : TORII_CONTINUE;
  }
  if (is_answered && args->http_status >= 400 && args->http_status <= 499) {
    if (torii.headers->get(torii.context, args->request, TORII_HEADERS_CALLOUT, torii_text("Content-Type"), 0,
                           &value) != TORII_OK)
      value = torii_text("text/plain");
    return respond(args->request, args->http_status, value, args->body);
  }
  torii_logf(&torii, TORII_LOG_WARN, args->instance, args->request, "no authorisation: status %u, %.*s",
             args->http_status, (int)args->message.size, (const char *)args->message.data);
  return respond(args->request, 503, torii_text("application/json"),
                 torii_text("{\"message\":\"authorisation is not available\"}"));
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start,
    .config_create = config_create,
    .config_destroy = config_destroy,
    .access = on_access,
    .event = on_event,
};

static const char *const needs[] = {TORII_HEADERS_INTERFACE, TORII_REQUEST_INTERFACE, TORII_FLOW_INTERFACE,
                                    TORII_ASYNC_INTERFACE, NULL};

static const torii_plugin_descriptor descriptor = {
    TORII_DESCRIPTOR_BASICS,
    .name = "auth-callout",
    .version = "1.0.0",
    .vendor = "Torii",
    .summary = "Asks another service whether a request may pass",
    .license = "Apache-2.0",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_ACCESS,
    .priority = 1000,
    .needs = needs,
    .config_schema = "{\"type\":\"object\",\"required\":[\"url\"],\"additionalProperties\":false,\"properties\":{"
                     "\"url\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":1024},"
                     "\"timeout\":{\"type\":\"integer\",\"default\":1000,\"minimum\":1,\"maximum\":60000}}}",
    .callbacks = &callbacks,
};

TORII_EXPORT_PLUGIN(descriptor)
