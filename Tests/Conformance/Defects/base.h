/* A sound plugin with places where a defect can be put: each file of this folder defines some of the macros below for
 * the number in DEFECT and includes this. Without a defect it keeps every rule, at level 3.
 *
 * It reads the request's headers, names its value in the response header X-Defect, turns response bodies to capitals
 * byte by byte, takes request bodies as they come, pauses each request in access for a timer of 10 ms, and hands over how
 * many requests have ended.
 *
 * config  value  string, required
 *         shout  boolean, default true: capitals
 *         count  integer, default 1, 0 to 9 */
#ifndef DEFECTS_BASE_H
#define DEFECTS_BASE_H
#include "../../Plugins/plugin_support.h"

typedef struct {
  char value[64];
  bool shout;
  int64_t count;
  torii_instance_id id;
  uint64_t number; /* of how many it was the last when it was created */
  uint64_t ended;
} instance;

/* What is handed over. */
typedef struct {
  uint32_t format; /* 1 */
  uint32_t reserved;
  uint64_t ended;
} handed_over;

typedef struct {
  uint32_t pieces;
  uint32_t events;
  void *memory;
  torii_slice slice;
  uint8_t sawLast, ended, spare[6];
} state;

static uint64_t instances_made;

/* Statements at the beginning of each callback; `self` and `known` are there where they make sense. */
#ifndef ON_START
#define ON_START
#endif
#ifndef ON_STOP
#define ON_STOP
#endif
#ifndef ON_CREATE
#define ON_CREATE
#endif
#ifndef ON_DESTROY
#define ON_DESTROY
#endif
#ifndef ON_ACCESS
#define ON_ACCESS
#endif
#ifndef ON_REQUEST_BODY
#define ON_REQUEST_BODY
#endif
#ifndef ON_HEADER_FILTER
#define ON_HEADER_FILTER
#endif
#ifndef ON_BODY_FILTER
#define ON_BODY_FILTER
#endif
#ifndef ON_LOG
#define ON_LOG
#endif
#ifndef ON_EVENT
#define ON_EVENT
#endif
#ifndef ON_END
#define ON_END
#endif
#ifndef ON_EXPORT
#define ON_EXPORT
#endif
#ifndef ON_IMPORT
#define ON_IMPORT
#endif
/* Instead of starting the timer and pausing. */
#ifndef PAUSE_IN_ACCESS
#define PAUSE_IN_ACCESS                                                                                               \
  torii_operation_id operation;                                                                                       \
  if (async_calls->timer(host->context, args->instance, args->request, 10, 7, &operation) < 0) return TORII_CONTINUE; \
  return TORII_PAUSE;
#endif
/* What body_filter returns at its end. */
#ifndef BODY_ACTION
#define BODY_ACTION TORII_CONTINUE
#endif
#ifndef NAME
#define NAME "defect"
#endif
#ifndef VERSION
#define VERSION "1.0.0"
#endif
#ifndef FLAGS
#define FLAGS TORII_FLAG_MAY_UNLOAD
#endif
#ifndef PHASES
#define PHASES ALL_PHASES
#endif
#ifndef STATE_SIZE
#define STATE_SIZE sizeof(state)
#endif
#ifndef REQUEST_MODE
#define REQUEST_MODE TORII_BODY_STREAM
#endif
#ifndef RESPONSE_MODE
#define RESPONSE_MODE TORII_BODY_STREAM
#endif
#ifndef SHOUT_DEFAULT
#define SHOUT_DEFAULT "true"
#endif
#ifndef NEEDS
#define NEEDS NULL
#endif
#ifndef MORE_FIELDS
#define MORE_FIELDS
#endif
#ifndef MAJOR_TEST
#define MAJOR_TEST (major == TORII_ABI_MAJOR)
#endif

static torii_status begin(torii_start_args *args) {
  torii_status status = start_plugin(args);
  if (status < 0) return status;
  ON_START
  return TORII_OK;
}

static void end(const torii_stop_args *args) {
  stop_plugin(args);
  ON_STOP
}

static torii_status create(torii_config_create_args *args) {
  instance *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  self->id = args->instance;
  self->number = ++instances_made;
  config_text(args->config, "value", self->value, sizeof self->value);
  const char *stop;
  const char *shout = config_member(args->config, "shout", &stop);
  self->shout = !shout || shout >= stop || *shout != 'f';
  self->count = config_number(args->config, "count", 1);
  ON_CREATE
  if (!self->value[0]) {
    free(self);
    return refuse(args->error, "/value", "a value is needed");
  }
  args->instance_data = self;
  return TORII_OK;
}

static void destroy(const torii_config_destroy_args *args) {
  instance *self = args->instance_data;
  (void)self;
  ON_DESTROY
  free(args->instance_data);
}

