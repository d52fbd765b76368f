/* ticker: counts the ticks of a timer of its instance's own, which runs without any request.
 *
 * config  interval  milliseconds, default 50
 *
 * Each tick adds 1 to the counter `ticks`. The response header X-Ticks, set in header_filter, holds how many there were
 * of this instance. Priority 50. */
#include "plugin_support.h"

typedef struct {
  uint64_t interval;
  uint64_t ticks;
} ticker;

static torii_metric_id tick_counter;

static torii_status start(torii_start_args *args) {
  torii_status status = start_plugin(args);
  if (status < 0) return status;
  return metrics->define(host->context, TORII_METRIC_COUNTER, text_slice("ticks"), text_slice("Ticks of all timers."),
                         &tick_counter);
}

static torii_status create(torii_config_create_args *args) {
  ticker *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  self->interval = (uint64_t)config_number(args->config, "interval", 50);
  args->instance_data = self;
  if (args->flags & TORII_START_INSPECT) return TORII_OK;
  torii_operation_id operation;
  torii_status status = async_calls->timer(host->context, args->instance, 0, self->interval, 1, &operation);
  if (status < 0) free(self);
  return status;
}

static void destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

static torii_action event(const torii_event_args *args) {
  ticker *self = args->instance_data;
  if (args->kind != TORII_EVENT_TIMER || args->request != 0) return TORII_CONTINUE;
  self->ticks++;
  metrics->record(host->context, tick_counter, 1);
  torii_operation_id operation;
  async_calls->timer(host->context, args->instance, 0, self->interval, 1, &operation);
  return TORII_CONTINUE;
}

static torii_action header_filter(const torii_phase_args *args) {
  const ticker *self = args->instance_data;
  char text[24];
  snprintf(text, sizeof text, "%llu", (unsigned long long)self->ticks);
  torii_status status =
      headers->set(host->context, args->request, TORII_HEADERS_RESPONSE, text_slice("X-Ticks"), text_slice(text));
  return status < 0 ? status : TORII_CONTINUE;
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start,
    .stop = stop_plugin,
    .config_create = create,
    .config_destroy = destroy,
    .header_filter = header_filter,
    .event = event,
};

static const torii_plugin_descriptor descriptor = {
    DESCRIPTOR_BASICS,
    .name = "ticker",
    .summary = "Counts the ticks of a timer",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_HEADER_FILTER,
    .priority = 50,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"interval\":{\"type\":\"integer\",\"default\":50,\"minimum\":1,\"maximum\":600000}}}",
    .callbacks = &callbacks,
};

EXPORT_DESCRIPTOR(descriptor)
