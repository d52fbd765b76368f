/* abi10-flow: answers, sends elsewhere, ends, holds, fails; with whole request bodies.
 *
 * config  action  string, what it does:
 *                 "none"       request bodies are put between < and >, all else goes on
 *                 "answer"     access answers 418
 *                 "replace"    header_filter answers 203 in place of the upstream
 *                 "elsewhere"  the request goes to `port` as PATCH /elsewhere?by=abi10, with X-Abi10-Size
 *                 "end"        body_filter ends the response's body after its first piece, with " (end)"
 *                 "done"       body_filter puts "(done) " before the first piece and looks no further
 *                 "hold"       body_filter holds everything, and emits how many bytes there were at the end
 *                 "fail"       access fails
 *                 "nonsense"   access returns an action that does not exist
 *         port    integer, of this machine, for "elsewhere"
 *
 * A request body of more than 1000 bytes is answered with 413 and "abi10". `abi10.flow` in the log record holds how many
 * checks failed. Every function of torii.upstream/1 and torii.flow/1 but post() is called. Priority 600. */
#include "sample.h"

#define INSTANCES 32

typedef struct {
  int used;
  char action[16];
  uint32_t port;
} director;

typedef struct {
  uint64_t bytes;
  uint32_t failed, first_failed;
  uint32_t pieces;
} state;

static director directors[INSTANCES];

#define CHECK(condition)                                                                                               \
  do {                                                                                                                 \
    if (!(condition) && !noted->failed++) noted->first_failed = __LINE__;                                              \
  } while (0)

static torii_status start(torii_start_args *args) { return get_interfaces(args); }

static void stop(const torii_stop_args *args) { (void)args; }

static torii_status create(torii_config_create_args *args) {
  if (args->request_body_mode != TORII_BODY_WHOLE || args->request_body_limit != 1000)
    return refused(args->error, TORII_E_FAILED, "", "the arguments are not as the descriptor says");
  for (int i = 0; i < INSTANCES; i++) {
    director *self = &directors[i];
    if (self->used) continue;
    self->used = 1;
    member_text(args->config, "action", self->action, sizeof self->action);
    self->port = member_number(args->config, "port");
    args->instance_data = self;
    return TORII_OK;
  }
  return refused(args->error, TORII_E_MEMORY, "", "no more instances");
}

static void destroy(const torii_config_destroy_args *args) { ((director *)args->instance_data)->used = 0; }

static int does(const director *self, const char *action) { return same(text(self->action), action); }

static torii_action answer(state *noted, torii_request_id request, uint32_t status, const char *content) {
  torii_header fields[] = {{text("X-Abi10"), text("answered")}, {text("Content-Length"), text("99")}};
  torii_response response = {
      .struct_size = sizeof response, .status = 99, .headers = fields, .header_count = 2, .body = text(content)};
  CHECK(flow->respond(host->context, request, &response) == TORII_E_INVALID);
  response.status = status;
  response.struct_size = 4;
  CHECK(flow->respond(host->context, request, &response) == TORII_E_INVALID);
  response.struct_size = sizeof response;
  CHECK(flow->respond(host->context, request, &response) == TORII_OK);
  return TORII_RESPOND;
}

static torii_action access_phase(const torii_phase_args *args) {
  const director *self = args->instance_data;
  state *noted = args->request_state;
  if (does(self, "answer")) return answer(noted, args->request, 418, "short and stout");
  if (does(self, "fail")) return TORII_E_FAILED;
  if (does(self, "nonsense")) return 77;
  if (does(self, "elsewhere")) {
    torii_target target = {
        .struct_size = sizeof target, .scheme = text("gopher"), .host = text("127.0.0.1"), .port = self->port};
    CHECK(upstream->set_target(host->context, args->request, &target) == TORII_E_INVALID);
    target.scheme = text("http");
    target.read_timeout = 5000;
    CHECK(upstream->set_target(host->context, args->request, &target) == TORII_OK);
    CHECK(upstream->set_path(host->context, args->request, text("no slash")) == TORII_E_INVALID);
    CHECK(upstream->set_path(host->context, args->request, text("/elsewhere")) == TORII_OK);
  }
  return TORII_CONTINUE;
}

