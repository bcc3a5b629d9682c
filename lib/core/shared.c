/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/shared.h"

#include "base/errors.h"

void l2s_shared_put(struct l2tpsec *c, struct l2s_shared_profile *s)
{
    if (!s || --s->users)
        return;
    l2s_list_remove(&s->node);
    l2s_profile_fini(&s->p);
    l2s_mem_free(&c->sys.mem, s);
}

int32_t l2s_shared_new(struct l2tpsec *c, const struct l2s_profile *p, bool server, struct l2s_shared_profile **out)
{
    struct l2s_shared_profile *s = l2s_mem_new(&c->sys.mem, sizeof *s);
    int32_t rc = L2TPSEC_EUNSUP;

    if (!s)
        return L2TPSEC_ENOMEM;
    l2s_list_init(&s->node);
    s->users = 1;
    l2s_profile_copy(&s->p, p);
    s->p.ppp.server = server;
    s->p.ppp.name = server ? s->p.server_name : s->p.user;
    l2s_ike_policy_fit(&s->p.ike.ike, c->crypto);
    l2s_esp_policy_fit(&s->p.ike.esp, c->crypto);
    if (s->p.ike.ike.n && s->p.ike.esp.n)
        rc = l2s_profile_open(&s->p, server, c->cb.sign != NULL);
    if (rc == L2TPSEC_OK && !server && !s->p.ppp.name[0])
        rc = L2TPSEC_EINVAL; /* who we are is not known */
    if (rc != L2TPSEC_OK)
        l2s_shared_put(c, s);
    else
        *out = s;
    return rc;
}
