/* SPDX-License-Identifier: Apache-2.0
 *
 * torii/testing.h: a host in memory, for a plugin's own tests in C or C++
 *
 *     torii_test_host *host = torii_test_start(torii_plugin_entry(TORII_ABI_MAJOR, TORII_ABI_MINOR), "{\"value\":\"x\"}");
 *     torii_test_header(host, TORII_HEADERS_REQUEST, "Accept", "text/plain");
 *     assert(torii_test_phase(host, TORII_PHASE_ACCESS) == TORII_CONTINUE);
 *     assert(strcmp(torii_test_value(host, TORII_HEADERS_UPSTREAM, "X-Stamp"), "x") == 0);
 *     torii_test_end(host);
 *
 * It is given the configuration as the gateway gives it: with all defaults filled in. It checks nothing; `torii plugin test`
 * does. One request, no limits, no threads; timers and call-outs are noted, and come when the test says so
 * (torii_test_event). What torii.shared/1 keeps is the host's, and ends with it.
 */
#ifndef TORII_TESTING_H
#define TORII_TESTING_H

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "torii/helpers.h"

enum { TORII_TEST_FIELDS = 64, TORII_TEST_TEXT = 1024, TORII_TEST_BODY = 1 << 20, TORII_TEST_SHARED = 16 };

typedef struct torii_test_field {
  uint32_t map;
  char name[128];
  char value[TORII_TEST_TEXT];
} torii_test_field;

/* What torii.shared/1 keeps at a key; a revision of 0: nothing. */
typedef struct torii_test_entry {
  char key[256];
  size_t key_size, size;
  uint64_t revision;
  uint8_t value[TORII_TEST_TEXT];
} torii_test_entry;

typedef struct torii_test_host {
  const torii_plugin_descriptor *descriptor;
  torii_host table;
  torii_headers_interface headers;
  torii_request_interface request;
  torii_upstream_interface upstream;
  torii_flow_interface flow;
  torii_body_interface body;
  torii_async_interface async;
  torii_log_interface log;
  torii_metrics_interface metrics;
  torii_shared_interface shared;
  torii_test_entry entries[TORII_TEST_SHARED];
  uint64_t revisions;
  torii_test_field fields[TORII_TEST_FIELDS];
  uint32_t field_count;
  const char *texts[16]; /* TORII_TEXT_...; to be set by the test */
  int64_t numbers[16];   /* TORII_NUMBER_...; to be set by the test */
  int is_started, has_instance;
  torii_error error;
  torii_status status; /* of start or config_create */
  void *plugin_data, *instance_data, *request_state;
  uint32_t request_body_mode, response_body_mode;
  /* What the plugin did. */
  uint32_t responded; /* status of its response; 0: none */
  char response_body[TORII_TEST_BODY];
  size_t response_size;
  char emitted[TORII_TEST_BODY];
  size_t emitted_size;
  char last_url[TORII_TEST_TEXT];
  char target[TORII_TEST_TEXT]; /* where it sends the request, as "https://host:port"; "": nowhere else */
  char method[TORII_TEST_TEXT], path[TORII_TEST_TEXT], query[TORII_TEST_TEXT]; /* and as what; "": as it came */
  char record[TORII_TEST_TEXT]; /* the latest value put into the log record, as "key json" */
} torii_test_host;

static inline torii_test_host *torii_test_of(void *context) { return (torii_test_host *)context; }

static inline void torii_test_copy(char *out, size_t capacity, torii_slice text) {
  size_t size = text.size < capacity - 1 ? text.size : capacity - 1;
  if (size) memcpy(out, text.data, size);
  out[size] = 0;
}

/* The index-th field of a name; null past the last. */
static inline torii_test_field *torii_test_find(torii_test_host *host, uint32_t map, torii_slice name, uint32_t index) {
  for (uint32_t i = 0; i < host->field_count; i++) {
    torii_test_field *field = &host->fields[i];
    if (field->map == map && strlen(field->name) == name.size &&
        strncasecmp(field->name, (const char *)name.data, name.size) == 0 && index-- == 0)
      return field;
  }
  return NULL;
}

