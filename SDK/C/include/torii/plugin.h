/* SPDX-License-Identifier: Apache-2.0
 *
 * torii/plugin.h: the plugin ABI of Torii, version 1.1
 *
 * This header is the whole contract between the gateway ("the host") and a plugin. The gateway, the SDKs and the
 * conformance suite compile this same file; its comments are the specification.
 *
 *   1  Basics              strings, ids, results, actions, errors
 *   2  The host            the table a plugin gets, and the interfaces it can ask for
 *   3  The plugin          descriptor, callbacks, their arguments
 *   4  Interfaces          torii.headers/1  torii.request/1  torii.upstream/1  torii.flow/1  torii.body/1
 *                          torii.async/1    torii.log/1      torii.metrics/1   torii.shared/1
 *   5  The entry point     torii_plugin_entry
 *
 * Interfaces that may still change are not here but in torii/draft.h.
 *
 * A request's way through a plugin:
 *
 *   access -> request_body (each piece, or whole) -> [upstream] -> header_filter -> body_filter (each piece) -> log
 *                    \________ event: timers, call-outs, posts; may resume a paused phase ________/
 *
 * RULES THAT HOLD EVERYWHERE
 *
 * Tags. Each function carries one: [thread | phase | ownership | errors]
 *   thread     worker: called on, or to be called from, the worker's only thread. A worker is one process with one
 *              thread for all plugin calls: a plugin needs no locks for what only callbacks touch.
 *              any: may be called from any thread, the plugin's own included.
 *   phase      of a host function: the callbacks in which it may be called for that request (all: in each of them, also
 *              in event and request_end). Of a callback: when it is called.
 *   ownership  what is a view, what is copied, what is handed over; see below.
 *   errors     of a host function: what it may return besides TORII_OK, without TORII_E_. Three go without saying:
 *              THREAD from a [worker] function on another thread, STALE from one that takes a request, INVALID for a
 *              null pointer to write to and for a struct whose struct_size is too small. After an error nothing was
 *              changed. Of a callback: what the host makes of an error.
 *
 * Ownership. View: a torii_slice given to the plugin is valid until the callback it was given to, or in which it was
 *   fetched, returns, or until the plugin changes the same thing (a header map, a body) in that callback. Copy: what
 *   the plugin gives is copied before the call returns, except where a release function is handed over. Arguments of
 *   callbacks live until the callback returns; plugin_data and instance_data in them are the plugin's own, which the
 *   host only hands back. Nobody frees the other side's memory. Text is UTF-8, never NUL-terminated unless it is a
 *   `const char *`.
 *
 * Growth. Every struct begins with its own size in bytes, written by whoever made it. Fields and values are only ever
 *   appended. A reader takes a field as present only when struct_size covers it (TORII_HAS). Reserved and unknown
 *   flag bits are zero when written and ignored when read; an unknown value in an argument is refused with an error,
 *   an unknown action is logged and counted against the plugin (see torii_action).
 *
 * Requests are named by ids, not pointers. An id carries a generation: a call with the id of a request that has ended
 *   returns TORII_E_STALE and does nothing.
 */
#ifndef TORII_PLUGIN_H
#define TORII_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------------------------- */
/* 1  Basics                                                                                                        */
/* ---------------------------------------------------------------------------------------------------------------- */

/* A plugin built against major M works in every host of major M whose minor is at least its min_host_minor. */
#define TORII_ABI_MAJOR 1
#define TORII_ABI_MINOR 1

/* "TORI", to tell a descriptor from any other data. */
#define TORII_MAGIC 0x49524F54u

/* True when `field` lies within the size that the maker of *structure wrote. */
#define TORII_HAS(type, structure, field)                                                                              \
  ((structure)->struct_size >= offsetof(type, field) + sizeof(((type *)0)->field))

/* Bytes that somebody else owns: see "Ownership" above. `data` may be null when `size` is 0. */
typedef struct torii_slice {
  const uint8_t *data;
  size_t size;
} torii_slice;

/* A request, for as long as it lives. 0 names none. */
typedef uint64_t torii_request_id;
/* An instance: one plugin with one configuration at one scope. Given to config_create and with every call. */
typedef uint64_t torii_instance_id;
/* A started timer or call-out. 0 names none. */
typedef uint64_t torii_operation_id;
/* A metric, from torii.metrics/1. 0 names none. */
typedef uint32_t torii_metric_id;

/* What a call came to: TORII_OK or one of the negative values, which are never renumbered. */
typedef int32_t torii_status;
#define TORII_OK 0
#define TORII_E_STALE (-1)       /* the request or operation named has ended */
#define TORII_E_PHASE (-2)       /* not allowed in this phase */
#define TORII_E_THREAD (-3)      /* a [worker] function called from another thread */
#define TORII_E_INVALID (-4)     /* an argument is out of range or malformed; nothing was changed */
#define TORII_E_NOT_FOUND (-5)   /* no such header, attribute, metric, interface */
#define TORII_E_LIMIT (-6)       /* would exceed a limit (header bytes, operations, body size) */
#define TORII_E_UNSUPPORTED (-7) /* the host, or this version of it, cannot do that */
#define TORII_E_MEMORY (-8)      /* no memory */
#define TORII_E_CONFIG (-9)      /* the configuration is refused; see torii_error */
#define TORII_E_SENT (-10)       /* too late: the head in question is on its way */
#define TORII_E_FAILED (-11)     /* failed for another reason; see the message */

/* What a callback wants to happen next. Any other value counts as misbehaviour, and as TORII_CONTINUE in log and
 * TORII_E_FAILED elsewhere: the request is answered with 500. A negative torii_status may be returned in place of an
 * action to say that the plugin failed on this request; it too is answered with 500 while that is possible. */
typedef int32_t torii_action;
#define TORII_CONTINUE 0 /* go on; in a body phase: with what was emitted in this call, or else with the piece itself */
#define TORII_PAUSE 1    /* stop here until the plugin resumes (see torii.flow/1), for plugin_pause_timeout at most; in
                          * a body phase what was emitted, or else the piece itself, passes then */
