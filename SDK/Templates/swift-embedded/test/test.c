/* Runs the plugin in a host in memory: make test */
#undef NDEBUG
#include <assert.h>

#include "torii/testing.h"

static torii_test_host *begin(const char *config) {
  return torii_test_start(torii_plugin_entry(TORII_ABI_MAJOR, TORII_ABI_MINOR), config);
}

int main(void) {
  torii_test_host *host = begin("{\"value\":\"hello\"}");
  assert(host->status == TORII_OK);
  assert(torii_test_phase(host, TORII_PHASE_HEADER_FILTER) == TORII_CONTINUE);
  assert(strcmp(torii_test_value(host, TORII_HEADERS_RESPONSE, "X-__TYPE__"), "hello") == 0);
  torii_test_end(host);

  host = begin("{\"value\":\"a\\r\\nb\"}");
  assert(host->status == TORII_E_CONFIG);
  assert(strcmp(host->error.pointer, "/value") == 0);
  torii_test_end(host);
  puts("ok");
  return 0;
}