static inline torii_status torii_test_get(void *context, torii_request_id id, uint32_t map, torii_slice name,
                                          uint32_t index, torii_slice *value) {
  torii_test_field *field = torii_test_find(torii_test_of(context), map, name, index);
  (void)id;
  if (!field) return TORII_E_NOT_FOUND;
  *value = torii_text(field->value);
  return TORII_OK;
}

static inline torii_status torii_test_at(void *context, torii_request_id id, uint32_t map, uint32_t position,
                                         torii_slice *name, torii_slice *value) {
  torii_test_host *host = torii_test_of(context);
  (void)id;
  for (uint32_t i = 0; i < host->field_count; i++) {
    if (host->fields[i].map != map || position-- != 0) continue;
    *name = torii_text(host->fields[i].name), *value = torii_text(host->fields[i].value);
    return TORII_OK;
  }
  return TORII_E_NOT_FOUND;
}

static inline torii_status torii_test_remove(void *context, torii_request_id id, uint32_t map, torii_slice name) {
  torii_test_host *host = torii_test_of(context);
  torii_test_field *field;
  torii_status status = TORII_E_NOT_FOUND;
  (void)id;
  while ((field = torii_test_find(host, map, name, 0))) {
    *field = host->fields[--host->field_count];
    status = TORII_OK;
  }
  return status;
}

static inline torii_status torii_test_add(void *context, torii_request_id id, uint32_t map, torii_slice name,
                                          torii_slice value) {
  torii_test_host *host = torii_test_of(context);
  (void)id;
  if (host->field_count == TORII_TEST_FIELDS) return TORII_E_LIMIT;
  torii_test_field *field = &host->fields[host->field_count++];
  field->map = map;
  torii_test_copy(field->name, sizeof field->name, name);
  torii_test_copy(field->value, sizeof field->value, value);
  return TORII_OK;
}

static inline torii_status torii_test_set(void *context, torii_request_id id, uint32_t map, torii_slice name,
                                          torii_slice value) {
  torii_test_remove(context, id, map, name);
  return torii_test_add(context, id, map, name, value);
}

static inline torii_status torii_test_text(void *context, torii_request_id id, uint32_t attribute, torii_slice *value) {
  const char *text = attribute < 16 ? torii_test_of(context)->texts[attribute] : NULL;
  (void)id;
  *value = torii_text(text ? text : "");
  return TORII_OK;
}

static inline torii_status torii_test_number(void *context, torii_request_id id, uint32_t attribute, int64_t *value) {
  (void)id;
  *value = attribute < 16 ? torii_test_of(context)->numbers[attribute] : 0;
  return TORII_OK;
}

static inline torii_status torii_test_capture(void *context, torii_request_id id, torii_slice name, torii_slice *value) {
  (void)context, (void)id, (void)name, (void)value;
  return TORII_E_NOT_FOUND;
}

static inline torii_status torii_test_set_target(void *context, torii_request_id id, const torii_target *target) {
  torii_test_host *host = torii_test_of(context);
  (void)id;
  snprintf(host->target, sizeof host->target, "%.*s://%.*s:%u", (int)target->scheme.size,
           (const char *)target->scheme.data, (int)target->host.size, (const char *)target->host.data,
           (unsigned)target->port);
  return TORII_OK;
}

static inline torii_status torii_test_set_path(void *context, torii_request_id id, torii_slice path) {
  torii_test_host *host = torii_test_of(context);
  (void)id;
  torii_test_copy(host->path, sizeof host->path, path);
  return TORII_OK;
}

static inline torii_status torii_test_set_query(void *context, torii_request_id id, torii_slice query) {
  torii_test_host *host = torii_test_of(context);
  (void)id;
  torii_test_copy(host->query, sizeof host->query, query);
  return TORII_OK;
}

