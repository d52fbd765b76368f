/* misbehaver: does what the ABI forbids, one thing by configuration.
 *
 * config  misuse  which; required
 *         phase   "access", "request_body", "header_filter", "body_filter" or "log", default "access": where those misuses
 *                 marked * happen (in a body phase at the first piece)
 *
 *   misuse                 what it does                                                  status expected
 *   unknown_action      *  returns the action 99
 *   negative_status     *  returns TORII_E_FAILED
 *   pause_in_log           returns TORII_PAUSE from log
 *   respond_only        *  calls respond() and returns TORII_CONTINUE
 *   action_only         *  returns TORII_RESPOND without respond()
 *   respond_after_sent     calls respond() in the last body_filter call                  TORII_E_SENT
 *   respond_status         calls respond() with status 99 in access                      TORII_E_INVALID
 *   header_injection       sets upstream headers whose value or name hold CR LF          TORII_E_INVALID
 *   response_injection     the same to response headers, in header_filter                TORII_E_INVALID
 *   framing_header         sets Content-Length of the upstream request                   TORII_E_INVALID
 *   client_header          sets a header of the map TORII_HEADERS_REQUEST                negative
 *   unknown_map            reads a header of the map 99                                  TORII_E_INVALID or _NOT_FOUND
 *   late_header            sets a response header in the last body_filter call           TORII_E_SENT
 *   early_header           sets a response header in access                              TORII_E_PHASE
 *   late_target            sets an upstream header in header_filter                      TORII_E_PHASE
 *   emit_in_access         calls emit() in access                                        TORII_E_PHASE
 *   emit_in_observe        calls emit() on a body that it only observes                  negative
 *   stale_request          a thread calls post() for a request that has ended            TORII_E_STALE
 *   wrong_thread           a thread reads a header while access waits for it             TORII_E_THREAD
 *   bad_json               sets a log value that is not JSON                             TORII_E_INVALID
 *   record_in_access       asks for the log record in access                             TORII_E_PHASE
 *   too_many_timers        starts timers until one is refused                            TORII_E_LIMIT
 *   cancel_unknown         cancels an operation that was never started                   TORII_E_STALE
 *   late_metric            defines a metric in access                                    TORII_E_PHASE
 *   refuse_configuration   config_create refuses, with the pointer /misuse
 *   crash               *  writes to address 0
 *   hang                *  never returns
 *
 * What the host answered goes to the gateway's log as "misuse NAME: status -4" and, where it is known by then, to the key
 * `misuse` of the record ({"name":"…","status":-4}) and the response header X-Misuse-Status. Priority 1200. */
#include <pthread.h>
#include <unistd.h>

#include "plugin_support.h"

typedef struct {
  char misuse[32];
  uint32_t phase;
  pthread_t thread;
  bool has_thread;
  torii_instance_id instance;
  torii_request_id ended; /* for stale_request */
} misbehaver;

typedef struct {
  int32_t done;
  int32_t has_status;
  int32_t status;
} state;

static bool is(const misbehaver *self, const char *misuse) { return !strcmp(self->misuse, misuse); }

static torii_status create(torii_config_create_args *args) {
  misbehaver *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  config_text(args->config, "misuse", self->misuse, sizeof self->misuse);
  self->phase = config_phase(args->config, "phase");
  if (!self->phase) self->phase = TORII_PHASE_ACCESS;
  if (is(self, "refuse_configuration")) {
    free(self);
    return refuse(args->error, "/misuse", "refused as it was told to");
  }
  if (is(self, "emit_in_observe")) args->response_body_mode = TORII_BODY_OBSERVE;
  self->instance = args->instance;
  args->instance_data = self;
  return TORII_OK;
}

static void destroy(const torii_config_destroy_args *args) {
  misbehaver *self = args->instance_data;
  if (self->has_thread) pthread_join(self->thread, NULL);
  free(self);
}

static void tell(const misbehaver *self, torii_request_id request, torii_status status) {
  char text[96];
  snprintf(text, sizeof text, "misuse %s: status %d", self->misuse, (int)status);
  host_log(TORII_LOG_NOTICE, self->instance, request, text);
}

static torii_action know(const misbehaver *self, torii_request_id request, state *known, torii_status status) {
  known->has_status = 1;
  known->status = status;
  tell(self, request, status);
  return TORII_CONTINUE;
}