#define TORII_RESPOND 2  /* respond() was called: answer with that */
#define TORII_DONE 3     /* body phases: like CONTINUE, and do not call again for more of this body */
#define TORII_HOLD 4     /* body phases: let nothing of this piece pass (but what was emitted); OBSERVE: as CONTINUE */
#define TORII_END 5      /* body_filter: what was emitted ends the body; the rest is discarded; OBSERVE: as CONTINUE */
#define TORII_SEND_AGAIN 6 /* header_filter, body_filter, event: send_again() was called (see torii.upstream/1): do so.
                            * Since 1.1 */

/* Why a configuration or a start was refused. Made by the host, written by the plugin, never freed by it. */
typedef struct torii_error {
  uint32_t struct_size;
  torii_status code;
  char pointer[120]; /* JSON Pointer (RFC 6901) to the field at fault, "" for the whole; NUL-terminated */
  char message[376]; /* what is wrong and what to do about it; NUL-terminated UTF-8 */
} torii_error;

/* ---------------------------------------------------------------------------------------------------------------- */
/* 2  The host                                                                                                      */
/* ---------------------------------------------------------------------------------------------------------------- */

#define TORII_LOG_DEBUG 0
#define TORII_LOG_INFO 1
#define TORII_LOG_NOTICE 2
#define TORII_LOG_WARN 3
#define TORII_LOG_ERROR 4

/* Given to start(); lives until stop() has returned. `context` is the first argument of every host function. */
typedef struct torii_host {
  uint32_t struct_size;
  uint16_t abi_major;
  uint16_t abi_minor;
  const char *version; /* of the gateway, e.g. "0.1.0" */
  void *context;

  /* [any | all, and without a request | lives as long as the host table | none: null when this host has none of that
   * id]
   * The table of an interface, e.g. "torii.headers/1". */
  const void *(*query_interface)(void *context, const char *id);

  /* [any | all, and without a request | copies | none]
   * Writes one line to the gateway's log; the plugin's name and, unless 0, the request are added. `level` is one of
   * TORII_LOG_...; one beyond them counts as the nearest. */
  void (*log)(void *context, torii_instance_id instance, torii_request_id request, int32_t level, torii_slice message);

  /* [any | all, and without a request | nothing | none] Monotonic clock, nanoseconds. */
  uint64_t (*monotonic_time)(void *context);

  /* [any | all, and without a request | nothing | none] Nanoseconds since 1970-01-01 UTC. */
  uint64_t (*wall_time)(void *context);
} torii_host;

/* ---------------------------------------------------------------------------------------------------------------- */
/* 3  The plugin                                                                                                    */
/* ---------------------------------------------------------------------------------------------------------------- */

/* Phases: as a number in arguments, and as bits (1 << phase) in the descriptor. */
#define TORII_PHASE_NONE 0
#define TORII_PHASE_ACCESS 1        /* head received, route known; nothing sent upstream */
#define TORII_PHASE_REQUEST_BODY 2  /* request content on its way to the upstream */
#define TORII_PHASE_HEADER_FILTER 3 /* response head there, from the upstream or from a plugin; nothing sent yet */
#define TORII_PHASE_BODY_FILTER 4   /* response content on its way to the client */
#define TORII_PHASE_LOG 5           /* the exchange is over, whatever way it went */
#define TORII_PHASE_EVENT 6         /* an event; not for the descriptor */

/* How an instance wants to see a body. */
#define TORII_BODY_NONE 0    /* not at all */
#define TORII_BODY_OBSERVE 1 /* piece by piece, unchanged: Content-Length is kept, emit() is refused */
#define TORII_BODY_STREAM 2  /* piece by piece, may change it: Content-Length goes unless the host can compute it */
#define TORII_BODY_WHOLE 3   /* once, whole, up to a limit, may change it; the head waits for it */

/* Descriptor flags. */
#define TORII_FLAG_MAY_UNLOAD 1u /* nothing is left behind after stop(): the library may be dlclosed */
#define TORII_FLAG_OWN_THREADS 2u /* runs threads of its own (all joined when stop() returns) */

/* Passed to start(), before anything else. */
typedef struct torii_start_args {
  uint32_t struct_size;
  uint32_t flags; /* TORII_START_INSPECT */
  const torii_host *host;
  torii_error *error;
  void *plugin_data; /* out: handed back with every call; the plugin's own */
} torii_start_args;
/* The library is only being described and its configurations validated: open no files, start no threads. */
#define TORII_START_INSPECT 1u

typedef struct torii_stop_args {
  uint32_t struct_size;
  uint32_t flags; /* reserved */
  void *plugin_data;
} torii_stop_args;

/* Passed to config_create: one call for each instance. */
typedef struct torii_config_create_args {
  uint32_t struct_size;
  uint32_t flags; /* TORII_START_INSPECT as in start */
  void *plugin_data;
  torii_instance_id instance;
  torii_slice config;      /* JSON object: valid by the descriptor's schema, defaults filled, references resolved */
  torii_slice entity_id;   /* id (UUID) of the plugin entity in the configuration */
  torii_slice entity_name; /* its instance_name, or empty */
  torii_slice service_id;  /* scope: empty where it does not apply */
  torii_slice route_id;
  torii_slice consumer_id;
  torii_error *error;
  /* out: */
  void *instance_data;         /* the plugin's own; handed back with every call for this instance */
  uint32_t request_body_mode;  /* TORII_BODY_...; comes in with the descriptor's value */
  uint32_t response_body_mode; /* as above */
  uint64_t request_body_limit; /* for TORII_BODY_WHOLE: bytes; comes in with the descriptor's value; 0: the gateway's */
  uint64_t response_body_limit;
} torii_config_create_args;

typedef struct torii_config_destroy_args {
  uint32_t struct_size;
  uint32_t flags; /* reserved */
  void *plugin_data;
  torii_instance_id instance;
  void *instance_data;
} torii_config_destroy_args;

/* Passed to access, header_filter, log and request_end; torii_body_args begins with the same fields. What later
 * versions append to one of the two is not in the other: never read one as the other beyond request_state. */
