/* SPDX-License-Identifier: Apache-2.0
 *
 * torii/helpers.h: what nearly every plugin in C begins with
 *
 * Slices of texts, refusals, and the host's tables, looked up once. Not part of the ABI.
 */
#ifndef TORII_HELPERS_H
#define TORII_HELPERS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "torii/plugin.h"

/* The slice of a NUL-terminated text. */
static inline torii_slice torii_text(const char *text) {
  torii_slice slice = {(const uint8_t *)text, strlen(text)};
  return slice;
}

/* The slice of some bytes. */
static inline torii_slice torii_bytes(const void *bytes, size_t size) {
  torii_slice slice = {(const uint8_t *)bytes, size};
  return slice;
}

/* Whether a slice holds exactly a text. */
static inline bool torii_equals(torii_slice slice, const char *text) {
  size_t size = strlen(text);
  return slice.size == size && memcmp(slice.data, text, size) == 0;
}

/* Says why a configuration is refused, and gives the status to return from config_create. */
static inline torii_status torii_refuse(torii_error *error, const char *pointer, const char *message) {
  if (error && TORII_HAS(torii_error, error, message)) {
    error->code = TORII_E_CONFIG;
    snprintf(error->pointer, sizeof error->pointer, "%s", pointer);
    snprintf(error->message, sizeof error->message, "%s", message);
  }
  return TORII_E_CONFIG;
}

/* The host and its interfaces. An interface that the host lacks is null; those that a descriptor names in `needs` are
 * never, because the host would not have started the plugin. */
typedef struct torii_tables {
  const torii_host *host;
  void *context; /* the first argument of every host function */
  const torii_headers_interface *headers;
  const torii_request_interface *request;
  const torii_upstream_interface *upstream;
  const torii_flow_interface *flow;
  const torii_body_interface *body;
  const torii_async_interface *async;
  const torii_log_interface *log;
  const torii_metrics_interface *metrics;
  const torii_shared_interface *shared; /* since 1.1 */
} torii_tables;

/* A table counts only when it has all that its first version has, up to `last`; whether it has what came later is asked
 * with TORII_HAS. */
#define TORII_FIND(host, type, last, id)                                                                               \
  ((const type *)torii_find((host), (id), (uint32_t)(offsetof(type, last) + sizeof(((type *)0)->last))))
static inline const void *torii_find(const torii_host *host, const char *id, uint32_t size) {
  const void *table = host->query_interface(host->context, id);
  return table && *(const uint32_t *)table >= size ? table : NULL;
}

/* Looks all of them up; to be called in start(). */
static inline torii_tables torii_find_tables(const torii_host *host) {
  torii_tables tables;
  tables.host = host;
  tables.context = host->context;
  tables.headers = TORII_FIND(host, torii_headers_interface, remove, TORII_HEADERS_INTERFACE);
  tables.request = TORII_FIND(host, torii_request_interface, capture, TORII_REQUEST_INTERFACE);
  tables.upstream = TORII_FIND(host, torii_upstream_interface, set_method, TORII_UPSTREAM_INTERFACE);
  tables.flow = TORII_FIND(host, torii_flow_interface, post, TORII_FLOW_INTERFACE);
  tables.body = TORII_FIND(host, torii_body_interface, emit_owned, TORII_BODY_INTERFACE);
  tables.async = TORII_FIND(host, torii_async_interface, cancel, TORII_ASYNC_INTERFACE);
  tables.log = TORII_FIND(host, torii_log_interface, record, TORII_LOG_INTERFACE);
  tables.metrics = TORII_FIND(host, torii_metrics_interface, record, TORII_METRICS_INTERFACE);
  tables.shared = TORII_FIND(host, torii_shared_interface, add, TORII_SHARED_INTERFACE);
  return tables;
}

/* The first interface of a null-terminated list of ids that the host lacks, or null; writes the error when there is one. */
static inline const char *torii_first_missing(const torii_host *host, const char *const *needs, torii_error *error) {
  for (; needs && *needs; needs++) {
    if (host->query_interface(host->context, *needs)) continue;
    if (error && TORII_HAS(torii_error, error, message)) {
      error->code = TORII_E_UNSUPPORTED;
      snprintf(error->message, sizeof error->message, "needs %s, which this gateway does not have", *needs);
    }
    return *needs;
  }
  return NULL;
}

/* Writes one formatted line to the gateway's log. */
#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
static inline void
torii_logf(const torii_tables *tables, int32_t level, torii_instance_id instance, torii_request_id request,
           const char *format, ...) {
  char line[1024];
  va_list values;
  va_start(values, format);
  vsnprintf(line, sizeof line, format, values);
  va_end(values);
  tables->host->log(tables->context, instance, request, level, torii_text(line));
}

/* The descriptor's fields that are the same in every plugin. */
#define TORII_DESCRIPTOR_BASICS                                                                                        \
  .struct_size = sizeof(torii_plugin_descriptor), .magic = TORII_MAGIC, .abi_major = TORII_ABI_MAJOR,                  \
  .abi_minor = TORII_ABI_MINOR

/* Defines the entry point of a library. */
#define TORII_EXPORT_PLUGIN(descriptor)                                                                                \
  TORII_EXPORT const torii_plugin_descriptor *torii_plugin_entry(uint32_t major, uint32_t minor) {                     \
    (void)minor;                                                                                                       \
    return major == TORII_ABI_MAJOR ? &(descriptor) : NULL;                                                            \
  }

#endif /* TORII_HELPERS_H */
