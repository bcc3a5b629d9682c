/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Result codes are the public ones, so that nothing has to be translated on the way out; a drop reason is not an error:
 * it is what happens to a bad packet (counted, traced, forgotten). */
#ifndef L2S_BASE_ERRORS_H
#define L2S_BASE_ERRORS_H

#include <l2tpsec/l2tpsec.h>

/* Nothing happens here: the event has no edge in this state, or the message none in this exchange. Counted, not fatal. */
#define L2S_UNEXPECTED (-1000)

/* A question was put to the host which it will answer later; the machine stays where it is. */
#define L2S_PENDING (-1001)

#define L2S_COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* From a member to the object around it. */
#define L2S_CONTAINER(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif
