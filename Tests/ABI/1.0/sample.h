/* What the sample plugins share. They are built without a libc, so that the binaries load wherever the kernel and the
 * processor are: texts, numbers, the configuration, memory of their own. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <torii/plugin.h>

/* What a compiler may call by itself. */
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);

void *memcpy(void *to, const void *from, size_t size) {
  uint8_t *target = to;
  const uint8_t *source = from;
  while (size--) *target++ = *source++;
  return to;
}

void *memset(void *to, int value, size_t size) {
  uint8_t *target = to;
  while (size--) *target++ = (uint8_t)value;
  return to;
}

static const torii_host *host;
static const torii_headers_interface *headers;
static const torii_request_interface *facts;
static const torii_upstream_interface *upstream;
static const torii_flow_interface *flow;
static const torii_body_interface *body;
static const torii_async_interface *operations;
static const torii_log_interface *record;
static const torii_metrics_interface *metrics;

/* All interfaces of 1.0: the host checks that it has them before start() is called. */
static const char *const all_interfaces[] = {
    TORII_HEADERS_INTERFACE, TORII_REQUEST_INTERFACE, TORII_UPSTREAM_INTERFACE, TORII_FLOW_INTERFACE,
    TORII_BODY_INTERFACE,    TORII_ASYNC_INTERFACE,   TORII_LOG_INTERFACE,      TORII_METRICS_INTERFACE,
    0,
};

static inline size_t length_of(const char *text) {
  size_t length = 0;
  while (text[length]) length++;
  return length;
}

static inline torii_slice text(const char *characters) {
  torii_slice slice = {(const uint8_t *)characters, length_of(characters)};
  return slice;
}

static inline int same(torii_slice slice, const char *characters) {
  size_t length = length_of(characters);
  if (slice.size != length) return 0;
  for (size_t i = 0; i < length; i++)
    if (slice.data[i] != (uint8_t)characters[i]) return 0;
  return 1;
}

/* --- Texts that are put together ---------------------------------------------------------------------------------- */

typedef struct {
  uint8_t bytes[2048];
  size_t size;
} builder;

static inline void put(builder *out, torii_slice slice) {
  for (size_t i = 0; i < slice.size && out->size < sizeof out->bytes; i++) out->bytes[out->size++] = slice.data[i];
}

static inline void put_text(builder *out, const char *characters) { put(out, text(characters)); }

static inline void put_number(builder *out, int64_t number) {
  uint8_t digits[20];
  size_t count = 0;
  uint64_t rest = number < 0 ? (uint64_t)0 - (uint64_t)number : (uint64_t)number;
  do digits[count++] = (uint8_t)('0' + rest % 10);
  while (rest /= 10);
  if (number < 0) put_text(out, "-");
  while (count) {
    torii_slice digit = {&digits[--count], 1};
    put(out, digit);
  }
}

/* `,"name":number`; without the comma right after an opening brace. */
static inline void put_member(builder *out, const char *name, int64_t number) {
  if (out->size && out->bytes[out->size - 1] != '{') put_text(out, ",");
  put_text(out, "\"");
  put_text(out, name);
  put_text(out, "\":");
  put_number(out, number);
}

static inline torii_slice built(const builder *out) {
  torii_slice slice = {out->bytes, out->size};
  return slice;
}

/* --- Configuration: an object whose values are strings without escapes, and numbers ------------------------------- */

/* Where the value of a member begins; the end when there is none. */
static inline size_t member(torii_slice config, const char *name) {
  size_t length = length_of(name);
  for (size_t i = 0; i + length + 2 < config.size; i++) {
    torii_slice candidate = {config.data + i + 1, length};
    if (config.data[i] != '"' || config.data[i + length + 1] != '"' || !same(candidate, name)) continue;
    i += length + 2;
    while (i < config.size && (config.data[i] == ' ' || config.data[i] == ':')) i++;
    return i;
  }
  return config.size;
}