typedef struct torii_phase_args {
  uint32_t struct_size;
  uint32_t phase; /* TORII_PHASE_... */
  void *plugin_data;
  torii_instance_id instance;
  void *instance_data;
  torii_request_id request;
  void *request_state; /* request_state_size bytes, zeroed when the request began, at a multiple of 16; this instance's
                        * own until request_end has returned */
} torii_phase_args;

/* Passed to request_body and body_filter. */
typedef struct torii_body_args {
  uint32_t struct_size;
  uint32_t phase;
  void *plugin_data;
  torii_instance_id instance;
  void *instance_data;
  torii_request_id request;
  void *request_state;
  const torii_slice *parts; /* the piece, as it lies in memory; part_count may be 0 */
  uint32_t part_count;
  uint32_t flags; /* TORII_BODY_LAST, TORII_BODY_TOO_LARGE, TORII_BODY_INCOMPLETE */
} torii_body_args;
#define TORII_BODY_LAST 1u /* nothing follows; the last call of this body */
#define TORII_BODY_TOO_LARGE 2u /* TORII_BODY_WHOLE only: the limit (the smallest of the chain's) was exceeded, parts
                                 * are empty. The plugin may respond; if none does, a request is answered 413, a
                                 * response 502. Instances with another mode are not called for such a body */
#define TORII_BODY_INCOMPLETE 4u /* body_filter, with TORII_BODY_LAST: the upstream broke off. What is emitted is
                                           * sent; after TORII_END the body is ended in order, otherwise the connection
                                           * is cut, so that the client sees that something is missing */

/* Kinds of event. */
#define TORII_EVENT_TIMER 1         /* a timer ran out */
#define TORII_EVENT_HTTP 2          /* a call-out ended: see status, http_status, body and TORII_HEADERS_CALLOUT */
#define TORII_EVENT_POST 3          /* post() from some thread */
#define TORII_EVENT_PAUSE_TIMEOUT 4 /* the plugin paused for too long; its answer is ignored: the request gets 504,
                                     * or its connection is cut when the response head is on its way */
#define TORII_EVENT_ABORTED 5       /* the client or the upstream is gone while paused; its answer is ignored. log
                                     * follows, after the response to an upstream that broke off */

/* Passed to event. Never called from within another callback of the same request. */
typedef struct torii_event_args {
  uint32_t struct_size;
  uint32_t kind; /* TORII_EVENT_... */
  void *plugin_data;
  torii_instance_id instance;
  void *instance_data;
  torii_request_id request; /* 0: a timer of the instance itself */
  void *request_state;      /* null when request is 0 */
  torii_operation_id operation;
  uint64_t token;       /* what the plugin gave when it started the operation */
  torii_status status;  /* TORII_EVENT_HTTP: TORII_OK when a response came, else TORII_E_FAILED and `message` */
  uint32_t http_status; /* TORII_EVENT_HTTP */
  torii_slice body;     /* TORII_EVENT_HTTP: the response's content */
  torii_slice message;  /* why it failed */
} torii_event_args;

/* Passed to state_export. Since 1.1. */
typedef struct torii_state_export_args {
  uint32_t struct_size;
  uint32_t flags; /* reserved */
  void *plugin_data;
  torii_instance_id instance;
  void *instance_data;
  uint64_t limit; /* bytes that write() takes in all: 16 MiB */
  void *write_context;
  /* [worker | state_export | copies | LIMIT: would be more than `limit`; INVALID] Appends to the state. */
  torii_status (*write)(void *write_context, torii_slice bytes);
  torii_error *error;
} torii_state_export_args;

/* Passed to state_import. Since 1.1. */
typedef struct torii_state_import_args {
  uint32_t struct_size;
  uint32_t flags; /* reserved */
  void *plugin_data;
  torii_instance_id instance;
  void *instance_data;
  torii_slice state;   /* what the predecessor wrote, never empty */
  torii_slice version; /* the predecessor's, as in its descriptor */
  torii_error *error;
} torii_state_import_args;

/* What the plugin does. A callback for a phase that the descriptor does not list is never called, and may be null;
 * start, config_create and config_destroy must be there. config_create and config_destroy come in pairs: the second
 * after the last request on that instance, and not at all when the first failed. Wherever a tag says 500: a negative
 * status or an unknown action is logged, and the request answered with 500, or its connection cut when the head is
 * on its way. */
