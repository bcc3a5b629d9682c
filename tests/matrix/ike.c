/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "matrix/ike.h"

#include "base/errors.h"
#include "ike/common/cert.h"
#include "ike/v1/info.h"
#include "unit/fakes/papers.h"

#include <string.h>

#define TAPE 9

const char *const ike_columns[IKE_COLUMNS] = {
    "main mode, message 1",
    "main mode, message 2",
    "main mode, message 3",
    "main mode, message 4",
    "main mode, message 5",
    "main mode, message 6",
    "quick mode, message 1",
    "quick mode, message 2",
    "quick mode, message 3",
    "aggressive mode, message 1",
    "aggressive mode, message 2",
    "aggressive mode, message 3",
    "clear NO-PROPOSAL-CHOSEN",
    "clear DELETE",
    "INITIAL-CONTACT",
    "NO-PROPOSAL-CHOSEN",
    "R-U-THERE",
    "R-U-THERE-ACK",
    "DELETE of the ESP SA",
    "DELETE of the IKE SA",
    "encrypted rubbish, main mode",
    "encrypted rubbish, aggressive mode",
    "encrypted rubbish, quick mode",
    "encrypted rubbish, informational",
    "clear quick mode",
    "quick mode without message id",
    "main mode with message id",
    "aggressive mode with message id",
    "transaction exchange",
    "new group mode",
    "exchange 99",
    "first fragment",
    "broken fragment",
    "fragment of nothing",
    "truncated header",
    "version 2",
    "no initiator cookie",
};

/* ---- two ends, and the messages between them ------------------------------------------------------------------------ */

struct bench {
    struct rig r;
    struct l2s_own *own[2];
    struct l2s_trust *trust;
    struct l2s_crypto_ops ops;
    unsigned passed, pass;     /* of the connect's messages */
    struct rig_packet m[TAPE]; /* recorded */
    struct rig_packet *kept;   /* where the next message goes */
    char said[128];
};

/* What both kinds of connect said, and what each end may say under protection. */
static struct tape {
    struct rig_packet m[TAPE];
    struct rig_packet info[2][D_IKE + 1];
} tapes[3];

static bool no_key(const struct l2s_own *own)
{
    (void)own;
    return false;
}

static int sign_later(void *self, const struct l2s_sign_query *q, uint64_t token, uint8_t sig[L2S_SIGNATURE_MAX],
                      size_t *len)
{
    (void)self, (void)q, (void)token, (void)sig, (void)len;
    return L2S_PENDING;
}

static struct l2s_own *load(struct bench *b, const char *cert, const char *key)
{
    struct paper c = paper_open(cert), k = paper_open(key);
    struct l2s_own *own = NULL;

    assert_int_equal(b->r.crypto->ops->own_new(b->r.crypto, paper_bytes(&c), paper_bytes(&k), &own), L2TPSEC_OK);
    paper_close(&c);
    paper_close(&k);
    return own;
}

static void certify(struct bench *b)
{
    struct paper ca = paper_open("ca.pem");

    b->own[0] = load(b, "client256.pem", "client256.key");
    b->own[1] = load(b, "deep.pem", "deep.key");
    assert_int_equal(b->r.crypto->ops->trust_new(b->r.crypto, paper_bytes(&ca), (struct l2s_bytes){NULL, 0}, &b->trust),
                     L2TPSEC_OK);
    paper_close(&ca);
    for (unsigned i = 0; i < 2; i++) {
        struct l2s_ike_config *cfg = &b->r.end[i].cfg;
        struct l2s_bytes der = b->r.crypto->ops->own_cert(b->own[i], 0);
        struct l2s_cert_names names;
        assert_int_equal(l2s_cert_names(l2s_rd_init(der.p, der.n), &names), L2TPSEC_OK);
        cfg->own = b->own[i];
        cfg->trust = b->trust;
        cfg->method = L2S_BY_ECDSA256;
        cfg->ike.methods = 1 << L2S_BY_ECDSA256;
        cfg->own_name.type = L2S_ID_DER_ASN1_DN;
        cfg->own_name.len = (uint16_t)names.subject.left;
        memcpy(cfg->own_name.data, names.subject.p, names.subject.left);
    }
}

