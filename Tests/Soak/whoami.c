/* whoami: tells the client which worker served it, in the response's field X-Worker (its process id).
 *
 * The soak test has to know it: what was in flight on a worker that was ended may be lost, and nothing else.
 *
 * Priority 10. */
#include <stdio.h>
#include <unistd.h>

#include "plugin_support.h"

static torii_status create(torii_config_create_args *args) {
  args->instance_data = NULL;
  return TORII_OK;
}

static void destroy(const torii_config_destroy_args *args) { (void)args; }

static torii_action header_filter(const torii_phase_args *args) {
  char text[16];
  snprintf(text, sizeof text, "%d", (int)getpid());
  torii_status status =
      headers->set(host->context, args->request, TORII_HEADERS_RESPONSE, text_slice("X-Worker"), text_slice(text));
  return status < 0 ? status : TORII_CONTINUE;
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start_plugin,
    .stop = stop_plugin,
    .config_create = create,
    .config_destroy = destroy,
    .header_filter = header_filter,
};

static const torii_plugin_descriptor descriptor = {
    DESCRIPTOR_BASICS,
    .name = "whoami",
    .summary = "Says which worker is at work",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_HEADER_FILTER,
    .priority = 10,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{}}",
    .callbacks = &callbacks,
};

EXPORT_DESCRIPTOR(descriptor)