typedef struct torii_plugin_callbacks {
  uint32_t struct_size;
  uint32_t reserved;

  /* [worker | once after loading, before all else | host: until stop() has returned; error: until this call
   * has | any status but TORII_OK refuses the library, with what stands in *error; stop() is not called] */
  torii_status (*start)(torii_start_args *args);
  /* [worker | once, after every instance was destroyed | takes plugin_data back | none]
   * No call into the host afterwards; own threads are joined. May be null. */
  void (*stop)(const torii_stop_args *args);

  /* [worker | once for each instance, after start | slices: views | any status but TORII_OK refuses the configuration,
   * with what stands in *error; config_destroy() is not called]
   * The instance's id serves timers of its own from here on, but no other function before this one has returned. */
  torii_status (*config_create)(torii_config_create_args *args);
  /* [worker | once for each instance that was created | takes instance_data back | none]
   * The instance's timers are gone. */
  void (*config_destroy)(const torii_config_destroy_args *args);

  /* [worker | access: once | args: views | 500] May continue, pause, respond. */
  torii_action (*access)(const torii_phase_args *args);
  /* [worker | request_body: once with TORII_BODY_WHOLE, else for each piece | args and parts: views | 500]
   * May continue, pause, respond, hold, be done. With TORII_BODY_WHOLE the upstream request head has not been sent:
   * headers, target and method may still be changed. */
  torii_action (*request_body)(const torii_body_args *args);
  /* [worker | header_filter: once; anew for the answer to a request that was sent again | args: views | 500]
   * May continue, pause, respond (replaces the response; header_filter is not called again, for no plugin), send
   * again. */
  torii_action (*header_filter)(const torii_phase_args *args);
  /* [worker | body_filter: once with TORII_BODY_WHOLE, else for each piece; anew for a response that takes the place of
   * another | args and parts: views | 500]
   * May continue, pause, hold, be done, end; respond or send again as long as the response head is not sent. The head
   * leaves with the first bytes that pass the chain: until then status and headers may still be changed here. The
   * result must not depend on how the body was cut into pieces. */
  torii_action (*body_filter)(const torii_body_args *args);
  /* [worker | log: exactly once for each request for which any phase of this instance could have run | args: views | a
   * negative status is logged; any action but TORII_CONTINUE is misbehaviour and changes nothing] */
  torii_action (*log)(const torii_phase_args *args);

  /* [worker | event: between the phases, never in log | args: views | 500 when this instance has paused the request,
   * else ignored]
   * Timers, call-outs, posts. When this instance has paused the request: TORII_PAUSE stays paused, TORII_CONTINUE
   * (and in body phases the other body actions) resumes, TORII_RESPOND answers. When it has not: the value is
   * ignored, except that emit() sends at once, for TORII_SEND_AGAIN, and since 1.1 for TORII_END: while emit() may send
   * to the client, what was emitted ends the body, and the rest is discarded. Null when the plugin starts no
   * operations. */
  torii_action (*event)(const torii_event_args *args);

  /* [worker | after log of all instances, once | args: views; takes request_state back | none]
   * May be null. `phase` is TORII_PHASE_LOG. */
  void (*request_end)(const torii_phase_args *args);

  /* Since 1.1: what an instance has learnt goes to the one that takes its place, that is, one of the same plugin and
   * entity_id in the next generation, with another configuration or of another build, earlier ones included. Both calls
   * come within one turn of the worker's loop, after the new one's config_create and before its first request: no request
   * begins in between. Requests that are still on the old instance go on there, and what they change later is not handed
   * over. Each worker hands over what it has; a worker that is replaced hands over nothing: what must outlive that belongs
   * into torii.shared/1. The bytes are the plugin's own: begin them with the number of their format. Either may be null. */

  /* [worker | when a generation is taken into service or tried out | args: views | an error is logged, and the new
   * instance stays as config_create made it; NOT_FOUND, or no write(): there is nothing to hand over]
   * Writes down what the instance knows. It goes on serving afterwards. */
  torii_status (*state_export)(torii_state_export_args *args);
  /* [worker | at most once, before the instance's first request | args and state: views | an error is logged with what
   * stands in *error, and counted; the reload goes on, and the instance has to be as config_create made it]
   * Takes over what another instance wrote. */
  torii_status (*state_import)(torii_state_import_args *args);
} torii_plugin_callbacks;

/* What the plugin is: constant data, alive as long as the library. */
typedef struct torii_plugin_descriptor {
  uint32_t struct_size;
  uint32_t magic; /* TORII_MAGIC */
  uint16_t abi_major;
  uint16_t abi_minor;      /* TORII_ABI_MINOR of the header it was built with; a host with less says so in its log */
  uint16_t min_host_minor; /* the oldest host it works in */
  uint16_t reserved;
  uint32_t flags;  /* TORII_FLAG_... */
  uint32_t phases; /* bits 1 << TORII_PHASE_... */
  int32_t priority; /* higher runs first, in every phase; equal ones by name, descending */
  uint32_t request_state_size; /* bytes the host keeps for each request and instance, at most 65536 */
  uint32_t request_body_mode;  /* TORII_BODY_...: the default of every instance */
  uint32_t response_body_mode;
  uint64_t request_body_limit; /* for TORII_BODY_WHOLE: bytes; 0: the gateway's own limit */
  uint64_t response_body_limit;
  const char *name;    /* as in `plugins: - name:`; lower case letters, digits and '-', at most 63 */
  const char *version; /* Semantic Versioning 2.0.0 */
  const char *vendor;  /* or null */
  const char *summary; /* one line, or null */
  const char *license; /* SPDX expression, or null */
  const char *config_schema; /* JSON Schema (the subset of docs) of `config`; null: any object */
  const char *const *needs;  /* interface ids it cannot work without, null-terminated; or null */
  const torii_plugin_callbacks *callbacks;
} torii_plugin_descriptor;

/* ---------------------------------------------------------------------------------------------------------------- */
/* 4  Interfaces                                                                                                    */
/* ---------------------------------------------------------------------------------------------------------------- */

/* --- torii.headers/1 -------------------------------------------------------------------------------------------- */

#define TORII_HEADERS_INTERFACE "torii.headers/1"

#define TORII_HEADERS_REQUEST 1  /* as the client sent them; never changes */
#define TORII_HEADERS_UPSTREAM 2 /* as they will be sent upstream; changeable in access and in a whole request_body */
#define TORII_HEADERS_RESPONSE 3 /* as they will be sent to the client; changeable from header_filter until sent */
#define TORII_HEADERS_CALLOUT 4  /* of the response to a call-out; in its event only */

typedef struct torii_headers_interface {
  uint32_t struct_size;
  uint32_t reserved;
  /* [worker | all, once the map is there | gives a view | PHASE: the map is not there yet; INVALID: no such map;
   * NOT_FOUND: no such value]
   * The index-th value (from 0) of a field, name compared without case. */
  torii_status (*get)(void *context, torii_request_id request, uint32_t map, torii_slice name, uint32_t index,
                      torii_slice *value);
  /* [worker | all, once the map is there | gives views | PHASE and INVALID: as get; NOT_FOUND: past the last]
   * The field line at a position (from 0), in order. */
  torii_status (*at)(void *context, torii_request_id request, uint32_t map, uint32_t position, torii_slice *name,
                     torii_slice *value);
  /* [worker | where the map is changeable | copies | PHASE: not changeable now, or never; SENT: the response head is on
   * its way; INVALID; LIMIT: over 64 KiB of added fields]
   * Replaces all fields of that name by one. Names must be tokens and values free of CR, LF and NUL
   * (TORII_E_INVALID). Fields that frame the message or belong to the connection (Content-Length, Transfer-Encoding,
   * Connection, Keep-Alive, Proxy-Connection, Upgrade, Trailer, TE) are the host's: TORII_E_INVALID. */
  torii_status (*set)(void *context, torii_request_id request, uint32_t map, torii_slice name, torii_slice value);
  /* [worker | where the map is changeable | copies | as set] Adds a field line. */
  torii_status (*add)(void *context, torii_request_id request, uint32_t map, torii_slice name, torii_slice value);
  /* [worker | where the map is changeable | copies | PHASE, SENT: as set; INVALID: no such map, or a field that is the
   * host's; NOT_FOUND: there was none]
   * Removes all fields of that name. */
  torii_status (*remove)(void *context, torii_request_id request, uint32_t map, torii_slice name);
} torii_headers_interface;

