/* SPDX-License-Identifier: Apache-2.0
 *
 * torii/draft.h: interfaces that are on their way into torii/plugin.h
 *
 * What stands here may change or go with any release of the gateway; torii/plugin.h does not. Three rules:
 *
 *   1. A draft has its final name from the beginning, and the revision 1. It takes the next revision with every change,
 *      so that query_interface() never gives the table of another shape than the one a plugin was built with. It keeps
 *      its name and revision when it moves to torii/plugin.h: who used it goes on working.
 *   2. A plugin asks with query_interface() and goes on without it when the answer is null. A draft never stands in the
 *      descriptor's `needs`.
 *   3. Everything else is as torii/plugin.h says of interfaces: tags, ownership, growth.
 *
 * No gateway has the drafts of this version yet: query_interface() answers null.
 */
#ifndef TORII_DRAFT_H
#define TORII_DRAFT_H

#include "torii/plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- torii.shared/1 --------------------------------------------------------------------------------------------- */

/* Bytes by key that all workers see and that outlive a reload: for counters, tickets and what one worker has learnt.
 * The keys of a plugin are its own: 1 to 256 bytes, else TORII_E_INVALID. Values have at most 64 KiB. Every function
 * may also return TORII_E_FAILED: another process holds the store up, or has damaged it. */
#define TORII_SHARED_INTERFACE "torii.shared/1"

/* What is known of an entry; all zero when there is none. */
typedef struct torii_shared_entry {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t size;     /* bytes of the value */
  uint64_t revision; /* another with every write, and never that of an earlier entry of this key; 0: there is none */
  uint64_t expires;  /* nanoseconds of torii_host.monotonic_time; 0: never */
} torii_shared_entry;

typedef struct torii_shared_interface {
  uint32_t struct_size;
  uint32_t reserved;
  /* [any | all, and without a request | copies the key and, into the buffer, the value | NOT_FOUND: no such key, or it
   * has expired; LIMIT: the value is larger than the buffer, which stays as it was; INVALID; FAILED]
   * Writes the value to `buffer`, and to *entry what is known of it, also with LIMIT. `entry` may be null. */
  torii_status (*get)(void *context, torii_slice key, uint8_t *buffer, size_t capacity, torii_shared_entry *entry);
  /* [any | all, and without a request | copies | STALE: another entry is there than was expected; LIMIT: over 64 KiB,
   * or the plugin's share of the memory is used up; INVALID; FAILED]
   * Sets a value for `lifetime` milliseconds; 0: until it is replaced or removed. With `expected` only in place of the
   * entry of that revision, 0 being none; null: whatever is there. *entry, unless null, is what is there afterwards. */
  torii_status (*put)(void *context, torii_slice key, torii_slice value, uint64_t lifetime, const uint64_t *expected,
                      torii_shared_entry *entry);
  /* [any | all, and without a request | copies | NOT_FOUND: no such key; STALE: as put; INVALID; FAILED]
   * Removes an entry; `expected` as in put. */
  torii_status (*remove)(void *context, torii_slice key, const uint64_t *expected);
  /* [any | all, and without a request | copies the key, gives a number | LIMIT: as put; INVALID: the value is not of
   * eight bytes, or the sum would not fit; FAILED]
   * Adds to a number, a value of eight bytes in the machine's order. One that is not there is 0, and then lives for
   * `lifetime` milliseconds; 0: until it is replaced or removed. */
  torii_status (*add)(void *context, torii_slice key, int64_t addend, uint64_t lifetime, int64_t *sum);
} torii_shared_interface;

#ifdef __cplusplus
}
#endif

#endif /* TORII_DRAFT_H */
