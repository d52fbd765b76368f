/* A plugin that does in each phase what its configuration says: operations separated by ';', in order.
 *
 *   log=TEXT        a line in the gateway's log        emit=TEXT       body.emit
 *   respond         flow.respond: 418 "teapot"         copy            the same, with views of the present response
 *   set=NAME:VALUE  headers.set                        get=NAME        logs the value
 *   remove=NAME     headers.remove                     lines=MAP       logs the field lines of a map, from first to last
 *   grow            sets a field from its own value until memory has moved
 *   timer=MS        starts a timer of the request      http=URL        starts a call-out
 *   flags           logs a body's flags                http0=URL       the same, for request 0
 *   once            CONTINUE from the second call on   last            HOLD until the last call of a body
 *   status          logs what the last call came to    return=N        the callback's action
 */
#include "plugin_support.h"

struct script {
  char phase[TORII_PHASE_EVENT + 1][256];
};
struct state {
  uint32_t calls[TORII_PHASE_EVENT + 1];
};
struct call {
  uint32_t phase;
  torii_instance_id instance;
  torii_request_id request;
  struct script *script;
  struct state *state;
  const torii_slice *parts;
  uint32_t part_count, flags;
};

static void say(const struct call *call, const char *format, long number) {
  char text[160];
  snprintf(text, sizeof text, format, number);
  host_log(TORII_LOG_INFO, call->instance, call->request, text);
}

static torii_status respond(const struct call *call, bool copies) {
  torii_header header = {text_slice("X-Own"), text_slice("yes")};
  torii_response response = {.struct_size = sizeof response, .status = 418, .headers = &header, .header_count = 1};
  response.body = text_slice("teapot");
  if (copies) {
    headers->get(host->context, call->request, TORII_HEADERS_RESPONSE, text_slice("X-Up"), 0, &header.value);
    if (call->part_count > 0) response.body = call->parts[0];
  }
  return flow->respond(host->context, call->request, &response);
}

static torii_status grow(const struct call *call, uint32_t map) {
  char value[512];
  memset(value, 'v', sizeof value);
  headers->set(host->context, call->request, map, text_slice("X-Grown"), bytes_slice(value, sizeof value));
  torii_status status = TORII_OK;
  for (int i = 0; i < 20 && status == TORII_OK; i++) {
    torii_slice own;
    headers->get(host->context, call->request, map, text_slice("X-Grown"), 0, &own);
    status = headers->set(host->context, call->request, map, text_slice("X-Grown"), own);
  }
  return status;
}

static torii_status log_lines(const struct call *call, uint32_t map) {
  char text[512];
  torii_slice name, value;
  for (uint32_t position = 0;; position++) {
    torii_status status = headers->at(host->context, call->request, map, position, &name, &value);
    if (status != TORII_OK) return status;
    snprintf(text, sizeof text, "line %.*s: %.*s", (int)name.size, (const char *)name.data, (int)value.size,
             (const char *)value.data);
    host_log(TORII_LOG_INFO, call->instance, call->request, text);
  }
}

static torii_action run(const struct call *call) {
  char script[256];
  memcpy(script, call->script->phase[call->phase], sizeof script);
  uint32_t earlier = call->state ? call->state->calls[call->phase]++ : 0;
  uint32_t map = call->phase <= TORII_PHASE_REQUEST_BODY ? TORII_HEADERS_UPSTREAM : TORII_HEADERS_RESPONSE;
  torii_status status = TORII_OK;
  torii_operation_id operation;
  char *rest = script;
  for (char *word; (word = strsep(&rest, ";")) != NULL;) {
    char *value = strchr(word, '=');
    if (value) *value++ = 0;
    if (!strcmp(word, "return")) return (torii_action)atoi(value);
    if (!strcmp(word, "once") && earlier > 0) return TORII_CONTINUE;
    if (!strcmp(word, "last") && !(call->flags & TORII_BODY_LAST)) return TORII_HOLD;
    if (!strcmp(word, "respond")) status = respond(call, false);
    if (!strcmp(word, "copy")) status = respond(call, true);
    if (!strcmp(word, "grow")) status = grow(call, map);
    if (!strcmp(word, "status")) say(call, "status %ld", status);
    if (!strcmp(word, "flags")) say(call, "flags %ld", call->flags);
    if (!value) continue;
    if (!strcmp(word, "log")) host_log(TORII_LOG_INFO, call->instance, call->request, value);
    if (!strcmp(word, "emit")) status = body->emit(host->context, call->instance, call->request, text_slice(value));
    if (!strcmp(word, "timer"))
      status = async_calls->timer(host->context, call->instance, call->request, (uint64_t)atoi(value), 7, &operation);
    if (!strcmp(word, "http") || !strcmp(word, "http0")) {
      torii_http_request wanted = {.struct_size = sizeof wanted, .url = text_slice(value), .timeout = 2000};
      torii_request_id owner = strcmp(word, "http") ? 0 : call->request;
      status = async_calls->http(host->context, call->instance, owner, &wanted, 8, &operation);
    }
    if (!strcmp(word, "lines")) status = log_lines(call, (uint32_t)atoi(value));
    if (!strcmp(word, "remove")) status = headers->remove(host->context, call->request, map, text_slice(value));
    if (!strcmp(word, "set")) {
      char *colon = strchr(value, ':');
      if (!colon) continue;
      *colon++ = 0;
      status = headers->set(host->context, call->request, map, text_slice(value), text_slice(colon));
    }
    if (!strcmp(word, "get")) {
      torii_slice found = {0};
      status = headers->get(host->context, call->request, map, text_slice(value), 0, &found);
      host->log(host->context, call->instance, call->request, TORII_LOG_INFO, found);
    }
  }
  return TORII_CONTINUE;
}