/* --- torii.request/1 -------------------------------------------------------------------------------------------- */

#define TORII_REQUEST_INTERFACE "torii.request/1"

/* Texts. */
#define TORII_TEXT_METHOD 1
#define TORII_TEXT_SCHEME 2     /* "http" or "https" */
#define TORII_TEXT_HOST 3       /* the Host field or the target's authority, with port when sent */
#define TORII_TEXT_TARGET 4     /* request target as sent */
#define TORII_TEXT_PATH 5       /* its path, as sent */
#define TORII_TEXT_QUERY 6      /* its query, without '?' */
#define TORII_TEXT_VERSION 7    /* "1.0" or "1.1" */
#define TORII_TEXT_CLIENT_ADDRESS 8
#define TORII_TEXT_REQUEST_ID 9 /* 32 hexadecimal digits, as in X-Kong-Request-Id */
#define TORII_TEXT_ROUTE_ID 10
#define TORII_TEXT_ROUTE_NAME 11
#define TORII_TEXT_SERVICE_ID 12
#define TORII_TEXT_SERVICE_NAME 13
#define TORII_TEXT_MATCHED_PATH 14 /* what the route's path matched */
#define TORII_TEXT_UPSTREAM_URI 15 /* path and query sent upstream */

/* Numbers. Times are monotonic nanoseconds (torii_host.monotonic_time) or 0 when that has not happened. */
#define TORII_NUMBER_CLIENT_PORT 1
#define TORII_NUMBER_LISTENER_PORT 2
#define TORII_NUMBER_STARTED_AT 3            /* wall clock, nanoseconds */
#define TORII_NUMBER_STARTED_TIME 4          /* first byte of the request */
#define TORII_NUMBER_UPSTREAM_START_TIME 5   /* the upstream was first tried */
#define TORII_NUMBER_UPSTREAM_HEAD_TIME 6    /* its response head was there */
#define TORII_NUMBER_FINISHED_TIME 7         /* in log: the last byte was sent, or the exchange given up */
#define TORII_NUMBER_REQUEST_BYTES 8         /* received, head included */
#define TORII_NUMBER_RESPONSE_BYTES 9        /* sent, head included */
#define TORII_NUMBER_STATUS 10               /* status of the response to the client; 0 when there is none */
#define TORII_NUMBER_UPSTREAM_STATUS 11      /* status the upstream answered; 0 when it did not */
#define TORII_NUMBER_CLIENT_GONE 12          /* 1 when the client left before the end */
#define TORII_NUMBER_RESPONSE_COMPLETE 13    /* 1 when the whole response was sent */
#define TORII_NUMBER_HEAD_SENT 14            /* 1 when the response head is on its way */

typedef struct torii_request_interface {
  uint32_t struct_size;
  uint32_t reserved;
  /* [worker | all | gives a view | NOT_FOUND: no such attribute]
   * One of TORII_TEXT_...; an empty slice when it does not apply. */
  torii_status (*text)(void *context, torii_request_id request, uint32_t attribute, torii_slice *value);
  /* [worker | all | gives a number | NOT_FOUND: no such attribute] One of TORII_NUMBER_.... */
  torii_status (*number)(void *context, torii_request_id request, uint32_t attribute, int64_t *value);
  /* [worker | all | copies the name, gives a view | NOT_FOUND: no such group, or it took part in no match]
   * A group of the route's regular expression, by name or by decimal number. */
  torii_status (*capture)(void *context, torii_request_id request, torii_slice name, torii_slice *value);
} torii_request_interface;

/* --- torii.upstream/1 ------------------------------------------------------------------------------------------- */

#define TORII_UPSTREAM_INTERFACE "torii.upstream/1"

/* Where a request goes instead of to its service. */
typedef struct torii_target {
  uint32_t struct_size;
  uint32_t flags;     /* reserved */
  torii_slice scheme; /* "http" or "https" */
  torii_slice host;   /* name or address, without port; becomes the Host field */
  uint32_t port;      /* 0: the scheme's */
  uint32_t connect_timeout; /* milliseconds; 0: the service's, or 60000 */
  uint32_t write_timeout;
  uint32_t read_timeout;
} torii_target;

/* All but send_again: in access, in a whole request_body, and in an event between the two, and after send_again; else
 * TORII_E_PHASE. */