static void open_bench(struct bench *b, enum ike_way way)
{
    memset(b, 0, sizeof *b);
    rig_begin(&b->r);
    b->r.end[0].cfg.dpd_s = b->r.end[1].cfg.dpd_s = 0;
    if (way == SIGNED)
        certify(b);
    if (way == AGGRESSIVE)
        b->r.end[0].cfg.aggressive = b->r.end[1].cfg.aggressive = true;
}

static void close_bench(struct bench *b)
{
    if (b->own[0]) {
        b->r.crypto->ops->own_free(b->own[0]);
        b->r.crypto->ops->own_free(b->own[1]);
        b->r.crypto->ops->trust_free(b->trust);
    }
    rig_fini(&b->r);
}

static const char *word_of(const struct rig_packet *pkt)
{
    bool sealed = pkt->p[19] & L2S_FLAG_ENCRYPTED;

    switch (pkt->p[18]) {
    case L2S_EXCHANGE_MAIN:
        return sealed ? "main*" : "main";
    case L2S_EXCHANGE_AGGRESSIVE:
        return sealed ? "aggressive*" : "aggressive";
    case L2S_EXCHANGE_QUICK:
        return sealed ? "quick*" : "quick";
    default:
        return sealed ? "info*" : "info";
    }
}

/* Nothing of what is said behind the row's messages arrives. */
static bool gate(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct bench *b = arg;

    (void)r;
    if (b->passed < TAPE)
        b->m[b->passed] = *pkt;
    if (b->kept)
        *b->kept = *pkt;
    if (b->said[0])
        (void)strcat(b->said, " ");
    (void)strcat(b->said, word_of(pkt));
    return b->passed++ < b->pass;
}

static struct l2s_v1_sa *sa_of(const struct rig_end *e)
{
    uint32_t at = 0;

    return l2s_idtab_next(&e->e->sa_ids, &at);
}

/* Each of them from an SA that is up, not delivered. */
static void record_infos(struct bench *b, struct tape *t)
{
    for (unsigned end = 0; end < 2; end++) {
        struct l2s_v1_sa *sa = sa_of(&b->r.end[end]);
        for (unsigned c = N_CONTACT; c <= D_IKE; c++) {
            b->kept = &t->info[end][c];
            b->said[0] = 0;
            if (c == N_CONTACT)
                l2s_v1_info_notify(sa, L2S_N_INITIAL_CONTACT, 0);
            else if (c == N_ERROR)
                l2s_v1_info_notify(sa, L2S_N_NO_PROPOSAL_CHOSEN, 0);
            else if (c == N_DPD || c == N_ACK)
                l2s_v1_info_dpd(sa, c == N_DPD ? L2S_N_R_U_THERE : L2S_N_R_U_THERE_ACK, 77);
            else if (c == D_ESP)
                l2s_v1_info_delete_esp(sa, b->r.end[end].child[0].spi_in);
            else
                l2s_v1_info_delete_ike(sa);
            assert_int_not_equal(t->info[end][c].n, 0);
        }
    }
    b->kept = NULL;
}

static void record(enum ike_way way)
{
    static struct bench b;

    open_bench(&b, way);
    b.r.tap = gate;
    b.r.tap_arg = &b;
    b.pass = TAPE;
    rig_listen(&b.r);
    assert_int_equal(rig_connect(&b.r), L2TPSEC_OK);
    rig_run(&b.r, 100 * L2S_MS);
    rig_assert_up(&b.r);
    assert_int_equal(b.passed, way == AGGRESSIVE ? 6 : TAPE);
    memcpy(tapes[way].m, b.m, sizeof b.m);
    b.pass = 0;
    record_infos(&b, &tapes[way]);
    close_bench(&b);
}

/* ---- the row -------------------------------------------------------------------------------------------------------- */

static void reach(struct bench *b, const struct ike_row *row)
{
    open_bench(b, row->way);
    b->r.tap = gate;
    b->r.tap_arg = b;
    b->pass = row->pass;
    if (row->ask && row->way == SIGNED) {
        b->ops = *b->r.crypto->ops;
        b->ops.own_has_key = no_key;
        b->r.end[row->end].e->port.sign = sign_later;
    } else {
        b->r.end[row->end].ask = row->ask;
    }
    rig_listen(&b->r);
    if (row->pass || row->main != L2S_MM_NONE) /* else nobody has dialled */
        assert_int_equal(rig_connect(&b->r), L2TPSEC_OK);
    /* who is to sign without a key comes to it last */
    const struct l2s_crypto_ops *real = b->r.crypto->ops;
    if (row->ask && row->way == SIGNED) {
        rig_run(&b->r, (row->pass * 10 - 5) * L2S_MS);
        b->r.crypto->ops = &b->ops;
    }
    rig_run(&b->r, 100 * L2S_MS);
    b->r.crypto->ops = real;
    b->pass = 0;
    b->passed = TAPE;
    b->said[0] = 0;
}

