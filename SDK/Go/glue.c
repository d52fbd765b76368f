#include "glue.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"

static const torii_host *host;
static const torii_headers_interface *headers;
static const torii_request_interface *request_texts;
static const torii_upstream_interface *upstream;
static const torii_flow_interface *flow;
static const torii_body_interface *bodies;
static const torii_async_interface *operations;
static const torii_log_interface *record;
static const torii_metrics_interface *metrics;
static const torii_shared_interface *shared;
/* Goroutines may outlive the plugin; the host's functions may not be called then. */
static bool is_stopped = true;

#define IS_RUNNING (!__atomic_load_n(&is_stopped, __ATOMIC_ACQUIRE))
#define CALL(table, function, ...)                                                                                     \
  (IS_RUNNING && (table) ? (table)->function(host->context, __VA_ARGS__) : TORII_E_UNSUPPORTED)

static torii_slice slice(const void *bytes, size_t size) { return (torii_slice){bytes, size}; }

/* --- The plugin's callbacks ---------------------------------------------------------------------------------------- */

static torii_plugin_callbacks callbacks;
static torii_plugin_descriptor descriptor;

/* With all that its first version has, up to `last`; whether it has what came later is asked with TORII_HAS. */
#define FIND(type, last, id) find(id, offsetof(type, last) + sizeof(((type *)0)->last))
static const void *find(const char *id, uint32_t size) {
  const void *table = host->query_interface(host->context, id);
  return table && *(const uint32_t *)table >= size ? table : NULL;
}

static torii_status start(torii_start_args *args) {
  const char *other = torii_go_other_library();
  if (other) {
    static const char text[] = "a worker takes one plugin written in Go, since a process takes one Go runtime; it has ";
    char message[sizeof text + 256];
    memcpy(message, text, sizeof text);
    strncat(message, other, 255);
    torii_go_refuse(args->error, TORII_E_UNSUPPORTED, "", 0, message, strlen(message));
    return TORII_E_UNSUPPORTED;
  }
  host = args->host;
  for (const char *const *need = descriptor.needs; need && *need; need++) {
    if (host->query_interface(host->context, *need)) continue;
    torii_go_refuse(args->error, TORII_E_UNSUPPORTED, "", 0, *need, strlen(*need));
    return TORII_E_UNSUPPORTED;
  }
  headers = FIND(torii_headers_interface, remove, TORII_HEADERS_INTERFACE);
  request_texts = FIND(torii_request_interface, capture, TORII_REQUEST_INTERFACE);
  upstream = FIND(torii_upstream_interface, set_method, TORII_UPSTREAM_INTERFACE);
  flow = FIND(torii_flow_interface, post, TORII_FLOW_INTERFACE);
  bodies = FIND(torii_body_interface, emit_owned, TORII_BODY_INTERFACE);
  operations = FIND(torii_async_interface, cancel, TORII_ASYNC_INTERFACE);
  record = FIND(torii_log_interface, record, TORII_LOG_INTERFACE);
  metrics = FIND(torii_metrics_interface, record, TORII_METRICS_INTERFACE);
  shared = FIND(torii_shared_interface, add, TORII_SHARED_INTERFACE);
  __atomic_store_n(&is_stopped, false, __ATOMIC_RELEASE);
  return TORII_OK;
}

static void stop(const torii_stop_args *args) {
  (void)args;
  __atomic_store_n(&is_stopped, true, __ATOMIC_RELEASE);
}

static torii_status create(torii_config_create_args *args) {
  uintptr_t made = 0;
  torii_status status = toriiGoCreate(args, &made);
  /* A number, not a pointer: Go moves what it has. */
  args->instance_data = (void *)made;
  return status;
}

static void destroy(const torii_config_destroy_args *args) { toriiGoDestroy((uintptr_t)args->instance_data); }

static torii_action phase(const torii_phase_args *args) {
  return toriiGoPhase((uintptr_t)args->instance_data, args->request, args->phase);
}

static torii_action body(const torii_body_args *args) {
  return toriiGoBody((uintptr_t)args->instance_data, args->request, args->phase, (torii_slice *)args->parts,
                     args->part_count, args->flags);
}