typedef struct torii_upstream_interface {
  uint32_t struct_size;
  uint32_t reserved;
  /* [worker | access, whole request_body | copies | PHASE; INVALID: another scheme, a malformed host, a port over
   * 65535]
   * Connects elsewhere, with the time-outs given. */
  torii_status (*set_target)(void *context, torii_request_id request, const torii_target *target);
  /* [worker | access, whole request_body | copies | PHASE; INVALID: as the text says, or over 8192 bytes]
   * Path as it will be sent, beginning with '/', already percent-encoded, without '?', '#', spaces and controls. */
  torii_status (*set_path)(void *context, torii_request_id request, torii_slice path);
  /* [worker | access, whole request_body | copies | PHASE; INVALID: '#', a space or control, or over 8192 bytes]
   * Query without '?', already encoded; empty: none. Without this call the client's query is sent. */
  torii_status (*set_query)(void *context, torii_request_id request, torii_slice query);
  /* [worker | access, whole request_body | copies | PHASE; INVALID: not a token]
   * The method as it will be sent. */
  torii_status (*set_method)(void *context, torii_request_id request, torii_slice method);
  /* [worker | header_filter, body_filter, event while the response is in one of the two | nothing | PHASE: there is no
   * answer that could be given up, the request has not been sent to its end, or another plugin has paused it; SENT: the
   * response head is on its way; UNSUPPORTED: the request's body went upstream piece by piece and is gone, or the host
   * sends nothing; LIMIT: it was sent again 32 times]
   * Gives up the answer that has come, which may be the gateway's own error, to send the request once more. Until the
   * callback returns, target, path, query, method and TORII_HEADERS_UPSTREAM may be changed as in a whole request_body,
   * from how they were sent last, and emit() makes the body, which goes to the wire as it is; without it there is none.
   * The callback then returns TORII_SEND_AGAIN, also from an event of an instance that has not paused the request; with
   * any other action nothing is sent, and what was emitted is dropped. header_filter and body_filter of the whole chain
   * are called anew for the answer to come. Since 1.1. */
  torii_status (*send_again)(void *context, torii_instance_id instance, torii_request_id request);
} torii_upstream_interface;

/* --- torii.flow/1 ----------------------------------------------------------------------------------------------- */

#define TORII_FLOW_INTERFACE "torii.flow/1"

typedef struct torii_header {
  torii_slice name;
  torii_slice value;
} torii_header;

/* A response of the plugin's own. The host adds the framing, Date, Server and its X-Kong- fields; fields of the list
 * that are the host's (see torii.headers/1) are left out. */
typedef struct torii_response {
  uint32_t struct_size;
  uint32_t status; /* 200 to 599 */
  const torii_header *headers;
  uint32_t header_count; /* at most 200 */
  uint32_t flags;        /* reserved */
  torii_slice body;
} torii_response;

typedef struct torii_flow_interface {
  uint32_t struct_size;
  uint32_t reserved;
  /* [worker | all but log and request_end | copies | SENT: a response head is on its way; PHASE; INVALID: status, or a
   * malformed field; LIMIT: over 1 MiB of fields]
   * Sets the response; the callback then returns TORII_RESPOND. header_filter (unless it has run), body_filter and
   * log of the whole chain still run. A second call in one callback replaces the first. */
  torii_status (*respond)(void *context, torii_request_id request, const torii_response *response);
  /* [worker | header_filter, body_filter, event between them | nothing | PHASE; SENT: the head is on its way; INVALID:
   * not 200 to 599, or the upstream's is 101]
   * Changes the status of the response: from header_filter until its head is sent. */
  torii_status (*set_status)(void *context, torii_request_id request, uint32_t status);
  /* [any | all; no callback need be running | nothing | STALE, on the worker's thread; from another one TORII_OK says
   * only that it was passed on]
   * Continues a request this instance has paused, as if its callback had returned TORII_CONTINUE; on a later turn of
   * the worker's loop, and without effect when the instance has not paused it then. */
  torii_status (*resume)(void *context, torii_instance_id instance, torii_request_id request);
  /* [any | all; no callback need be running | nothing | as resume]
   * Brings a TORII_EVENT_POST with this token to the instance, on the request's worker, on a later turn of its loop;
   * none when the request has ended by then. */
  torii_status (*post)(void *context, torii_instance_id instance, torii_request_id request, uint64_t token);
} torii_flow_interface;

/* --- torii.body/1 ----------------------------------------------------------------------------------------------- */

#define TORII_BODY_INTERFACE "torii.body/1"

typedef struct torii_body_interface {
  uint32_t struct_size;
  uint32_t reserved;
  /* [worker | request_body, body_filter, event | copies | PHASE: also for an instance with TORII_BODY_NONE or _OBSERVE;
   * LIMIT: over the gateway's limit of whole bodies in one callback]
   * Passes bytes on to the next plugin or to the wire, in place of the piece given; several calls in one callback add
   * up. In event: for a request_body or body_filter that this instance has paused, in place of the piece it holds;
   * otherwise towards the client, from the end of header_filter on and until body_filter was called with
   * TORII_BODY_LAST. An empty slice makes the host send the response head now. */
  torii_status (*emit)(void *context, torii_instance_id instance, torii_request_id request, torii_slice bytes);
  /* [worker | as emit | hands the bytes over until release() | as emit]
   * As emit, without a copy where the host can do without: release(release_context) is called once, on the worker,
   * when the bytes are no longer needed; also when this function fails, and then on the calling thread, before it
   * returns. */
  torii_status (*emit_owned)(void *context, torii_instance_id instance, torii_request_id request, torii_slice bytes,
                             void (*release)(void *release_context), void *release_context);
} torii_body_interface;

/* --- torii.async/1 ---------------------------------------------------------------------------------------------- */

#define TORII_ASYNC_INTERFACE "torii.async/1"

/* A request the host makes on the plugin's behalf. */
typedef struct torii_http_request {
  uint32_t struct_size;
  uint32_t timeout;   /* milliseconds for the whole; 0: 60000 */
  torii_slice method; /* empty: GET */
  torii_slice url;    /* absolute, http or https */
  const torii_header *headers;
  uint32_t header_count;   /* at most 200; Host and fields that are the host's are left out */
  uint32_t response_limit; /* bytes of content accepted; 0: 1 MiB */
  torii_slice body;
} torii_http_request;

/* A started operation ends in exactly one event, or in none when cancel() returned TORII_OK or the request ended. At
 * most 64 run at a time for one request and instance (TORII_E_LIMIT). */