static inline torii_status torii_test_set_method(void *context, torii_request_id id, torii_slice method) {
  torii_test_host *host = torii_test_of(context);
  (void)id;
  torii_test_copy(host->method, sizeof host->method, method);
  return TORII_OK;
}
/* There is no upstream that could answer otherwise. */
static inline torii_status torii_test_send_again(void *context, torii_instance_id instance, torii_request_id id) {
  (void)context, (void)instance, (void)id;
  return TORII_E_UNSUPPORTED;
}

/* The entry of a key; null when there is none. */
static inline torii_test_entry *torii_test_entry_of(torii_test_host *host, torii_slice key) {
  for (int i = 0; i < TORII_TEST_SHARED; i++) {
    torii_test_entry *entry = &host->entries[i];
    if (entry->revision && entry->key_size == key.size && memcmp(entry->key, key.data, key.size) == 0) return entry;
  }
  return NULL;
}

static inline void torii_test_describe(const torii_test_entry *entry, torii_shared_entry *out) {
  if (!out) return;
  out->size = entry ? entry->size : 0;
  out->revision = entry ? entry->revision : 0;
  out->expires = 0;
}

static inline torii_status torii_test_shared_get(void *context, torii_instance_id instance, torii_slice key,
                                                 uint8_t *buffer, size_t capacity, torii_shared_entry *out) {
  const torii_test_entry *entry = torii_test_entry_of(torii_test_of(context), key);
  (void)instance;
  torii_test_describe(entry, out);
  if (!entry) return TORII_E_NOT_FOUND;
  if (entry->size > capacity) return TORII_E_LIMIT;
  if (entry->size) memcpy(buffer, entry->value, entry->size);
  return TORII_OK;
}

static inline torii_status torii_test_shared_put(void *context, torii_instance_id instance, torii_slice key,
                                                 torii_slice value, uint64_t lifetime, const uint64_t *expected,
                                                 torii_shared_entry *out) {
  torii_test_host *host = torii_test_of(context);
  torii_test_entry *entry = torii_test_entry_of(host, key);
  (void)instance, (void)lifetime;
  if (expected && *expected != (entry ? entry->revision : 0)) {
    torii_test_describe(entry, out);
    return TORII_E_STALE;
  }
  if (key.size == 0 || key.size > sizeof host->entries[0].key) return TORII_E_INVALID;
  if (value.size > sizeof host->entries[0].value) return TORII_E_LIMIT;
  for (int i = 0; !entry && i < TORII_TEST_SHARED; i++)
    if (!host->entries[i].revision) entry = &host->entries[i];
  if (!entry) return TORII_E_LIMIT;
  memcpy(entry->key, key.data, key.size), entry->key_size = key.size;
  if (value.size) memcpy(entry->value, value.data, value.size);
  entry->size = value.size, entry->revision = ++host->revisions;
  torii_test_describe(entry, out);
  return TORII_OK;
}

static inline torii_status torii_test_shared_remove(void *context, torii_instance_id instance, torii_slice key,
                                                    const uint64_t *expected) {
  torii_test_entry *entry = torii_test_entry_of(torii_test_of(context), key);
  (void)instance;
  if (!entry) return TORII_E_NOT_FOUND;
  if (expected && *expected != entry->revision) return TORII_E_STALE;
  entry->revision = 0;
  return TORII_OK;
}

static inline torii_status torii_test_shared_add(void *context, torii_instance_id instance, torii_slice key,
                                                 int64_t addend, uint64_t lifetime, int64_t *sum,
                                                 torii_shared_entry *out) {
  const torii_test_entry *entry = torii_test_entry_of(torii_test_of(context), key);
  int64_t number = 0;
  if (entry && entry->size != sizeof number) return TORII_E_INVALID;
  if (entry) memcpy(&number, entry->value, sizeof number);
  number += addend;
  if (sum) *sum = number;
  return torii_test_shared_put(context, instance, key, torii_bytes(&number, sizeof number), lifetime, NULL, out);
}

static inline torii_status torii_test_respond(void *context, torii_request_id id, const torii_response *response) {
  torii_test_host *host = torii_test_of(context);
  host->responded = response->status;
  host->response_size = response->body.size < TORII_TEST_BODY ? response->body.size : TORII_TEST_BODY - 1;
  torii_test_copy(host->response_body, sizeof host->response_body, response->body);
  for (uint32_t i = 0; i < response->header_count; i++)
    torii_test_add(context, id, TORII_HEADERS_RESPONSE, response->headers[i].name, response->headers[i].value);
  return TORII_OK;
}