static torii_action access_phase(const torii_phase_args *args) {
  instance *self = args->instance_data;
  state *known = args->request_state;
  torii_slice name, value;
  (void)self, (void)known;
  for (uint32_t n = 0; n < 1000; n++)
    if (headers->at(host->context, args->request, TORII_HEADERS_REQUEST, n, &name, &value) < 0) break;
  ON_ACCESS
  PAUSE_IN_ACCESS
}

static torii_action request_body(const torii_body_args *args) {
  state *known = args->request_state;
  (void)known;
  ON_REQUEST_BODY
  return TORII_CONTINUE;
}

static torii_action header_filter(const torii_phase_args *args) {
  instance *self = args->instance_data;
  state *known = args->request_state;
  (void)known;
  ON_HEADER_FILTER
  headers->set(host->context, args->request, TORII_HEADERS_RESPONSE, text_slice("X-Defect"), text_slice(self->value));
  return TORII_CONTINUE;
}

static torii_action body_filter(const torii_body_args *args) {
  instance *self = args->instance_data;
  state *known = args->request_state;
  known->pieces++;
  if (args->flags & TORII_BODY_LAST) known->sawLast = 1;
  ON_BODY_FILTER
  if (!self->shout || RESPONSE_MODE == TORII_BODY_OBSERVE) return TORII_CONTINUE;
  for (uint32_t i = 0; i < args->part_count; i++) {
    uint8_t turned[4096];
    for (size_t done = 0; done < args->parts[i].size;) {
      size_t size = args->parts[i].size - done < sizeof turned ? args->parts[i].size - done : sizeof turned;
      for (size_t n = 0; n < size; n++) {
        uint8_t byte = args->parts[i].data[done + n];
        turned[n] = byte >= 'a' && byte <= 'z' ? byte - 32 : byte;
      }
      if (body->emit(host->context, args->instance, args->request, bytes_slice(turned, size)) < 0) return TORII_E_FAILED;
      done += size;
    }
  }
  return BODY_ACTION;
}

static torii_action log_phase(const torii_phase_args *args) {
  instance *self = args->instance_data;
  state *known = args->request_state;
  (void)self, (void)known;
  ON_LOG
  record->set(host->context, args->request, text_slice("defect"), text_slice("true"));
  return TORII_CONTINUE;
}

static torii_action event(const torii_event_args *args) {
  instance *self = args->instance_data;
  state *known = args->request_state;
  (void)self;
  if (known) known->events++;
  ON_EVENT
  return TORII_CONTINUE;
}

static void request_end(const torii_phase_args *args) {
  instance *self = args->instance_data;
  state *known = args->request_state;
  (void)known;
  self->ended++;
  ON_END
}

static torii_status export_state(torii_state_export_args *args) {
  const instance *self = args->instance_data;
  const handed_over written = {.format = 1, .ended = self->ended};
  ON_EXPORT
  return args->write(args->write_context, bytes_slice(&written, sizeof written));
}

static torii_status import_state(torii_state_import_args *args) {
  instance *self = args->instance_data;
  handed_over read;
  ON_IMPORT
  if (args->state.size != sizeof read) return TORII_E_FAILED;
  memcpy(&read, args->state.data, sizeof read);
  if (read.format != 1) return TORII_E_FAILED;
  self->ended = read.ended;
  return TORII_OK;
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = begin,
    .stop = end,
    .config_create = create,
    .config_destroy = destroy,
    .access = access_phase,
    .request_body = request_body,
    .header_filter = header_filter,
    .body_filter = body_filter,
    .log = log_phase,
    .event = event,
    .request_end = request_end,
    .state_export = export_state,
    .state_import = import_state,
};

#define DESCRIBED                                                                                                      \
  {                                                                                                                    \
    .struct_size = sizeof(torii_plugin_descriptor), .magic = TORII_MAGIC, .abi_major = TORII_ABI_MAJOR,                \
    .abi_minor = TORII_ABI_MINOR, .vendor = "Torii", .license = "Apache-2.0", .summary = "Has one defect",             \
    .name = NAME, .version = VERSION, .flags = FLAGS, .phases = PHASES, .priority = 10,                                \
    .request_state_size = STATE_SIZE, .request_body_mode = REQUEST_MODE, .response_body_mode = RESPONSE_MODE,          \
    .config_schema = "{\"type\":\"object\",\"required\":[\"value\"],\"additionalProperties\":false,\"properties\":{"   \
                     "\"value\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":60},"                               \
                     "\"shout\":{\"type\":\"boolean\",\"default\":" SHOUT_DEFAULT "},"                                 \
                     "\"count\":{\"type\":\"integer\",\"default\":1,\"minimum\":0,\"maximum\":9}}}",                   \
    .needs = NEEDS, .callbacks = &callbacks, MORE_FIELDS                                                               \
  }

static const torii_plugin_descriptor descriptor = DESCRIBED;

#ifndef OWN_ENTRY
TORII_EXPORT const torii_plugin_descriptor *torii_plugin_entry(uint32_t major, uint32_t minor) {
  (void)major, (void)minor;
  return MAJOR_TEST ? &descriptor : NULL;
}
#endif

#endif