static uint8_t quick_of(const struct l2s_v1_sa *sa)
{
    if (!sa || l2s_list_empty(&sa->quicks))
        return L2S_QM_NONE;
    return L2S_LIST_ENTRY(sa->quicks.next, struct l2s_v1_quick, node)->fsm.state;
}

static const char *const main_names[L2S_MM_STATES] = {
    [L2S_MM_NONE] = "nothing",           [L2S_MM_I_KEY] = "key asked",
    [L2S_MM_I_SA] = "SA sent",           [L2S_MM_I_KE] = "KE sent",
    [L2S_MM_I_AUTH] = "proof sent",      [L2S_MM_R_KE] = "KE answered",
    [L2S_MM_R_KEY] = "key wanted",       [L2S_MM_UP] = "up",
    [L2S_MM_I_SIGN] = "signature asked", [L2S_MM_R_SIGN] = "signature wanted",
};
static const char *const quick_names[L2S_QM_STATES] = {
    [L2S_QM_NONE] = "", [L2S_QM_I_SENT] = ", offered", [L2S_QM_R_SENT] = ", answered", [L2S_QM_DONE] = ", done"};

static void where(const struct rig_end *e, char out[64])
{
    const struct l2s_v1_sa *sa = sa_of(e);

    (void)strcpy(out, sa ? main_names[sa->fsm.state] : e->e->half.n ? "half-open" : main_names[L2S_MM_NONE]);
    (void)strcat(out, quick_names[quick_of(sa)]);
}

/* ---- the column ------------------------------------------------------------------------------------------------------ */

/* Under the cookies of this connect, which message 2 shows. */
static void head(const struct ike_row *row, struct rig_packet *pkt, uint8_t exchange, uint8_t flags, uint32_t id,
                 size_t n)
{
    memset(pkt, 0, sizeof *pkt);
    memcpy(pkt->p, tapes[row->way].m[1].p, (size_t)2 * L2S_COOKIE);
    pkt->p[17] = L2S_ISAKMP_VERSION;
    pkt->p[18] = exchange;
    pkt->p[19] = flags;
    l2s_put32(pkt->p + 20, id);
    for (size_t i = L2S_ISAKMP_HEADER; i < n; i++)
        pkt->p[i] = (uint8_t)(i * 37);
    l2s_put32(pkt->p + 24, (uint32_t)n);
    pkt->n = n;
}

/* One payload with this body. */
static void payload(struct rig_packet *pkt, uint8_t type, const uint8_t *body, size_t n)
{
    pkt->p[L2S_ISAKMP_NEXT_AT] = type;
    memset(pkt->p + L2S_ISAKMP_HEADER, 0, 4);
    l2s_put16(pkt->p + L2S_ISAKMP_HEADER + 2, (uint16_t)(4 + n));
    memcpy(pkt->p + L2S_ISAKMP_HEADER + 4, body, n);
    pkt->n = L2S_ISAKMP_HEADER + 4 + n;
    l2s_put32(pkt->p + 24, (uint32_t)pkt->n);
}

