/* again: sends a request upstream once more, as long as the answer's status is not 200.
 *
 * config  phase    "header_filter", "body_filter" or "event" (a timer of 50 ms that begins with header_filter, without a
 *                  pause), default "header_filter"
 *         delay    milliseconds to pause for before that; 0: none
 *         times    how often, default 1
 *         body     the request's next body, default "again"; empty: none is emitted
 *         port     where on 127.0.0.1 to send it; 0: where it went
 *         request  how the body is wanted: "none", "stream" or "whole", default "whole"
 *         misuse   "mind": changes its mind after send_again(); "early": calls it in access and in log
 *
 * Each attempt has the field X-Attempt, and the path /again. The log record's "again" has the statuses of all calls of
 * send_again(). Priority 10: all others have run by then. */
#include "plugin_support.h"

typedef struct {
  uint32_t phase, request_mode;
  int64_t delay, times, port;
  char body[256];
  char misuse[16];
} again;

typedef struct {
  int64_t count;
  size_t length;
  char statuses[400];
} attempt;

static const torii_upstream_interface *upstream;

static torii_status start(torii_start_args *args) {
  upstream = args->host->query_interface(args->host->context, TORII_UPSTREAM_INTERFACE);
  return start_plugin(args);
}

static torii_status create(torii_config_create_args *args) {
  again *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  char phase[16] = "header_filter";
  config_text(args->config, "phase", phase, sizeof phase);
  self->phase = strcmp(phase, "event") ? config_phase(args->config, "phase") : TORII_PHASE_EVENT;
  if (!self->phase) self->phase = TORII_PHASE_HEADER_FILTER;
  self->delay = config_number(args->config, "delay", 0);
  self->times = config_number(args->config, "times", 1);
  self->port = config_number(args->config, "port", 0);
  strcpy(self->body, "again");
  config_text(args->config, "body", self->body, sizeof self->body);
  config_text(args->config, "misuse", self->misuse, sizeof self->misuse);
  args->request_body_mode = config_body_mode(args->config, "request", TORII_BODY_WHOLE);
  args->response_body_mode = TORII_BODY_STREAM;
  args->instance_data = self;
  return TORII_OK;
}

static void destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

static torii_status begin(torii_instance_id instance, torii_request_id request, attempt *state) {
  torii_status status = upstream->send_again(host->context, instance, request);
  state->length += (size_t)snprintf(state->statuses + state->length, sizeof state->statuses - state->length, "%s%d",
                                    state->length ? "," : "", status);
  return status;
}

/* Another attempt, if one is wanted and can be made; else `otherwise`. */
static torii_action send(const again *self, torii_instance_id instance, torii_request_id request, attempt *state,
                         torii_action otherwise) {
  if (begin(instance, request, state) != TORII_OK) return otherwise;
  char number[24];
  snprintf(number, sizeof number, "%d", (int)++state->count);
  headers->set(host->context, request, TORII_HEADERS_UPSTREAM, text_slice("X-Attempt"), text_slice(number));
  upstream->set_path(host->context, request, text_slice("/again"));
  if (self->port) {
    torii_target target = {.struct_size = sizeof target,
                           .scheme = text_slice("http"),
                           .host = text_slice("127.0.0.1"),
                           .port = (uint32_t)self->port};
    upstream->set_target(host->context, request, &target);
  }
  if (*self->body) body->emit(host->context, instance, request, text_slice(self->body));
  return strcmp(self->misuse, "mind") ? TORII_SEND_AGAIN : otherwise;
}

static bool is_wanted(const again *self, torii_request_id request, const attempt *state) {
  int64_t status = 0;
  request_texts->number(host->context, request, TORII_NUMBER_STATUS, &status);
  return status != 200 && state->count < self->times;
}

static torii_action phase(const torii_phase_args *args) {
  const again *self = args->instance_data;
  attempt *state = args->request_state;
  torii_operation_id operation;
  if (args->phase == TORII_PHASE_ACCESS || args->phase == TORII_PHASE_LOG) {
    if (!strcmp(self->misuse, "early")) begin(args->instance, args->request, state);
    if (args->phase == TORII_PHASE_LOG) {
      char json[420];
      snprintf(json, sizeof json, "[%s]", state->statuses);
      record->set(host->context, args->request, text_slice("again"), text_slice(json));
    }
    return TORII_CONTINUE;
  }
  if (self->phase == TORII_PHASE_EVENT) {
    async_calls->timer(host->context, args->instance, args->request, 50, 0, &operation);
    return TORII_CONTINUE;
  }
  if (self->phase != TORII_PHASE_HEADER_FILTER || !is_wanted(self, args->request, state)) return TORII_CONTINUE;
  if (self->delay) {
    async_calls->timer(host->context, args->instance, args->request, (uint64_t)self->delay, 0, &operation);
    return TORII_PAUSE;
  }
  return send(self, args->instance, args->request, state, TORII_CONTINUE);
}

static torii_action body_phase(const torii_body_args *args) {
  const again *self = args->instance_data;
  attempt *state = args->request_state;
  if (args->phase != TORII_PHASE_BODY_FILTER || self->phase != TORII_PHASE_BODY_FILTER) return TORII_CONTINUE;
  if (!is_wanted(self, args->request, state)) return TORII_CONTINUE;
  if (!(args->flags & TORII_BODY_LAST)) return TORII_HOLD;
  return send(self, args->instance, args->request, state, TORII_CONTINUE);
}

static torii_action event(const torii_event_args *args) {
  const again *self = args->instance_data;
  attempt *state = args->request_state;
  if (state->count >= self->times) return TORII_CONTINUE;
  return send(self, args->instance, args->request, state, TORII_CONTINUE);
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start,
    .stop = stop_plugin,
    .config_create = create,
    .config_destroy = destroy,
    .access = phase,
    .request_body = body_phase,
    .header_filter = phase,
    .body_filter = body_phase,
    .log = phase,
    .event = event,
};

static const torii_plugin_descriptor descriptor = {
    DESCRIPTOR_BASICS,
    .name = "again",
    .summary = "Sends requests upstream once more",
    .min_host_minor = 1,
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = ALL_PHASES,
    .priority = 10,
    .request_state_size = sizeof(attempt),
    .request_body_mode = TORII_BODY_WHOLE,
    .response_body_mode = TORII_BODY_STREAM,
    .callbacks = &callbacks,
};

EXPORT_DESCRIPTOR(descriptor)
