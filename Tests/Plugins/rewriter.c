/* rewriter: turns the letters a to z of bodies into capitals.
 *
 * config  request   "none", "observe", "stream" or "whole", default "none"    how it takes request bodies
 *         response  the same, default "stream"                                how it takes response bodies
 *         limit     bytes for "whole", default 0 (the gateway's)
 *
 * With "observe" it changes nothing. Each byte is turned on its own, so the result does not depend on how a body was cut.
 * Priority 800. */
#include "plugin_support.h"

static torii_status create(torii_config_create_args *args) {
  args->request_body_mode = config_body_mode(args->config, "request", TORII_BODY_NONE);
  args->response_body_mode = config_body_mode(args->config, "response", TORII_BODY_STREAM);
  args->request_body_limit = args->response_body_limit = (uint64_t)config_number(args->config, "limit", 0);
  /* What the body phases need to know of their mode. */
  args->instance_data = (void *)(uintptr_t)(args->request_body_mode << 8 | args->response_body_mode);
  return TORII_OK;
}

static void destroy(const torii_config_destroy_args *args) { (void)args; }

static torii_action body_phase(const torii_body_args *args) {
  uintptr_t modes = (uintptr_t)args->instance_data;
  uint32_t mode = args->phase == TORII_PHASE_REQUEST_BODY ? (modes >> 8) & 0xFF : modes & 0xFF;
  uint8_t turned[4096];
  if (mode == TORII_BODY_OBSERVE || args->flags & TORII_BODY_TOO_LARGE) return TORII_CONTINUE;
  for (uint32_t i = 0; i < args->part_count; i++) {
    for (size_t done = 0; done < args->parts[i].size;) {
      size_t size = args->parts[i].size - done;
      if (size > sizeof turned) size = sizeof turned;
      for (size_t n = 0; n < size; n++) {
        uint8_t byte = args->parts[i].data[done + n];
        turned[n] = byte >= 'a' && byte <= 'z' ? byte - 32 : byte;
      }
      torii_status status = body->emit(host->context, args->instance, args->request, bytes_slice(turned, size));
      if (status < 0) return status;
      done += size;
    }
  }
  return TORII_CONTINUE;
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start_plugin,
    .stop = stop_plugin,
    .config_create = create,
    .config_destroy = destroy,
    .request_body = body_phase,
    .body_filter = body_phase,
};

#define MODES "\"enum\":[\"none\",\"observe\",\"stream\",\"whole\"]}"

static const torii_plugin_descriptor descriptor = {
    DESCRIPTOR_BASICS,
    .name = "rewriter",
    .summary = "Turns bodies into capitals",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_REQUEST_BODY | 1u << TORII_PHASE_BODY_FILTER,
    .priority = 800,
    .response_body_mode = TORII_BODY_STREAM,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"request\":{\"type\":\"string\",\"default\":\"none\"," MODES
                     ",\"response\":{\"type\":\"string\",\"default\":\"stream\"," MODES
                     ",\"limit\":{\"type\":\"integer\",\"default\":0,\"minimum\":0}}}",
    .callbacks = &callbacks,
};

EXPORT_DESCRIPTOR(descriptor)
