/* keeper: counts the requests it has seen, and hands the count over to the instance that takes its place.
 *
 * config  mark   string, default ""  another configuration, and so another instance
 *         fault  string, default ""  what goes wrong with the handover: "export" and "import" (refused, with a reason),
 *                                    "large" (writes more than may be), "null" (writes what is not there)
 *
 * header_filter answers with X-Count, the number of requests, and X-Mark, the build and the mark. The count is this worker's.
 * The build's name is given when it is compiled: -DBUILD='"b"'. Priority 100. */
#include "plugin_support.h"

#ifndef BUILD
#define BUILD "a"
#endif

typedef struct {
  uint64_t count;
  char mark[64];
  char fault[16];
} keeper;

/* The state: the number of its format, and the count. */
typedef struct {
  uint32_t format;
  uint32_t reserved;
  uint64_t count;
} state;

static torii_status create(torii_config_create_args *args) {
  keeper *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  strcpy(self->mark, BUILD);
  config_text(args->config, "mark", self->mark + strlen(BUILD), sizeof self->mark - strlen(BUILD));
  config_text(args->config, "fault", self->fault, sizeof self->fault);
  args->instance_data = self;
  return TORII_OK;
}

static void destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

static torii_action header_filter(const torii_phase_args *args) {
  keeper *self = args->instance_data;
  char text[24];
  snprintf(text, sizeof text, "%llu", (unsigned long long)++self->count);
  torii_status status =
      headers->set(host->context, args->request, TORII_HEADERS_RESPONSE, text_slice("X-Count"), text_slice(text));
  if (status < 0) return status;
  status =
      headers->set(host->context, args->request, TORII_HEADERS_RESPONSE, text_slice("X-Mark"), text_slice(self->mark));
  return status < 0 ? status : TORII_CONTINUE;
}

static torii_status fail(torii_error *error, const char *message) {
  refuse(error, "", message);
  return TORII_E_FAILED;
}

static torii_status export_state(torii_state_export_args *args) {
  const keeper *self = args->instance_data;
  if (!strcmp(self->fault, "export")) return fail(args->error, "the count cannot be written down");
  if (!strcmp(self->fault, "null")) return args->write(args->write_context, (torii_slice){NULL, 1});
  if (!strcmp(self->fault, "large")) {
    static const uint8_t piece[65536];
    for (;;) {
      torii_status status = args->write(args->write_context, (torii_slice){piece, sizeof piece});
      if (status != TORII_OK) return status;
    }
  }
  state written = {.format = 1, .count = self->count};
  /* In two pieces: they are one behind the other. */
  torii_status status = args->write(args->write_context, (torii_slice){(const uint8_t *)&written, 8});
  if (status != TORII_OK) return status;
  return args->write(args->write_context, (torii_slice){(const uint8_t *)&written.count, 8});
}

static torii_status import_state(torii_state_import_args *args) {
  keeper *self = args->instance_data;
  if (!strcmp(self->fault, "import")) return fail(args->error, "the count cannot be read");
  state read;
  if (args->state.size != sizeof read) return fail(args->error, "the state has another size");
  memcpy(&read, args->state.data, sizeof read);
  if (read.format != 1) return fail(args->error, "the state has another format");
  if (args->version.size == 0) return fail(args->error, "nobody wrote the state");
  self->count = read.count;
  return TORII_OK;
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start_plugin,
    .stop = stop_plugin,
    .config_create = create,
    .config_destroy = destroy,
    .header_filter = header_filter,
    .state_export = export_state,
    .state_import = import_state,
};

static const torii_plugin_descriptor descriptor = {
    DESCRIPTOR_BASICS,
    .name = "keeper",
    .summary = "Counts requests across reloads (" BUILD ")",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_HEADER_FILTER,
    .priority = 100,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"mark\":{\"type\":\"string\",\"default\":\"\",\"maxLength\":32},"
                     "\"fault\":{\"type\":\"string\",\"default\":\"\",\"maxLength\":15}}}",
    .callbacks = &callbacks,
};

EXPORT_DESCRIPTOR(descriptor)
