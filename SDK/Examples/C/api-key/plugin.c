/* api-key: lets only those pass who show a key.
 *
 * config  header  string, default "X-API-Key": where clients put their key
 *         keys    array of {"name": …, "key": …}: who may pass
 *
 * The upstream gets X-Client-Name instead of the key; the log record gets `api_key.client`.
 */
#include <stdlib.h>

#include "torii/helpers.h"
#include "torii/json.h"

typedef struct {
  char name[65];
  char key[1025];
} client;

typedef struct {
  char header[129];
  size_t count;
  client clients[];
} api_key;

static torii_tables torii;

static torii_status start(torii_start_args *args) {
  torii = torii_find_tables(args->host);
  return torii.headers && torii.flow && torii.log ? TORII_OK : TORII_E_UNSUPPORTED;
}

static torii_status config_create(torii_config_create_args *args) {
  torii_slice keys = torii_json_member(args->config, "keys"), entry;
  size_t count = 0, position = 0;
  while (torii_json_next(keys, &position, NULL, &entry)) count++;
  if (count == 0) return torii_refuse(args->error, "/keys", "is required, and names at least one client");
  api_key *self = calloc(1, sizeof *self + count * sizeof(client));
  if (!self) return TORII_E_MEMORY;
  torii_json_text_or(torii_json_member(args->config, "header"), "X-API-Key", self->header, sizeof self->header, NULL);
  for (position = 0; torii_json_next(keys, &position, NULL, &entry); self->count++) {
    client *new = &self->clients[self->count];
    const char *field = NULL, *message = "is required";
    char pointer[64];
    if (!torii_json_text(torii_json_member(entry, "key"), new->key, sizeof new->key, NULL)) field = "key";
    if (!torii_json_text(torii_json_member(entry, "name"), new->name, sizeof new->name, NULL)) field = "name";
    for (size_t i = 0; i < self->count && !field; i++)
      if (strcmp(self->clients[i].key, new->key) == 0) field = "key", message = "two clients have the same key";
    if (field) {
      snprintf(pointer, sizeof pointer, "/keys/%zu/%s", self->count, field);
      free(self);
      return torii_refuse(args->error, pointer, message);
    }
  }
  args->instance_data = self;
  return TORII_OK;
}

static void config_destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

/* How long it takes tells nothing of where the first difference is. */
static bool is_same_secret(torii_slice given, const char *key) {
  size_t size = strlen(key);
  unsigned difference = given.size != size;
  for (size_t i = 0; i < given.size; i++) difference |= given.data[i] ^ (uint8_t)key[size ? i % size : 0];
  return difference == 0;
}

static torii_action refuse(torii_request_id request, const char *body) {
  torii_header fields[] = {{torii_text("Content-Type"), torii_text("application/json")},
                           {torii_text("WWW-Authenticate"), torii_text("Key")}};
  torii_response response = {.struct_size = sizeof response,
                             .status = 401,
                             .headers = fields,
                             .header_count = 2,
                             .body = torii_text(body)};
  torii_status status = torii.flow->respond(torii.context, request, &response);
  return status < 0 ? status : TORII_RESPOND;
}

static torii_action on_access(const torii_phase_args *args) {
  const api_key *self = args->instance_data;
  torii_slice header = torii_text(self->header), given;
  torii.log->redact(torii.context, args->request, header);
  if (torii.headers->get(torii.context, args->request, TORII_HEADERS_REQUEST, header, 0, &given) != TORII_OK)
    return refuse(args->request, "{\"message\":\"no API key was given\"}");
  const client *found = NULL;
  for (size_t i = 0; i < self->count; i++)
    if (is_same_secret(given, self->clients[i].key)) found = &self->clients[i];
  if (!found) return refuse(args->request, "{\"message\":\"the API key is not valid\"}");

  char json[80];
  snprintf(json, sizeof json, "\"%s\"", found->name);
  torii_status status = torii.log->set(torii.context, args->request, torii_text("api_key.client"), torii_text(json));
  if (status < 0) return status;
  status = torii.headers->remove(torii.context, args->request, TORII_HEADERS_UPSTREAM, header);
  if (status < 0 && status != TORII_E_NOT_FOUND) return status;
  status = torii.headers->set(torii.context, args->request, TORII_HEADERS_UPSTREAM, torii_text("X-Client-Name"),
                              torii_text(found->name));
  return status < 0 ? status : TORII_CONTINUE;
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start,
    .config_create = config_create,
    .config_destroy = config_destroy,
    .access = on_access,
};

static const char *const needs[] = {TORII_HEADERS_INTERFACE, TORII_FLOW_INTERFACE, TORII_LOG_INTERFACE, NULL};

static const torii_plugin_descriptor descriptor = {
    TORII_DESCRIPTOR_BASICS,
    .name = "api-key",
    .version = "1.0.0",
    .vendor = "Torii",
    .summary = "Lets only those pass who show a key",
    .license = "Apache-2.0",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_ACCESS,
    .priority = 1250,
    .needs = needs,
    .config_schema =
        "{\"type\":\"object\",\"required\":[\"keys\"],\"additionalProperties\":false,\"properties\":{"
        "\"header\":{\"type\":\"string\",\"default\":\"X-API-Key\",\"minLength\":1,\"maxLength\":128},"
        "\"keys\":{\"type\":\"array\",\"minItems\":1,\"items\":{"
        "\"type\":\"object\",\"required\":[\"name\",\"key\"],\"additionalProperties\":false,\"properties\":{"
        "\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9._-]+$\",\"maxLength\":64},"
        "\"key\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":256,\"x-secret\":true,\"x-referenceable\":true}"
        "}}}}}",
    .callbacks = &callbacks,
};

TORII_EXPORT_PLUGIN(descriptor)
