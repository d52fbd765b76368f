/* abi10-async: pauses each phase in turn, and goes on by everything that can wake it.
 *
 * config  phase  "access", "request_body", "header_filter" or "body_filter": where it pauses, once for each request
 *         by     "timer"   a timer of 20 ms; another one is cancelled before
 *                "resume"  resume(), called before the callback returns
 *                "post"    post(), likewise
 *                "http"    a call-out to `url`; its X-Answer is set as X-Abi10-Answer upstream, or for the client
 *                "answer"  post(); the event answers 299
 *         url    string
 *
 * `abi10.async` in the log record: how many events of each kind came, what the call-out brought, how many checks failed,
 * and how often the instance's own timer (10 ms) has run out. Bodies are observed. Every function of torii.async/1 and
 * flow's post() and resume() are called. Priority 500. */
#include "sample.h"

#define INSTANCES 32
#define TOKEN_TICK 1
#define TOKEN_WAKE 2
#define TOKEN_NEVER 3

typedef struct {
  int used;
  uint32_t phase;
  uint32_t ticks;
  char by[16];
  char url[128];
} waker;

typedef struct {
  uint32_t paused;
  uint32_t events[6];
  uint32_t http_status, http_bytes;
  uint32_t failed, first_failed;
} state;

static waker wakers[INSTANCES];
static torii_metric_id ticks_metric;

#define CHECK(condition)                                                                                               \
  do {                                                                                                                 \
    if (!(condition) && !noted->failed++) noted->first_failed = __LINE__;                                              \
  } while (0)

static torii_status start(torii_start_args *args) {
  torii_status status = get_interfaces(args);
  if (status != TORII_OK) return status;
  return metrics->define(host->context, TORII_METRIC_COUNTER, text("ticks"), text("Ticks of instances."), &ticks_metric);
}

static void stop(const torii_stop_args *args) { (void)args; }

static torii_status create(torii_config_create_args *args) {
  static const char *const phases[] = {"", "access", "request_body", "header_filter", "body_filter"};
  char phase[16];
  member_text(args->config, "phase", phase, sizeof phase);
  for (int i = 0; i < INSTANCES; i++) {
    waker *self = &wakers[i];
    if (self->used) continue;
    memset(self, 0, sizeof *self);
    for (uint32_t number = 1; number < 5; number++)
      if (same(text(phase), phases[number])) self->phase = number;
    if (!self->phase) return refused(args->error, TORII_E_CONFIG, "/phase", "there is no such phase to pause in");
    member_text(args->config, "by", self->by, sizeof self->by);
    member_text(args->config, "url", self->url, sizeof self->url);
    args->instance_data = self;
    if (!(args->flags & TORII_START_INSPECT)) {
      torii_operation_id operation = 0;
      torii_status status = operations->timer(host->context, args->instance, 0, 10, TOKEN_TICK, &operation);
      if (status != TORII_OK || !operation) return refused(args->error, status, "", "the instance's timer does not start");
    }
    self->used = 1;
    return TORII_OK;
  }
  return refused(args->error, TORII_E_MEMORY, "", "no more instances");
}

static void destroy(const torii_config_destroy_args *args) { ((waker *)args->instance_data)->used = 0; }

static int wakes(const waker *self, const char *by) { return same(text(self->by), by); }

/* Pauses, if this is the phase and it has not paused yet. */
static torii_action maybe_pause(const waker *self, state *noted, uint32_t phase, torii_instance_id instance,
                                torii_request_id request) {
  void *context = host->context;
  if (phase != self->phase || noted->paused) return TORII_CONTINUE;
  noted->paused = 1;
  torii_operation_id operation = 0;
  if (wakes(self, "timer")) {
    CHECK(operations->timer(context, instance, request, 60000, TOKEN_NEVER, &operation) == TORII_OK);
    CHECK(operations->cancel(context, instance, operation) == TORII_OK);
    CHECK(operations->cancel(context, instance, operation) == TORII_E_STALE);
    CHECK(operations->timer(context, instance, request, 20, TOKEN_WAKE, &operation) == TORII_OK);
  } else if (wakes(self, "resume")) {
    CHECK(flow->resume(context, instance, request) == TORII_OK);
  } else if (wakes(self, "http")) {
    torii_header fields[] = {{text("X-Question"), text("abi10")}};
    torii_http_request asked = {.struct_size = sizeof asked, .timeout = 5000, .method = text("POST"),
                                .url = text("gopher://x/"), .headers = fields, .header_count = 1, .response_limit = 1000,
                                .body = text("question")};
    CHECK(operations->http(context, instance, request, &asked, TOKEN_WAKE, &operation) == TORII_E_INVALID);
    asked.url = text(self->url);
    CHECK(operations->http(context, instance, request, &asked, TOKEN_WAKE, &operation) == TORII_OK && operation);
  } else {
    CHECK(flow->post(context, instance, request, TOKEN_WAKE) == TORII_OK);
  }
  return TORII_PAUSE;
}

