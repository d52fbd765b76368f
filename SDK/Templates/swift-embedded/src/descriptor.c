/* What __NAME__ is: constant data, as the ABI wants it. What it does is in Plugin.swift. */
#include "torii/helpers.h"

torii_status plugin_start(torii_start_args *args);
torii_status plugin_config_create(torii_config_create_args *args);
void plugin_config_destroy(const torii_config_destroy_args *args);
torii_action plugin_header_filter(const torii_phase_args *args);

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = plugin_start,
    .config_create = plugin_config_create,
    .config_destroy = plugin_config_destroy,
    .header_filter = plugin_header_filter,
};

static const char *const needs[] = {TORII_HEADERS_INTERFACE, NULL};

static const torii_plugin_descriptor descriptor = {
    TORII_DESCRIPTOR_BASICS,
    .name = "__NAME__",
    .version = "0.1.0",
    .summary = "Sets a header on each response",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_HEADER_FILTER,
    .priority = 100,
    .needs = needs,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"value\":{\"type\":\"string\",\"default\":\"__NAME__\",\"maxLength\":256}}}",
    .callbacks = &callbacks,
};

TORII_EXPORT_PLUGIN(descriptor)
