/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* EAP-TLS (RFC 5216) between two links of ours: the whole handshake, over a bad line, with papers that will not do, and with
 * fragments from somebody who means no good. */
#include "unit/fakes/papers.h"
#include "unit/ppp/couple.h"

#include <stdio.h>
#include <string.h>

#define SUMMER_2026 1782864000 /* 2026-07-01 */
#define TLS (L2S_AUTH_EAP | L2S_AUTH_EAP_TLS)

enum { SERVER, CLIENT };
enum { REQUEST = 1, RESPONSE = 2, SUCCESS = 3, FAILURE = 4 };

/* What the next couple is made of; one at a time. */
struct scene {
    const char *papers[2];        /* names of server's and client's certificate */
    const char *ca[2], *crl[2];   /* whom they believe; NULL: ca.pem, none */
    const char *user, *peer_name; /* NULL: alice, any */
    uint16_t mru;                 /* 0: 1400 */
    int64_t wall_clock[2];        /* 0: summer of 2026; -1: not known */
    uint32_t mppe;
    struct l2s_own *own[2];
    struct l2s_trust *trust[2];
};

static struct scene *scene;

static struct l2s_own *own_of(struct l2s_crypto *c, const char *name)
{
    char file[64];
    struct l2s_own *own = NULL;

    (void)snprintf(file, sizeof file, "%s.pem", name);
    struct paper cert = paper_open(file);
    (void)snprintf(file, sizeof file, "%s.key", name);
    struct paper key = paper_open(file);
    assert_int_equal(c->ops->own_new(c, paper_bytes(&cert), paper_bytes(&key), &own), L2TPSEC_OK);
    paper_close(&cert);
    paper_close(&key);
    return own;
}

static struct l2s_trust *trust_of(struct l2s_crypto *c, const char *ca, const char *crl)
{
    struct paper cas = paper_open(ca), crls = paper_open(crl ? crl : ca);
    struct l2s_bytes none = {NULL, 0};
    struct l2s_trust *trust = NULL;

    assert_int_equal(c->ops->trust_new(c, paper_bytes(&cas), crl ? paper_bytes(&crls) : none, &trust), L2TPSEC_OK);
    paper_close(&cas);
    paper_close(&crls);
    return trust;
}

static void tune(struct couple *p, unsigned i, struct l2s_ppp_config *cfg)
{
    struct scene *s = scene;

    s->own[i] = own_of(p->crypto, s->papers[i]);
    s->trust[i] = trust_of(p->crypto, s->ca[i] ? s->ca[i] : "ca.pem", s->crl[i]);
    cfg->own = s->own[i];
    cfg->trust = s->trust[i];
    cfg->mppe = s->mppe;
    if (s->mru)
        cfg->mru = s->mru;
    if (i == CLIENT && s->user)
        cfg->name = s->user;
    cfg->peer_name = s->peer_name;
    p->end[i].wall_clock = s->wall_clock[i] < 0 ? 0 : s->wall_clock[i] ? s->wall_clock[i] : SUMMER_2026;
}

static void open_scene(struct couple *p, struct scene *s, uint32_t server_auth, uint32_t client_auth)
{
    scene = s;
    couple_up_with(p, server_auth, client_auth, tune);
}

static void close_scene(struct couple *p, struct scene *s)
{
    for (unsigned i = 0; i < 2; i++) { /* the links borrow them */
        l2s_ppp_free(p->end[i].ppp);
        p->end[i].ppp = NULL;
        p->crypto->ops->own_free(s->own[i]);
        p->crypto->ops->trust_free(s->trust[i]);
    }
    couple_down(p);
}

static bool is_eap(const uint8_t *frame, size_t n)
{
    return n > 8 && frame[2] == 0xc2 && frame[3] == 0x27;
}

