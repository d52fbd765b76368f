/* pauser: pauses each request in one phase, and resumes it in one of the ways there are.
 *
 * config  phase  "access", "request_body", "header_filter" or "body_filter"; required
 *         by     "timer"    the event of a timer returns TORII_CONTINUE          (default)
 *                "resume"   a thread of the plugin's own calls resume()
 *                "post"     a thread of the plugin's own calls post(); the event returns TORII_CONTINUE
 *                "callout"  the event of a call-out to `url` returns TORII_CONTINUE
 *                "respond"  the event of a timer responds 299 "answered from the event"
 *                "never"    nothing resumes it: the gateway's plugin_pause_timeout ends it
 *         delay  milliseconds until it resumes, default 20
 *         url    for "callout"
 *         mode   "stream" or "whole", default "stream": how it sees the body of the phase
 *
 * In a body phase it pauses at the first piece. In log it sets `pauser` of the record: how often it paused, which
 * events came, what the call-out answered, and how many milliseconds passed from pausing to the next call:
 * {"paused":1,"timer":1,"http":0,"post":0,"timeout":0,"aborted":0,"http_status":0,"waited":20}. Priority 1500. */
#include <pthread.h>
#include <time.h>

#include "plugin_support.h"

enum way { BY_TIMER, BY_RESUME, BY_POST, BY_CALLOUT, BY_RESPOND, BY_NEVER };

typedef struct waiter {
  struct waiter *next;
  pthread_t thread;
  torii_instance_id instance;
  torii_request_id request;
  bool posts;
  uint64_t delay;
} waiter;

typedef struct {
  uint32_t phase;
  enum way way;
  uint64_t delay;
  char url[512];
  waiter *waiters; /* joined when the instance goes */
} pauser;

typedef struct {
  uint32_t paused, timer, http, post, timeout, aborted, http_status, resumed;
  uint64_t paused_at, resumed_at;
} state;

static torii_status create(torii_config_create_args *args) {
  pauser *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  char way[16] = "timer";
  config_text(args->config, "by", way, sizeof way);
  config_text(args->config, "url", self->url, sizeof self->url);
  self->phase = config_phase(args->config, "phase");
  self->delay = (uint64_t)config_number(args->config, "delay", 20);
  self->way = !strcmp(way, "resume")    ? BY_RESUME
              : !strcmp(way, "post")    ? BY_POST
              : !strcmp(way, "callout") ? BY_CALLOUT
              : !strcmp(way, "respond") ? BY_RESPOND
              : !strcmp(way, "never")   ? BY_NEVER
                                        : BY_TIMER;
  if (self->way == BY_CALLOUT && !self->url[0]) {
    free(self);
    return refuse(args->error, "/url", "a call-out needs a url");
  }
  uint32_t mode = config_body_mode(args->config, "mode", TORII_BODY_STREAM);
  args->request_body_mode = self->phase == TORII_PHASE_REQUEST_BODY ? mode : TORII_BODY_NONE;
  args->response_body_mode = self->phase == TORII_PHASE_BODY_FILTER ? mode : TORII_BODY_NONE;
  args->instance_data = self;
  return TORII_OK;
}

static void destroy(const torii_config_destroy_args *args) {
  pauser *self = args->instance_data;
  while (self->waiters) {
    waiter *first = self->waiters;
    self->waiters = first->next;
    pthread_join(first->thread, NULL);
    free(first);
  }
  free(self);
}

static void *wait_and_wake(void *argument) {
  const waiter *self = argument;
  struct timespec time = {(time_t)(self->delay / 1000), (long)(self->delay % 1000) * 1000000};
  nanosleep(&time, NULL);
  if (self->posts)
    flow->post(host->context, self->instance, self->request, 7);
  else
    flow->resume(host->context, self->instance, self->request);
  return NULL;
}

static torii_action pause_here(pauser *self, torii_instance_id instance, torii_request_id request, state *known) {
  torii_operation_id operation;
  torii_status status = TORII_OK;
  if (known->paused) return TORII_CONTINUE;
  known->paused = 1;
  known->paused_at = host->monotonic_time(host->context);
  switch (self->way) {
  case BY_TIMER:
  case BY_RESPOND: status = async_calls->timer(host->context, instance, request, self->delay, 7, &operation); break;
  case BY_CALLOUT: {
    torii_http_request call = {.struct_size = sizeof call, .timeout = 5000, .url = text_slice(self->url)};
    status = async_calls->http(host->context, instance, request, &call, 7, &operation);
    break;
  }
  case BY_RESUME:
  case BY_POST: {
    waiter *new = calloc(1, sizeof *new);
    if (!new) return TORII_E_MEMORY;
    *new = (waiter){.instance = instance, .request = request, .posts = self->way == BY_POST, .delay = self->delay};
    if (pthread_create(&new->thread, NULL, wait_and_wake, new) != 0) {
      free(new);
      return TORII_E_FAILED;
    }
    new->next = self->waiters;
    self->waiters = new;
    break;
  }
  case BY_NEVER: break;
  }
  return status < 0 ? status : TORII_PAUSE;
}

