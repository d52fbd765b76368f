/* What Go and the host say to each other, in C: cgo calls no function pointers, and keeps no pointers of Go's in C. */
#ifndef TORII_GO_GLUE_H
#define TORII_GO_GLUE_H

#include "torii/plugin.h"

typedef struct torii_go_text {
  const void *bytes;
  size_t size;
} torii_go_text;

/* Fills in what Go says of the plugin; texts are allocated by Go with malloc and stay. */
void torii_go_set_descriptor(char *name, char *version, char *vendor, char *summary, char *license, char *schema,
                             char **needs, uint32_t phases, int32_t priority, uint32_t request_mode,
                             uint32_t response_mode, uint64_t request_limit, uint64_t response_limit, int exports_state,
                             int imports_state);

void torii_go_refuse(torii_error *error, int32_t status, const void *pointer, size_t pointer_size, const void *message,
                     size_t message_size);
void torii_go_set_modes(torii_config_create_args *args, uint32_t request, uint32_t response, uint64_t request_limit,
                        uint64_t response_limit);
/* Another library in this process that was written in Go, or null; valid until the next call. */
const char *torii_go_other_library(void);

void torii_go_log(uint64_t instance, uint64_t request, int32_t level, const void *line, size_t size);
uint64_t torii_go_time(int wall);
int32_t torii_go_header_get(uint64_t request, uint32_t map, const void *name, size_t name_size, uint32_t index,
                            torii_slice *value);
int32_t torii_go_header_at(uint64_t request, uint32_t map, uint32_t position, torii_slice *name, torii_slice *value);
/* kind: 0 set, 1 add, 2 remove */
int32_t torii_go_header_change(uint64_t request, uint32_t map, int kind, const void *name, size_t name_size,
                               const void *value, size_t value_size);
int32_t torii_go_text_of(uint64_t request, uint32_t attribute, torii_slice *value);
int64_t torii_go_number_of(uint64_t request, uint32_t attribute);
int32_t torii_go_capture(uint64_t request, const void *name, size_t size, torii_slice *value);
int32_t torii_go_set_target(uint64_t request, const void *scheme, size_t scheme_size, const void *host,
                            size_t host_size, uint32_t port);
/* kind: 0 path, 1 query, 2 method */
int32_t torii_go_set_upstream(uint64_t request, int kind, const void *text, size_t size);
int32_t torii_go_send_again(uint64_t instance, uint64_t request);
/* Fields lie one after the other in `text`; sizes: of name, value, name, value, … */
int32_t torii_go_respond(uint64_t request, uint32_t status, const void *text, const uint32_t *sizes, uint32_t count,
                         const void *body, size_t body_size);
int32_t torii_go_set_status(uint64_t request, uint32_t status);
int32_t torii_go_resume(uint64_t instance, uint64_t request);
int32_t torii_go_post(uint64_t instance, uint64_t request, uint64_t token);
int32_t torii_go_emit(uint64_t instance, uint64_t request, const void *bytes, size_t size);
int32_t torii_go_timer(uint64_t instance, uint64_t request, uint64_t delay, uint64_t token, uint64_t *operation);
int32_t torii_go_http(uint64_t instance, uint64_t request, const void *method, size_t method_size, const void *url,
                      size_t url_size, const void *text, const uint32_t *sizes, uint32_t count, const void *body,
                      size_t body_size, uint32_t timeout, uint32_t limit, uint64_t token, uint64_t *operation);
int32_t torii_go_cancel(uint64_t instance, uint64_t operation);
int32_t torii_go_log_set(uint64_t request, const void *key, size_t key_size, const void *json, size_t json_size);
int32_t torii_go_redact(uint64_t request, const void *name, size_t size);
int32_t torii_go_record(uint64_t request, torii_slice *json);
int32_t torii_go_metric(uint32_t kind, const void *name, size_t name_size, const void *help, size_t help_size,
                        uint32_t *metric);
int32_t torii_go_histogram(const void *name, size_t name_size, const void *help, size_t help_size, const double *bounds,
                           uint32_t bound_count, uint32_t *metric);
int32_t torii_go_labelled(uint32_t metric, const void *text, const uint32_t *sizes, uint32_t count, uint32_t *series);
int32_t torii_go_metric_record(uint32_t metric, double value);

/* torii.shared/1. An expected revision counts when has_expected is not 0. */
int32_t torii_go_shared_get(uint64_t instance, const void *key, size_t key_size, void *buffer, size_t capacity,
                            torii_shared_entry *entry);
int32_t torii_go_shared_put(uint64_t instance, const void *key, size_t key_size, const void *value, size_t value_size,
                            uint64_t lifetime, int has_expected, uint64_t expected);
int32_t torii_go_shared_remove(uint64_t instance, const void *key, size_t key_size, int has_expected,
                               uint64_t expected);
int32_t torii_go_shared_add(uint64_t instance, const void *key, size_t key_size, int64_t addend, uint64_t lifetime,
                            int64_t *sum);
int32_t torii_go_write_state(torii_state_export_args *args, const void *bytes, size_t size);

#endif
