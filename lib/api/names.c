/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The exported functions that turn numbers and records into words. */
#include "core/text.h"

#include <stdio.h>

const char *l2tpsec_version(void)
{
    return L2S_VERSION;
}

const char *l2tpsec_strerror(int32_t rc)
{
    return l2s_text_error(rc);
}

const char *l2tpsec_cause_name(uint32_t cause)
{
    return l2s_name_cause(cause);
}

const char *l2tpsec_drop_name(uint32_t drop)
{
    return l2s_name_drop(drop);
}

const char *l2tpsec_layer_name(uint32_t layer)
{
    return l2s_name_layer(layer);
}

const char *l2tpsec_event_name(uint32_t type)
{
    return l2s_name_event(type);
}

static const char *or_nothing(const char *s)
{
    return s ? s : "";
}

size_t l2tpsec_format(const l2tpsec_record *r, char *out, size_t cap)
{
    unsigned long long ms = r ? r->time / 1000 : 0;
    int n = 0;

    if (!r || !out || !cap)
        return 0;
    switch (r->kind) {
    case L2TPSEC_RECORD_EDGE:
        n = snprintf(out, cap, "%llu.%03llu %s %s: %s, %s -> %s (%lld)", ms / 1000, ms % 1000, or_nothing(r->wing),
                     or_nothing(r->machine), or_nothing(r->a), or_nothing(r->b), or_nothing(r->c), (long long)r->value);
        break;
    case L2TPSEC_RECORD_DROP:
        n = snprintf(out, cap, "%llu.%03llu %s drop: %s (%s)", ms / 1000, ms % 1000, or_nothing(r->wing),
                     or_nothing(r->a), l2s_name_drop((uint32_t)r->value));
        break;
    default:
        n = snprintf(out, cap, "%llu.%03llu %s: %s %s (%lld)", ms / 1000, ms % 1000, or_nothing(r->wing),
                     or_nothing(r->a), or_nothing(r->b), (long long)r->value);
        break;
    }
    return n < 0 ? 0 : (size_t)n < cap ? (size_t)n : cap - 1;
}