static inline torii_status torii_test_set_status(void *context, torii_request_id id, uint32_t status) {
  (void)id;
  torii_test_of(context)->responded = status;
  return TORII_OK;
}

static inline torii_status torii_test_wake(void *context, torii_instance_id instance, torii_request_id id) {
  (void)context, (void)instance, (void)id;
  return TORII_OK;
}

static inline torii_status torii_test_post(void *context, torii_instance_id instance, torii_request_id id,
                                           uint64_t token) {
  (void)context, (void)instance, (void)id, (void)token;
  return TORII_OK;
}

static inline torii_status torii_test_emit(void *context, torii_instance_id instance, torii_request_id id,
                                           torii_slice bytes) {
  torii_test_host *host = torii_test_of(context);
  (void)instance, (void)id;
  if (bytes.size >= TORII_TEST_BODY - host->emitted_size) return TORII_E_LIMIT;
  if (bytes.size) memcpy(host->emitted + host->emitted_size, bytes.data, bytes.size);
  host->emitted_size += bytes.size;
  return TORII_OK;
}

static inline torii_status torii_test_emit_owned(void *context, torii_instance_id instance, torii_request_id id,
                                                 torii_slice bytes, void (*release)(void *), void *release_context) {
  torii_status status = torii_test_emit(context, instance, id, bytes);
  if (release) release(release_context);
  return status;
}

static inline torii_status torii_test_timer(void *context, torii_instance_id instance, torii_request_id id,
                                            uint64_t delay, uint64_t token, torii_operation_id *operation) {
  (void)context, (void)instance, (void)id, (void)delay, (void)token;
  *operation = 1;
  return TORII_OK;
}

static inline torii_status torii_test_http(void *context, torii_instance_id instance, torii_request_id id,
                                           const torii_http_request *call, uint64_t token,
                                           torii_operation_id *operation) {
  torii_test_host *host = torii_test_of(context);
  (void)instance, (void)id, (void)token;
  torii_test_copy(host->last_url, sizeof host->last_url, call->url);
  *operation = 1;
  return TORII_OK;
}

static inline torii_status torii_test_cancel(void *context, torii_instance_id instance, torii_operation_id operation) {
  (void)context, (void)instance, (void)operation;
  return TORII_OK;
}

static inline torii_status torii_test_log_set(void *context, torii_request_id id, torii_slice key, torii_slice json) {
  torii_test_host *host = torii_test_of(context);
  (void)id;
  snprintf(host->record, sizeof host->record, "%.*s %.*s", (int)key.size, (const char *)key.data, (int)json.size,
           (const char *)json.data);
  return TORII_OK;
}

static inline torii_status torii_test_redact(void *context, torii_request_id id, torii_slice name) {
  (void)context, (void)id, (void)name;
  return TORII_OK;
}

static inline torii_status torii_test_record(void *context, torii_request_id id, torii_slice *json) {
  (void)context, (void)id;
  *json = torii_text("{}");
  return TORII_OK;
}

static inline torii_status torii_test_define(void *context, uint32_t kind, torii_slice name, torii_slice help,
                                             torii_metric_id *metric) {
  (void)context, (void)kind, (void)name, (void)help;
  *metric = 1;
  return TORII_OK;
}

static inline torii_status torii_test_define_histogram(void *context, torii_slice name, torii_slice help,
                                                       const double *bounds, uint32_t bound_count,
                                                       torii_metric_id *metric) {
  (void)context, (void)name, (void)help, (void)bounds, (void)bound_count;
  *metric = 1;
  return TORII_OK;
}

static inline torii_status torii_test_labelled(void *context, torii_metric_id metric, const torii_header *labels,
                                               uint32_t label_count, torii_metric_id *series) {
  (void)context, (void)labels, (void)label_count;
  *series = metric;
  return TORII_OK;
}

