/* phases: notes in which order its callbacks were called.
 *
 * config  header    string, default "X-Phases"  response header, set in header_filter: the phases up to there
 *         key       string, default "phases"    key of the log record, set in log: all phases, as a list
 *         request   "none", "observe", "stream" or "whole", default "observe"   how it sees request bodies
 *         response  the same                                                    how it sees response bodies
 *
 * Phases are written "access,request_body,header_filter"; a phase that is called several times in a row stands once.
 * request_end is not in either: it comes last. Priority 2000, so that its value is in file-log's record. */
#include "plugin_support.h"

typedef struct {
  char header[128];
  char key[128];
} phases;

typedef struct {
  uint32_t count;
  uint32_t order[32];
} state;

static const char *const names[] = {"", "access", "request_body", "header_filter", "body_filter", "log", "event"};

static torii_status create(torii_config_create_args *args) {
  phases *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  strcpy(self->header, "X-Phases");
  strcpy(self->key, "phases");
  config_text(args->config, "header", self->header, sizeof self->header);
  config_text(args->config, "key", self->key, sizeof self->key);
  args->request_body_mode = config_body_mode(args->config, "request", TORII_BODY_OBSERVE);
  args->response_body_mode = config_body_mode(args->config, "response", TORII_BODY_OBSERVE);
  args->instance_data = self;
  return TORII_OK;
}

static void destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

static void note(state *noted, uint32_t phase) {
  if (noted->count && noted->order[noted->count - 1] == phase) return;
  if (noted->count < sizeof noted->order / sizeof *noted->order) noted->order[noted->count++] = phase;
}

static void list(const state *noted, const char *separator, const char *quote, char *out, size_t size) {
  size_t n = 0;
  out[0] = 0;
  for (uint32_t i = 0; i < noted->count && n < size; i++)
    n += (size_t)snprintf(out + n, size - n, "%s%s%s%s", i ? separator : "", quote, names[noted->order[i]], quote);
}

static torii_action access_phase(const torii_phase_args *args) {
  note(args->request_state, args->phase);
  return TORII_CONTINUE;
}

static torii_action body_phase(const torii_body_args *args) {
  note(args->request_state, args->phase);
  return TORII_CONTINUE;
}

static torii_action header_filter(const torii_phase_args *args) {
  const phases *self = args->instance_data;
  char text[1024];
  note(args->request_state, args->phase);
  list(args->request_state, ",", "", text, sizeof text);
  torii_status status = headers->set(host->context, args->request, TORII_HEADERS_RESPONSE, text_slice(self->header),
                                     text_slice(text));
  return status < 0 ? status : TORII_CONTINUE;
}

static torii_action log_phase(const torii_phase_args *args) {
  const phases *self = args->instance_data;
  char text[1024], json[1100];
  note(args->request_state, args->phase);
  list(args->request_state, ",", "\"", text, sizeof text);
  snprintf(json, sizeof json, "[%s]", text);
  return record->set(host->context, args->request, text_slice(self->key), text_slice(json));
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start_plugin,
    .stop = stop_plugin,
    .config_create = create,
    .config_destroy = destroy,
    .access = access_phase,
    .request_body = body_phase,
    .header_filter = header_filter,
    .body_filter = body_phase,
    .log = log_phase,
};

#define MODE "{\"type\":\"string\",\"default\":\"observe\",\"enum\":[\"none\",\"observe\",\"stream\",\"whole\"]}"

static const torii_plugin_descriptor descriptor = {
    DESCRIPTOR_BASICS,
    .name = "phases",
    .summary = "Notes in which order its callbacks were called",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = ALL_PHASES,
    .priority = 2000,
    .request_state_size = sizeof(state),
    .request_body_mode = TORII_BODY_OBSERVE,
    .response_body_mode = TORII_BODY_OBSERVE,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"header\":{\"type\":\"string\",\"default\":\"X-Phases\",\"minLength\":1,\"maxLength\":100},"
                     "\"key\":{\"type\":\"string\",\"default\":\"phases\",\"minLength\":1,\"maxLength\":100},"
                     "\"request\":" MODE ",\"response\":" MODE "}}",
    .callbacks = &callbacks,
};

EXPORT_DESCRIPTOR(descriptor)