static torii_action event(const torii_event_args *args) {
  return toriiGoEvent((uintptr_t)args->instance_data, (torii_event_args *)args);
}

static torii_status state_export(torii_state_export_args *args) {
  return toriiGoExport((uintptr_t)args->instance_data, args);
}

static torii_status state_import(torii_state_import_args *args) {
  return toriiGoImport((uintptr_t)args->instance_data, args);
}

static void request_end(const torii_phase_args *args) { toriiGoEnd((uintptr_t)args->instance_data, args->request); }

void torii_go_set_descriptor(char *name, char *version, char *vendor, char *summary, char *license, char *schema,
                             char **needs, uint32_t phases, int32_t priority, uint32_t request_mode,
                             uint32_t response_mode, uint64_t request_limit, uint64_t response_limit, int exports_state,
                             int imports_state) {
  callbacks = (torii_plugin_callbacks){
      .struct_size = sizeof callbacks,
      .start = start,
      .stop = stop,
      .config_create = create,
      .config_destroy = destroy,
      .access = phases & 1u << TORII_PHASE_ACCESS ? phase : NULL,
      .request_body = phases & 1u << TORII_PHASE_REQUEST_BODY ? body : NULL,
      .header_filter = phases & 1u << TORII_PHASE_HEADER_FILTER ? phase : NULL,
      .body_filter = phases & 1u << TORII_PHASE_BODY_FILTER ? body : NULL,
      .log = phases & 1u << TORII_PHASE_LOG ? phase : NULL,
      .event = event,
      .request_end = request_end,
      .state_export = exports_state ? state_export : NULL,
      .state_import = imports_state ? state_import : NULL,
  };
  descriptor = (torii_plugin_descriptor){
      .struct_size = sizeof descriptor,
      .magic = TORII_MAGIC,
      .abi_major = TORII_ABI_MAJOR,
      .abi_minor = TORII_ABI_MINOR,
      /* Never MAY_UNLOAD: Go's runtime has threads that do not end. */
      .flags = TORII_FLAG_OWN_THREADS,
      .phases = phases,
      .priority = priority,
      .request_body_mode = request_mode,
      .response_body_mode = response_mode,
      .request_body_limit = request_limit,
      .response_body_limit = response_limit,
      .name = name,
      .version = version,
      .vendor = vendor,
      .summary = summary,
      .license = license,
      .config_schema = schema,
      .needs = (const char *const *)needs,
      .callbacks = &callbacks,
  };
}

TORII_EXPORT const torii_plugin_descriptor *torii_plugin_entry(uint32_t major, uint32_t minor) {
  (void)minor;
  if (major != TORII_ABI_MAJOR) return NULL;
  /* Waits until the runtime has run init functions and with them Register. */
  if (!descriptor.struct_size) toriiGoDescribe();
  return descriptor.struct_size ? &descriptor : NULL;
}

static void copy_text(char *out, size_t capacity, const char *bytes, size_t size) {
  if (size >= capacity) size = capacity - 1;
  while (size > 0 && size == capacity - 1 && ((unsigned char)bytes[size] & 0xC0) == 0x80) size--;
  memcpy(out, bytes, size);
  out[size] = 0;
}

void torii_go_refuse(torii_error *error, int32_t status, const void *pointer, size_t pointer_size, const void *message,
                     size_t message_size) {
  if (!error || !TORII_HAS(torii_error, error, message)) return;
  error->code = status;
  copy_text(error->pointer, sizeof error->pointer, pointer, pointer_size);
  copy_text(error->message, sizeof error->message, message, message_size);
}

void torii_go_set_modes(torii_config_create_args *args, uint32_t request, uint32_t response, uint64_t request_limit,
                        uint64_t response_limit) {
  args->request_body_mode = request, args->response_body_mode = response;
  args->request_body_limit = request_limit, args->response_body_limit = response_limit;
}

/* --- The host's functions ------------------------------------------------------------------------------------------ */