static inline torii_status torii_test_observe(void *context, torii_metric_id metric, double value) {
  (void)context, (void)metric, (void)value;
  return TORII_OK;
}

static inline const void *torii_test_query(void *context, const char *id) {
  torii_test_host *host = torii_test_of(context);
  if (!strcmp(id, TORII_HEADERS_INTERFACE)) return &host->headers;
  if (!strcmp(id, TORII_REQUEST_INTERFACE)) return &host->request;
  if (!strcmp(id, TORII_UPSTREAM_INTERFACE)) return &host->upstream;
  if (!strcmp(id, TORII_FLOW_INTERFACE)) return &host->flow;
  if (!strcmp(id, TORII_BODY_INTERFACE)) return &host->body;
  if (!strcmp(id, TORII_ASYNC_INTERFACE)) return &host->async;
  if (!strcmp(id, TORII_LOG_INTERFACE)) return &host->log;
  if (!strcmp(id, TORII_METRICS_INTERFACE)) return &host->metrics;
  if (!strcmp(id, TORII_SHARED_INTERFACE)) return &host->shared;
  return NULL;
}

static inline void torii_test_log_line(void *context, torii_instance_id instance, torii_request_id id, int32_t level,
                                       torii_slice line) {
  (void)context, (void)instance, (void)id;
  fprintf(stderr, "[%d] %.*s\n", level, (int)line.size, (const char *)line.data);
}

static inline uint64_t torii_test_time(void *context) {
  (void)context;
  return 1000000000u;
}

/* Makes an instance of a configuration; its data when that went well. */
static inline void *torii_test_create(torii_test_host *host, const char *config) {
  torii_config_create_args create;
  memset(&create, 0, sizeof create);
  create.struct_size = sizeof create;
  create.plugin_data = host->plugin_data;
  create.instance = 1;
  create.config = torii_text(config);
  create.error = &host->error;
  create.request_body_mode = host->descriptor->request_body_mode;
  create.response_body_mode = host->descriptor->response_body_mode;
  host->status = host->descriptor->callbacks->config_create(&create);
  host->request_body_mode = create.request_body_mode, host->response_body_mode = create.response_body_mode;
  return host->status < 0 ? NULL : create.instance_data;
}

/* Starts a plugin and makes one instance, with one request. The status tells whether it went well, error why not. */
static inline torii_test_host *torii_test_start(const torii_plugin_descriptor *descriptor, const char *config) {
  torii_test_host *host = (torii_test_host *)calloc(1, sizeof *host);
  if (!host || !descriptor) abort();
  host->descriptor = descriptor;
  host->table.struct_size = sizeof host->table;
  host->table.abi_major = TORII_ABI_MAJOR, host->table.abi_minor = TORII_ABI_MINOR;
  host->table.version = "test";
  host->table.context = host;
  host->table.query_interface = torii_test_query;
  host->table.log = torii_test_log_line;
  host->table.monotonic_time = host->table.wall_time = torii_test_time;
  host->headers.struct_size = sizeof host->headers;
  host->headers.get = torii_test_get, host->headers.at = torii_test_at, host->headers.set = torii_test_set;
  host->headers.add = torii_test_add, host->headers.remove = torii_test_remove;
  host->request.struct_size = sizeof host->request;
  host->request.text = torii_test_text, host->request.number = torii_test_number;
  host->request.capture = torii_test_capture;
  host->upstream.struct_size = sizeof host->upstream;
  host->upstream.set_target = torii_test_set_target, host->upstream.set_path = torii_test_set_path;
  host->upstream.set_query = torii_test_set_query, host->upstream.set_method = torii_test_set_method;
  host->upstream.send_again = torii_test_send_again;
  host->flow.struct_size = sizeof host->flow;
  host->flow.respond = torii_test_respond, host->flow.set_status = torii_test_set_status;
  host->flow.resume = torii_test_wake, host->flow.post = torii_test_post;
  host->body.struct_size = sizeof host->body;
  host->body.emit = torii_test_emit, host->body.emit_owned = torii_test_emit_owned;
  host->async.struct_size = sizeof host->async;
  host->async.timer = torii_test_timer, host->async.http = torii_test_http, host->async.cancel = torii_test_cancel;
  host->log.struct_size = sizeof host->log;
  host->log.set = torii_test_log_set, host->log.redact = torii_test_redact, host->log.record = torii_test_record;
  host->metrics.struct_size = sizeof host->metrics;
  host->metrics.define = torii_test_define, host->metrics.record = torii_test_observe;
  host->metrics.define_histogram = torii_test_define_histogram, host->metrics.labelled = torii_test_labelled;
  host->shared.struct_size = sizeof host->shared;
  host->shared.get = torii_test_shared_get, host->shared.put = torii_test_shared_put;
  host->shared.remove = torii_test_shared_remove, host->shared.add = torii_test_shared_add;
  host->error.struct_size = sizeof host->error;
  host->request_state = calloc(1, descriptor->request_state_size ? descriptor->request_state_size : 1);

  torii_start_args start;
  memset(&start, 0, sizeof start);
  start.struct_size = sizeof start, start.host = &host->table, start.error = &host->error;
  host->status = descriptor->callbacks->start(&start);
  host->plugin_data = start.plugin_data;
  if (host->status < 0) return host;
  host->is_started = 1;
  host->instance_data = torii_test_create(host, config);
  host->has_instance = host->status >= 0;
  return host;
}