static torii_action on_phase(const torii_phase_args *args) {
  struct call call = {.phase = args->phase, .instance = args->instance, .request = args->request,
                      .script = args->instance_data, .state = args->request_state};
  return run(&call);
}
static torii_action on_body(const torii_body_args *args) {
  struct call call = {.phase = args->phase, .instance = args->instance, .request = args->request,
                      .script = args->instance_data, .state = args->request_state,
                      .parts = args->parts, .part_count = args->part_count, .flags = args->flags};
  return run(&call);
}
static torii_action on_event(const torii_event_args *args) {
  struct call call = {.phase = TORII_PHASE_EVENT, .instance = args->instance, .request = args->request,
                      .script = args->instance_data, .state = args->request_state};
  say(&call, "event %ld", args->kind);
  if (args->kind > TORII_EVENT_POST) return TORII_CONTINUE;
  if (args->kind == TORII_EVENT_HTTP) say(&call, "http %ld", args->status == TORII_OK ? (long)args->http_status : args->status);
  return run(&call);
}
static torii_action on_log(const torii_phase_args *args) {
  torii_slice json;
  host_log(TORII_LOG_INFO, args->instance, args->request, "logged");
  if (record->record(host->context, args->request, &json) == TORII_OK)
    host->log(host->context, args->instance, args->request, TORII_LOG_DEBUG, json);
  return on_phase(args);
}
static void on_end(const torii_phase_args *args) {
  host_log(TORII_LOG_INFO, args->instance, args->request, "ended");
}

static torii_status create(torii_config_create_args *args) {
  struct script *script = calloc(1, sizeof *script);
  if (!script) return TORII_E_MEMORY;
  config_text(args->config, "access", script->phase[TORII_PHASE_ACCESS], 256);
  config_text(args->config, "request_body", script->phase[TORII_PHASE_REQUEST_BODY], 256);
  config_text(args->config, "header_filter", script->phase[TORII_PHASE_HEADER_FILTER], 256);
  config_text(args->config, "body_filter", script->phase[TORII_PHASE_BODY_FILTER], 256);
  config_text(args->config, "log", script->phase[TORII_PHASE_LOG], 256);
  config_text(args->config, "event", script->phase[TORII_PHASE_EVENT], 256);
  args->request_body_mode = config_body_mode(args->config, "request_mode", TORII_BODY_NONE);
  args->response_body_mode = config_body_mode(args->config, "response_mode", TORII_BODY_NONE);
  args->response_body_limit = (uint64_t)config_number(args->config, "response_limit", 0);
  args->request_body_limit = (uint64_t)config_number(args->config, "request_limit", 0);
  if (config_number(args->config, "bad_mode", 0)) args->request_body_mode = 9;
  args->instance_data = script;
  host_log(TORII_LOG_INFO, args->instance, 0, "created");
  if (config_number(args->config, "refuse", 0)) {
    free(script);
    return refuse(args->error, "/refuse", "as it was told");
  }
  return TORII_OK;
}
static void destroy(const torii_config_destroy_args *args) {
  host_log(TORII_LOG_INFO, args->instance, 0, "destroyed");
  free(args->instance_data);
}
static void stop(const torii_stop_args *args) {
  stop_plugin(args);
  host_log(TORII_LOG_INFO, 0, 0, "stopped");
}

#ifndef PLUGIN_NAME
#define PLUGIN_NAME "scripted"
#endif
#ifndef PRIORITY
#define PRIORITY 100
#endif
static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks, .start = start_plugin, .stop = stop, .config_create = create,
    .config_destroy = destroy, .access = on_phase, .request_body = on_body, .header_filter = on_phase,
    .body_filter = on_body, .log = on_log, .event = on_event, .request_end = on_end,
};
static const torii_plugin_descriptor descriptor = {
    DESCRIPTOR_BASICS, .name = PLUGIN_NAME, .phases = ALL_PHASES, .priority = PRIORITY,
    .request_state_size = sizeof(struct state), .callbacks = &callbacks,
};
EXPORT_DESCRIPTOR(descriptor)
