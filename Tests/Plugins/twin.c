/* twin: says at every step which build of it is at work, so that two builds in one response are seen.
 *
 * config  mark  string, default ""  stands behind the build's name
 *
 * access sets the upstream field X-Build, header_filter the response's X-Build, body_filter writes the same at the end of the
 * body. The build's name is given when it is compiled: -DBUILD='"b"'. Priority 100. */
#include "plugin_support.h"

#ifndef BUILD
#define BUILD "a"
#endif

typedef struct {
  char name[64];
} twin;

static torii_status create(torii_config_create_args *args) {
  twin *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  strcpy(self->name, BUILD);
  config_text(args->config, "mark", self->name + strlen(BUILD), sizeof self->name - strlen(BUILD));
  args->instance_data = self;
  return TORII_OK;
}

static void destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

static torii_action set(const torii_phase_args *args, uint32_t map) {
  const twin *self = args->instance_data;
  torii_status status = headers->set(host->context, args->request, map, text_slice("X-Build"), text_slice(self->name));
  return status < 0 ? status : TORII_CONTINUE;
}

static torii_action access_phase(const torii_phase_args *args) { return set(args, TORII_HEADERS_UPSTREAM); }
static torii_action header_filter(const torii_phase_args *args) { return set(args, TORII_HEADERS_RESPONSE); }

static torii_action body_filter(const torii_body_args *args) {
  const twin *self = args->instance_data;
  if (!(args->flags & TORII_BODY_LAST) || args->flags & TORII_BODY_INCOMPLETE) return TORII_CONTINUE;
  for (uint32_t i = 0; i < args->part_count; i++) {
    torii_status status = body->emit(host->context, args->instance, args->request, args->parts[i]);
    if (status < 0) return status;
  }
  torii_status status = body->emit(host->context, args->instance, args->request, text_slice(self->name));
  return status < 0 ? status : TORII_CONTINUE;
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start_plugin,
    .stop = stop_plugin,
    .config_create = create,
    .config_destroy = destroy,
    .access = access_phase,
    .header_filter = header_filter,
    .body_filter = body_filter,
};

static const torii_plugin_descriptor descriptor = {
    DESCRIPTOR_BASICS,
    .name = "twin",
    .summary = "Says which build of it is at work (" BUILD ")",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_ACCESS | 1u << TORII_PHASE_HEADER_FILTER | 1u << TORII_PHASE_BODY_FILTER,
    .priority = 100,
    .response_body_mode = TORII_BODY_STREAM,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"mark\":{\"type\":\"string\",\"default\":\"\",\"maxLength\":32}}}",
    .callbacks = &callbacks,
};

#ifdef TWIN_MAJOR
/* As if it had been built for another major version, which refuses this host. */
TORII_EXPORT const torii_plugin_descriptor *torii_plugin_entry(uint32_t major, uint32_t minor) {
  (void)minor;
  return major == TWIN_MAJOR ? &descriptor : NULL;
}
#else
EXPORT_DESCRIPTOR(descriptor)
#endif