/* A call of any phase after the pause shows that the request goes on. */
static void goes_on(state *known) {
  if (known->paused && !known->resumed) known->resumed = 1, known->resumed_at = host->monotonic_time(host->context);
}

static torii_action phase(const torii_phase_args *args) {
  pauser *self = args->instance_data;
  state *known = args->request_state;
  goes_on(known);
  return args->phase == self->phase ? pause_here(self, args->instance, args->request, known) : TORII_CONTINUE;
}

static torii_action body_phase(const torii_body_args *args) {
  pauser *self = args->instance_data;
  goes_on(args->request_state);
  return args->phase == self->phase ? pause_here(self, args->instance, args->request, args->request_state)
                                    : TORII_CONTINUE;
}

static torii_action event(const torii_event_args *args) {
  const pauser *self = args->instance_data;
  state *known = args->request_state;
  if (!known) return TORII_CONTINUE;
  switch (args->kind) {
  case TORII_EVENT_TIMER: known->timer++; break;
  case TORII_EVENT_HTTP: known->http++, known->http_status = args->http_status; break;
  case TORII_EVENT_POST: known->post++; break;
  case TORII_EVENT_PAUSE_TIMEOUT: known->timeout++; return TORII_PAUSE;
  case TORII_EVENT_ABORTED: known->aborted++; return TORII_CONTINUE;
  }
  if (args->token != 7) return TORII_E_FAILED;
  goes_on(known);
  if (self->way != BY_RESPOND) return TORII_CONTINUE;
  torii_response response = {
      .struct_size = sizeof response, .status = 299, .body = text_slice("answered from the event")};
  torii_status status = flow->respond(host->context, args->request, &response);
  return status < 0 ? status : TORII_RESPOND;
}

static torii_action log_phase(const torii_phase_args *args) {
  state *known = args->request_state;
  char json[256];
  goes_on(known);
  uint64_t waited = known->resumed ? (known->resumed_at - known->paused_at) / 1000000 : 0;
  snprintf(json, sizeof json,
           "{\"paused\":%u,\"timer\":%u,\"http\":%u,\"post\":%u,\"timeout\":%u,\"aborted\":%u,\"http_status\":%u,"
           "\"waited\":%llu}",
           known->paused, known->timer, known->http, known->post, known->timeout, known->aborted, known->http_status,
           (unsigned long long)waited);
  return record->set(host->context, args->request, text_slice("pauser"), text_slice(json));
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start_plugin,
    .stop = stop_plugin,
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
    DESCRIPTOR_BASICS,
    .name = "pauser",
    .summary = "Pauses requests and resumes them",
    .flags = TORII_FLAG_MAY_UNLOAD | TORII_FLAG_OWN_THREADS,
    .phases = ALL_PHASES,
    .priority = 1500,
    .request_state_size = sizeof(state),
    .request_body_mode = TORII_BODY_STREAM,
    .response_body_mode = TORII_BODY_STREAM,
    .config_schema =
        "{\"type\":\"object\",\"required\":[\"phase\"],\"additionalProperties\":false,\"properties\":{"
        "\"phase\":{\"type\":\"string\",\"enum\":[\"access\",\"request_body\",\"header_filter\",\"body_filter\"]},"
        "\"by\":{\"type\":\"string\",\"default\":\"timer\","
        "\"enum\":[\"timer\",\"resume\",\"post\",\"callout\",\"respond\",\"never\"]},"
        "\"delay\":{\"type\":\"integer\",\"default\":20,\"minimum\":0,\"maximum\":600000},"
        "\"url\":{\"type\":\"string\",\"maxLength\":500},"
        "\"mode\":{\"type\":\"string\",\"default\":\"stream\",\"enum\":[\"stream\",\"whole\"]}}}",
    .callbacks = &callbacks,
};

EXPORT_DESCRIPTOR(descriptor)
