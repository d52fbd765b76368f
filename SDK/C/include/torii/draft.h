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
 * There is no draft at present.
 */
#ifndef TORII_DRAFT_H
#define TORII_DRAFT_H

#include "torii/plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __cplusplus
}
#endif

#endif /* TORII_DRAFT_H */