static void by_hand(const struct ike_row *row, struct rig_packet *pkt, enum ike_column c)
{
    static const uint8_t notify[] = {0, 0, 0, 1, L2S_PROTO_ISAKMP, 0, 0, L2S_N_NO_PROPOSAL_CHOSEN};
    static const uint8_t first[] = {0, 1, 1, 0, 1, 2, 3, 4}, broken[] = {0, 1, 0, 0, 1, 2, 3, 4};
    uint8_t deletion[8 + 2 * L2S_COOKIE] = {0, 0, 0, 1, L2S_PROTO_ISAKMP, 2 * L2S_COOKIE, 0, 1};
    uint8_t whole[4 + L2S_ISAKMP_HEADER] = {0, 1, 1, 1};

    switch (c) {
    case N_CLEAR:
        head(row, pkt, L2S_EXCHANGE_INFO, 0, 5, 28);
        payload(pkt, L2S_PT_NOTIFY, notify, sizeof notify);
        break;
    case D_CLEAR:
        head(row, pkt, L2S_EXCHANGE_INFO, 0, 5, 28);
        memcpy(deletion + 8, pkt->p, (size_t)2 * L2S_COOKIE);
        payload(pkt, L2S_PT_DELETE, deletion, sizeof deletion);
        break;
    case X_MAIN:
    case X_AGGRESSIVE:
    case X_QUICK:
    case X_INFO:
        head(row, pkt,
             c == X_MAIN         ? L2S_EXCHANGE_MAIN
             : c == X_AGGRESSIVE ? L2S_EXCHANGE_AGGRESSIVE
             : c == X_QUICK      ? L2S_EXCHANGE_QUICK
                                 : L2S_EXCHANGE_INFO,
             L2S_FLAG_ENCRYPTED, c >= X_QUICK ? 99 : 0, 28 + 64);
        pkt->p[L2S_ISAKMP_NEXT_AT] = c >= X_QUICK ? L2S_PT_HASH : L2S_PT_ID;
        break;
    case Q_CLEAR:
    case Q_ZERO:
        head(row, pkt, L2S_EXCHANGE_QUICK, c == Q_ZERO ? L2S_FLAG_ENCRYPTED : 0, c == Q_ZERO ? 0 : 99, 28 + 64);
        pkt->p[L2S_ISAKMP_NEXT_AT] = L2S_PT_HASH;
        break;
    case M_ID:
    case A_ID:
        head(row, pkt, c == M_ID ? L2S_EXCHANGE_MAIN : L2S_EXCHANGE_AGGRESSIVE, 0, 99, 28 + 64);
        break;
    case F_FIRST:
    case F_BROKEN:
        head(row, pkt, L2S_EXCHANGE_MAIN, 0, 0, 28);
        payload(pkt, L2S_PT_FRAGMENT, c == F_FIRST ? first : broken, sizeof first);
        break;
    case F_WHOLE:
        head(row, pkt, L2S_EXCHANGE_MAIN, 0, 0, 28);
        memcpy(whole + 4, pkt->p, L2S_ISAKMP_HEADER); /* a header with nothing behind it */
        payload(pkt, L2S_PT_FRAGMENT, whole, sizeof whole);
        break;
    case SHORT:
        head(row, pkt, L2S_EXCHANGE_MAIN, 0, 0, 28);
        pkt->n = 27;
        break;
    case VERSION:
        head(row, pkt, L2S_EXCHANGE_MAIN, 0, 0, 28);
        pkt->p[17] = 0x20;
        break;
    case NO_COOKIE:
        head(row, pkt, L2S_EXCHANGE_MAIN, 0, 0, 28);
        memset(pkt->p, 0, L2S_COOKIE);
        break;
    default:
        head(row, pkt,
             c == TRANSACTION ? L2S_EXCHANGE_TRANSACTION
             : c == NEW_GROUP ? L2S_EXCHANGE_NEW_GROUP
                              : 99,
             0, 99, 28 + 8);
        break;
    }
}

static struct rig_packet message(const struct ike_row *row, enum ike_column c)
{
    const struct tape *t = &tapes[row->way];
    struct rig_packet pkt;

    if (c <= MM6 && row->way != AGGRESSIVE) {
        pkt = t->m[c];
    } else if (c <= MM6) { /* of main mode, under the cookies of this */
        head(row, &pkt, L2S_EXCHANGE_MAIN, 0, 0, 28);
        struct rig_packet theirs = tapes[MAIN].m[c];
        memcpy(theirs.p, pkt.p, (size_t)(c == MM1 ? 1 : 2) * L2S_COOKIE);
        pkt = theirs;
    } else if (c <= QM3) {
        pkt = t->m[c - QM1 + (row->way == AGGRESSIVE ? 3 : 6)];
    } else if (c <= AM3 && row->way == AGGRESSIVE) {
        pkt = t->m[c - AM1];
    } else if (c <= AM3) {
        head(row, &pkt, L2S_EXCHANGE_AGGRESSIVE, 0, 0, 28);
        struct rig_packet theirs = tapes[AGGRESSIVE].m[c - AM1];
        memcpy(theirs.p, pkt.p, (size_t)(c == AM1 ? 1 : 2) * L2S_COOKIE);
        pkt = theirs;
    } else if (c >= N_CONTACT && c <= D_IKE) {
        pkt = t->info[!row->end][c];
    } else {
        by_hand(row, &pkt, c);
    }
    return pkt;
}