static torii_status answer(torii_request_id request, uint32_t code) {
  torii_response response = {.struct_size = sizeof response, .status = code, .body = text_slice("misused\n")};
  return flow->respond(host->context, request, &response);
}

static torii_status set(torii_request_id request, uint32_t map, const char *name, const char *value) {
  return headers->set(host->context, request, map, text_slice(name), text_slice(value));
}

/* The least status of three ways to smuggle a line, or the first that was let through. */
static torii_status inject(torii_request_id request, uint32_t map) {
  torii_status value = set(request, map, "X-Injected", "a\r\nX-Smuggled: yes");
  torii_status name = set(request, map, "X-Injected: a\r\nX-Smuggled", "yes");
  torii_status line_feed = headers->add(host->context, request, map, text_slice("X-Injected"), text_slice("a\nb"));
  if (value >= 0 || name >= 0 || line_feed >= 0) return TORII_OK;
  return value;
}

/* Misuses that may happen in any phase. */
static torii_action anywhere(misbehaver *self, torii_request_id request, uint32_t phase, state *known) {
  if (phase != self->phase || known->done) return TORII_CONTINUE;
  known->done = 1;
  if (is(self, "unknown_action")) return 99;
  if (is(self, "negative_status")) return TORII_E_FAILED;
  if (is(self, "action_only")) return TORII_RESPOND;
  if (is(self, "respond_only")) return know(self, request, known, answer(request, 418));
  if (is(self, "crash")) *(volatile int *)0 = 1;
  if (is(self, "hang"))
    for (;;) pause();
  known->done = 0;
  return TORII_CONTINUE;
}

static void *read_header(void *argument) {
  torii_request_id request = *(torii_request_id *)argument;
  torii_slice value;
  torii_status status =
      headers->get(host->context, request, TORII_HEADERS_REQUEST, text_slice("Host"), 0, &value);
  return (void *)(intptr_t)status;
}

static void *post_to_ended(void *argument) {
  const misbehaver *self = argument;
  torii_status status = TORII_OK;
  /* The request ends soon after its log phase: until then it is not stale. Not for long: destroying the instance waits. */
  for (int n = 0; n < 20 && status != TORII_E_STALE; n++) {
    usleep(10000);
    status = flow->post(host->context, self->instance, self->ended, 0);
  }
  tell(self, 0, status);
  return NULL;
}

static torii_status start_timers(torii_instance_id instance, torii_request_id request) {
  torii_status status = TORII_OK;
  for (int n = 0; n < 1000 && status == TORII_OK; n++) {
    torii_operation_id operation;
    status = async_calls->timer(host->context, instance, request, 600000, 0, &operation);
  }
  return status;
}

static torii_action access_phase(const torii_phase_args *args) {
  misbehaver *self = args->instance_data;
  state *known = args->request_state;
  torii_request_id request = args->request;
  torii_slice value;
  if (is(self, "respond_status")) return know(self, request, known, answer(request, 99));
  if (is(self, "header_injection")) return know(self, request, known, inject(request, TORII_HEADERS_UPSTREAM));
  if (is(self, "framing_header"))
    return know(self, request, known, set(request, TORII_HEADERS_UPSTREAM, "Content-Length", "7"));
  if (is(self, "client_header"))
    return know(self, request, known, set(request, TORII_HEADERS_REQUEST, "X-Changed", "yes"));
  if (is(self, "unknown_map"))
    return know(self, request, known, headers->get(host->context, request, 99, text_slice("Host"), 0, &value));
  if (is(self, "early_header"))
    return know(self, request, known, set(request, TORII_HEADERS_RESPONSE, "X-Early", "yes"));
  if (is(self, "emit_in_access"))
    return know(self, request, known, body->emit(host->context, args->instance, request, text_slice("x")));
  if (is(self, "bad_json"))
    return know(self, request, known, record->set(host->context, request, text_slice("bad"), text_slice("{\"a\":")));
  if (is(self, "record_in_access"))
    return know(self, request, known, record->record(host->context, request, &value));
  if (is(self, "too_many_timers")) return know(self, request, known, start_timers(args->instance, request));
  if (is(self, "cancel_unknown"))
    return know(self, request, known, async_calls->cancel(host->context, args->instance, UINT64_C(1) << 60));
  if (is(self, "late_metric")) {
    torii_metric_id metric;
    return know(self, request, known,
                metrics->define(host->context, TORII_METRIC_COUNTER, text_slice("late"), text_slice("Late."), &metric));
  }
  if (is(self, "wrong_thread")) {
    pthread_t thread;
    void *status = NULL;
    if (pthread_create(&thread, NULL, read_header, &request) != 0) return TORII_E_FAILED;
    pthread_join(thread, &status);
    return know(self, request, known, (torii_status)(intptr_t)status);
  }
  return anywhere(self, request, args->phase, known);
}

