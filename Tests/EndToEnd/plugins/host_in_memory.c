/* What torii/testing.h offers to a plugin's own tests, tried on visit-counter: counts, shared values, a reload, refusals. */
#include <assert.h>
#include "../../../SDK/Examples/C/visit-counter/plugin.c"
#include "torii/testing.h"
int main(void) {
  const torii_plugin_descriptor *d = torii_plugin_entry(1, 1);
  torii_test_host *a = torii_test_start(d, "{\"reset\":\"/again\"}");
  a->texts[TORII_TEXT_PATH] = "/long/path";
  assert(torii_test_phase(a, TORII_PHASE_HEADER_FILTER) == TORII_CONTINUE);
  a->texts[TORII_TEXT_PATH] = "/";
  a->field_count = 0;
  assert(torii_test_phase(a, TORII_PHASE_HEADER_FILTER) == TORII_CONTINUE);
  assert(!strcmp(torii_test_value(a, TORII_HEADERS_RESPONSE, "x-visits"), "2"));
  assert(!strcmp(torii_test_value(a, TORII_HEADERS_RESPONSE, "x-longest"), "/long/path"));
  assert(torii_test_reload(a, "{\"reset\":\"x\"}") == TORII_E_CONFIG);
  assert(torii_test_reload(a, "{\"reset\":\"/else\"}") == TORII_OK);
  torii_test_phase(a, TORII_PHASE_HEADER_FILTER);
  assert(!strcmp(torii_test_value(a, TORII_HEADERS_RESPONSE, "x-visits-here"), "3"));
  a->texts[TORII_TEXT_PATH] = "/else";
  torii_test_phase(a, TORII_PHASE_HEADER_FILTER);
  assert(a->entries[0].revision == 0 && a->entries[1].revision == 0);
  torii_test_end(a);
  torii_test_host *c = torii_test_start(d, "{\"reset\":\"x\"}");
  assert(c->status == TORII_E_CONFIG && !strcmp(c->error.pointer, "/reset"));
  torii_test_end(c);
  puts("ok");
}