typedef struct torii_async_interface {
  uint32_t struct_size;
  uint32_t reserved;
  /* [worker | all; with request 0 also in config_create | gives an id | INVALID: no such instance; LIMIT; UNSUPPORTED:
   * the host does no operations (while inspecting)]
   * An event after `delay` milliseconds, at least 1. With request 0 the timer is the instance's own. */
  torii_status (*timer)(void *context, torii_instance_id instance, torii_request_id request, uint64_t delay,
                        uint64_t token, torii_operation_id *operation);
  /* [worker | all | copies, gives an id | INVALID: `request` is 0, no such instance, or a malformed URL, method or field;
   * LIMIT; UNSUPPORTED: as timer]
   * Sends a request and collects the response. */
  torii_status (*http)(void *context, torii_instance_id instance, torii_request_id request,
                       const torii_http_request *http_request, uint64_t token, torii_operation_id *operation);
  /* [worker | all, and without a request | nothing | STALE: its event has come, or it is gone, or another instance's]
   * No event will come for the operation. */
  torii_status (*cancel)(void *context, torii_instance_id instance, torii_operation_id operation);
} torii_async_interface;

/* --- torii.log/1 ------------------------------------------------------------------------------------------------ */

#define TORII_LOG_INTERFACE "torii.log/1"

typedef struct torii_log_interface {
  uint32_t struct_size;
  uint32_t reserved;
  /* [worker | all; without effect once record() was called | copies | INVALID: `json` is not JSON; the key is empty,
   * over 256 bytes, or begins with a member that the gateway writes itself]
   * Puts a JSON value at a dotted key ("ai.proxy.usage") of the request's log record. Replaces what was there. */
  torii_status (*set)(void *context, torii_request_id request, torii_slice key, torii_slice json);
  /* [worker | all; without effect once record() was called | copies | INVALID: not a token; LIMIT: over 64 names]
   * The value of this request header is not to be shown in any log record. Authorization, Proxy-Authorization,
   * X-Api-Key, Api-Key, X-Goog-Api-Key and values marked secret in a configuration never are. */
  torii_status (*redact)(void *context, torii_request_id request, torii_slice header_name);
  /* [worker | log, request_end | gives a view | PHASE]
   * The whole record as one JSON object without line breaks: made by the first call, the same for all plugins. */
  torii_status (*record)(void *context, torii_request_id request, torii_slice *json);
} torii_log_interface;

/* --- torii.metrics/1 -------------------------------------------------------------------------------------------- */

#define TORII_METRICS_INTERFACE "torii.metrics/1"

#define TORII_METRIC_COUNTER 1
#define TORII_METRIC_GAUGE 2
#define TORII_METRIC_HISTOGRAM 3

typedef struct torii_metrics_interface {
  uint32_t struct_size;
  uint32_t reserved;
  /* [worker | start, config_create | copies, gives an id | PHASE; INVALID: unknown kind, malformed name, the same name
   * with another kind, or over 4096 metrics in all]
   * Name: [a-z][a-z0-9_]*, at most 63; the host prefixes it with the plugin's. Defining the same name and kind again
   * returns the same id. */
  torii_status (*define)(void *context, uint32_t kind, torii_slice name, torii_slice help, torii_metric_id *metric);
  /* [any | all, and without a request | nothing | NOT_FOUND: no such metric; INVALID: not finite, or a negative addend]
   * Counter: adds. Gauge: sets. Histogram: observes. */
  torii_status (*record)(void *context, torii_metric_id metric, double value);
  /* [worker | start, config_create | copies, gives an id | as define; INVALID also: none or over 64 bounds, or bounds that
   * are not finite or do not rise]
   * As define, of a histogram whose buckets end at these bounds. Defined again, it keeps its first. Since 1.1. */
  torii_status (*define_histogram)(void *context, torii_slice name, torii_slice help, const double *bounds,
                                   uint32_t bound_count, torii_metric_id *metric);
  /* [any | all, and without a request | copies, gives an id | NOT_FOUND: no such metric; INVALID: none or over 16 labels,
   * a malformed one, a name twice, or the metric has labels itself; LIMIT: over 1024 sets of labels of one metric, or
   * over 4096 metrics in all]
   * The metric with labels, to record on: it counts apart from the metric without. A label's name is as a metric's, and
   * not "le"; its value is any text in UTF-8 of at most 256 bytes. The same labels in the same order give the same id, so
   * that what is known for long is asked for once. Since 1.1. */
  torii_status (*labelled)(void *context, torii_metric_id metric, const torii_header *labels, uint32_t label_count,
                           torii_metric_id *series);
} torii_metrics_interface;

/* --- torii.shared/1 --------------------------------------------------------------------------------------------- */

/* Since 1.1. Bytes by key that the host keeps, that all workers see, and that outlive reloads and the death of workers,
 * though not the gateway: for counters, tickets, and what one worker has learnt.
 *
 * A plugin's keys are its own: they belong to its name, whatever its version and instance. A key has 1 to 256 bytes; a
 * value has at most 64 KiB. Each call is atomic, and takes less than a microsecond unless the value is large. All
 * functions may also return TORII_E_INVALID: the key, or no such instance; TORII_E_UNSUPPORTED: the host has no store
 * (while inspecting); TORII_E_FAILED: another process holds the store up. Then do what is done without.
 * Memory is limited, and nothing is thrown out before its lifetime is over: give one to whatever need not stay.
 *
 * From one configuration or version to the next: instances of the new one are created while those of the old one serve,
 * in every worker, and the old ones are destroyed when their last request has ended; until then both may change what they
 * know. State of which nothing may be lost is kept here as it changes: sums by add(), what follows from earlier state by
 * put() with the revision that get() gave, again until it is not STALE. What a worker has only for itself, and can afford
 * to be a little late, is handed over by state_export and state_import. Let the key contain the number of the value's
 * format: old and new run side by side, and either may come after the other. */
#define TORII_SHARED_INTERFACE "torii.shared/1"

/* What is known of an entry; but for struct_size all is zero when there is none. */
typedef struct torii_shared_entry {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t size;     /* bytes of the value */
  uint64_t revision; /* another with every write, and never that of an earlier entry of this key; 0: there is none */
  uint64_t expires;  /* nanoseconds of torii_host.monotonic_time; 0: never */
} torii_shared_entry;