/* Adds a field to one of the maps. */
static inline void torii_test_header(torii_test_host *host, uint32_t map, const char *name, const char *value) {
  torii_test_add(host, 1, map, torii_text(name), torii_text(value));
}

/* The first value of a field, or null. */
static inline const char *torii_test_value(torii_test_host *host, uint32_t map, const char *name) {
  torii_test_field *field = torii_test_find(host, map, torii_text(name), 0);
  return field ? field->value : NULL;
}

/* Calls access, header_filter or log; TORII_E_UNSUPPORTED for one that the plugin has not. */
static inline torii_action torii_test_phase(torii_test_host *host, uint32_t phase) {
  const torii_plugin_callbacks *callbacks = host->descriptor->callbacks;
  torii_action (*call)(const torii_phase_args *) = phase == TORII_PHASE_ACCESS          ? callbacks->access
                                                   : phase == TORII_PHASE_HEADER_FILTER ? callbacks->header_filter
                                                   : phase == TORII_PHASE_LOG           ? callbacks->log
                                                                                        : NULL;
  torii_phase_args args = {(uint32_t)sizeof args, phase, host->plugin_data, 1, host->instance_data, 1,
                           host->request_state};
  return call ? call(&args) : TORII_E_UNSUPPORTED;
}

/* Calls request_body or body_filter with one part. */
static inline torii_action torii_test_body(torii_test_host *host, uint32_t phase, const char *text, uint32_t flags) {
  const torii_plugin_callbacks *callbacks = host->descriptor->callbacks;
  torii_slice part = torii_text(text);
  torii_body_args args;
  memset(&args, 0, sizeof args);
  args.struct_size = sizeof args, args.phase = phase, args.plugin_data = host->plugin_data, args.instance = 1;
  args.instance_data = host->instance_data, args.request = 1, args.request_state = host->request_state;
  args.parts = &part, args.part_count = 1, args.flags = flags;
  torii_action (*call)(const torii_body_args *) =
      phase == TORII_PHASE_REQUEST_BODY ? callbacks->request_body : callbacks->body_filter;
  return call ? call(&args) : TORII_E_UNSUPPORTED;
}

/* Brings an event to the request: a timer, a post, or what came of a call-out (status 0: it failed). */
static inline torii_action torii_test_event(torii_test_host *host, uint32_t kind, uint64_t token, uint32_t http_status,
                                            const char *body) {
  torii_event_args args;
  memset(&args, 0, sizeof args);
  args.struct_size = sizeof args, args.kind = kind, args.plugin_data = host->plugin_data, args.instance = 1;
  args.instance_data = host->instance_data, args.request = 1, args.request_state = host->request_state;
  args.operation = 1, args.token = token, args.http_status = http_status;
  args.status = kind == TORII_EVENT_HTTP && !http_status ? TORII_E_FAILED : TORII_OK;
  args.body = torii_text(body ? body : ""), args.message = torii_text(args.status < 0 ? "it failed" : "");
  return host->descriptor->callbacks->event ? host->descriptor->callbacks->event(&args) : TORII_E_UNSUPPORTED;
}

