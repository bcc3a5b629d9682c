/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Every way to connect and to prove oneself, with each thing that can fail failing. */
#include "faults/inject.h"

/* ---- hosts that are asked ---- */

static int32_t give(const char *word, uint8_t *out, size_t *len)
{
    memcpy(out, word, *len = strlen(word));
    return L2TPSEC_OK;
}

static int32_t secret_of_both(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)h, (void)cap;
    return give(q->kind == L2TPSEC_SECRET_PSK ? "a long enough test key" : "wonderland", out, len);
}

static int32_t own_address(struct host *h, const l2tpsec_address_query *q, l2tpsec_addresses *out)
{
    (void)h;
    out->peer = q->candidate;
    out->prefix6 = (l2tpsec_addr){.family = 6, .ip = {0xfd, 1, 2, 3, 4, 5, 6, q->candidate.ip[3]}};
    return L2TPSEC_OK;
}

static l2tpsec_profile *bare(struct host *h)
{
    l2tpsec_profile *p = NULL;

    assert_int_equal(l2tpsec_profile_new(h->ctx, &p), L2TPSEC_OK);
    return p;
}

static void asked_for_everything(struct stage *s)
{
    s->cp[0] = bare(s->client[0]);
    s->sp[0] = bare(s->server);
    s->client[0]->secret = s->server->secret = secret_of_both;
    s->server->address_cb = own_address;
}

/* What is answered later: the token is kept by kind, an address's in front. */
static int32_t secret_later(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    struct stage *s = h->test;

    if (q->link == 0 && q->kind != L2TPSEC_SECRET_PSK)
        return secret_of_both(h, q, out, cap, len);
    s->token[q->kind] = q->token;
    return L2TPSEC_EAGAIN;
}

static int32_t address_later(struct host *h, const l2tpsec_address_query *q, l2tpsec_addresses *out)
{
    struct stage *s = h->test;

    (void)out;
    s->token[0] = q->token;
    return L2TPSEC_EAGAIN;
}

static void asked_and_slow(struct stage *s)
{
    s->sp[0] = bare(s->server);
    s->server->test = s;
    s->server->secret = secret_later;
    s->server->address_cb = address_later;
}

static void answers_come_later(struct stage *s)
{
    l2tpsec_addresses a = {.size = sizeof a, .peer = {.family = 4, .ip = {10, 77, 3, 3}}};

    stage_listen(s);
    (void)stage_begin(s, 0);
    for (unsigned i = 0; i < 30; i++) {
        stage_run(s, SECOND / 10);
        if (s->token[L2TPSEC_SECRET_PSK])
            (void)l2tpsec_answer(s->server->ctx, s->token[L2TPSEC_SECRET_PSK], "a long enough test key", 22,
                                 s->net.now);
        if (s->token[L2TPSEC_SECRET_PASSWORD])
            (void)l2tpsec_answer(s->server->ctx, s->token[L2TPSEC_SECRET_PASSWORD], "wonderland", 10, s->net.now);
        if (s->token[0])
            (void)l2tpsec_answer_address(s->server->ctx, s->token[0], &a, s->net.now);
        memset(s->token, 0, sizeof s->token);
    }
    stage_wait(s, s->client[0], 60 * SECOND);
    stage_traffic(s, 3, 100);
    s->server->secret = secret_of_both;
    s->server->address_cb = NULL;
}

/* ---- passwords that are wrong at first, or have expired ---- */

static int32_t second_guess(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)h, (void)cap;
    if (q->kind == L2TPSEC_SECRET_NEW_PASSWORD)
        return give("through", out, len);
    return give(q->candidate == 2 ? "wonderland" : "Wonderland", out, len);
}

static void types_badly(struct stage *s)
{
    s->client[0]->secret = second_guess;
    pair_set(s->cp[0], "ppp.password", "wunderland");
}

static int32_t stored(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    struct stage *s = h->test;

    (void)cap;
    if (q->kind != L2TPSEC_SECRET_PASSWORD)
        return L2TPSEC_ENOENT;
    (void)give(s->word, out, len);
    return strcmp(s->word, "wonderland") == 0 ? L2TPSEC_EEXPIRED : L2TPSEC_OK;
}

static int32_t store(struct host *h, const l2tpsec_query *q, const uint8_t *password, size_t len)
{
    struct stage *s = h->test;

    (void)q;
    assert_true(len < sizeof s->word);
    memcpy(s->word, password, len);
    s->word[len] = 0;
    return L2TPSEC_OK;
}

static void has_expired(struct stage *s)
{
    s->server->test = s;
    strcpy(s->word, "wonderland");
    s->client[0]->secret = second_guess;
    s->server->secret = stored;
    s->server->new_password = store;
}

static void changes_its_password(struct stage *s)
{
    stage_connect(s);
    pair_set(s->cp[0], "ppp.password", s->word); /* whoever was told, dials with that from now on */
    if (strcmp(s->word, "wonderland") == 0)
        strcpy(s->word, "wonderland ");
    pair_set(s->cp[0], "ppp.password", s->word);
}

/* ---- ways outside ---- */

static void by_ipv6(struct stage *s)
{
    s->client[0]->second = (l2tpsec_addr){.family = 6, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 7}};
    s->server->second = (l2tpsec_addr){.family = 6, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
}

