/* body-rewrite: replaces a text in bodies, while they flow through.
 *
 * config  find      string, at most 64 characters
 *         replace   string, default ""
 *         request   boolean, default false: in request content
 *         response  boolean, default true: in response content
 *
 * A body is never held back, except for what may yet become the text: Knuth, Morris and Pratt's search keeps one number
 * between pieces, so that the result does not depend on how the body was cut.
 */
#include <stdlib.h>

#include "torii/helpers.h"
#include "torii/json.h"

enum { FIND_SIZE = 256, REPLACE_SIZE = 4096 };

typedef struct {
  char find[FIND_SIZE + 1];
  char replace[REPLACE_SIZE + 1];
  size_t find_size, replace_size;
  /* fallback[n]: how much of `find` still matches when the byte after its first n does not. */
  uint16_t fallback[FIND_SIZE + 1];
} body_rewrite;

/* How many bytes of `find` the body so far ends with: they were not passed on. */
typedef struct {
  uint32_t request_matched, response_matched;
} state;

static torii_tables torii;

static torii_status start(torii_start_args *args) {
  torii = torii_find_tables(args->host);
  return torii.headers && torii.body ? TORII_OK : TORII_E_UNSUPPORTED;
}

static torii_status config_create(torii_config_create_args *args) {
  body_rewrite *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  torii_json_text(torii_json_member(args->config, "find"), self->find, sizeof self->find, &self->find_size);
  torii_json_text(torii_json_member(args->config, "replace"), self->replace, sizeof self->replace,
                  &self->replace_size);
  if (self->find_size == 0) {
    free(self);
    return torii_refuse(args->error, "/find", "is required, and not empty");
  }
  if (self->find_size == self->replace_size && memcmp(self->find, self->replace, self->find_size) == 0) {
    free(self);
    return torii_refuse(args->error, "/replace", "is the same as find: nothing would change");
  }
  for (size_t n = 1, length = 0; n < self->find_size; n++) {
    while (length > 0 && self->find[n] != self->find[length]) length = self->fallback[length];
    if (self->find[n] == self->find[length]) length++;
    self->fallback[n + 1] = (uint16_t)length;
  }
  bool request = torii_json_boolean(torii_json_member(args->config, "request"), false);
  bool response = torii_json_boolean(torii_json_member(args->config, "response"), true);
  args->request_body_mode = request ? TORII_BODY_STREAM : TORII_BODY_NONE;
  args->response_body_mode = response ? TORII_BODY_STREAM : TORII_BODY_NONE;
  args->instance_data = self;
  return TORII_OK;
}

static void config_destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

/* Bytes are passed on in runs. */
typedef struct {
  const torii_body_args *args;
  size_t size;
  torii_status status;
  uint8_t bytes[4096];
} output;

static void flush(output *out) {
  if (out->size == 0 || out->status < 0) return;
  out->status = torii.body->emit(torii.context, out->args->instance, out->args->request,
                                 torii_bytes(out->bytes, out->size));
  out->size = 0;
}

static void put(output *out, const char *bytes, size_t size) {
  while (size > 0 && out->status >= 0) {
    if (out->size == sizeof out->bytes) flush(out);
    size_t part = sizeof out->bytes - out->size < size ? sizeof out->bytes - out->size : size;
    memcpy(out->bytes + out->size, bytes, part);
    out->size += part, bytes += part, size -= part;
  }
}

static torii_action rewrite(const torii_body_args *args, uint32_t *matched_so_far) {
  const body_rewrite *self = args->instance_data;
  size_t matched = *matched_so_far;
  output out;
  out.args = args, out.size = 0, out.status = TORII_OK;
  for (uint32_t i = 0; i < args->part_count; i++) {
    for (size_t at = 0; at < args->parts[i].size; at++) {
      char byte = (char)args->parts[i].data[at];
      while (matched > 0 && byte != self->find[matched]) {
        size_t shorter = self->fallback[matched];
        put(&out, self->find, matched - shorter);
        matched = shorter;
      }
      if (byte == self->find[matched])
        matched++;
      else
        put(&out, &byte, 1);
      if (matched == self->find_size) {
        put(&out, self->replace, self->replace_size);
        matched = 0;
      }
    }
  }
  if (args->flags & TORII_BODY_LAST) {
    put(&out, self->find, matched);
    matched = 0;
  }
  flush(&out);
  *matched_so_far = (uint32_t)matched;
  /* What was emitted takes the piece's place, also when that is nothing: CONTINUE would then pass the piece itself. */
  return out.status < 0 ? out.status : TORII_HOLD;
}

static torii_action on_access(const torii_phase_args *args) {
  /* Compressed content could not be searched. */
  torii_status status = torii.headers->remove(torii.context, args->request, TORII_HEADERS_UPSTREAM,
                                              torii_text("Accept-Encoding"));
  return status < 0 && status != TORII_E_NOT_FOUND ? status : TORII_CONTINUE;
}

static torii_action on_request_body(const torii_body_args *args) {
  return rewrite(args, &((state *)args->request_state)->request_matched);
}

static torii_action on_body_filter(const torii_body_args *args) {
  return rewrite(args, &((state *)args->request_state)->response_matched);
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start,
    .config_create = config_create,
    .config_destroy = config_destroy,
    .access = on_access,
    .request_body = on_request_body,
    .body_filter = on_body_filter,
};

static const char *const needs[] = {TORII_HEADERS_INTERFACE, TORII_BODY_INTERFACE, NULL};

static const torii_plugin_descriptor descriptor = {
    TORII_DESCRIPTOR_BASICS,
    .name = "body-rewrite",
    .version = "1.0.0",
    .vendor = "Torii",
    .summary = "Replaces a text in bodies while they flow through",
    .license = "Apache-2.0",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_ACCESS | 1u << TORII_PHASE_REQUEST_BODY | 1u << TORII_PHASE_BODY_FILTER,
    .priority = 200,
    .request_state_size = sizeof(state),
    .response_body_mode = TORII_BODY_STREAM,
    .needs = needs,
    .config_schema = "{\"type\":\"object\",\"required\":[\"find\"],\"additionalProperties\":false,\"properties\":{"
                     "\"find\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":64},"
                     "\"replace\":{\"type\":\"string\",\"default\":\"\",\"maxLength\":1024},"
                     "\"request\":{\"type\":\"boolean\",\"default\":false},"
                     "\"response\":{\"type\":\"boolean\",\"default\":true}}}",
    .callbacks = &callbacks,
};

TORII_EXPORT_PLUGIN(descriptor)