/* What state_export() writes to. */
typedef struct torii_test_state {
  uint8_t bytes[TORII_TEST_BODY];
  size_t size;
} torii_test_state;

static inline torii_status torii_test_write(void *context, torii_slice bytes) {
  torii_test_state *state = (torii_test_state *)context;
  if (bytes.size > sizeof state->bytes - state->size) return TORII_E_LIMIT;
  if (bytes.size) memcpy(state->bytes + state->size, bytes.data, bytes.size);
  state->size += bytes.size;
  return TORII_OK;
}

/* Ends the request and the instance. */
static inline void torii_test_destroy(torii_test_host *host) {
  torii_phase_args last = {(uint32_t)sizeof last, TORII_PHASE_LOG, host->plugin_data, 1, host->instance_data, 1,
                           host->request_state};
  torii_config_destroy_args destroy;
  memset(&destroy, 0, sizeof destroy);
  destroy.struct_size = sizeof destroy, destroy.plugin_data = host->plugin_data, destroy.instance = 1;
  destroy.instance_data = host->instance_data;
  if (host->descriptor->callbacks->request_end) host->descriptor->callbacks->request_end(&last);
  host->descriptor->callbacks->config_destroy(&destroy);
  memset(host->request_state, 0, host->descriptor->request_state_size ? host->descriptor->request_state_size : 1);
}

/* Puts an instance of another configuration in this one's place, as a reload does, with a new request. The status is that
 * of what was handed over: TORII_E_NOT_FOUND when there was nothing; the new instance is there then, too. When its
 * configuration is refused, the old one stays and host->status tells why. */
static inline torii_status torii_test_reload(torii_test_host *host, const char *config) {
  const torii_plugin_callbacks *callbacks = host->descriptor->callbacks;
  torii_test_state *state = (torii_test_state *)calloc(1, sizeof *state);
  void *successor = torii_test_create(host, config);
  torii_status status = host->status;
  if (!state) abort();
  if (status < 0) {
    free(state);
    return status;
  }
  status = TORII_E_NOT_FOUND;
  if (callbacks->state_export && callbacks->state_import) {
    torii_state_export_args given;
    memset(&given, 0, sizeof given);
    given.struct_size = sizeof given, given.plugin_data = host->plugin_data, given.instance = 1;
    given.instance_data = host->instance_data, given.limit = sizeof state->bytes;
    given.write_context = state, given.write = torii_test_write, given.error = &host->error;
    status = callbacks->state_export(&given);
    if (status == TORII_OK && !state->size) status = TORII_E_NOT_FOUND;
  }
  if (status == TORII_OK) {
    torii_state_import_args taken;
    memset(&taken, 0, sizeof taken);
    taken.struct_size = sizeof taken, taken.plugin_data = host->plugin_data, taken.instance = 1;
    taken.instance_data = successor, taken.error = &host->error;
    taken.state = torii_bytes(state->bytes, state->size), taken.version = torii_text(host->descriptor->version);
    status = callbacks->state_import(&taken);
  }
  free(state);
  torii_test_destroy(host);
  host->instance_data = successor;
  host->field_count = 0;
  return status;
}

/* Ends the request, the instance and the plugin, and frees the host. */
static inline void torii_test_end(torii_test_host *host) {
  if (host->has_instance) torii_test_destroy(host);
  torii_stop_args stop;
  memset(&stop, 0, sizeof stop);
  stop.struct_size = sizeof stop, stop.plugin_data = host->plugin_data;
  if (host->descriptor->callbacks->stop && host->is_started) host->descriptor->callbacks->stop(&stop);
  free(host->request_state);
  free(host);
}

#endif /* TORII_TESTING_H */