/* ---- everything is looked at ---- */

static void look_at_message(struct host *h, const l2tpsec_tap *t)
{
    (void)h;
    assert_non_null(t->data);
}

static void look_at_record(struct host *h, const l2tpsec_record *rec)
{
    char line[256];

    (void)h;
    assert_true(l2tpsec_format(rec, line, sizeof line) > 0);
}

static void looked_at(struct stage *s)
{
    s->client[0]->on_tap = s->server->on_tap = look_at_message;
    s->client[0]->on_log = s->server->on_log = look_at_record;
}

static void kept_in_mind(struct stage *s)
{
    l2tpsec_record rec[64] = {{.size = sizeof rec[0]}};

    stage_connect(s);
    struct track *t = stage_link(s);
    if (t && t->state != TRACK_ENDED)
        assert_true(l2tpsec_get_messages(t->host->ctx, t->link, rec, 64) >= 0);
}

static const struct scene scenes[] = {
    {.name = "MS-CHAPv2", .play = stage_connect, .stays_up = 1},
    {.name = "CHAP",
     .client = {"ppp.auth", "chap"},
     .server = {"ppp.auth", "chap"},
     .play = stage_connect,
     .stays_up = 1},
    {.name = "PAP", .client = {"ppp.auth", "pap"}, .server = {"ppp.auth", "pap"}, .play = stage_connect, .stays_up = 1},
    {.name = "EAP-MD5",
     .client = {"ppp.auth", "eap-md5"},
     .server = {"ppp.auth", "eap-md5"},
     .play = stage_connect,
     .stays_up = 1},
    {.name = "EAP-MSCHAPv2, which the client asks for",
     .client = {"ppp.auth", "eap-mschapv2"},
     .server = {"ppp.auth", "mschapv2, eap-mschapv2"},
     .play = stage_connect,
     .stays_up = 1},
    {.name = "another password",
     .server = {"ppp.retries", "3"},
     .prepare = types_badly,
     .play = stage_connect,
     .stays_up = 1},
    {.name = "a new password", .prepare = has_expired, .play = changes_its_password, .stays_up = 1},
    {.name = "callbacks for all secrets and addresses",
     .client = {"ppp.user", "alice"},
     .server = {"server.address", "10.77.0.1", "server.pool", "10.77.0.0/16"},
     .prepare = asked_for_everything,
     .play = stage_connect,
     .stays_up = 1},
    {.name = "answers that come later",
     .server = {"server.address", "10.77.0.1", "server.pool", "10.77.0.0/16"},
     .prepare = asked_and_slow,
     .play = answers_come_later,
     .stays_up = 1},
    {.name = "aggressive mode",
     .client = {"ike.mode", "aggressive", "ike.id", "@sales"},
     .server = {"ike.aggressive", "1"},
     .prepare = NULL,
     .play = stage_connect,
     .stays_up = 1},
    {.name = "NAT", .nat = true, .play = stage_connect, .stays_up = 1},
    {.name = "IPv6 outside", .second = true, .prepare = by_ipv6, .play = stage_connect, .stays_up = 1},
    {.name = "IPv6 inside",
     .client = {"ppp.ipv6", "1"},
     .server = {"ppp.ipv6", "1", "server.pool6", "2001:db8::/40"},
     .play = stage_connect,
     .stays_up = 1},
    {.name = "AES-GCM and PFS",
     .client = {"preset", "modern", "esp.proposals", "aes256gcm16-modp2048"},
     .server = {"esp.proposals", "aes256gcm16-modp2048"},
     .play = stage_connect,
     .stays_up = 1},
    {.name = "3DES and MD5",
     .client = {"preset", "legacy", "ike.proposals", "3des-md5-modp1024", "esp.proposals", "3des-md5"},
     .server = {"preset", "legacy"},
     .play = stage_connect,
     .stays_up = 1},
    {.name = "MPPE",
     .client = {"ppp.mppe", "require"},
     .server = {"ppp.mppe", "require"},
     .play = stage_connect,
     .stays_up = 1},
    {.name = "MPPE, stateful, 40 bits",
     .client = {"ppp.mppe", "require, 40, stateful"},
     .server = {"ppp.mppe", "require, 40, stateful"},
     .play = stage_connect,
     .stays_up = 1},
    {.name = "L2TP's own secret, things hidden",
     .client = {"l2tp.secret", "tunnel", "l2tp.hide", "1"},
     .server = {"l2tp.secret", "tunnel", "l2tp.hide", "1"},
     .play = stage_connect,
     .stays_up = 1},
    {.name = "DHCPINFORM",
     .client = {"link.inform", "1"},
     .server = {"server.routes", "10.0.0.0/8, 0.0.0.0/0", "server.domain", "corp.example"},
     .play = stage_connect,
     .stays_up = 1},
    {.name = "tap, key log, log and messages",
     .client = {"link.messages", "256"},
     .server = {"link.messages", "256"},
     .prepare = looked_at,
     .play = kept_in_mind,
     .stays_up = 1},
    {.name = "shards", .shards = 2, .clients = 2, .play = stage_connect, .stays_up = 1},
};

int main(void)
{
    return faults_run("connect", scenes, sizeof scenes / sizeof *scenes);
}
