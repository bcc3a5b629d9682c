/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "secrets/play.h"

#include "secrets/memory.h"
#include "secrets/papers.h"
#include "secrets/stack.h"
#include "secrets/vault.h"

#define SUMMER_2026 1782864000 /* 2026-07-01 */
#define RECORDS 64

struct play_sum play_sum;

static struct pair pair;
static const struct play *now_playing;

static const struct {
    const char *name, *text;
} planted[] = {
    {"the PSK", PSK},
    {"the other PSK", OTHER_PSK},
    {"the password", PASSWORD},
    {"the other password", OTHER_PASSWORD},
    {"the new password", NEW_PASSWORD},
    {"the secret of the tunnel", TUNNEL_SECRET},
};

/* What a profile has to hold while it is there. */
static bool of_a_profile(const char *name)
{
    for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) {
        if (strcmp(planted[i].name, name) == 0)
            return true;
    }
    return strcmp(name, PAPERS_KEY) == 0;
}

/* ---- what is said ---- */

static void search_text(const char *text, const char *where)
{
    if (!text)
        return;
    play_sum.texts++;
    play_sum.found += vault_search(text, strlen(text), where, NULL);
}

static void on_event(struct host *h, const l2tpsec_event *ev)
{
    (void)h;
    search_text(ev->text, "an event");
    search_text(ev->step, "an event");
    search_text(ev->offered, "an event");
    search_text(ev->allowed, "an event");
    search_text(ev->user, "an event");
    search_text(ev->hint, "an event");
    search_text(ev->advice, "an event");
    search_text(ev->fits, "an event");
    search_text(ev->domain, "an event");
}

static void search_record(const l2tpsec_record *r, const char *where)
{
    char line[512];

    (void)l2tpsec_format(r, line, sizeof line);
    search_text(line, where);
}

static void on_log(struct host *h, const l2tpsec_record *r)
{
    (void)h;
    search_record(r, "the log");
}

static void search_history(const struct host *h)
{
    static l2tpsec_record records[RECORDS];
    l2tpsec_id link = h->n_said ? h->said[(h->n_said - 1) % NET_EVENTS].link : 0;

    records[0].size = sizeof records[0];
    int32_t n = l2tpsec_get_messages(h->ctx, link, records, RECORDS);
    for (int32_t i = 0; i < n && i < RECORDS; i++)
        search_record(&records[i], "the history");
}

static void on_call(struct host *h)
{
    (void)h;
    stack_search_below();
}

static bool on_wire(struct net *n, l2tpsec_packet *p)
{
    (void)n;
    play_sum.datagrams++;
    play_sum.found += vault_search(p->data, p->len, "a datagram", NULL);
    return !now_playing->lost_from || play_sum.datagrams < now_playing->lost_from;
}

/* ---- the stage ---- */

static int32_t give_password(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)h;
    (void)cap;
    if (q->kind != L2TPSEC_SECRET_PASSWORD)
        return L2TPSEC_ENOENT;
    memcpy(out, PASSWORD, *len = sizeof PASSWORD - 1);
    return L2TPSEC_OK;
}

static void dress(l2tpsec_profile *p, const char *settings)
{
    char all[512];
    char *rest = all;

    (void)snprintf(all, sizeof all, "%s", settings ? settings : "");
    while (*rest) {
        char *one = rest;
        char *end = strstr(one, "; ");
        rest = end ? end + 2 : one + strlen(one);
        if (end)
            *end = 0;
        char *value = strchr(one, '=');
        assert_non_null(value);
        *value++ = 0;
        pair_set(p, one, value);
    }
    memset(all, 0, sizeof all);
}

static void dress_papers(const char *names, const char *wing)
{
    char client[32], server[32];

    if (!names)
        return;
    assert_int_equal(sscanf(names, "%31s %31s", client, server), 2);
    papers_set(pair.cp, wing, client);
    papers_set(pair.sp, wing, server);
    pair.client->wall_clock = pair.server->wall_clock = SUMMER_2026;
    if (strcmp(wing, "ike") == 0) {
        pair_set(pair.cp, "ike.auth", "cert");
        pair_set(pair.sp, "ike.auth", "cert");
    } else {
        pair_set(pair.cp, "ppp.auth", "eap-tls");
        pair_set(pair.sp, "ppp.auth", "eap-tls");
    }
}