static void goes_up(struct couple *p, const char *user)
{
    couple_start(p);
    couple_run(p, 50 * L2S_SECOND);
    assert_int_equal(p->end[SERVER].ups, 1);
    assert_int_equal(p->end[CLIENT].ups, 1);
    assert_int_equal(p->end[SERVER].user_len, strlen(user));
    assert_memory_equal(p->end[SERVER].user, user, strlen(user));
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(p->end[i].asked, 0); /* no password has any part in it */
        assert_int_equal(l2s_ppp_auth_method(p->end[i].ppp), L2S_AUTH_EAP_TLS);
        assert_true(!p->end[i].ppp->auth || !p->end[i].ppp->auth->tls);
    }
}

static void both_ends_prove_themselves_and_the_user_is_who_the_certificate_says(void **state)
{
    static const struct {
        const char *client, *server, *user, *proven;
    } cases[] = {{"client", "server", "alice", "Alice"},
                 {"client256", "server256", "ALICE@example.org", "alice@example.org"},
                 {"client384", "deep", "alice@example.org", "alice@example.org"},
                 {"client521", "server", "", "alice@example.org"},
                 {"plain", "plain", "plain.example", "plain.example"},
                 {"plain", "plain", "host/plain.example", "plain.example"}};
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct scene s = {.papers = {cases[i].server, cases[i].client}, .user = cases[i].user};
        struct couple p;
        open_scene(&p, &s, TLS, TLS);
        goes_up(&p, cases[i].proven);
        close_scene(&p, &s);
    }
}

static void the_server_is_known_by_its_dns_name(void **state)
{
    static const char *const good[] = {"vpn.example", "vpn2.example", "VPN.EXAMPLE"};
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(good); i++) {
        struct scene s = {.papers = {"server", "client"}, .peer_name = good[i]};
        struct couple p;
        open_scene(&p, &s, TLS, TLS);
        goes_up(&p, "Alice");
        close_scene(&p, &s);
    }
}

static void a_short_mru_means_more_fragments(void **state)
{
    static const uint16_t mrus[] = {128, 200, 576, 1500};
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(mrus); i++) {
        struct scene s = {.papers = {"server", "client"}, .mru = mrus[i]};
        struct couple p;
        open_scene(&p, &s, TLS, TLS);
        goes_up(&p, "Alice");
        close_scene(&p, &s);
    }
}

static size_t longest, turns[16], n_turns;

/* The longest EAP packet, and how long the turns are that come in more than one. */
static bool measure(struct end *from, uint8_t *frame, size_t *n)
{
    (void)from;
    if (!is_eap(frame, *n))
        return true;
    if (*n - 4 > longest)
        longest = *n - 4;
    if (*n > 14 && frame[8] == 13 && (frame[9] & 0x80) && n_turns < L2S_COUNT_OF(turns))
        turns[n_turns++] = (size_t)(frame[12] << 8 | frame[13]);
    return true;
}

static void brings_up_with(uint16_t mru)
{
    struct scene s = {.papers = {"server256", "client256"}, .user = "alice@example.org", .mru = mru};
    struct couple p;

    longest = n_turns = 0;
    open_scene(&p, &s, TLS, TLS);
    p.meddle = measure;
    goes_up(&p, "alice@example.org");
    close_scene(&p, &s);
}

/* Where the rest of a turn is one byte more than fits, too: a first fragment has four bytes less room than the others. How long turns
 * are is up to mbedTLS, and so is which of these MRUs there are. */
static void no_fragment_is_longer_than_the_mru(void **state)
{
    size_t of[L2S_COUNT_OF(turns)], n;
    (void)state;

    brings_up_with(1400);
    assert_true(longest <= 1400);
    n = n_turns;
    memcpy(of, turns, sizeof of);
    assert_true(n >= 2);
    for (size_t i = 0; i < n; i++) {
        for (size_t parts = 2; parts < 8; parts++) {
            size_t room = (of[i] + 3) / parts;
            if (room * parts != of[i] + 3 || room < 122 || room > 1394)
                continue;
            brings_up_with((uint16_t)(room + 6));
            assert_int_equal(longest, room + 6);
        }
    }
}