static torii_action request_body(const torii_body_args *args) {
  return anywhere(args->instance_data, args->request, args->phase, args->request_state);
}

static torii_action header_filter(const torii_phase_args *args) {
  misbehaver *self = args->instance_data;
  state *known = args->request_state;
  if (is(self, "response_injection"))
    know(self, args->request, known, inject(args->request, TORII_HEADERS_RESPONSE));
  if (is(self, "late_target"))
    know(self, args->request, known, set(args->request, TORII_HEADERS_UPSTREAM, "X-Late", "yes"));
  if (known->has_status) {
    char text[16];
    snprintf(text, sizeof text, "%d", (int)known->status);
    set(args->request, TORII_HEADERS_RESPONSE, "X-Misuse-Status", text);
  }
  return anywhere(self, args->request, args->phase, known);
}

static torii_action body_filter(const torii_body_args *args) {
  misbehaver *self = args->instance_data;
  state *known = args->request_state;
  torii_request_id request = args->request;
  if (args->flags & TORII_BODY_LAST) {
    if (is(self, "respond_after_sent")) return know(self, request, known, answer(request, 418));
    if (is(self, "late_header"))
      return know(self, request, known, set(request, TORII_HEADERS_RESPONSE, "X-Late", "yes"));
    if (is(self, "emit_in_observe"))
      return know(self, request, known, body->emit(host->context, args->instance, request, text_slice("x")));
  }
  return anywhere(self, request, args->phase, known);
}

static torii_action log_phase(const torii_phase_args *args) {
  misbehaver *self = args->instance_data;
  state *known = args->request_state;
  if (known->has_status) {
    char json[96];
    snprintf(json, sizeof json, "{\"name\":\"%s\",\"status\":%d}", self->misuse, (int)known->status);
    record->set(host->context, args->request, text_slice("misuse"), text_slice(json));
  }
  if (is(self, "pause_in_log")) return TORII_PAUSE;
  if (is(self, "stale_request") && !self->has_thread) {
    self->ended = args->request;
    self->has_thread = pthread_create(&self->thread, NULL, post_to_ended, self) == 0;
  }
  return anywhere(self, args->request, args->phase, known);
}

static torii_action event(const torii_event_args *args) {
  (void)args;
  return TORII_CONTINUE;
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start_plugin,
    .stop = stop_plugin,
    .config_create = create,
    .config_destroy = destroy,
    .access = access_phase,
    .request_body = request_body,
    .header_filter = header_filter,
    .body_filter = body_filter,
    .log = log_phase,
    .event = event,
};

static const torii_plugin_descriptor descriptor = {
    DESCRIPTOR_BASICS,
    .name = "misbehaver",
    .summary = "Does what the ABI forbids",
    .flags = TORII_FLAG_OWN_THREADS,
    .phases = ALL_PHASES,
    .priority = 1200,
    .request_state_size = sizeof(state),
    .request_body_mode = TORII_BODY_STREAM,
    .response_body_mode = TORII_BODY_STREAM,
    .config_schema =
        "{\"type\":\"object\",\"required\":[\"misuse\"],\"additionalProperties\":false,\"properties\":{"
        "\"misuse\":{\"type\":\"string\",\"enum\":[\"unknown_action\",\"negative_status\",\"pause_in_log\","
        "\"respond_only\",\"action_only\",\"respond_after_sent\",\"respond_status\",\"header_injection\","
        "\"response_injection\",\"framing_header\",\"client_header\",\"unknown_map\",\"late_header\",\"early_header\","
        "\"late_target\",\"emit_in_access\",\"emit_in_observe\",\"stale_request\",\"wrong_thread\",\"bad_json\","
        "\"record_in_access\",\"too_many_timers\",\"cancel_unknown\",\"late_metric\",\"refuse_configuration\","
        "\"crash\",\"hang\"]},"
        "\"phase\":{\"type\":\"string\",\"default\":\"access\","
        "\"enum\":[\"access\",\"request_body\",\"header_filter\",\"body_filter\",\"log\"]}}}",
    .callbacks = &callbacks,
};

EXPORT_DESCRIPTOR(descriptor)
