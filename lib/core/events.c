/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/events.h"

#include "base/errors.h"
#include "core/channel.h"
#include "core/diagnosis.h"
#include "core/inform.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

static void inner_address(l2tpsec_addr *out, const uint8_t ip[4])
{
    static const uint8_t none[4];

    memset(out, 0, sizeof *out);
    if (memcmp(ip, none, 4) == 0)
        return;
    out->family = 4;
    memcpy(out->ip, ip, 4);
}

static void inner_address6(l2tpsec_addr *out, const uint8_t prefix[8], const uint8_t id[8])
{
    out->family = 6;
    memcpy(out->ip, prefix, 8);
    if (id)
        memcpy(out->ip + 8, id, 8);
}

static void show_ipv6(l2tpsec_event *ev, const struct l2s_link *l)
{
    static const uint8_t link_local[8] = {0xfe, 0x80};

    if (!l->ipv6 || !l->ipv6->open)
        return;
    inner_address6(&ev->address6, link_local, l->ipv6->local);
    inner_address6(&ev->peer_address6, link_local, l->ipv6->peer);
    if (l->ipv6->has_prefix)
        inner_address6(&ev->prefix6, l->ipv6->prefix, NULL);
}

/* Every string of an event points somewhere. */
static void blank(struct l2s_event *e)
{
    memset(&e->ev, 0, sizeof e->ev);
    e->text[0] = e->offered[0] = e->allowed[0] = e->message[0] = e->user[0] = 0;
    e->ev.size = sizeof e->ev;
    e->ev.step = e->ev.hint = e->ev.advice = e->ev.fits = e->ev.domain = "";
    e->ev.text = e->text;
    e->ev.offered = e->offered;
    e->ev.allowed = e->allowed;
    e->ev.message = e->message;
    e->ev.user = e->user;
}

static void show_link(struct l2s_event *e, const struct l2s_link *l)
{
    l2tpsec_event *ev = &e->ev;

    blank(e);
    ev->link = l->id;
    ev->time = l->c->sys.now;
    if (l->channel) {
        ev->local = l->channel->local;
        ev->remote = l->channel->remote;
    } else if (l->dial) {
        ev->local = l->dial->local;
        ev->remote = l->dial->remote;
    }
    snprintf(e->user, sizeof e->user, "%s", l->user ? l->user : "");
    if (!l->has_head)
        return;
    ev->mtu = l->mtu;
    show_ipv6(ev, l);
    inner_address(&ev->address, l->net.local);
    inner_address(&ev->peer_address, l->net.peer);
    if (l->client) {
        inner_address(&ev->dns[0], l->net.dns[0]);
        inner_address(&ev->dns[1], l->net.dns[1]);
    }
}

/* What a host must know to do its part; the others are good to know. */
static bool must_be_told(uint32_t type)
{
    return type == L2TPSEC_EVENT_UP || type == L2TPSEC_EVENT_DOWN || type == L2TPSEC_EVENT_FAILED ||
           type == L2TPSEC_EVENT_REFUSED;
}

/* Memory for an event. When there is none, the spare one is for those that matter. */
static struct l2s_event *take(struct l2tpsec *c, uint32_t type)
{
    struct l2s_event *e = l2s_mem_new(&c->sys.mem, sizeof *e);

    if (!e && must_be_told(type)) {
        e = c->spare;
        c->spare = NULL;
    }
    return e;
}

struct sentence {
    char *p;
    size_t left;
};

static void say(struct sentence *s, const char *before, const char *words, const char *after)
{
    if (!*words || s->left <= 1)
        return;
    int n = snprintf(s->p, s->left, "%s%s%s", before, words, after);
    if (n <= 0)
        return;
    size_t used = (size_t)n < s->left ? (size_t)n : s->left - 1;
    s->p += used;
    s->left -= used;
}

/* "IKE, main mode, message 1: no common phase 1 proposal; the peer offers ...; we allow ...; set preset to legacy" */
static void explain(struct l2s_event *e, const struct l2s_failure *why)
{
    struct sentence s = {e->text, sizeof e->text};

    say(&s, "", l2s_name_layer(why->layer), "");
    say(&s, ", ", why->step ? why->step : "", "");
    say(&s, ": ", l2s_text_cause(why->cause), "");
    say(&s, "; ", why->detail, "");
    say(&s, "; the peer offers ", e->offered, "");
    say(&s, "; we allow ", e->allowed, "");
    say(&s, "; it says \"", e->message, "\"");
    say(&s, "; ", e->ev.hint, "");
}