/* Copies a string value, cut to fit; "" when there is none. */
static inline void member_text(torii_slice config, const char *name, char *out, size_t size) {
  size_t i = member(config, name), n = 0;
  if (i < config.size && config.data[i] == '"')
    for (i++; i < config.size && config.data[i] != '"' && n + 1 < size; i++) out[n++] = (char)config.data[i];
  out[n] = 0;
}

static inline uint32_t member_number(torii_slice config, const char *name) {
  uint32_t number = 0;
  for (size_t i = member(config, name); i < config.size && config.data[i] >= '0' && config.data[i] <= '9'; i++)
    number = number * 10 + (uint32_t)(config.data[i] - '0');
  return number;
}

/* --- Lifecycle ------------------------------------------------------------------------------------------------------ */

static inline torii_status refused(torii_error *error, torii_status code, const char *pointer, const char *message) {
  if (error && TORII_HAS(torii_error, error, message)) {
    error->code = code;
    memcpy(error->pointer, pointer, length_of(pointer) + 1);
    memcpy(error->message, message, length_of(message) + 1);
  }
  return code;
}

/* Gets every table of 1.0, each at least as large as it was then. */
static inline torii_status get_interfaces(const torii_start_args *args) {
  host = args->host;
  if (!TORII_HAS(torii_host, host, wall_time) || host->abi_major != 1 || !host->version)
    return refused(args->error, TORII_E_UNSUPPORTED, "", "the host table is smaller than it was in 1.0");
  headers = host->query_interface(host->context, TORII_HEADERS_INTERFACE);
  facts = host->query_interface(host->context, TORII_REQUEST_INTERFACE);
  upstream = host->query_interface(host->context, TORII_UPSTREAM_INTERFACE);
  flow = host->query_interface(host->context, TORII_FLOW_INTERFACE);
  body = host->query_interface(host->context, TORII_BODY_INTERFACE);
  operations = host->query_interface(host->context, TORII_ASYNC_INTERFACE);
  record = host->query_interface(host->context, TORII_LOG_INTERFACE);
  metrics = host->query_interface(host->context, TORII_METRICS_INTERFACE);
  int whole = headers && TORII_HAS(torii_headers_interface, headers, remove) && facts &&
              TORII_HAS(torii_request_interface, facts, capture) && upstream &&
              TORII_HAS(torii_upstream_interface, upstream, set_method) && flow &&
              TORII_HAS(torii_flow_interface, flow, post) && body &&
              TORII_HAS(torii_body_interface, body, emit_owned) && operations &&
              TORII_HAS(torii_async_interface, operations, cancel) && record &&
              TORII_HAS(torii_log_interface, record, record) && metrics &&
              TORII_HAS(torii_metrics_interface, metrics, record);
  if (!whole) return refused(args->error, TORII_E_UNSUPPORTED, "", "an interface is missing, or smaller than in 1.0");
  if (host->query_interface(host->context, "torii.nothing/1"))
    return refused(args->error, TORII_E_UNSUPPORTED, "", "the host has an interface that does not exist");
  return TORII_OK;
}

/* The descriptor's fields that all samples share. */
#define SAMPLE_DESCRIPTOR                                                                                              \
  .struct_size = sizeof(torii_plugin_descriptor), .magic = TORII_MAGIC, .abi_major = 1, .abi_minor = 0,                \
  .version = "1.0.0", .vendor = "Torii", .license = "Apache-2.0", .flags = TORII_FLAG_MAY_UNLOAD,                      \
  .needs = all_interfaces

#define SAMPLE_ENTRY(descriptor)                                                                                       \
  TORII_EXPORT const torii_plugin_descriptor *torii_plugin_entry(uint32_t major, uint32_t minor) {                     \
    (void)minor;                                                                                                       \
    return major == 1 ? &descriptor : 0;                                                                               \
  }

#endif
