/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/common/retransmit.h"

#include "base/errors.h"
#include "base/hash.h"
#include "base/wipe.h"

#include <string.h>

#define DEFAULT_RETRY_MS 1000u

static void arm(struct l2s_retransmit *r)
{
    l2s_timer_arm(&r->sys->timers, &r->timer, r->sys->now + r->wait_ms * L2S_MS);
}

static void send(struct l2s_retransmit *r)
{
    r->sent++;
    r->send(r->self, r->msg, r->len);
}

static void fire(void *owner)
{
    struct l2s_retransmit *r = owner;

    if (r->left == 0) {
        l2s_retransmit_stop(r);
        r->give_up(r->self); /* r may be gone behind this */
        return;
    }
    r->left--;
    r->wait_ms = r->wait_ms < L2S_RETRANSMIT_MAX_MS ? r->wait_ms * 5 / 4 : r->wait_ms;
    if (r->wait_ms > L2S_RETRANSMIT_MAX_MS)
        r->wait_ms = L2S_RETRANSMIT_MAX_MS;
    arm(r);
    send(r);
}

int l2s_retransmit_init(struct l2s_retransmit *r, struct l2s_sys *sys,
                        void (*sender)(void *self, const uint8_t *p, size_t n), void (*give_up)(void *self), void *self)
{
    memset(r, 0, sizeof *r);
    int rc = l2s_timers_reserve(&sys->timers, 1);
    if (rc != L2TPSEC_OK)
        return rc;
    r->sys = sys;
    r->send = sender;
    r->give_up = give_up;
    r->self = self;
    l2s_timer_init(&r->timer, fire, r);
    return L2TPSEC_OK;
}

void l2s_retransmit_fini(struct l2s_retransmit *r)
{
    if (!r->sys)
        return;
    l2s_retransmit_stop(r);
    l2s_timers_release(&r->sys->timers, 1);
    memset(r, 0, sizeof *r);
}

int l2s_retransmit_start(struct l2s_retransmit *r, const uint8_t *p, size_t n, uint32_t retry_ms, uint32_t retries)
{
    uint8_t *copy = l2s_mem_dup(&r->sys->mem, p, n);

    l2s_retransmit_stop(r);
    if (!copy)
        return L2TPSEC_ENOMEM;
    r->msg = copy;
    r->len = n;
    r->wait_ms = retry_ms ? retry_ms : DEFAULT_RETRY_MS;
    if (r->wait_ms > L2S_RETRANSMIT_MAX_MS)
        r->wait_ms = L2S_RETRANSMIT_MAX_MS;
    r->left = retries;
    r->sent = 0;
    arm(r);
    send(r);
    return L2TPSEC_OK;
}

void l2s_retransmit_stop(struct l2s_retransmit *r)
{
    if (!r->msg)
        return;
    l2s_timer_cancel(&r->sys->timers, &r->timer);
    l2s_mem_free(&r->sys->mem, r->msg);
    r->msg = NULL;
    r->len = 0;
}

void l2s_repeat_init(struct l2s_repeat *d, struct l2s_sys *sys, const uint8_t key[16])
{
    memset(d, 0, sizeof *d);
    d->key = key;
    d->sys = sys;
}

void l2s_repeat_fini(struct l2s_repeat *d)
{
    if (d->sys)
        l2s_mem_free(&d->sys->mem, d->answer);
    l2s_wipe(d, sizeof *d);
}

uint64_t l2s_repeat_mark(const struct l2s_repeat *d, const uint8_t *p, size_t n)
{
    return l2s_siphash(d->key, p, n);
}

bool l2s_repeat_find(const struct l2s_repeat *d, uint64_t mark, struct l2s_bytes *answer)
{
    answer->p = NULL;
    answer->n = 0;
    if (!d->set || d->mark != mark)
        return false;
    answer->p = d->answer;
    answer->n = d->len;
    return true;
}

int l2s_repeat_keep(struct l2s_repeat *d, uint64_t mark, const uint8_t *p, size_t n)
{
    uint8_t *copy = n ? l2s_mem_dup(&d->sys->mem, p, n) : NULL;

    if (n && !copy) /* not known, then: it will be answered anew */
        return L2TPSEC_ENOMEM;
    l2s_mem_free(&d->sys->mem, d->answer);
    d->answer = copy;
    d->len = (uint32_t)n;
    d->mark = mark;
    d->set = true;
    return L2TPSEC_OK;
}