static void blame(struct l2s_event *e, const struct l2s_failure *why)
{
    l2tpsec_event *ev = &e->ev;

    ev->cause = why->cause;
    ev->layer = why->layer;
    ev->peer_code = why->peer_code;
    ev->peer_code2 = why->peer_code2;
    ev->step = why->step ? why->step : "";
    ev->hint = why->hint ? why->hint : "";
    const l2tpsec_diagnosis *d = l2s_diagnosis_of(why->cause, why->layer, why->peer_code);
    ev->windows_code = why->windows_code ? why->windows_code : l2s_diagnosis_windows(d, why->layer, why->peer_code);
    ev->advice = d->advice;
    ev->fits = why->fits ? why->fits : "";
    memcpy(e->offered, why->offered, sizeof e->offered);
    memcpy(e->allowed, why->allowed, sizeof e->allowed);
    memcpy(e->message, why->message, sizeof e->message);
    explain(e, why);
}

struct l2s_event *l2s_event_put(struct l2tpsec *c, uint32_t type, const struct l2s_link *l,
                                const struct l2s_failure *why)
{
    static const struct l2s_failure shortage = {.cause = L2TPSEC_CAUSE_NO_MEMORY};
    struct l2s_event *e = take(c, type);

    if (!e)
        return NULL;
    if (l)
        show_link(e, l);
    else
        blank(e);
    e->ev.type = type;
    e->ev.time = c->sys.now;
    if (why)
        blame(e, why);
    else if (type == L2TPSEC_EVENT_DOWN || type == L2TPSEC_EVENT_FAILED)
        blame(e, &shortage); /* a failure without a reason is one that found no memory for it */
    else
        snprintf(e->text, sizeof e->text, "%s", l2s_name_event(type));
    l2s_list_add_tail(&c->events, &e->node);
    return e;
}

void l2s_event_progress(struct l2s_link *l, uint32_t layer, const char *step, const char *text)
{
    struct l2s_event *e = l2s_event_put(l->c, L2TPSEC_EVENT_PROGRESS, l, NULL);

    if (!e)
        return;
    e->ev.layer = layer;
    e->ev.step = step;
    snprintf(e->text, sizeof e->text, "%s", text);
}

void l2s_event_show(struct l2s_event *e, const struct l2s_link *l)
{
    char words[80];

    show_link(e, l);
    e->ev.type = L2TPSEC_EVENT_UP;
    l2s_channel_text(l->channel, words, sizeof words);
    snprintf(e->text, sizeof e->text, "up: %s", words);
}

bool l2s_event_up(struct l2s_link *l)
{
    struct l2s_event *e = l2s_event_put(l->c, L2TPSEC_EVENT_UP, l, NULL);

    if (e)
        l2s_event_show(e, l);
    return e != NULL;
}

void l2s_event_ipv6(struct l2s_link *l)
{
    struct l2s_event *e = l2s_event_put(l->c, L2TPSEC_EVENT_IPV6, l, NULL);

    if (!e)
        return;
    e->ev.layer = L2TPSEC_LAYER_PPP;
    e->ev.step = "IPV6CP";
    snprintf(e->text, sizeof e->text, "IPv6 passes%s", l->ipv6->has_prefix ? ", the client has a prefix" : "");
}

void l2s_event_routes(struct l2s_link *l)
{
    const struct l2s_told *t = l->dial->inform.told;
    struct l2s_event *e = l2s_event_put(l->c, L2TPSEC_EVENT_ROUTES, l, NULL);

    if (!e)
        return;
    e->ev.layer = L2TPSEC_LAYER_PPP;
    e->ev.step = "DHCPINFORM";
    for (unsigned i = 0; i < 2 && t->dns[0][0]; i++)
        inner_address(&e->ev.dns[i], t->dns[i]);
    snprintf(e->domain, sizeof e->domain, "%s", t->domain);
    e->ev.domain = e->domain;
    snprintf(e->text, sizeof e->text, "the server gave %u route%s%s%s", t->n, t->n == 1 ? "" : "s",
             *t->domain ? ", domain " : "", t->domain);
}

static void warn(struct l2s_link *l, const char *text)
{
    struct l2s_event *e = l2s_event_put(l->c, L2TPSEC_EVENT_LEGACY, l, NULL);

    if (!e)
        return;
    e->ev.layer = L2TPSEC_LAYER_IKE;
    snprintf(e->text, sizeof e->text, "%s", text);
}

void l2s_event_weak(struct l2s_link *l)
{
    if (l->channel->legacy)
        warn(l, "this link uses 3DES, MD5, MODP-1024 or MODP-1536, which are weak");
    if (l->channel->aggressive)
        warn(l, "this link was set up in aggressive mode: whoever dials the server or listens can guess its pre-shared "
                "key at leisure");
}