static void a_bad_line_only_takes_longer(void **state)
{
    (void)state;

    for (unsigned i = 0; i < 8; i++) {
        struct scene s = {.papers = {"server", "client"}, .mru = 576};
        struct couple p;
        open_scene(&p, &s, TLS, TLS);
        p.f.seed = 77 + i;
        p.loss = i % 2 ? 15 : 0;
        p.twice = 20;
        goes_up(&p, "Alice");
        close_scene(&p, &s);
    }
}

static void mppe_has_its_keys_from_the_handshake(void **state)
{
    struct scene s = {.papers = {"server256", "client256"}, .mppe = L2S_MPPE_128 | L2S_MPPE_REQUIRED};
    struct couple p;
    uint8_t packet[4 + 20] = {0, 0, 0, 0, 0x45, 1, 2, 3, 4, 5}, plain[20];
    (void)state;

    memcpy(plain, packet + 4, sizeof plain);
    open_scene(&p, &s, TLS, TLS);
    goes_up(&p, "Alice");
    for (unsigned i = 0; i < 2; i++) {
        struct l2s_rd got;
        uint32_t reason;
        assert_true(l2s_ppp_seals(p.end[i].ppp));
        assert_true(l2s_ppp_seal(p.end[i].ppp, packet + 4, 20));
        assert_memory_not_equal(packet + 4, plain, sizeof plain);
        assert_int_equal(l2s_ppp_unseal(p.end[1 - i].ppp, packet, sizeof packet, &got, &reason), L2S_PPP_IPV4);
        assert_true(l2s_rd_equals(&got, plain, sizeof plain));
    }
    assert_memory_not_equal(p.end[0].ppp->auth->tls_keys[0], p.end[0].ppp->auth->tls_keys[1], 16);
    close_scene(&p, &s);
}

/* RFC 5216, 2.3: the first half of the MSK is the key from the peer to the authenticator, the other one that of the way back; RFC 3079,
 * 4 seals with them so. Both ends may be wrong alike, so this is not asked of them but of the key they were given. */
static void the_client_seals_with_the_first_half_of_the_key_and_the_server_with_the_second(void **state)
{
    struct scene s = {.papers = {"server256", "client256"}, .mppe = L2S_MPPE_128 | L2S_MPPE_REQUIRED};
    struct couple p;
    (void)state;

    open_scene(&p, &s, TLS, TLS);
    goes_up(&p, "Alice");
    for (unsigned i = 0; i < 2; i++) {
        const struct l2s_ppp *ppp = p.end[i].ppp;
        const uint8_t *sends = ppp->auth->tls_keys[i == 0], *hears = ppp->auth->tls_keys[i == 1];
        assert_memory_equal(ppp->mppe->out.start, sends, L2S_MPPE_KEY_MAX);
        assert_memory_equal(ppp->mppe->in.start, hears, L2S_MPPE_KEY_MAX);
    }
    close_scene(&p, &s);
}

static void the_strongest_method_is_asked_for_first(void **state)
{
    struct scene s = {.papers = {"server256", "client256"}};
    struct couple p;
    (void)state;

    open_scene(&p, &s, TLS | L2S_AUTH_EAP_MSCHAPV2 | L2S_AUTH_EAP_MD5, TLS | L2S_AUTH_EAP_MD5);
    goes_up(&p, "Alice");
    close_scene(&p, &s);
    struct scene other = {.papers = {"server256", "client256"}}; /* and another one where the peer asks for it */
    open_scene(&p, &other, TLS | L2S_AUTH_EAP_MSCHAPV2, L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2);
    couple_start(&p);
    couple_run(&p, 20 * L2S_SECOND);
    assert_int_equal(l2s_ppp_auth_method(p.end[SERVER].ppp), L2S_AUTH_EAP_MSCHAPV2);
    assert_int_equal(p.end[CLIENT].ups, 1);
    close_scene(&p, &other);
}

