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
 * The keys of a plugin are its own. */
#define TORII_SHARED_INTERFACE "torii.shared/1"

typedef struct torii_shared_interface {
  uint32_t struct_size;
  uint32_t reserved;
  /* [any | all, and without a request | copies the key and, into `buffer`, the value | NOT_FOUND: no such key, or it
   * has expired; LIMIT: the value is larger than the buffer]
   * Writes the value to `buffer`, its size to `size` (also with LIMIT, so that a larger buffer can be brought), and to
   * `revision` what put() compares. */
  torii_status (*get)(void *context, torii_slice key, uint8_t *buffer, size_t capacity, size_t *size,
                      uint64_t *revision);
  /* [any | all, and without a request | copies | STALE: the value is not of that revision any more; LIMIT: over 64 KiB,
   * or the plugin's share of memory is used up; INVALID: a key that is empty or over 256 bytes]
   * Sets a value for `lifetime` milliseconds (0: until it is replaced). With `revision` 0 whatever was there; otherwise
   * only if it is still what get() gave with that revision. An empty value removes the key. */
  torii_status (*put)(void *context, torii_slice key, torii_slice value, uint64_t lifetime, uint64_t revision);
  /* [any | all, and without a request | copies the key, gives a number | LIMIT: as put; INVALID: as put, or the
   * value is not a counter]
   * Adds to a counter, which begins at 0 and then lives for `lifetime` milliseconds (0: for ever); gives the sum. */
  torii_status (*increment)(void *context, torii_slice key, int64_t addend, uint64_t lifetime, int64_t *sum);
} torii_shared_interface;

#ifdef __cplusplus
}
#endif

#endif /* TORII_DRAFT_H */
