/* abi10-filter: all five phases, with streamed bodies.
 *
 * config  greeting  string, at most 60, default "hello"; "forbidden" is refused
 *
 * access         sets X-Abi10 upstream to the greeting, adds X-Abi10-Added twice, removes X-Secret, redacts X-Token
 * request_body   letters become capitals
 * header_filter  X-Abi10-Facts: method, path, query, route's name, status upstream, how many fields the request had;
 *                X-Upstream goes; 200 becomes 202
 * body_filter    letters become capitals again, handed over; at the end ` [N]`, N being how many bytes came
 * log            `abi10.filter` in the log record: how often each callback ran, and how many checks failed
 *
 * Every function of torii.headers/1, torii.request/1, torii.log/1 and torii.metrics/1 is called, rightly and wrongly: a
 * status that is not as 1.0 says counts as a failed check. Priority 700. */
#include "sample.h"

#define INSTANCES 32
#define BLOCKS 64
#define BLOCK_SIZE 16384

typedef struct {
  int used;
  char greeting[64];
} filter;

typedef struct {
  uint32_t calls[TORII_PHASE_EVENT];
  uint32_t failed;
  uint32_t first_failed; /* the line of the first check that failed */
  uint32_t fields;
  uint64_t response_bytes;
} state;

typedef struct {
  int used;
  uint8_t bytes[BLOCK_SIZE];
} block;

static filter filters[INSTANCES];
static block blocks[BLOCKS];
static torii_metric_id requests_metric, greeting_metric, sizes_metric;

#define CHECK(condition)                                                                                               \
  do {                                                                                                                 \
    if (!(condition) && !noted->failed++) noted->first_failed = __LINE__;                                              \
  } while (0)

static torii_status start(torii_start_args *args) {
  torii_status status = get_interfaces(args);
  if (status != TORII_OK) return status;
  status = metrics->define(host->context, TORII_METRIC_COUNTER, text("requests"), text("Requests seen."), &requests_metric);
  if (status != TORII_OK) return refused(args->error, status, "", "the counter cannot be defined");
  status = metrics->define(host->context, TORII_METRIC_HISTOGRAM, text("sizes"), text("Sizes of responses."), &sizes_metric);
  if (status != TORII_OK) return refused(args->error, status, "", "the histogram cannot be defined");
  torii_metric_id none;
  if (metrics->define(host->context, 99, text("odd"), text(""), &none) != TORII_E_INVALID ||
      metrics->define(host->context, TORII_METRIC_GAUGE, text("Not A Name"), text(""), &none) != TORII_E_INVALID)
    return refused(args->error, TORII_E_FAILED, "", "a metric is defined that must not be");
  args->plugin_data = filters;
  host->log(host->context, 0, 0, TORII_LOG_INFO, text("abi10-filter has started"));
  return TORII_OK;
}

static void stop(const torii_stop_args *args) { (void)args; }

static torii_status create(torii_config_create_args *args) {
  char greeting[64];
  member_text(args->config, "greeting", greeting, sizeof greeting);
  if (same(text(greeting), "forbidden"))
    return refused(args->error, TORII_E_CONFIG, "/greeting", "this greeting is forbidden: take another");
  if (args->plugin_data != filters || args->instance == 0 || args->request_body_mode != TORII_BODY_STREAM ||
      args->response_body_mode != TORII_BODY_STREAM)
    return refused(args->error, TORII_E_FAILED, "", "the arguments are not as 1.0 says");
  if (metrics->define(host->context, TORII_METRIC_GAUGE, text("greeting_length"), text("Length of the greeting."),
                      &greeting_metric) != TORII_OK)
    return refused(args->error, TORII_E_FAILED, "", "the gauge cannot be defined");
  for (int i = 0; i < INSTANCES; i++) {
    if (filters[i].used) continue;
    filters[i].used = 1;
    memcpy(filters[i].greeting, greeting, sizeof greeting);
    args->instance_data = &filters[i];
    return TORII_OK;
  }
  return refused(args->error, TORII_E_MEMORY, "", "no more instances");
}

