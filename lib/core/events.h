/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Events: made from what a link or a failure knows, with one sentence for a person. */
#ifndef L2S_CORE_EVENTS_H
#define L2S_CORE_EVENTS_H

#include "base/failure.h"
#include "core/link.h"

/* Queue an event; l NULL: of no link. why NULL: no failure. Returns it for more fields; NULL: there is no memory for it. */
struct l2s_event *l2s_event_put(struct l2tpsec *c, uint32_t type, const struct l2s_link *l,
                                const struct l2s_failure *why);
void l2s_event_progress(struct l2s_link *l, uint32_t layer, const char *step, const char *text);
bool l2s_event_up(struct l2s_link *l);   /* false: no memory */
void l2s_event_weak(struct l2s_link *l); /* what of its channel deserves a warning */
void l2s_event_ipv6(struct l2s_link *l);
void l2s_event_routes(struct l2s_link *l); /* the server answered DHCPINFORM */
/* Fill an UP event from a link that is up, without queueing it. */
void l2s_event_show(struct l2s_event *e, const struct l2s_link *l);

#endif