/* ---- refusals ---- */

struct refusal {
    struct scene s;
    unsigned by;
    const char *text, *other; /* what the other side says */
};

static void refused(const struct refusal *r)
{
    struct scene s = r->s;
    struct couple p;

    open_scene(&p, &s, TLS, TLS);
    couple_start(&p);
    couple_run(&p, 30 * L2S_SECOND);
    for (unsigned i = 0; i < 2; i++) {
        const struct l2s_failure *why = &p.end[i].why;
        const char *text = i == r->by ? r->text : r->other;
        assert_int_equal(p.end[i].ups, 0);
        assert_int_equal(p.end[i].authenticated, 0);
        assert_int_equal(p.end[i].downs, 1);
        if (i == r->by || strstr(text, "certificate"))
            assert_int_equal(why->cause, L2TPSEC_CAUSE_CERTIFICATE);
        assert_string_equal(why->step, "EAP-TLS");
        if (!strstr(why->detail, text))
            fail_msg("end %u: \"%s\" is not in \"%s\"", i, text, why->detail);
        assert_int_equal(why->layer, L2TPSEC_LAYER_PPP);
    }
    close_scene(&p, &s);
}

static void a_certificate_that_will_not_do_is_refused_in_words_at_both_ends(void **state)
{
    static const struct refusal cases[] = {
        {{.papers = {"expired", "client"}},
         CLIENT,
         "the server's certificate (CN=vpn.example) expired on 2026-01-02",
         "the client says that our certificate has expired"},
        {{.papers = {"revoked", "client"}, .crl = {NULL, "crl.pem"}},
         CLIENT,
         "the server's certificate (CN=vpn.example) is revoked",
         "the client says that our certificate is revoked"},
        {{.papers = {"stranger", "client"}},
         CLIENT,
         "the server's certificate (CN=vpn.example) leads to no trusted CA",
         "the client says that our certificate leads to no CA it trusts"},
        {{.papers = {"server", "client"}, .ca = {NULL, "other-ca.pem"}}, CLIENT, "leads to no trusted CA", "trusts"},
        {{.papers = {"server", "client"}, .peer_name = "vpn.other"},
         CLIENT,
         "the server's certificate (CN=vpn.example) does not name vpn.other",
         "the client says that our certificate is not allowed in"},
        {{.papers = {"short", "client"}}, CLIENT, "an RSA key of 1024 bits is too short", "our certificate"},
        {{.papers = {"sha1", "client"}}, CLIENT, "is signed with a weak hash", "our certificate"},
        {{.papers = {"server", "expired"}}, SERVER, "expired on 2026-01-02", "our certificate"},
        {{.papers = {"server", "stranger"}}, SERVER, "leads to no trusted CA", "our certificate"},
        {{.papers = {"server", "server256"}}, SERVER, "extended key usage forbids TLS", "our certificate"},
        {{.papers = {"server", "client"}, .user = "bob"},
         SERVER,
         "the client's certificate (CN=Alice) does not name bob",
         "the server says that our certificate is not allowed in"},
        {{.papers = {"server", "client"}, .wall_clock = {1577000000, 0}},
         SERVER,
         "is not valid before 2020-01-01",
         "the server says that our certificate has expired"},
    };
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(cases); i++)
        refused(&cases[i]);
}

static void without_the_time_nothing_is_believed(void **state)
{
    (void)state;

    for (unsigned by = 0; by < 2; by++) {
        struct scene s = {.papers = {"server", "client"}};
        struct couple p;
        s.wall_clock[by] = -1;
        open_scene(&p, &s, TLS, TLS);
        couple_start(&p);
        couple_run(&p, 30 * L2S_SECOND);
        assert_int_equal(p.end[by].why.cause, L2TPSEC_CAUSE_CERTIFICATE);
        assert_non_null(strstr(p.end[by].why.detail, "does not know what time it is"));
        assert_int_equal(p.end[1 - by].ups, 0);
        close_scene(&p, &s);
    }
}

