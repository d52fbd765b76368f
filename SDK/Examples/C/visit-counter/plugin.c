/* visit-counter: counts requests, over reloads and over workers, and tells the counts.
 *
 * config  reset  string, default "": a request for this path sets all counts back
 *
 * header_filter sets three fields:
 *   X-Visits-Here  of this worker, handed over to the instance that takes this one's place (state_export, state_import)
 *   X-Visits       of all workers (torii.shared/1: add)
 *   X-Longest      the longest path that any of them has seen (torii.shared/1: get, and put with the revision seen)
 * Without torii.shared/1, or when it is held up, only the first of them.
 */
#include <stdlib.h>

#include "torii/helpers.h"
#include "torii/json.h"

typedef struct {
  uint64_t here;
  char reset[257];
} visit_counter;

static torii_tables torii;

/* The numbers are those of the values' formats. */
static const char visits_key[] = "visits/1", longest_key[] = "longest/1";
enum { longest_limit = 256 };

static torii_status start(torii_start_args *args) {
  torii = torii_find_tables(args->host);
  return torii.headers && torii.request ? TORII_OK : TORII_E_UNSUPPORTED;
}

static torii_status config_create(torii_config_create_args *args) {
  visit_counter *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  size_t size = 0;
  torii_json_text_or(torii_json_member(args->config, "reset"), "", self->reset, sizeof self->reset, &size);
  if (size && self->reset[0] != '/') {
    free(self);
    return torii_refuse(args->error, "/reset", "a path begins with '/'");
  }
  args->instance_data = self;
  return TORII_OK;
}

static void config_destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

static torii_status set(torii_request_id request, const char *name, torii_slice value) {
  return torii.headers->set(torii.context, request, TORII_HEADERS_RESPONSE, torii_text(name), value);
}

static torii_status set_number(torii_request_id request, const char *name, uint64_t number) {
  char text[24];
  snprintf(text, sizeof text, "%llu", (unsigned long long)number);
  return set(request, name, torii_text(text));
}

/* The longest path that is known once this one has been seen, written to `longest`; its size, or a status. */
static int64_t note_path(torii_instance_id instance, torii_slice path, uint8_t longest[longest_limit]) {
  torii_slice key = torii_text(longest_key);
  if (path.size > longest_limit) path.size = longest_limit;
  for (;;) {
    torii_shared_entry entry = {.struct_size = sizeof entry};
    torii_status status = torii.shared->get(torii.context, instance, key, longest, longest_limit, &entry);
    if (status != TORII_OK && status != TORII_E_NOT_FOUND) return status;
    if (status == TORII_OK && entry.size >= path.size) return (int64_t)entry.size;
    status = torii.shared->put(torii.context, instance, key, path, 0, &entry.revision, NULL);
    /* Another worker was quicker: look at what it wrote. */
    if (status == TORII_E_STALE) continue;
    if (status != TORII_OK) return status;
    if (path.size) memcpy(longest, path.data, path.size);
    return (int64_t)path.size;
  }
}

static torii_action on_header_filter(const torii_phase_args *args) {
  visit_counter *self = args->instance_data;
  torii_slice path = {NULL, 0};
  torii_status status = torii.request->text(torii.context, args->request, TORII_TEXT_PATH, &path);
  if (status < 0) return status;
  if (self->reset[0] && torii_equals(path, self->reset)) {
    self->here = 0;
    if (torii.shared) {
      torii.shared->remove(torii.context, args->instance, torii_text(visits_key), NULL);
      torii.shared->remove(torii.context, args->instance, torii_text(longest_key), NULL);
    }
    return TORII_CONTINUE;
  }
  if ((status = set_number(args->request, "X-Visits-Here", ++self->here)) < 0) return status;
  if (!torii.shared) return TORII_CONTINUE;
  int64_t sum;
  if (torii.shared->add(torii.context, args->instance, torii_text(visits_key), 1, 0, &sum, NULL) == TORII_OK)
    if ((status = set_number(args->request, "X-Visits", (uint64_t)sum)) < 0) return status;
  uint8_t longest[longest_limit];
  int64_t size = note_path(args->instance, path, longest);
  if (size < 0) return TORII_CONTINUE;
  status = set(args->request, "X-Longest", torii_bytes(longest, (size_t)size));
  return status < 0 ? status : TORII_CONTINUE;
}

/* The state as text: the number of its format, and the count. */
static torii_status state_export(torii_state_export_args *args) {
  const visit_counter *self = args->instance_data;
  char text[32];
  snprintf(text, sizeof text, "1 %llu", (unsigned long long)self->here);
  return args->write(args->write_context, torii_text(text));
}

static torii_status state_import(torii_state_import_args *args) {
  visit_counter *self = args->instance_data;
  char text[32] = "", rest;
  unsigned long long here;
  if (args->state.size < sizeof text) memcpy(text, args->state.data, args->state.size);
  if (strspn(text, "0123456789 ") != args->state.size || sscanf(text, "1 %20llu%c", &here, &rest) != 1) {
    torii_refuse(args->error, "", "the state is of a format that this version does not know");
    return TORII_E_FAILED;
  }
  self->here = here;
  return TORII_OK;
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start,
    .config_create = config_create,
    .config_destroy = config_destroy,
    .header_filter = on_header_filter,
    .state_export = state_export,
    .state_import = state_import,
};

static const char *const needs[] = {TORII_HEADERS_INTERFACE, TORII_REQUEST_INTERFACE, NULL};

static const torii_plugin_descriptor descriptor = {
    TORII_DESCRIPTOR_BASICS,
    .name = "visit-counter",
    .version = "1.0.0",
    .vendor = "Torii",
    .summary = "Counts requests over reloads and workers",
    .license = "Apache-2.0",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_HEADER_FILTER,
    .priority = 90,
    .needs = needs,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"reset\":{\"type\":\"string\",\"default\":\"\",\"maxLength\":256}}}",
    .callbacks = &callbacks,
};

TORII_EXPORT_PLUGIN(descriptor)
