/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The last control messages of a link, for whoever asks why it went down: no bytes of the peer, no allocation once made. */
#ifndef L2S_CORE_HISTORY_H
#define L2S_CORE_HISTORY_H

#include "base/mem.h"
#include "base/trace.h"

#include <l2tpsec/l2tpsec.h>

struct l2s_history;

/* Room for so many; NULL: none asked for, or no memory, which the link can live with. */
struct l2s_history *l2s_history_new(struct l2s_mem *mem, uint32_t room);
/* Remember it, if it is a message, or one that was dropped; the oldest is forgotten. h may be NULL. */
void l2s_history_add(struct l2s_history *h, const struct l2s_trace_record *r, uint64_t now);
/* How many there are. h may be NULL. */
uint32_t l2s_history_count(const struct l2s_history *h);
/* The i-th of them from the oldest. */
l2tpsec_record l2s_history_at(const struct l2s_history *h, uint32_t i, l2tpsec_id link);

#endif
