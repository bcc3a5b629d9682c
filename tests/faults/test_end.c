/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* How links end, and what is refused from the beginning, with each thing that can fail failing. */
#include "faults/inject.h"

/* ---- hanging up ---- */

static void client_hangs_up(struct stage *s)
{
    stage_connect(s);
    stage_hang_up(s, s->client[0]);
}

static void server_hangs_up(struct stage *s)
{
    pair_set(s->cp[0], "link.reconnect", "0");
    stage_connect(s);
    stage_hang_up(s, s->server);
    stage_run(s, SECOND);
}

static void hung_up_on_the_way(struct stage *s)
{
    stage_listen(s);
    (void)stage_begin(s, 0);
    stage_run(s, SECOND / 10);
    stage_hang_up(s, s->client[0]);
}

static void redials(struct stage *s)
{
    stage_connect(s);
    stage_hang_up(s, s->server);
    stage_run(s, 2 * SECOND);
    stage_wait(s, s->client[0], 60 * SECOND);
    stage_traffic(s, 3, 100);
}

static void all_dial(struct stage *s)
{
    stage_listen(s);
    for (unsigned i = 0; i < s->n_clients; i++)
        (void)stage_begin(s, i);
    for (unsigned i = 0; i < s->n_clients; i++)
        stage_wait(s, s->client[i], 60 * SECOND);
    stage_traffic(s, 2, 100);
}

static void server_shuts_down(struct stage *s)
{
    all_dial(s);
    (void)l2tpsec_listen(s->server->ctx, NULL, s->net.now);
    (void)l2tpsec_close(s->server->ctx, 0, s->net.now);
    stage_run(s, 10 * SECOND);
}

static void user_comes_again(struct stage *s)
{
    stage_connect(s);
    s->client[0]->off = true;
    (void)stage_dial(s, 1);
    stage_traffic(s, 3, 100);
    stage_run(s, 10 * SECOND);
    s->client[0]->off = false;
    stage_run(s, 10 * SECOND);
    stage_hang_up(s, s->client[1]);
}

/* ---- refusals ---- */

static void does_not_get_in(struct stage *s)
{
    stage_listen(s);
    (void)stage_dial(s, 0);
}

static int32_t no_secret(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)h, (void)q, (void)out, (void)cap, (void)len;
    return L2TPSEC_ENOENT;
}

static void unknown_user(struct stage *s)
{
    s->server->secret = no_secret;
    stage_listen(s);
    (void)stage_dial(s, 0);
    s->server->secret = NULL;
}

static void pool_is_empty(struct stage *s)
{
    stage_listen(s);
    (void)stage_dial(s, 1);
    (void)stage_dial(s, 0);
    stage_hang_up(s, s->client[1]);
    net_run(&s->net, 6 * SECOND); /* its address is free when the server, too, is through with the link */
}

/* ---- the interface itself ---- */

static int32_t set_much(l2tpsec_profile *p)
{
    static const char *const settings[][2] = {{"preset", "legacy"},
                                              {"ike.proposals", "aes128-sha256-modp2048"},
                                              {"ike.psk", "of another"},
                                              {"ike.id", "@client.example"},
                                              {"ppp.user", "bob"},
                                              {"ppp.password", "secret"},
                                              {"server.address", "10.9.0.1"},
                                              {"server.pool", "10.9.0.0/16"},
                                              {"server.routes", "10.0.0.0/8"},
                                              {"server.domain", "corp.example"}};

    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        int32_t rc = l2tpsec_profile_set_str(p, settings[i][0], settings[i][1]);
        if (rc != L2TPSEC_OK)
            return rc;
    }
    return L2TPSEC_OK;
}

/* A context, a profile and a listener more, for a moment. */
static void begins_anew(struct stage *s, struct host *h)
{
    l2tpsec *more = NULL;
    l2tpsec_profile *p = NULL;

    int32_t rc = net_context(h, &more);
    assert_true((rc == L2TPSEC_OK) == (more != NULL));
    stage_error(s, rc);
    if (rc == L2TPSEC_OK) {
        rc = l2tpsec_profile_new(more, &p);
        assert_true((rc == L2TPSEC_OK) == (p != NULL));
        if (rc == L2TPSEC_OK)
            rc = set_much(p);
        if (rc == L2TPSEC_OK)
            rc = l2tpsec_listen(more, p, s->net.now);
        stage_error(s, rc);
    }
    l2tpsec_free(more);
}

static void new_contexts(struct stage *s)
{
    stage_connect(s);
    begins_anew(s, s->client[0]);
    begins_anew(s, s->server);
    stage_listen(s); /* again, while there are links */
    stage_traffic(s, 3, 100);
}

static const struct scene scenes[] = {
    {.name = "the client hangs up", .play = client_hangs_up},
    {.name = "the server hangs up", .play = server_hangs_up},
    {.name = "hung up while dialling", .play = hung_up_on_the_way},
    {.name = "hung up and dialled again", .play = redials, .stays_up = 1},
    {.name = "five clients", .clients = 5, .play = all_dial, .stays_up = 5},
    {.name = "a server shuts down",
     .clients = 5,
     .client = {"link.reconnect", "0"},
     .cuts = true,
     .play = server_shuts_down},
    {.name = "a user comes again from elsewhere", .clients = 2, .cuts = true, .play = user_comes_again, .stays_up = 1},
    {.name = "a wrong PSK",
     .client = {"ike.psk", "of somewhere else"},
     .play = does_not_get_in,
     .mend = {"ike.psk", "a long enough test key"}},
    {.name = "a wrong password",
     .client = {"ppp.password", "guess"},
     .play = does_not_get_in,
     .mend = {"ppp.password", "wonderland"}},
    {.name = "an unknown user", .play = unknown_user},
    {.name = "no common phase 1 proposal",
     .client = {"preset", "legacy", "ike.proposals", "3des-sha1-modp1024"},
     .play = does_not_get_in,
     .mend = {"preset", "compatible"}},
    {.name = "no common phase 2 proposal",
     .client = {"esp.proposals", "3des-md5"},
     .play = does_not_get_in,
     .mend = {"preset", "compatible"}},
    {.name = "no common authentication",
     .client = {"ppp.auth", "eap-md5"},
     .server = {"ppp.auth", "mschapv2"},
     .play = does_not_get_in,
     .mend = {"ppp.auth", "mschapv2"}},
    {.name = "MPPE that one side will not do",
     .client = {"ppp.mppe", "require"},
     .play = does_not_get_in,
     .mend = {"ppp.mppe", "never"}},
    {.name = "no address left",
     .clients = 2,
     .server = {"server.pool", "10.77.0.0/30"},
     .play = pool_is_empty,
     .stays_up = 0},
    {.name = "contexts, profiles and listeners", .play = new_contexts, .stays_up = 1},
};

int main(void)
{
    return faults_run("end", scenes, sizeof scenes / sizeof *scenes);
}