/* ---- meddling ---- */

static unsigned meddled;

/* The server's first EAP-TLS request becomes a Success. */
static bool succeed_early(struct end *from, uint8_t *frame, size_t *n)
{
    if (from->index == SERVER && is_eap(frame, *n) && frame[4] == REQUEST && frame[8] == 13 && meddled++ == 1) {
        frame[4] = SUCCESS;
        frame[6] = 0;
        frame[7] = 4;
        *n = 8;
    }
    return true;
}

static void a_success_in_mid_handshake_is_not_believed(void **state)
{
    struct scene s = {.papers = {"server", "client"}};
    struct couple p;
    (void)state;

    meddled = 0;
    open_scene(&p, &s, TLS, TLS);
    p.meddle = succeed_early;
    couple_start(&p);
    couple_run(&p, 30 * L2S_SECOND);
    assert_int_equal(p.end[CLIENT].authenticated, 0);
    assert_int_equal(p.end[CLIENT].why.cause, L2TPSEC_CAUSE_AUTH_MUTUAL);
    close_scene(&p, &s);
}

/* Every Success is lost. */
static bool lose_success(struct end *from, uint8_t *frame, size_t *n)
{
    (void)from;
    return !(*n >= 8 && frame[2] == 0xc2 && frame[3] == 0x27 && frame[4] == SUCCESS);
}

static void a_lost_success_is_made_up_for_by_the_next_layer(void **state)
{
    struct scene s = {.papers = {"server", "client"}};
    struct couple p;
    (void)state;

    open_scene(&p, &s, TLS, TLS);
    p.meddle = lose_success;
    goes_up(&p, "Alice");
    close_scene(&p, &s);
}

static size_t cut_to;

/* The n-th EAP-TLS packet of the client comes short, once: as if the line had cut it. */
static bool cut_once(struct end *from, uint8_t *frame, size_t *n)
{
    if (from->index == CLIENT && is_eap(frame, *n) && frame[8] == 13 && *n > 100 && meddled++ == 0)
        *n = cut_to;
    return true;
}

static void a_cut_packet_is_repeated(void **state)
{
    (void)state;

    for (cut_to = 4; cut_to < 40; cut_to += 3) {
        struct scene s = {.papers = {"server", "client"}};
        struct couple p;
        meddled = 0;
        open_scene(&p, &s, TLS, TLS);
        p.meddle = cut_once;
        goes_up(&p, "Alice");
        assert_true(meddled > 1);
        close_scene(&p, &s);
    }
}

static uint8_t flags_set, flags_cleared, length[4];
static bool set_length;

/* The client's first turn with other flags or another length in front. */
static bool lie(struct end *from, uint8_t *frame, size_t *n)
{
    if (from->index != CLIENT || !is_eap(frame, *n) || frame[4] != RESPONSE || frame[8] != 13 || *n < 100)
        return true;
    frame[9] = (uint8_t)((frame[9] | flags_set) & ~flags_cleared);
    if (set_length)
        memcpy(frame + 10, length, 4);
    return true;
}