/* ---- the cell --------------------------------------------------------------------------------------------------------- */

struct counts {
    unsigned up, down, failed, resets, children_up, children_down;
    uint32_t cause; /* what an initiator supposes by now, of words that prove nothing */
    uint64_t drops[L2TPSEC_DROP_COUNT];
};

static struct counts counts_of(const struct rig_end *e)
{
    struct counts k = {.up = e->channels_up,
                       .down = e->channels_down,
                       .failed = e->failed,
                       .resets = e->resets,
                       .children_up = e->children_up,
                       .children_down = e->children_down};

    const struct l2s_v1_sa *sa = sa_of(e);

    if (sa && sa->talk)
        k.cause = sa->talk->cause;
    memcpy(k.drops, l2s_ike_stats(e->e)->drops, sizeof k.drops);
    return k;
}

static void note(const struct counts *was, const struct counts *is, struct outcome *o)
{
    if (is->up > was->up)
        outcome_add(o, "channel-up");
    if (is->children_up > was->children_up)
        outcome_add(o, "child-up");
    if (is->children_down > was->children_down)
        outcome_add(o, "child-down");
    if (is->resets > was->resets)
        outcome_add(o, "reset");
    if (is->down > was->down)
        outcome_add(o, "channel-down");
    if (is->failed > was->failed)
        outcome_add(o, "failed");
    if (is->cause && is->cause != was->cause)
        outcome_add(o, "doubts");
}

static void cell(struct matrix *m, const struct ike_row *row, enum ike_column c)
{
    static struct bench b;
    struct outcome o = {""};
    char before[64], behind[64];

    reach(&b, row);
    struct rig_end *e = &b.r.end[row->end];
    const struct l2s_v1_sa *sa = sa_of(e);
    if ((sa ? sa->fsm.state : L2S_MM_NONE) != row->main || quick_of(sa) != row->quick)
        matrix_gap(m, "way there", row->name);
    where(e, before);
    struct counts was = counts_of(e);
    struct rig_packet pkt = message(row, c);
    rig_inject(&b.r, row->end, &b.r.end[!row->end].at, &e->at, false, pkt.p, pkt.n);
    struct counts is = counts_of(e);
    if (b.said[0])
        outcome_add(&o, "%s", b.said);
    note(&was, &is, &o);
    where(e, behind);
    outcome_moved(&o, before, behind);
    for (unsigned reason = 1; reason < L2TPSEC_DROP_COUNT; reason++)
        outcome_drop(&o, is.drops[reason] > was.drops[reason] ? reason : 0);
    matrix_cell(m, row->name, ike_columns[c], row->cells[c] ? row->cells[c] : row->otherwise, &o);
    close_bench(&b);
}

void ike_check(struct matrix *m, const struct ike_row *rows, size_t n)
{
    for (unsigned way = MAIN; way <= AGGRESSIVE; way++)
        record(way);
    for (size_t i = 0; i < n; i++)
        for (unsigned c = 0; c < IKE_COLUMNS; c++)
            cell(m, &rows[i], c);
}

/* A way's machine is that of an SA which goes it. */
static const struct l2s_fsm_def *machine(enum ike_way way)
{
    static struct bench b;

    open_bench(&b, way);
    assert_int_equal(rig_connect(&b.r), L2TPSEC_OK);
    const struct l2s_fsm_def *def = sa_of(&b.r.end[0])->fsm.def;
    close_bench(&b);
    return def;
}

void ike_complete(struct matrix *m, enum ike_way way, const struct ike_row *rows, size_t n)
{
    const struct l2s_fsm_def *def = machine(way);

    assert_int_equal(def->n_states, L2S_MM_STATES);
    for (unsigned s = 0; s < def->n_states; s++) {
        bool found = !def->states[s];
        for (size_t i = 0; i < n; i++)
            found = found || rows[i].main == s;
        if (!found)
            matrix_gap(m, "row", def->states[s]);
    }
    for (unsigned s = 0; way == MAIN && s < L2S_QM_STATES; s++) {
        bool found = false;
        for (size_t i = 0; i < n; i++)
            found = found || rows[i].quick == s;
        if (!found)
            matrix_gap(m, "row", quick_names[s]);
    }
}