static torii_action phase(const torii_phase_args *args) {
  return maybe_pause(args->instance_data, args->request_state, args->phase, args->instance, args->request);
}

static torii_action body_phase(const torii_body_args *args) {
  state *noted = args->request_state;
  CHECK(body->emit(host->context, args->instance, args->request, text("x")) == TORII_E_PHASE);
  return maybe_pause(args->instance_data, noted, args->phase, args->instance, args->request);
}

static torii_action event(const torii_event_args *args) {
  waker *self = args->instance_data;
  void *context = host->context;
  if (args->request == 0) {
    torii_operation_id operation;
    if (args->kind != TORII_EVENT_TIMER || args->token != TOKEN_TICK || args->request_state) return TORII_CONTINUE;
    self->ticks++;
    metrics->record(context, ticks_metric, 1);
    operations->timer(context, args->instance, 0, 10, TOKEN_TICK, &operation);
    return TORII_CONTINUE;
  }
  state *noted = args->request_state;
  if (args->kind < sizeof noted->events / sizeof *noted->events) noted->events[args->kind]++;
  if (args->kind == TORII_EVENT_PAUSE_TIMEOUT || args->kind == TORII_EVENT_ABORTED) return TORII_CONTINUE;
  CHECK(args->token == TOKEN_WAKE);
  if (args->kind == TORII_EVENT_HTTP) {
    torii_slice value;
    CHECK(args->status == TORII_OK);
    noted->http_status = args->http_status;
    noted->http_bytes = (uint32_t)args->body.size;
    if (headers->get(context, args->request, TORII_HEADERS_CALLOUT, text("x-answer"), 0, &value) == TORII_OK) {
      uint32_t map = self->phase == TORII_PHASE_ACCESS ? TORII_HEADERS_UPSTREAM : TORII_HEADERS_RESPONSE;
      torii_status set = headers->set(context, args->request, map, text("X-Abi10-Answer"), value);
      CHECK(set == TORII_OK || self->phase == TORII_PHASE_REQUEST_BODY || self->phase == TORII_PHASE_BODY_FILTER);
    }
  }
  if (wakes(self, "answer")) {
    torii_response response = {.struct_size = sizeof response, .status = 299, .body = text("from the event")};
    CHECK(flow->respond(context, args->request, &response) == TORII_OK);
    return TORII_RESPOND;
  }
  return TORII_CONTINUE;
}

static torii_action log_phase(const torii_phase_args *args) {
  const waker *self = args->instance_data;
  const state *noted = args->request_state;
  builder out = {.size = 0};
  put_text(&out, "{");
  put_member(&out, "paused", noted->paused);
  put_member(&out, "timer", noted->events[TORII_EVENT_TIMER]);
  put_member(&out, "http", noted->events[TORII_EVENT_HTTP]);
  put_member(&out, "post", noted->events[TORII_EVENT_POST]);
  put_member(&out, "timeout", noted->events[TORII_EVENT_PAUSE_TIMEOUT]);
  put_member(&out, "aborted", noted->events[TORII_EVENT_ABORTED]);
  put_member(&out, "http_status", noted->http_status);
  put_member(&out, "http_bytes", noted->http_bytes);
  put_member(&out, "ticks", self->ticks);
  put_member(&out, "failed", noted->failed);
  put_member(&out, "first_failed", noted->first_failed);
  put_text(&out, "}");
  return record->set(host->context, args->request, text("abi10.async"), built(&out));
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start,
    .stop = stop,
    .config_create = create,
    .config_destroy = destroy,
    .access = phase,
    .request_body = body_phase,
    .header_filter = phase,
    .body_filter = body_phase,
    .log = log_phase,
    .event = event,
};

static const torii_plugin_descriptor descriptor = {
    SAMPLE_DESCRIPTOR,
    .name = "abi10-async",
    .summary = "Pauses, and goes on by everything that can wake it",
    .phases = 1u << TORII_PHASE_ACCESS | 1u << TORII_PHASE_REQUEST_BODY | 1u << TORII_PHASE_HEADER_FILTER |
              1u << TORII_PHASE_BODY_FILTER | 1u << TORII_PHASE_LOG,
    .priority = 500,
    .request_state_size = sizeof(state),
    .request_body_mode = TORII_BODY_OBSERVE,
    .response_body_mode = TORII_BODY_OBSERVE,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"phase\":{\"type\":\"string\",\"default\":\"access\"},"
                     "\"by\":{\"type\":\"string\",\"default\":\"timer\"},"
                     "\"url\":{\"type\":\"string\",\"default\":\"\",\"maxLength\":120}}}",
    .callbacks = &callbacks,
};

SAMPLE_ENTRY(descriptor)
