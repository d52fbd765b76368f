/* A plugin whose descriptor is wrong in the way that a definition on the command line says, or right without one. */
#include "plugin_support.h"

#ifndef SIZE
#define SIZE sizeof(torii_plugin_descriptor)
#endif
#ifndef MAGIC
#define MAGIC TORII_MAGIC
#endif
#ifndef MAJOR
#define MAJOR TORII_ABI_MAJOR
#endif
#ifndef MINOR
#define MINOR TORII_ABI_MINOR
#endif
#ifndef MIN_HOST
#define MIN_HOST 0
#endif
#ifndef NAME
#define NAME "described"
#endif
#ifndef VERSION
#define VERSION "1.0.0"
#endif
#ifndef PHASES
#define PHASES (1u << TORII_PHASE_ACCESS)
#endif
#ifndef STATE
#define STATE 24
#endif
#ifndef MODE
#define MODE TORII_BODY_NONE
#endif
#ifndef START
#define START start_plugin
#endif
#ifndef CREATE
#define CREATE create
#endif
#ifndef PRIORITY
#define PRIORITY 0
#endif
#ifndef CALLBACKS_SIZE
#define CALLBACKS_SIZE sizeof(torii_plugin_callbacks)
#endif

static int created, destroyed;
static torii_status refuse_start(torii_start_args *args) { return refuse(args->error, "/a/b", "not today"); }
static torii_action on_access(const torii_phase_args *args) { return (void)args, TORII_CONTINUE; }
static torii_status create(torii_config_create_args *args) {
  if (config_number(args->config, "refuse", 0)) return refuse(args->error, "/refuse", "as it was told");
  created++;
  if (config_number(args->config, "bad_mode", 0)) args->response_body_mode = 77;
  return TORII_OK;
}
static void destroy(const torii_config_destroy_args *args) { (void)args, destroyed++; }
static void stop(const torii_stop_args *args) {
  stop_plugin(args);
  char text[64];
  snprintf(text, sizeof text, "stopped: created %d destroyed %d", created, destroyed);
  host_log(TORII_LOG_INFO, 0, 0, text);
}
static const torii_plugin_callbacks callbacks = {.struct_size = CALLBACKS_SIZE, .start = START, .stop = stop,
                                                 .config_create = CREATE, .config_destroy = destroy,
                                                 .access = on_access};
static const torii_plugin_descriptor descriptor = {
    .struct_size = SIZE, .magic = MAGIC, .abi_major = MAJOR, .abi_minor = MINOR,
    .min_host_minor = MIN_HOST, .name = NAME,
    .version = VERSION, .phases = PHASES, .priority = PRIORITY, .request_state_size = STATE,
    .request_body_mode = MODE, .callbacks = &callbacks};
void *use_all(void) { return (void *)(refuse_start == NULL ? (void *)create : (void *)&descriptor); }
#ifndef NO_ENTRY
TORII_EXPORT const torii_plugin_descriptor *torii_plugin_entry(uint32_t a, uint32_t b) { return (void)a, (void)b, &descriptor; }
#endif
