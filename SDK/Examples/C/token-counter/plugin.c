/* token-counter: notes how many tokens an LLM's answer says that it took.
 *
 * config  key  string, default "tokens": where in the log record {"prompt":…,"completion":…,"total":…} goes
 *
 * It reads the object `usage` of OpenAI's and Anthropic's answers, whole or streamed, as they flow by: unchanged, nothing is
 * held or copied, and it does not matter how the body was cut. The last numbers count: in a stream they are the final ones.
 */
#include <stdlib.h>

#include "torii/helpers.h"
#include "torii/json.h"

typedef struct {
  char key[129];
} token_counter;

enum { IN_VALUE, IN_STRING, IN_ESCAPE };
enum { NO_NUMBER, PROMPT, COMPLETION };

/* Between two pieces. */
typedef struct {
  uint64_t prompt, completion;
  uint64_t number;      /* the digits so far */
  uint32_t depth;       /* of objects and arrays */
  uint32_t usage_depth; /* of the object `usage`; 0 outside of it */
  uint8_t place;        /* IN_… */
  uint8_t counts;       /* what the number being read is */
  uint8_t is_found;     /* a number was */
  uint8_t name_size;    /* 255: too long to be a name that matters */
  char name[20];        /* the latest string */
} state;

static torii_tables torii;
static torii_metric_id prompt_tokens, completion_tokens, answer_tokens;

/* The counter of one type of tokens. */
static torii_status count_type(torii_metric_id tokens, const char *type, torii_metric_id *metric) {
  torii_header label = {torii_text("type"), torii_text(type)};
  return torii.metrics->labelled(torii.context, tokens, &label, 1, metric);
}

static torii_status start(torii_start_args *args) {
  torii = torii_find_tables(args->host);
  if (!torii.headers || !torii.log) return TORII_E_UNSUPPORTED;
  /* A gateway of ABI 1.0 has neither labels nor bounds: it counts nothing here. */
  if (!torii.metrics || !TORII_HAS(torii_metrics_interface, torii.metrics, labelled)) return TORII_OK;
  static const double bounds[] = {10, 100, 1000, 10000};
  torii_metric_id tokens;
  torii_status status = torii.metrics->define(torii.context, TORII_METRIC_COUNTER, torii_text("tokens_total"),
                                              torii_text("Tokens of prompts and of answers."), &tokens);
  if (status >= 0) status = count_type(tokens, "prompt", &prompt_tokens);
  if (status >= 0) status = count_type(tokens, "completion", &completion_tokens);
  if (status < 0) return status;
  return torii.metrics->define_histogram(torii.context, torii_text("answer_tokens"), torii_text("Tokens of an answer."),
                                         bounds, sizeof bounds / sizeof *bounds, &answer_tokens);
}

static torii_status config_create(torii_config_create_args *args) {
  token_counter *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  torii_json_text_or(torii_json_member(args->config, "key"), "tokens", self->key, sizeof self->key, NULL);
  if (!self->key[0] || strspn(self->key, "abcdefghijklmnopqrstuvwxyz0123456789_.") != strlen(self->key)) {
    free(self);
    return torii_refuse(args->error, "/key", "is not a dotted key of a-z, 0-9 and _");
  }
  args->instance_data = self;
  return TORII_OK;
}

static void config_destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

static bool is_name(const state *known, const char *name) {
  return known->name_size == strlen(name) && memcmp(known->name, name, known->name_size) == 0;
}

static void end_number(state *known) {
  if (known->counts == PROMPT) known->prompt = known->number, known->is_found = 1;
  if (known->counts == COMPLETION) known->completion = known->number, known->is_found = 1;
  known->counts = NO_NUMBER;
}

