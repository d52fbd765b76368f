/* faulty: does one thing that no plugin may, in one place.
 *
 * config  fault   string  "none", "segv", "abort", "trap", "exit", "hang", "thread" (a thread of its own crashes), "leak"
 *                         (a megabyte each time) or "stack" (endless recursion)
 *         phase   string  where: "access" (default), "request_body", "header_filter", "body_filter", "log", "event" or
 *                         "configure"
 *         header  string  only for requests that have this header field; "" (default) for all
 *         when    string  for "configure": only when there is a file of this path; "" (default) for always
 *
 * Priority 50. */
#include <pthread.h>
#include <unistd.h>

#include "plugin_support.h"

typedef struct {
  char fault[16];
  char phase[16];
  char header[64];
  char when[256];
} faulty;

static void *crash(void *unused) {
  (void)unused;
  *(volatile int *)16 = 1;
  return NULL;
}

static volatile int depth;
static int recurse(int n) {
  volatile char room[4096];
  room[0] = (char)n;
  depth = n;
  return n < 0 ? 0 : recurse(n + 1) + room[0];
}

static void commit_fault(const faulty *self) {
  if (!strcmp(self->fault, "segv")) crash(NULL);
  if (!strcmp(self->fault, "abort")) abort();
  if (!strcmp(self->fault, "trap")) __builtin_trap();
  if (!strcmp(self->fault, "exit")) exit(7);
  if (!strcmp(self->fault, "stack")) recurse(0);
  if (!strcmp(self->fault, "hang")) {
    for (;;) usleep(1000);
  }
  if (!strcmp(self->fault, "leak")) {
    char *memory = malloc(1 << 20);
    if (memory) memset(memory, 1, 1 << 20);
  }
  if (!strcmp(self->fault, "thread")) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, crash, NULL) == 0) pthread_detach(thread);
  }
}

static torii_status create(torii_config_create_args *args) {
  faulty *self = calloc(1, sizeof *self);
  if (!self) return TORII_E_MEMORY;
  strcpy(self->fault, "none");
  strcpy(self->phase, "access");
  config_text(args->config, "fault", self->fault, sizeof self->fault);
  config_text(args->config, "phase", self->phase, sizeof self->phase);
  config_text(args->config, "header", self->header, sizeof self->header);
  config_text(args->config, "when", self->when, sizeof self->when);
  args->instance_data = self;
  if (self->when[0] && access(self->when, F_OK) != 0) return TORII_OK;
  /* Not in the inspector: that is another test's. */
  if (!strcmp(self->phase, "configure") && !(args->flags & 1)) commit_fault(self);
  if (!strcmp(self->phase, "inspect") && args->flags & 1) commit_fault(self);
  return TORII_OK;
}

static void destroy(const torii_config_destroy_args *args) { free(args->instance_data); }

static bool is_meant(const faulty *self, torii_request_id request) {
  if (!self->header[0]) return true;
  torii_slice value;
  return headers->get(host->context, request, TORII_HEADERS_REQUEST, text_slice(self->header), 0, &value) == TORII_OK;
}

static torii_action in_phase(const faulty *self, const char *phase, torii_request_id request) {
  if (!strcmp(self->phase, phase) && is_meant(self, request)) commit_fault(self);
  return TORII_CONTINUE;
}

static torii_action access_phase(const torii_phase_args *args) {
  const faulty *self = args->instance_data;
  if (!strcmp(self->phase, "event") && is_meant(self, args->request)) {
    torii_operation_id operation;
    torii_status status =
        async_calls->timer(host->context, args->instance, args->request, 1, 0, &operation);
    return status < 0 ? status : TORII_PAUSE;
  }
  return in_phase(self, "access", args->request);
}

static torii_action event(const torii_event_args *args) {
  commit_fault(args->instance_data);
  flow->resume(host->context, args->instance, args->request);
  return TORII_CONTINUE;
}

static torii_action header_filter(const torii_phase_args *args) {
  return in_phase(args->instance_data, "header_filter", args->request);
}

static torii_action request_body(const torii_body_args *args) {
  return in_phase(args->instance_data, "request_body", args->request);
}

static torii_action body_filter(const torii_body_args *args) {
  return in_phase(args->instance_data, "body_filter", args->request);
}

static torii_action log_phase(const torii_phase_args *args) { return in_phase(args->instance_data, "log", args->request); }

static const torii_plugin_callbacks callbacks = {
    .struct_size = sizeof callbacks,
    .start = start_plugin,
    .stop = stop_plugin,
    .config_create = create,
    .config_destroy = destroy,
    .access = access_phase,
    .request_body = request_body,
    .header_filter = header_filter,
    .body_filter = body_filter,
    .log = log_phase,
    .event = event,
};

static const torii_plugin_descriptor descriptor = {
    DESCRIPTOR_BASICS,
    .name = "faulty",
    .summary = "Does what no plugin may",
    .flags = TORII_FLAG_MAY_UNLOAD | TORII_FLAG_OWN_THREADS,
    .phases = ALL_PHASES,
    .priority = 50,
    .request_body_mode = TORII_BODY_OBSERVE,
    .response_body_mode = TORII_BODY_OBSERVE,
    .config_schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                     "\"fault\":{\"type\":\"string\",\"default\":\"none\"},"
                     "\"phase\":{\"type\":\"string\",\"default\":\"access\"},"
                     "\"header\":{\"type\":\"string\",\"default\":\"\"},"
                     "\"when\":{\"type\":\"string\",\"default\":\"\"}}}",
    .callbacks = &callbacks,
};

EXPORT_DESCRIPTOR(descriptor)