/* `instance` is one of the plugin's: from config_create to config_destroy, both included; in start it is 0. */
typedef struct torii_shared_interface {
  uint32_t struct_size;
  uint32_t reserved;
  /* [any | all, and without a request | copies the key and, into the buffer, the value | NOT_FOUND: no such key, or it
   * has expired; LIMIT: the value is larger than the buffer, which stays as it was; INVALID; UNSUPPORTED; FAILED]
   * Writes the value to `buffer`, and to *entry, unless null, what is known of it; that also with LIMIT. */
  torii_status (*get)(void *context, torii_instance_id instance, torii_slice key, uint8_t *buffer, size_t capacity,
                      torii_shared_entry *entry);
  /* [any | all, and without a request | copies | STALE: what is there is not what was expected; LIMIT: over 64 KiB, or
   * the plugin's share of the memory is used up; INVALID; UNSUPPORTED; FAILED]
   * Sets a value for `lifetime` milliseconds; 0: until it is replaced or removed. With `expected` only in place of the
   * entry of that revision, 0 being none; null: whatever is there. *entry, unless null, is what is there afterwards,
   * with STALE too. */
  torii_status (*put)(void *context, torii_instance_id instance, torii_slice key, torii_slice value, uint64_t lifetime,
                      const uint64_t *expected, torii_shared_entry *entry);
  /* [any | all, and without a request | copies | NOT_FOUND: no such key; STALE: as put; INVALID; UNSUPPORTED; FAILED]
   * Removes an entry; `expected` as in put. */
  torii_status (*remove)(void *context, torii_instance_id instance, torii_slice key, const uint64_t *expected);
  /* [any | all, and without a request | copies the key, gives a number | LIMIT: no room, as put, or the sum would not
   * fit; INVALID: also when the value is not of eight bytes; UNSUPPORTED; FAILED]
   * Adds to a number: a value of eight bytes in the machine's order, which get() and put() know as such. One that is
   * not there is 0, and lives for `lifetime` milliseconds from now on (0: until it is replaced or removed); one that is
   * there keeps its end. *sum and *entry, each unless null, are what is there afterwards. */
  torii_status (*add)(void *context, torii_instance_id instance, torii_slice key, int64_t addend, uint64_t lifetime,
                      int64_t *sum, torii_shared_entry *entry);
} torii_shared_interface;

/* ---------------------------------------------------------------------------------------------------------------- */
/* 5  The entry point                                                                                               */
/* ---------------------------------------------------------------------------------------------------------------- */

#if defined(__GNUC__)
#define TORII_EXPORT __attribute__((visibility("default")))
#else
#define TORII_EXPORT
#endif

/* [worker | after loading, before start; any number of times | the plugin's, as long as the library | null: it cannot
 * serve a host of that version]
 * The one symbol a plugin exports. Pure: allocates nothing, starts nothing, returns the same constant descriptor
 * each time. */
TORII_EXPORT const torii_plugin_descriptor *torii_plugin_entry(uint32_t host_abi_major, uint32_t host_abi_minor);

/* The type of that function, for hosts. */
typedef const torii_plugin_descriptor *(*torii_plugin_entry_function)(uint32_t host_abi_major, uint32_t host_abi_minor);

#ifdef __cplusplus
}
#endif

/* ---------------------------------------------------------------------------------------------------------------- */
/* The lock: sizes and offsets on 64-bit platforms. They may only grow at the end.                                  */
/* ---------------------------------------------------------------------------------------------------------------- */

#if defined(__cplusplus)
#define TORII_ASSERT(condition, text) static_assert(condition, text)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L
#define TORII_ASSERT(condition, text) static_assert(condition, text)
#else
#define TORII_ASSERT(condition, text) _Static_assert(condition, text)
#endif

/* The last field of the version that brought the struct, and the size. What stands before it cannot move unnoticed:
 * nothing is padded. */
#define TORII_ASSERT_END(type, last, offset, size)                                                                     \
  TORII_ASSERT(offsetof(type, last) == (offset), #type "." #last " has moved");                                        \
  TORII_ASSERT(sizeof(type) == (size), #type " has another size")

#if UINTPTR_MAX == UINT64_MAX
TORII_ASSERT_END(torii_slice, size, 8, 16);
TORII_ASSERT_END(torii_error, message, 128, 504);
TORII_ASSERT_END(torii_host, wall_time, 48, 56);
TORII_ASSERT_END(torii_start_args, plugin_data, 24, 32);
TORII_ASSERT_END(torii_stop_args, plugin_data, 8, 16);
TORII_ASSERT_END(torii_config_create_args, response_body_limit, 152, 160);
TORII_ASSERT_END(torii_config_destroy_args, instance_data, 24, 32);
TORII_ASSERT_END(torii_phase_args, request_state, 40, 48);
TORII_ASSERT_END(torii_body_args, flags, 60, 64);
TORII_ASSERT_END(torii_event_args, message, 88, 104);
TORII_ASSERT_END(torii_plugin_callbacks, request_end, 88, 112);
TORII_ASSERT_END(torii_state_export_args, error, 56, 64);
TORII_ASSERT_END(torii_state_import_args, error, 64, 72);
TORII_ASSERT_END(torii_plugin_descriptor, callbacks, 112, 120);
TORII_ASSERT_END(torii_headers_interface, remove, 40, 48);
TORII_ASSERT_END(torii_request_interface, capture, 24, 32);
TORII_ASSERT_END(torii_target, read_timeout, 52, 56);
TORII_ASSERT_END(torii_upstream_interface, set_method, 32, 48);
TORII_ASSERT_END(torii_header, value, 16, 32);
TORII_ASSERT_END(torii_response, body, 24, 40);
TORII_ASSERT_END(torii_flow_interface, post, 32, 40);
TORII_ASSERT_END(torii_body_interface, emit_owned, 16, 24);
TORII_ASSERT_END(torii_http_request, body, 56, 72);
TORII_ASSERT_END(torii_async_interface, cancel, 24, 32);
TORII_ASSERT_END(torii_log_interface, record, 24, 32);
TORII_ASSERT_END(torii_metrics_interface, record, 16, 40);
TORII_ASSERT_END(torii_shared_entry, expires, 24, 32);
TORII_ASSERT_END(torii_shared_interface, add, 32, 40);
#endif

#endif /* TORII_PLUGIN_H */
