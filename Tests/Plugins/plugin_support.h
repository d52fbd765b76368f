/* What the test plugins share: the host's tables, reading the configuration, and small conveniences.
 * A plugin includes it once and sets `host` in its start(). */
#ifndef PLUGIN_SUPPORT_H
#define PLUGIN_SUPPORT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torii/plugin.h"

static const torii_host *host;
static const torii_headers_interface *headers;
static const torii_request_interface *request_texts;
static const torii_flow_interface *flow;
static const torii_body_interface *body;
static const torii_async_interface *async_calls;
static const torii_log_interface *record;
static const torii_metrics_interface *metrics;

static inline torii_slice text_slice(const char *text) {
  return (torii_slice){.data = (const uint8_t *)text, .size = strlen(text)};
}

static inline torii_slice bytes_slice(const void *data, size_t size) {
  return (torii_slice){.data = data, .size = size};
}

static inline void host_log(int32_t level, torii_instance_id instance, torii_request_id request, const char *text) {
  host->log(host->context, instance, request, level, text_slice(text));
}

static inline torii_status refuse(torii_error *error, const char *pointer, const char *message) {
  if (error && error->struct_size >= sizeof *error) {
    error->code = TORII_E_CONFIG;
    snprintf(error->pointer, sizeof error->pointer, "%s", pointer);
    snprintf(error->message, sizeof error->message, "%s", message);
  }
  return TORII_E_CONFIG;
}

/* The start() of every test plugin. */
static torii_status start_plugin(torii_start_args *args) {
  host = args->host;
  headers = host->query_interface(host->context, TORII_HEADERS_INTERFACE);
  request_texts = host->query_interface(host->context, TORII_REQUEST_INTERFACE);
  flow = host->query_interface(host->context, TORII_FLOW_INTERFACE);
  body = host->query_interface(host->context, TORII_BODY_INTERFACE);
  async_calls = host->query_interface(host->context, TORII_ASYNC_INTERFACE);
  record = host->query_interface(host->context, TORII_LOG_INTERFACE);
  metrics = host->query_interface(host->context, TORII_METRICS_INTERFACE);
  if (!headers || !request_texts || !flow || !body || !async_calls || !record || !metrics) {
    if (args->error) snprintf(args->error->message, sizeof args->error->message, "an interface is missing");
    return TORII_E_UNSUPPORTED;
  }
  return TORII_OK;
}

static void stop_plugin(const torii_stop_args *args) { (void)args; }

/* --- Configuration: a reader for flat JSON objects, which the host has validated ---------------------------------- */

/* The value of a member of the outermost object: where it begins, or null. */
static const char *config_member(torii_slice config, const char *name, const char **end) {
  const char *p = (const char *)config.data;
  const char *stop = p + config.size;
  size_t length = strlen(name);
  int depth = 0;
  bool is_key = false;
  while (p < stop) {
    char c = *p;
    if (c == '"') {
      const char *text = ++p;
      while (p < stop && *p != '"') p += *p == '\\' ? 2 : 1;
      bool matches = depth == 1 && is_key && (size_t)(p - text) == length && memcmp(text, name, length) == 0;
      p++;
      if (matches) {
        while (p < stop && (*p == ':' || *p == ' ' || *p == '\n')) p++;
        *end = stop;
        return p;
      }
      continue;
    }
    if (c == '{' || c == '[') depth++, is_key = c == '{';
    if (c == '}' || c == ']') depth--;
    if (c == ':') is_key = false;
    if (c == ',') is_key = true;
    p++;
  }
  return NULL;
}

static void config_text(torii_slice config, const char *name, char *out, size_t size) {
  const char *end;
  const char *p = config_member(config, name, &end);
  if (!p || p >= end || *p != '"') return;
  size_t n = 0;
  for (p++; p < end && *p != '"' && n + 1 < size; p++) {
    char c = *p;
    if (c == '\\' && p + 1 < end) {
      c = *++p;
      if (c == 'n') c = '\n';
      if (c == 'r') c = '\r';
      if (c == 't') c = '\t';
    }
    out[n++] = c;
  }
  out[n] = 0;
}

static int64_t config_number(torii_slice config, const char *name, int64_t otherwise) {
  const char *end;
  const char *p = config_member(config, name, &end);
  if (!p || p >= end || (*p != '-' && (*p < '0' || *p > '9'))) return otherwise;
  char digits[24];
  size_t n = 0;
  while (p < end && n + 1 < sizeof digits && (*p == '-' || (*p >= '0' && *p <= '9'))) digits[n++] = *p++;
  digits[n] = 0;
  return strtoll(digits, NULL, 10);
}

/* "none", "observe", "stream" or "whole". */
static uint32_t config_body_mode(torii_slice config, const char *name, uint32_t otherwise) {
  char mode[16] = "";
  config_text(config, name, mode, sizeof mode);
  if (!strcmp(mode, "none")) return TORII_BODY_NONE;
  if (!strcmp(mode, "observe")) return TORII_BODY_OBSERVE;
  if (!strcmp(mode, "stream")) return TORII_BODY_STREAM;
  if (!strcmp(mode, "whole")) return TORII_BODY_WHOLE;
  return otherwise;
}

/* TORII_PHASE_... of "access", "request_body", "header_filter", "body_filter", "log"; 0 for anything else. */
static uint32_t config_phase(torii_slice config, const char *name) {
  char phase[16] = "";
  config_text(config, name, phase, sizeof phase);
  if (!strcmp(phase, "access")) return TORII_PHASE_ACCESS;
  if (!strcmp(phase, "request_body")) return TORII_PHASE_REQUEST_BODY;
  if (!strcmp(phase, "header_filter")) return TORII_PHASE_HEADER_FILTER;
  if (!strcmp(phase, "body_filter")) return TORII_PHASE_BODY_FILTER;
  if (!strcmp(phase, "log")) return TORII_PHASE_LOG;
  return TORII_PHASE_NONE;
}

#define ALL_PHASES                                                                                                     \
  (1u << TORII_PHASE_ACCESS | 1u << TORII_PHASE_REQUEST_BODY | 1u << TORII_PHASE_HEADER_FILTER |                       \
   1u << TORII_PHASE_BODY_FILTER | 1u << TORII_PHASE_LOG)

/* The descriptor's fields that are the same in all test plugins. */
#define DESCRIPTOR_BASICS                                                                                              \
  .struct_size = sizeof(torii_plugin_descriptor), .magic = TORII_MAGIC, .abi_major = TORII_ABI_MAJOR,                  \
  .abi_minor = TORII_ABI_MINOR, .version = "1.0.0", .vendor = "Torii", .license = "Apache-2.0"

/* The entry point. */
#define EXPORT_DESCRIPTOR(descriptor)                                                                                  \
  TORII_EXPORT const torii_plugin_descriptor *torii_plugin_entry(uint32_t major, uint32_t minor) {                     \
    (void)minor;                                                                                                       \
    return major == TORII_ABI_MAJOR ? &descriptor : NULL;                                                              \
  }

/* Not every plugin uses all of it. */
static inline void use_support(void) {
  (void)request_texts, (void)flow, (void)async_calls, (void)record, (void)metrics, (void)body;
  (void)config_text, (void)config_number, (void)config_body_mode, (void)config_phase, (void)refuse;
}

#endif
