/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The exported functions on profiles. */
#include "base/errors.h"
#include "core/diagnosis.h"
#include "core/server.h"
#include "core/structs.h"

#include <stdio.h>

int32_t l2tpsec_profile_new(l2tpsec *ctx, l2tpsec_profile **out)
{
    if (!ctx || !out)
        return L2TPSEC_EINVAL;
    if (ctx->asking || ctx->doomed)
        return L2TPSEC_EBUSY;
    struct l2tpsec_profile *p = l2s_mem_new(&ctx->sys.mem, sizeof *p);
    if (!p)
        return L2TPSEC_ENOMEM;
    p->c = ctx;
    l2s_profile_init(&p->settings);
    p->settings.papers.crypto = p->settings.ppp_papers.crypto = ctx->crypto;
    p->settings.clock_missing = !ctx->cb.wall_clock;
    l2s_list_add_tail(&ctx->profiles, &p->node);
    *out = p;
    return L2TPSEC_OK;
}

void l2tpsec_profile_free(l2tpsec_profile *p)
{
    if (!p)
        return;
    l2s_server_unlist(p);
}

static bool settable(l2tpsec_profile *p, const char *name, const void *value)
{
    if (p && (!name || !value))
        snprintf(p->error, sizeof p->error, "a name or a value is NULL");
    if (!p || !name || !value)
        return false;
    l2s_profile_changed(p);
    return true;
}

int32_t l2tpsec_profile_set_str(l2tpsec_profile *p, const char *name, const char *value)
{
    return settable(p, name, value) ? l2s_setting_set(&p->settings, name, value, p->error) : L2TPSEC_EINVAL;
}

int32_t l2tpsec_profile_set_u64(l2tpsec_profile *p, const char *name, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    return l2tpsec_profile_set_str(p, name, text);
}

int32_t l2tpsec_profile_set_bytes(l2tpsec_profile *p, const char *name, const void *value, size_t len)
{
    return settable(p, name, value) ? l2s_setting_set_bytes(&p->settings, name, value, len, p->error) : L2TPSEC_EINVAL;
}

const char *l2tpsec_profile_error(const l2tpsec_profile *p)
{
    return p ? p->error : "";
}

int32_t l2tpsec_diagnosis_at(uint32_t index, l2tpsec_diagnosis *out)
{
    l2tpsec_diagnosis mine = {.size = sizeof mine};

    if (!out || out->size < sizeof out->size)
        return L2TPSEC_EINVAL;
    int32_t rc = l2s_diagnosis_at(index, &mine);
    if (rc == L2TPSEC_OK)
        l2s_struct_give(out, &mine, sizeof mine);
    return rc;
}

int32_t l2tpsec_setting_at(uint32_t index, l2tpsec_setting *out)
{
    l2tpsec_setting mine = {.size = sizeof mine};

    if (!out || out->size < sizeof out->size)
        return L2TPSEC_EINVAL;
    int32_t rc = l2s_setting_at(index, &mine);
    if (rc == L2TPSEC_OK)
        l2s_struct_give(out, &mine, sizeof mine);
    return rc;
}