static void destroy(const torii_config_destroy_args *args) { ((filter *)args->instance_data)->used = 0; }

static torii_action access_phase(const torii_phase_args *args) {
  const filter *self = args->instance_data;
  state *noted = args->request_state;
  void *context = host->context;
  torii_request_id request = args->request;
  noted->calls[TORII_PHASE_ACCESS]++;
  CHECK(args->phase == TORII_PHASE_ACCESS && args->plugin_data == filters);

  torii_slice name, value;
  while (headers->at(context, request, TORII_HEADERS_REQUEST, noted->fields, &name, &value) == TORII_OK) noted->fields++;
  CHECK(headers->get(context, request, TORII_HEADERS_REQUEST, text("HOST"), 0, &value) == TORII_OK && value.size > 0);
  CHECK(headers->get(context, request, TORII_HEADERS_REQUEST, text("x-none"), 0, &value) == TORII_E_NOT_FOUND);
  CHECK(headers->get(context, request, 99, text("host"), 0, &value) == TORII_E_INVALID);
  CHECK(headers->get(context, request + 1, TORII_HEADERS_REQUEST, text("host"), 0, &value) == TORII_E_STALE);
  CHECK(headers->set(context, request, TORII_HEADERS_UPSTREAM, text("X-Abi10"), text("overwritten")) == TORII_OK);
  CHECK(headers->set(context, request, TORII_HEADERS_UPSTREAM, text("X-Abi10"), text(self->greeting)) == TORII_OK);
  CHECK(headers->add(context, request, TORII_HEADERS_UPSTREAM, text("X-Abi10-Added"), text("one")) == TORII_OK);
  CHECK(headers->add(context, request, TORII_HEADERS_UPSTREAM, text("X-Abi10-Added"), text("two")) == TORII_OK);
  CHECK(headers->set(context, request, TORII_HEADERS_REQUEST, text("X-Abi10"), text("x")) == TORII_E_PHASE);
  CHECK(headers->set(context, request, TORII_HEADERS_RESPONSE, text("X-Abi10"), text("x")) == TORII_E_PHASE);
  torii_status removed = headers->remove(context, request, TORII_HEADERS_UPSTREAM, text("X-Secret"));
  CHECK(removed == TORII_OK || removed == TORII_E_NOT_FOUND);
  CHECK(headers->remove(context, request, TORII_HEADERS_UPSTREAM, text("X-None")) == TORII_E_NOT_FOUND);

  for (uint32_t attribute = TORII_TEXT_METHOD; attribute <= TORII_TEXT_UPSTREAM_URI; attribute++)
    CHECK(facts->text(context, request, attribute, &value) == TORII_OK);
  CHECK(facts->text(context, request, TORII_TEXT_REQUEST_ID, &value) == TORII_OK && value.size == 32);
  CHECK(facts->text(context, request, TORII_TEXT_SCHEME, &value) == TORII_OK && same(value, "http"));
  CHECK(facts->text(context, request, 9999, &value) == TORII_E_NOT_FOUND);
  int64_t number;
  for (uint32_t attribute = TORII_NUMBER_CLIENT_PORT; attribute <= TORII_NUMBER_HEAD_SENT; attribute++)
    CHECK(facts->number(context, request, attribute, &number) == TORII_OK);
  CHECK(facts->number(context, request, TORII_NUMBER_HEAD_SENT, &number) == TORII_OK && number == 0);
  CHECK(facts->number(context, request, TORII_NUMBER_STARTED_AT, &number) == TORII_OK &&
        (uint64_t)number <= host->wall_time(context));
  CHECK(facts->number(context, request, TORII_NUMBER_STARTED_TIME, &number) == TORII_OK &&
        (uint64_t)number <= host->monotonic_time(context));
  CHECK(facts->number(context, request, 9999, &number) == TORII_E_NOT_FOUND);
  CHECK(facts->capture(context, request, text("none"), &value) == TORII_E_NOT_FOUND);

  torii_slice json;
  CHECK(record->redact(context, request, text("X-Token")) == TORII_OK);
  CHECK(record->record(context, request, &json) == TORII_E_PHASE);
  CHECK(record->set(context, request, text("abi10.filter"), text("not json")) == TORII_E_INVALID);
  torii_metric_id none;
  CHECK(metrics->define(context, TORII_METRIC_COUNTER, text("late"), text(""), &none) == TORII_E_PHASE);
  CHECK(flow->set_status(context, request, 202) == TORII_E_PHASE);
  CHECK(body->emit(context, args->instance, request, text("x")) == TORII_E_PHASE);
  host->log(context, args->instance, request, TORII_LOG_DEBUG, text("abi10-filter was in access"));
  return TORII_CONTINUE;
}