void torii_go_log(uint64_t instance, uint64_t request, int32_t level, const void *line, size_t size) {
  if (IS_RUNNING) host->log(host->context, instance, request, level, slice(line, size));
}
uint64_t torii_go_time(int wall) {
  if (!IS_RUNNING) return 0;
  return wall ? host->wall_time(host->context) : host->monotonic_time(host->context);
}
int32_t torii_go_header_get(uint64_t request, uint32_t map, const void *name, size_t name_size, uint32_t index,
                            torii_slice *value) {
  return CALL(headers, get, request, map, slice(name, name_size), index, value);
}
int32_t torii_go_header_at(uint64_t request, uint32_t map, uint32_t position, torii_slice *name, torii_slice *value) {
  return CALL(headers, at, request, map, position, name, value);
}
int32_t torii_go_header_change(uint64_t request, uint32_t map, int kind, const void *name, size_t name_size,
                               const void *value, size_t value_size) {
  torii_slice field = slice(name, name_size), text = slice(value, value_size);
  if (kind == 2) return CALL(headers, remove, request, map, field);
  return kind ? CALL(headers, add, request, map, field, text) : CALL(headers, set, request, map, field, text);
}
int32_t torii_go_text_of(uint64_t request, uint32_t attribute, torii_slice *value) {
  return CALL(request_texts, text, request, attribute, value);
}
int64_t torii_go_number_of(uint64_t request, uint32_t attribute) {
  int64_t value = 0;
  return CALL(request_texts, number, request, attribute, &value) == TORII_OK ? value : 0;
}
int32_t torii_go_capture(uint64_t request, const void *name, size_t size, torii_slice *value) {
  return CALL(request_texts, capture, request, slice(name, size), value);
}
int32_t torii_go_set_target(uint64_t request, const void *scheme, size_t scheme_size, const void *name,
                            size_t name_size, uint32_t port) {
  torii_target target = {.struct_size = sizeof target,
                         .scheme = slice(scheme, scheme_size),
                         .host = slice(name, name_size),
                         .port = port};
  return CALL(upstream, set_target, request, &target);
}
int32_t torii_go_set_upstream(uint64_t request, int kind, const void *text, size_t size) {
  torii_slice given = slice(text, size);
  if (kind == 0) return CALL(upstream, set_path, request, given);
  return kind == 1 ? CALL(upstream, set_query, request, given) : CALL(upstream, set_method, request, given);
}

int32_t torii_go_send_again(uint64_t instance, uint64_t request) {
  if (!upstream || !TORII_HAS(torii_upstream_interface, upstream, send_again)) return TORII_E_UNSUPPORTED;
  return CALL(upstream, send_again, instance, request);
}

static torii_header *fields_of(const void *text, const uint32_t *sizes, uint32_t count) {
  torii_header *fields = calloc(count ? count : 1, sizeof *fields);
  const uint8_t *at = text;
  for (uint32_t i = 0; fields && i < count; i++) {
    fields[i].name = slice(at, sizes[2 * i]);
    at += sizes[2 * i];
    fields[i].value = slice(at, sizes[2 * i + 1]);
    at += sizes[2 * i + 1];
  }
  return fields;
}