static void lies_about_the_length_end_it(void **state)
{
    static const struct {
        uint8_t set, cleared, length[4];
        bool has_length;
    } lies[] = {
        {0, 0, {0xff, 0xff, 0xff, 0xff}, true}, /* longer than anything may be */
        {0, 0, {0, 1, 0, 1}, true},
        {0, 0, {0, 0, 0, 200}, true}, /* than came */
        {0, 0, {0, 0, 0, 1}, true},
        {0x40, 0, {0, 0, 0, 1}, true},  /* there is more, they say */
        {0, 0x80, {0, 0, 0, 0}, false}, /* the length is read as TLS */
    };
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(lies); i++) {
        struct scene s = {.papers = {"server", "client"}};
        struct couple p;
        flags_set = lies[i].set;
        flags_cleared = lies[i].cleared;
        set_length = lies[i].has_length;
        memcpy(length, lies[i].length, 4);
        open_scene(&p, &s, TLS, TLS);
        p.meddle = lie;
        couple_start(&p);
        couple_run(&p, 30 * L2S_SECOND);
        for (unsigned k = 0; k < 2; k++) {
            assert_int_equal(p.end[k].authenticated, 0);
            assert_int_equal(p.end[k].downs, 1);
        }
        assert_int_equal(p.end[SERVER].why.cause, L2TPSEC_CAUSE_AUTH_REFUSED);
        assert_int_not_equal(p.end[SERVER].why.detail[0], 0);
        close_scene(&p, &s);
    }
}

/* A peer written by hand: LCP through, the Start heard, and then fragments. */
static void by_hand(struct couple *p, struct scene *s)
{
    open_scene(p, s, TLS, TLS);
    couple_start(p);
    while (!(is_eap(p->end[SERVER].last, p->end[SERVER].last_len) && p->end[SERVER].last[8] == 13))
        couple_run(p, 1000);
    p->cut = true;
}

static uint32_t fragment(struct couple *p, uint8_t flags, const uint8_t *data, size_t n)
{
    uint8_t frame[1504] = {0xff, 0x03, 0xc2, 0x27, RESPONSE};
    size_t len = 6 + n;

    frame[5] = p->end[SERVER].last[5];
    l2s_put16(frame + 6, (uint16_t)len);
    frame[8] = 13;
    frame[9] = flags;
    if (n)
        memcpy(frame + 10, data, n);
    return couple_feed(&p->end[SERVER], frame, 4 + len);
}

static void fragments_without_end_are_not_kept(void **state)
{
    static const size_t sizes[] = {1, 500, 1490};
    uint8_t data[1490] = {0};
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(sizes); i++) {
        struct scene s = {.papers = {"server", "client"}};
        struct couple p;
        unsigned taken = 0;
        by_hand(&p, &s);
        size_t held = p.f.sys.mem.held;
        while (taken < 100 && fragment(&p, 0x40, data, sizes[i]) == 0) {
            taken++;
            assert_int_equal(p.end[SERVER].last[8], 13); /* the acknowledgement, with a new identifier */
            assert_int_equal(p.end[SERVER].last_len, 10);
            assert_true(p.f.sys.mem.held <= held + 65536);
        }
        assert_in_range(taken, 43, 64);
        couple_run(&p, 10 * L2S_SECOND);
        assert_non_null(strstr(p.end[SERVER].why.detail, "too long"));
        close_scene(&p, &s);
    }
}

static void an_announcement_takes_no_memory(void **state)
{
    struct scene s = {.papers = {"server", "client"}};
    struct couple p;
    (void)state;

    by_hand(&p, &s);
    size_t held = p.f.sys.mem.held;
    assert_int_equal(fragment(&p, 0xc0, (const uint8_t *)"\0\1\0\0x", 5), 0);
    assert_true(p.f.sys.mem.held <= held + 4096);
    p.f.fail_alloc_at = 1;
    assert_int_equal(fragment(&p, 0x40, (const uint8_t *)"x", 1), 0); /* there is room */
    assert_int_equal(p.f.fail_alloc_at, 1);
    p.f.fail_alloc_at = 0;
    assert_int_equal(fragment(&p, 0xc0, (const uint8_t *)"\0\0\xff\xffx", 5), L2TPSEC_DROP_MALFORMED);
    couple_run(&p, 10 * L2S_SECOND);
    assert_non_null(strstr(p.end[SERVER].why.detail, "do not agree"));
    close_scene(&p, &s);
}