static uint8_t capital(uint8_t byte) { return byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 32) : byte; }

static torii_action request_body(const torii_body_args *args) {
  state *noted = args->request_state;
  noted->calls[TORII_PHASE_REQUEST_BODY]++;
  for (uint32_t part = 0; part < args->part_count; part++) {
    torii_slice rest = args->parts[part];
    while (rest.size) {
      uint8_t scratch[1024];
      size_t count = rest.size < sizeof scratch ? rest.size : sizeof scratch;
      for (size_t i = 0; i < count; i++) scratch[i] = capital(rest.data[i]);
      torii_slice bytes = {scratch, count};
      CHECK(body->emit(host->context, args->instance, args->request, bytes) == TORII_OK);
      rest.data += count;
      rest.size -= count;
    }
  }
  return TORII_CONTINUE;
}

static torii_action header_filter(const torii_phase_args *args) {
  state *noted = args->request_state;
  void *context = host->context;
  noted->calls[TORII_PHASE_HEADER_FILTER]++;
  builder out = {.size = 0};
  static const uint32_t shown[] = {TORII_TEXT_METHOD, TORII_TEXT_PATH, TORII_TEXT_QUERY, TORII_TEXT_ROUTE_NAME};
  for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
    torii_slice value;
    CHECK(facts->text(context, args->request, shown[i], &value) == TORII_OK);
    put(&out, value);
    put_text(&out, " ");
  }
  int64_t status = 0;
  CHECK(facts->number(context, args->request, TORII_NUMBER_UPSTREAM_STATUS, &status) == TORII_OK);
  put_number(&out, status);
  put_text(&out, " ");
  put_number(&out, noted->fields);
  CHECK(headers->set(context, args->request, TORII_HEADERS_RESPONSE, text("X-Abi10-Facts"), built(&out)) == TORII_OK);
  CHECK(headers->set(context, args->request, TORII_HEADERS_UPSTREAM, text("X"), text("x")) == TORII_E_PHASE);
  headers->remove(context, args->request, TORII_HEADERS_RESPONSE, text("x-upstream"));
  if (status == 200) CHECK(flow->set_status(context, args->request, 202) == TORII_OK);
  CHECK(flow->set_status(context, args->request, 99) == TORII_E_INVALID);
  return TORII_CONTINUE;
}

static void give_back(void *context) { ((block *)context)->used = 0; }

static torii_action body_filter(const torii_body_args *args) {
  state *noted = args->request_state;
  noted->calls[TORII_PHASE_BODY_FILTER]++;
  for (uint32_t part = 0; part < args->part_count; part++) {
    torii_slice rest = args->parts[part];
    noted->response_bytes += rest.size;
    while (rest.size) {
      block *taken = 0;
      for (int i = 0; i < BLOCKS && !taken; i++)
        if (!blocks[i].used) taken = &blocks[i];
      if (!taken) return TORII_E_MEMORY;
      taken->used = 1;
      size_t count = rest.size < BLOCK_SIZE ? rest.size : BLOCK_SIZE;
      for (size_t i = 0; i < count; i++) taken->bytes[i] = capital(rest.data[i]);
      torii_slice bytes = {taken->bytes, count};
      CHECK(body->emit_owned(host->context, args->instance, args->request, bytes, give_back, taken) == TORII_OK);
      rest.data += count;
      rest.size -= count;
    }
  }
  if (args->flags & TORII_BODY_LAST) {
    builder out = {.size = 0};
    put_text(&out, " [");
    put_number(&out, (int64_t)noted->response_bytes);
    put_text(&out, "]");
    CHECK(body->emit(host->context, args->instance, args->request, built(&out)) == TORII_OK);
  }
  return TORII_CONTINUE;
}