static void read_byte(state *known, uint8_t byte) {
  if (known->place == IN_ESCAPE) {
    known->place = IN_STRING;
    known->name_size = 255;
    return;
  }
  if (known->place == IN_STRING && byte != '\n') {
    if (byte == '\\')
      known->place = IN_ESCAPE;
    else if (byte == '"')
      known->place = IN_VALUE;
    else if (known->name_size < sizeof known->name)
      known->name[known->name_size++] = (char)byte;
    else
      known->name_size = 255;
    return;
  }
  known->place = IN_VALUE;
  if (byte >= '0' && byte <= '9') {
    if (known->counts != NO_NUMBER && known->number < UINT32_MAX) known->number = known->number * 10 + (byte - '0');
    return;
  }
  switch (byte) {
  case '"':
    end_number(known);
    known->place = IN_STRING;
    known->name_size = 0;
    break;
  case ':':
    known->number = 0;
    if (known->usage_depth == 0 || known->depth != known->usage_depth)
      known->counts = NO_NUMBER;
    else if (is_name(known, "prompt_tokens") || is_name(known, "input_tokens"))
      known->counts = PROMPT;
    else if (is_name(known, "completion_tokens") || is_name(known, "output_tokens"))
      known->counts = COMPLETION;
    break;
  case '{':
  case '[':
    known->counts = NO_NUMBER;
    known->depth++;
    if (byte == '{' && known->usage_depth == 0 && is_name(known, "usage")) known->usage_depth = known->depth;
    known->name_size = 255;
    break;
  case '}':
  case ']':
    end_number(known);
    if (known->depth == known->usage_depth) known->usage_depth = 0;
    if (known->depth > 0) known->depth--;
    break;
  case ',':
    end_number(known);
    known->name_size = 255;
    break;
  case ' ':
  case '\t':
  case '\r':
  case '\n': break;
  default: known->counts = NO_NUMBER; /* null, or not JSON */
  }
}

static torii_action on_access(const torii_phase_args *args) {
  /* Compressed content could not be read. */
  torii_status status = torii.headers->remove(torii.context, args->request, TORII_HEADERS_UPSTREAM,
                                              torii_text("Accept-Encoding"));
  return status < 0 && status != TORII_E_NOT_FOUND ? status : TORII_CONTINUE;
}

static torii_action on_body_filter(const torii_body_args *args) {
  state *known = args->request_state;
  for (uint32_t i = 0; i < args->part_count; i++)
    for (size_t at = 0; at < args->parts[i].size; at++) read_byte(known, args->parts[i].data[at]);
  return TORII_CONTINUE;
}

static torii_action on_log(const torii_phase_args *args) {
  const token_counter *self = args->instance_data;
  const state *known = args->request_state;
  if (!known->is_found) return TORII_CONTINUE;
  char json[128];
  snprintf(json, sizeof json, "{\"prompt\":%llu,\"completion\":%llu,\"total\":%llu}",
           (unsigned long long)known->prompt, (unsigned long long)known->completion,
           (unsigned long long)(known->prompt + known->completion));
  if (prompt_tokens) torii.metrics->record(torii.context, prompt_tokens, (double)known->prompt);
  if (completion_tokens) torii.metrics->record(torii.context, completion_tokens, (double)known->completion);
  if (answer_tokens) torii.metrics->record(torii.context, answer_tokens, (double)known->completion);
  return torii.log->set(torii.context, args->request, torii_text(self->key), torii_text(json));
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start,
    .config_create = config_create,
    .config_destroy = config_destroy,
    .access = on_access,
    .body_filter = on_body_filter,
    .log = on_log,
};

static const char *const needs[] = {TORII_HEADERS_INTERFACE, TORII_LOG_INTERFACE, NULL};

static const torii_plugin_descriptor descriptor = {
    TORII_DESCRIPTOR_BASICS,
    .name = "token-counter",
    .version = "1.0.0",
    .vendor = "Torii",
    .summary = "Notes how many tokens an LLM's answer took",
    .license = "Apache-2.0",
    .flags = TORII_FLAG_MAY_UNLOAD,
    .phases = 1u << TORII_PHASE_ACCESS | 1u << TORII_PHASE_BODY_FILTER | 1u << TORII_PHASE_LOG,
    /* After what translates answers (ai-proxy 770 and others), and before what writes records (file-log 9). */
    .priority = 50,
    .request_state_size = sizeof(state),
    .response_body_mode = TORII_BODY_OBSERVE,
    .needs = needs,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"key\":{\"type\":\"string\",\"default\":\"tokens\",\"minLength\":1,\"maxLength\":128}}}",
    .callbacks = &callbacks,
};

TORII_EXPORT_PLUGIN(descriptor)