static torii_action request_body(const torii_body_args *args) {
  const director *self = args->instance_data;
  state *noted = args->request_state;
  void *context = host->context;
  CHECK(args->flags & TORII_BODY_LAST);
  if (args->flags & TORII_BODY_TOO_LARGE) return answer(noted, args->request, 413, "abi10");
  uint64_t size = 0;
  for (uint32_t part = 0; part < args->part_count; part++) size += args->parts[part].size;
  if (does(self, "elsewhere")) {
    CHECK(upstream->set_query(context, args->request, text("a b")) == TORII_E_INVALID);
    CHECK(upstream->set_query(context, args->request, text("by=abi10")) == TORII_OK);
    CHECK(upstream->set_method(context, args->request, text("PATCH")) == TORII_OK);
    builder out = {.size = 0};
    put_number(&out, (int64_t)size);
    CHECK(headers->set(context, args->request, TORII_HEADERS_UPSTREAM, text("X-Abi10-Size"), built(&out)) == TORII_OK);
  }
  if (!size) return TORII_CONTINUE;
  CHECK(body->emit(context, args->instance, args->request, text("<")) == TORII_OK);
  for (uint32_t part = 0; part < args->part_count; part++)
    CHECK(body->emit(context, args->instance, args->request, args->parts[part]) == TORII_OK);
  CHECK(body->emit(context, args->instance, args->request, text(">")) == TORII_OK);
  return TORII_CONTINUE;
}

static torii_action header_filter(const torii_phase_args *args) {
  const director *self = args->instance_data;
  state *noted = args->request_state;
  CHECK(upstream->set_path(host->context, args->request, text("/late")) == TORII_E_PHASE);
  return does(self, "replace") ? answer(noted, args->request, 203, "replaced") : TORII_CONTINUE;
}

static torii_action body_filter(const torii_body_args *args) {
  const director *self = args->instance_data;
  state *noted = args->request_state;
  void *context = host->context;
  for (uint32_t part = 0; part < args->part_count; part++) noted->bytes += args->parts[part].size;
  if (args->part_count) noted->pieces++;
  if (does(self, "end") && args->part_count) {
    CHECK(body->emit(context, args->instance, args->request, args->parts[0]) == TORII_OK);
    CHECK(body->emit(context, args->instance, args->request, text(" (end)")) == TORII_OK);
    return TORII_END;
  }
  if (does(self, "done") && args->part_count) {
    CHECK(noted->pieces == 1);
    CHECK(body->emit(context, args->instance, args->request, text("(done) ")) == TORII_OK);
    CHECK(body->emit(context, args->instance, args->request, args->parts[0]) == TORII_OK);
    return TORII_DONE;
  }
  if (does(self, "hold")) {
    if (!(args->flags & TORII_BODY_LAST)) return TORII_HOLD;
    builder out = {.size = 0};
    put_number(&out, (int64_t)noted->bytes);
    CHECK(body->emit(context, args->instance, args->request, built(&out)) == TORII_OK);
  }
  return TORII_CONTINUE;
}

static torii_action log_phase(const torii_phase_args *args) {
  state *noted = args->request_state;
  torii_response response = {.struct_size = sizeof response, .status = 200};
  CHECK(flow->respond(host->context, args->request, &response) < 0);
  CHECK(flow->resume(host->context, args->instance, args->request + 1) == TORII_E_STALE);
  builder out = {.size = 0};
  put_text(&out, "{");
  put_member(&out, "pieces", noted->pieces);
  put_member(&out, "failed", noted->failed);
  put_member(&out, "first_failed", noted->first_failed);
  put_text(&out, "}");
  return record->set(host->context, args->request, text("abi10.flow"), built(&out));
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
};

static const torii_plugin_descriptor descriptor = {
    SAMPLE_DESCRIPTOR,
    .name = "abi10-flow",
    .summary = "Answers, sends elsewhere, ends, holds, fails",
    .phases = 1u << TORII_PHASE_ACCESS | 1u << TORII_PHASE_REQUEST_BODY | 1u << TORII_PHASE_HEADER_FILTER |
              1u << TORII_PHASE_BODY_FILTER | 1u << TORII_PHASE_LOG,
    .priority = 600,
    .request_state_size = sizeof(state),
    .request_body_mode = TORII_BODY_WHOLE,
    .request_body_limit = 1000,
    .response_body_mode = TORII_BODY_STREAM,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"action\":{\"type\":\"string\",\"default\":\"none\",\"maxLength\":15},"
                     "\"port\":{\"type\":\"integer\",\"default\":0,\"minimum\":0,\"maximum\":65535}}}",
    .callbacks = &callbacks,
};

SAMPLE_ENTRY(descriptor)