static torii_action log_phase(const torii_phase_args *args) {
  const filter *self = args->instance_data;
  state *noted = args->request_state;
  void *context = host->context;
  noted->calls[TORII_PHASE_LOG]++;
  int64_t number;
  CHECK(facts->number(context, args->request, TORII_NUMBER_FINISHED_TIME, &number) == TORII_OK && number > 0);
  CHECK(metrics->record(context, requests_metric, 1) == TORII_OK);
  CHECK(metrics->record(context, greeting_metric, (double)length_of(self->greeting)) == TORII_OK);
  CHECK(metrics->record(context, sizes_metric, (double)noted->response_bytes) == TORII_OK);
  CHECK(metrics->record(context, requests_metric, -1) == TORII_E_INVALID);
  CHECK(metrics->record(context, 0, 1) == TORII_E_NOT_FOUND);
  CHECK(flow->set_status(context, args->request, 202) < 0);
  builder out = {.size = 0};
  put_text(&out, "{");
  put_member(&out, "access", noted->calls[TORII_PHASE_ACCESS]);
  put_member(&out, "request_body", noted->calls[TORII_PHASE_REQUEST_BODY]);
  put_member(&out, "header_filter", noted->calls[TORII_PHASE_HEADER_FILTER]);
  put_member(&out, "body_filter", noted->calls[TORII_PHASE_BODY_FILTER]);
  put_member(&out, "log", noted->calls[TORII_PHASE_LOG]);
  put_member(&out, "response_bytes", (int64_t)noted->response_bytes);
  put_member(&out, "failed", noted->failed);
  put_member(&out, "first_failed", noted->first_failed);
  put_text(&out, "}");
  torii_status status = record->set(context, args->request, text("abi10.filter"), built(&out));
  torii_slice json;
  if (status == TORII_OK) status = record->record(context, args->request, &json);
  return status == TORII_OK && (json.size == 0 || json.data[0] != '{') ? TORII_E_FAILED : status;
}

static void request_end(const torii_phase_args *args) {
  const state *noted = args->request_state;
  if (noted->calls[TORII_PHASE_LOG] != 1)
    host->log(host->context, args->instance, args->request, TORII_LOG_ERROR, text("abi10-filter: no log before the end"));
}

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start,
    .stop = stop,
    .config_create = create,
    .config_destroy = destroy,
    .access = access_phase,
    .request_body = request_body,
    .header_filter = header_filter,
    .body_filter = body_filter,
    .log = log_phase,
    .request_end = request_end,
};

static const torii_plugin_descriptor descriptor = {
    SAMPLE_DESCRIPTOR,
    .name = "abi10-filter",
    .summary = "All five phases, streamed",
    .phases = 1u << TORII_PHASE_ACCESS | 1u << TORII_PHASE_REQUEST_BODY | 1u << TORII_PHASE_HEADER_FILTER |
              1u << TORII_PHASE_BODY_FILTER | 1u << TORII_PHASE_LOG,
    .priority = 700,
    .request_state_size = sizeof(state),
    .request_body_mode = TORII_BODY_STREAM,
    .response_body_mode = TORII_BODY_STREAM,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"greeting\":{\"type\":\"string\",\"default\":\"hello\",\"minLength\":1,\"maxLength\":60}}}",
    .callbacks = &callbacks,
};

SAMPLE_ENTRY(descriptor)