static void raise(const struct play *what)
{
    vault_empty();
    for (size_t i = 0; i < sizeof planted / sizeof *planted; i++)
        vault_add(planted[i].name, VAULT_RAW | VAULT_HEX | VAULT_WIDE, planted[i].text, strlen(planted[i].text));
    memory_watch();
    memset(&pair, 0, sizeof pair);
    net_init(&pair.net, 4000 + play_sum.plays);
    pair.net.bare = true;
    pair.net.spy = on_wire;
    pair.server = net_host(&pair.net, "192.0.2.1");
    pair.client = net_host(&pair.net, "198.51.100.7");
    pair.cp = net_client_profile(pair.client);
    pair.sp = net_server_profile(pair.server);
    pair.server->secret = give_password;
    for (size_t i = 0; i < pair.net.n_hosts; i++) {
        pair.net.host[i].on_event = on_event;
        pair.net.host[i].on_log = on_log;
        pair.net.host[i].on_call = on_call;
    }
    pair_set(pair.cp, "ike.psk", PSK);
    pair_set(pair.sp, "ike.psk", PSK);
    pair_set(pair.cp, "ppp.password", PASSWORD);
    dress_papers(what->ike_key, "ike");
    dress_papers(what->ppp_key, "ppp");
    dress(pair.cp, what->client);
    dress(pair.sp, what->server);
    if (what->hosts)
        what->hosts(&pair);
}

static void act(const struct play *what)
{
    struct said up;
    bool whole = !what->failing_alloc && !what->lost_from;
    size_t from = pair.client->n_said;

    pair_listen(&pair);
    pair.client->allocs_failing_at = what->failing_alloc;
    l2tpsec_id link = 0;
    int32_t rc =
        l2tpsec_connect(pair.client->ctx, pair.cp, &pair.client->address, &pair.server->address, pair.net.now, &link);
    assert_true(rc == L2TPSEC_OK || what->failing_alloc);
    if (what->during)
        what->during(&pair);
    int at = net_wait(&pair.net, pair.client, what->fails ? L2TPSEC_EVENT_FAILED : L2TPSEC_EVENT_UP, from,
                      (whole ? 90 : 15) * SECOND);
    pair.client->allocs_failing_at = 0;
    if (at < 0 && whole)
        fail_msg("%s: did not come so far", what->name);
    if (at >= 0 && !what->fails) {
        up = pair.client->said[at % NET_EVENTS];
        net_run(&pair.net, SECOND);
        unsigned back = pair_pings(&pair, pair.client, &up, 5, 100);
        assert_true(!whole || back == 5);
        if (what->renewed) {
            net_run(&pair.net, 150 * SECOND);
            assert_int_equal(pair_pings(&pair, pair.client, &up, 5, 100), 5);
        }
    }
    search_history(pair.client);
    search_history(pair.server);
}

static void hang_up(void)
{
    (void)l2tpsec_close(pair.client->ctx, 0, pair.net.now);
    net_run(&pair.net, 10 * SECOND);
    (void)l2tpsec_close(pair.server->ctx, 0, pair.net.now);
    net_run(&pair.net, 60 * SECOND);
    play_sum.found += memory_search_live(of_a_profile, &play_sum.live_blocks);
    assert_int_equal(l2tpsec_listen(pair.server->ctx, NULL, pair.net.now), L2TPSEC_OK);
    l2tpsec_profile_free(pair.cp);
    l2tpsec_profile_free(pair.sp);
    net_run(&pair.net, 200 * SECOND);
    play_sum.found += memory_search_live(NULL, &play_sum.live_blocks);
}

bool play(const struct play *what)
{
    unsigned before = play_sum.found + stack_sum.found;

    now_playing = what;
    play_sum.datagrams = 0;
    raise(what);
    act(what);
    if (!what->abrupt)
        hang_up();
    net_fini(&pair.net);
    play_sum.found += memory_search_live(NULL, &play_sum.live_blocks);
    play_sum.found += memory_search_freed(&play_sum.freed_blocks, &play_sum.freed_bytes);
    play_sum.plays++;
    play_sum.pieces += vault_pieces();
    if (play_sum.found + stack_sum.found != before)
        vault_tell("# ... in", what->name);
    return play_sum.found + stack_sum.found == before;
}