static void an_old_or_empty_answer_changes_nothing_it_should_not(void **state)
{
    struct scene s = {.papers = {"server", "client"}};
    struct couple p;
    (void)state;

    by_hand(&p, &s);
    uint8_t id = p.end[SERVER].last[5];
    assert_int_equal(fragment(&p, 0x40, NULL, 0), L2TPSEC_DROP_MALFORMED); /* more of nothing */
    assert_int_equal(fragment(&p, 0x80, (const uint8_t *)"\0\0", 2), L2TPSEC_DROP_SHORT);
    assert_int_equal(fragment(&p, 0x40, (const uint8_t *)"a", 1), 0);
    p.end[SERVER].last[5] = id;
    assert_int_equal(fragment(&p, 0x40, (const uint8_t *)"a", 1), L2TPSEC_DROP_UNEXPECTED); /* again */
    close_scene(&p, &s);

    struct scene other = {.papers = {"server", "client"}};
    by_hand(&p, &other);
    assert_int_equal(fragment(&p, 0, NULL, 0), 0); /* to the Start: no handshake */
    assert_true(p.end[SERVER].last_len > 14);      /* an alert */
    assert_int_equal(fragment(&p, 0, NULL, 0), 0);
    couple_run(&p, 10 * L2S_SECOND);
    assert_int_equal(p.end[SERVER].authenticated, 0);
    assert_int_equal(p.end[SERVER].why.cause, L2TPSEC_CAUSE_AUTH_REFUSED);
    close_scene(&p, &other);
}

static void every_failed_allocation_and_draw_ends_it_in_order(void **state)
{
    unsigned down = 0;
    (void)state;

    for (unsigned i = 0; i < 60; i += FEW ? 3 : 1) {
        struct scene s = {.papers = {"server256", "client256"}};
        struct couple p;
        open_scene(&p, &s, TLS, TLS);
        couple_start(&p);
        couple_run(&p, 15000);
        if (i % 2)
            p.f.fail_random_at = 1 + i / 2;
        else
            p.f.fail_alloc_at = 1 + i / 2;
        couple_run(&p, 40 * L2S_SECOND);
        assert_int_equal(p.end[SERVER].ups, p.end[CLIENT].ups);
        down += p.end[CLIENT].ups == 0;
        p.f.fail_alloc_at = p.f.fail_random_at = 0;
        close_scene(&p, &s);
    }
    assert_true(down >= (FEW ? 3 : 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_prove_themselves_and_the_user_is_who_the_certificate_says),
        cmocka_unit_test(the_server_is_known_by_its_dns_name),
        cmocka_unit_test(a_short_mru_means_more_fragments),
        cmocka_unit_test(no_fragment_is_longer_than_the_mru),
        cmocka_unit_test(a_bad_line_only_takes_longer),
        cmocka_unit_test(mppe_has_its_keys_from_the_handshake),
        cmocka_unit_test(the_client_seals_with_the_first_half_of_the_key_and_the_server_with_the_second),
        cmocka_unit_test(the_strongest_method_is_asked_for_first),
        cmocka_unit_test(a_certificate_that_will_not_do_is_refused_in_words_at_both_ends),
        cmocka_unit_test(without_the_time_nothing_is_believed),
        cmocka_unit_test(a_success_in_mid_handshake_is_not_believed),
        cmocka_unit_test(a_lost_success_is_made_up_for_by_the_next_layer),
        cmocka_unit_test(a_cut_packet_is_repeated),
        cmocka_unit_test(lies_about_the_length_end_it),
        cmocka_unit_test(fragments_without_end_are_not_kept),
        cmocka_unit_test(an_announcement_takes_no_memory),
        cmocka_unit_test(an_old_or_empty_answer_changes_nothing_it_should_not),
        cmocka_unit_test(every_failed_allocation_and_draw_ends_it_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