int32_t torii_go_respond(uint64_t request, uint32_t status, const void *text, const uint32_t *sizes, uint32_t count,
                         const void *content, size_t content_size) {
  torii_header *fields = fields_of(text, sizes, count);
  if (!fields) return TORII_E_MEMORY;
  torii_response response = {.struct_size = sizeof response,
                             .status = status,
                             .headers = fields,
                             .header_count = count,
                             .body = slice(content, content_size)};
  int32_t result = CALL(flow, respond, request, &response);
  free(fields);
  return result;
}
int32_t torii_go_set_status(uint64_t request, uint32_t status) { return CALL(flow, set_status, request, status); }
int32_t torii_go_resume(uint64_t instance, uint64_t request) { return CALL(flow, resume, instance, request); }
int32_t torii_go_post(uint64_t instance, uint64_t request, uint64_t token) {
  return CALL(flow, post, instance, request, token);
}
int32_t torii_go_emit(uint64_t instance, uint64_t request, const void *bytes, size_t size) {
  return CALL(bodies, emit, instance, request, slice(bytes, size));
}
int32_t torii_go_timer(uint64_t instance, uint64_t request, uint64_t delay, uint64_t token, uint64_t *operation) {
  return CALL(operations, timer, instance, request, delay, token, operation);
}
int32_t torii_go_http(uint64_t instance, uint64_t request, const void *method, size_t method_size, const void *url,
                      size_t url_size, const void *text, const uint32_t *sizes, uint32_t count, const void *content,
                      size_t content_size, uint32_t timeout, uint32_t limit, uint64_t token, uint64_t *operation) {
  torii_header *fields = fields_of(text, sizes, count);
  if (!fields) return TORII_E_MEMORY;
  torii_http_request call = {.struct_size = sizeof call,
                             .timeout = timeout,
                             .method = slice(method, method_size),
                             .url = slice(url, url_size),
                             .headers = fields,
                             .header_count = count,
                             .response_limit = limit,
                             .body = slice(content, content_size)};
  int32_t result = CALL(operations, http, instance, request, &call, token, operation);
  free(fields);
  return result;
}
int32_t torii_go_cancel(uint64_t instance, uint64_t operation) { return CALL(operations, cancel, instance, operation); }
int32_t torii_go_log_set(uint64_t request, const void *key, size_t key_size, const void *json, size_t json_size) {
  return CALL(record, set, request, slice(key, key_size), slice(json, json_size));
}
int32_t torii_go_redact(uint64_t request, const void *name, size_t size) {
  return CALL(record, redact, request, slice(name, size));
}
int32_t torii_go_record(uint64_t request, torii_slice *json) { return CALL(record, record, request, json); }
int32_t torii_go_metric(uint32_t kind, const void *name, size_t name_size, const void *help, size_t help_size,
                        uint32_t *metric) {
  *metric = 0;
  if (!metrics) return TORII_OK;
  return CALL(metrics, define, kind, slice(name, name_size), slice(help, help_size), metric);
}
int32_t torii_go_histogram(const void *name, size_t name_size, const void *help, size_t help_size, const double *bounds,
                           uint32_t bound_count, uint32_t *metric) {
  *metric = 0;
  if (!metrics || !TORII_HAS(torii_metrics_interface, metrics, define_histogram))
    return torii_go_metric(TORII_METRIC_HISTOGRAM, name, name_size, help, help_size, metric);
  return CALL(metrics, define_histogram, slice(name, name_size), slice(help, help_size), bounds, bound_count, metric);
}
int32_t torii_go_labelled(uint32_t metric, const void *text, const uint32_t *sizes, uint32_t count, uint32_t *series) {
  *series = metric;
  if (!metric || !metrics || !TORII_HAS(torii_metrics_interface, metrics, labelled)) return TORII_OK;
  torii_header *labels = fields_of(text, sizes, count);
  if (!labels) return TORII_E_MEMORY;
  int32_t result = CALL(metrics, labelled, metric, labels, count, series);
  free(labels);
  return result;
}
int32_t torii_go_metric_record(uint32_t metric, double value) {
  return metric ? CALL(metrics, record, metric, value) : TORII_OK;
}

int32_t torii_go_shared_get(uint64_t instance, const void *key, size_t key_size, void *buffer, size_t capacity,
                            torii_shared_entry *entry) {
  entry->struct_size = sizeof *entry;
  return CALL(shared, get, instance, slice(key, key_size), buffer, capacity, entry);
}
int32_t torii_go_shared_put(uint64_t instance, const void *key, size_t key_size, const void *value, size_t value_size,
                            uint64_t lifetime, int has_expected, uint64_t expected) {
  return CALL(shared, put, instance, slice(key, key_size), slice(value, value_size), lifetime,
              has_expected ? &expected : NULL, NULL);
}
int32_t torii_go_shared_remove(uint64_t instance, const void *key, size_t key_size, int has_expected,
                               uint64_t expected) {
  return CALL(shared, remove, instance, slice(key, key_size), has_expected ? &expected : NULL);
}
int32_t torii_go_shared_add(uint64_t instance, const void *key, size_t key_size, int64_t addend, uint64_t lifetime,
                            int64_t *sum) {
  return CALL(shared, add, instance, slice(key, key_size), addend, lifetime, sum, NULL);
}
int32_t torii_go_write_state(torii_state_export_args *args, const void *bytes, size_t size) {
  return args->write(args->write_context, slice(bytes, size));
}
