/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/fragment.h"

#include "ike/v1/sa.h"

#define HEADER 8u /* of the payload */
#define LAST 1u
#define MAIN_MODE_ONLY L2S_VID_MS_NT5 /* Windows takes nothing else in pieces */

struct piece {
    uint8_t *p; /* NULL: not here yet */
    uint16_t n;
};

struct set {
    struct l2s_node node;
    uint64_t due;
    uint8_t icookie[L2S_COOKIE], rcookie[L2S_COOKIE];
    uint32_t message_id;
    l2tpsec_addr remote;
    uint16_t id;
    uint8_t have, last; /* pieces here; number of the last one, 0: not known */
    size_t bytes;
    struct piece piece[L2S_V1_FRAGMENTS];
};

static void forget(struct l2s_ike *e, struct set *s)
{
    for (unsigned i = 0; i < L2S_V1_FRAGMENTS; i++)
        l2s_mem_free(&e->sys->mem, s->piece[i].p);
    l2s_list_remove(&s->node);
    e->fragments.bytes -= s->bytes;
    e->fragments.n--;
    l2s_mem_free(&e->sys->mem, s);
}

static struct set *oldest(struct l2s_ike *e)
{
    struct l2s_node *head = &e->fragments.sets;

    return l2s_list_empty(head) ? NULL : L2S_LIST_ENTRY(head->next, struct set, node);
}

static void rearm(struct l2s_ike *e)
{
    struct set *s = oldest(e);

    if (s)
        l2s_timer_arm(&e->sys->timers, &e->fragments.timer, s->due);
    else
        l2s_timer_cancel(&e->sys->timers, &e->fragments.timer);
}

static void fire(void *owner)
{
    struct l2s_ike *e = owner;
    struct set *s;

    while ((s = oldest(e)) != NULL && s->due <= e->sys->now)
        forget(e, s);
    rearm(e);
}

int l2s_v1_fragments_init(struct l2s_ike *e)
{
    l2s_list_init(&e->fragments.sets);
    l2s_timer_init(&e->fragments.timer, fire, e);
    return l2s_timers_reserve(&e->sys->timers, 1);
}

void l2s_v1_fragments_fini(struct l2s_ike *e)
{
    struct set *s;

    while ((s = oldest(e)) != NULL)
        forget(e, s);
    rearm(e);
    l2s_timers_release(&e->sys->timers, 1);
}

/* ---- in ---------------------------------------------------------------------------------------------------------- */

/* Somebody whose first messages were answered, and who got the answer. */
static bool known(struct l2s_ike *e, const struct l2s_isakmp *h, const struct l2s_v1_path *from)
{
    const struct l2s_half *half;

    if (l2s_v1_sa_find(e, h->icookie, h->rcookie))
        return true;
    half = l2s_half_open_find(&e->half, h->icookie, &from->remote);
    if (half)
        return memcmp(half->rcookie, h->rcookie, L2S_COOKIE) == 0;
    return l2s_offers_find(&e->offers, h->icookie, h->rcookie, from) != NULL;
}

static struct set *find(struct l2s_ike *e, const struct l2s_isakmp *h, const l2tpsec_addr *remote)
{
    L2S_LIST_EACH (&e->fragments.sets, n, after) {
        struct set *s = L2S_LIST_ENTRY(n, struct set, node);
        if (memcmp(s->icookie, h->icookie, L2S_COOKIE) == 0 && memcmp(s->rcookie, h->rcookie, L2S_COOKIE) == 0 &&
            s->message_id == h->message_id && l2s_v1_same_addr(&s->remote, remote))
            return s;
    }
    return NULL;
}

/* Whose turn it is to go, for one from there: its own oldest where that address has more than its share, else the oldest of all. Not the
 * one that is to be kept. NULL: there is none. */
static struct set *victim(struct l2s_ike *e, const l2tpsec_addr *remote, const struct set *keep)
{
    struct set *oldest_there = NULL, *oldest_of_all = NULL;
    size_t bytes = 0;
    unsigned n = 0;

    L2S_LIST_EACH (&e->fragments.sets, node, after) {
        struct set *s = L2S_LIST_ENTRY(node, struct set, node);
        bool there = l2s_half_open_same_source(&s->remote, remote);
        n += there;
        bytes += there ? s->bytes : 0;
        if (s == keep)
            continue;
        if (!oldest_of_all)
            oldest_of_all = s;
        if (there && !oldest_there)
            oldest_there = s;
    }
    bool many =
        n >= L2S_V1_FRAGMENT_SETS / L2S_V1_FRAGMENT_SHARE || bytes > L2S_V1_FRAGMENT_BYTES / L2S_V1_FRAGMENT_SHARE;
    return many && oldest_there ? oldest_there : oldest_of_all;
}

static struct set *begin(struct l2s_ike *e, const struct l2s_isakmp *h, const l2tpsec_addr *remote, uint16_t id)
{
    if (e->fragments.n == L2S_V1_FRAGMENT_SETS)
        forget(e, victim(e, remote, NULL));
    struct set *s = l2s_mem_new(&e->sys->mem, sizeof *s);
    if (!s)
        return NULL;
    memcpy(s->icookie, h->icookie, L2S_COOKIE);
    memcpy(s->rcookie, h->rcookie, L2S_COOKIE);
    s->message_id = h->message_id;
    s->remote = *remote;
    s->id = id;
    s->due = e->sys->now + L2S_V1_FRAGMENT_LIFE;
    l2s_list_add_tail(&e->fragments.sets, &s->node);
    e->fragments.n++;
    rearm(e);
    return s;
}

/* Every number is here. They are pieces of one message if its header speaks of as many bytes. */
static bool of_one(const struct set *s)
{
    uint8_t head[L2S_ISAKMP_HEADER];
    struct l2s_wr w = l2s_wr_init(head, sizeof head);

    for (unsigned i = 0; i < s->last && w.len < sizeof head; i++) {
        size_t room = sizeof head - w.len;
        l2s_wr_bytes(&w, s->piece[i].p, s->piece[i].n < room ? s->piece[i].n : room);
    }
    struct l2s_rd r = l2s_rd_init(head, w.len);
    l2s_rd_skip(&r, L2S_ISAKMP_HEADER - 4);
    uint32_t said = l2s_rd_u32(&r);
    return !r.bad && said == s->bytes;
}

static uint8_t *join(struct l2s_ike *e, struct set *s, size_t *n)
{
    uint8_t *whole = l2s_mem_new(&e->sys->mem, s->bytes);
    struct l2s_wr w = l2s_wr_init(whole, s->bytes);

    for (unsigned i = 0; i < s->last; i++)
        l2s_wr_bytes(&w, s->piece[i].p, s->piece[i].n);
    *n = w.len;
    forget(e, s);
    rearm(e);
    return whole;
}

/* One piece as it came. */
struct arrival {
    uint16_t id;
    uint8_t number;
    bool is_last;
    struct l2s_rd data;
};

/* A piece of another message than those that are here. Most peers call every message 1, so late copies of the last one's pieces
 * are met by the next one's: the id says little, what is in them and how many they are says more. */
static bool of_another(const struct set *s, const struct arrival *a)
{
    const struct piece *held = &s->piece[a->number - 1];

    if (s->id != a->id || (held->p && !l2s_rd_equals(&a->data, held->p, held->n)))
        return true;
    if (s->last && (a->number > s->last || (a->is_last && a->number != s->last)))
        return true;
    for (unsigned i = a->number; a->is_last && i < L2S_V1_FRAGMENTS; i++) {
        if (s->piece[i].p)
            return true;
    }
    return false;
}

/* Keep it. Why not; NONE: it is kept. */
static uint32_t hold(struct l2s_ike *e, struct set *s, const struct arrival *a)
{
    struct piece *piece = &s->piece[a->number - 1];
    size_t n = a->data.left;

    if (piece->p)
        return L2TPSEC_DROP_DUPLICATE;
    if (s->bytes + n > L2S_V1_TAKEN_MAX)
        return L2TPSEC_DROP_LIMIT;
    piece->p = l2s_mem_dup(&e->sys->mem, a->data.p, n);
    if (!piece->p)
        return L2TPSEC_DROP_NO_MEMORY;
    piece->n = (uint16_t)n;
    s->have++;
    s->bytes += n;
    e->fragments.bytes += n;
    if (a->is_last)
        s->last = a->number;
    return L2TPSEC_DROP_NONE;
}

/* In the place of a set that is of another message, or of two: the newest piece is what counts. */
static struct set *anew(struct l2s_ike *e, struct set *old, const struct l2s_isakmp *h, const l2tpsec_addr *remote,
                        const struct arrival *a, uint32_t *why)
{
    if (old)
        forget(e, old);
    struct set *s = begin(e, h, remote, a->id);
    *why = s ? hold(e, s, a) : L2TPSEC_DROP_NO_MEMORY;
    return s;
}

static bool complete(const struct set *s)
{
    return s->last && s->have == s->last;
}

/* The message that it completes; NULL: none yet, or *why. */
static struct set *add(struct l2s_ike *e, const struct l2s_isakmp *h, const l2tpsec_addr *remote,
                       const struct arrival *a, uint32_t *why)
{
    struct set *s = find(e, h, remote);

    if (!s || of_another(s, a))
        s = anew(e, s, h, remote, a, why);
    else
        *why = hold(e, s, a);
    if (!*why && complete(s) && !of_one(s)) {
        s = anew(e, s, h, remote, a, why);
        if (!*why && complete(s)) { /* all by itself */
            forget(e, s);
            *why = L2TPSEC_DROP_MALFORMED;
        }
        rearm(e);
    }
    if (*why)
        return NULL;
    struct set *first;
    while (e->fragments.bytes > L2S_V1_FRAGMENT_BYTES && (first = victim(e, remote, s)) != NULL)
        forget(e, first);
    return complete(s) && of_one(s) ? s : NULL;
}

uint8_t *l2s_v1_fragments_take(struct l2s_ike *e, const struct l2s_v1_path *from, const struct l2s_isakmp *h,
                               struct l2s_rd body, size_t *n)
{
    struct arrival a;
    struct set *s = NULL;
    uint32_t why = L2TPSEC_DROP_NONE;

    (void)l2s_rd_u16(&body); /* next payload: there is none */
    uint16_t len = l2s_rd_u16(&body);
    a.id = l2s_rd_u16(&body);
    a.number = l2s_rd_u8(&body);
    a.is_last = l2s_rd_u8(&body) & LAST;
    a.data = l2s_rd_sub(&body, len > HEADER ? len - HEADER : 0);
    if (a.data.bad || a.data.left == 0 || a.number == 0 || a.number > L2S_V1_FRAGMENTS)
        why = L2TPSEC_DROP_MALFORMED;
    else if (!known(e, h, from))
        why = L2TPSEC_DROP_UNKNOWN_COOKIE;
    else
        s = add(e, h, &from->remote, &a, &why);
    if (why) {
        l2s_v1_drop(e, 0, why, "fragment");
        return NULL;
    }
    l2s_v1_say(e, 0, "recv", "fragment", a.number);
    return s ? join(e, s, n) : NULL;
}

/* ---- out --------------------------------------------------------------------------------------------------------- */

/* Bytes of a message in one piece; 0: this one goes whole. */
static size_t piece_size(struct l2s_ike *e, const struct l2s_v1_path *to, const struct l2s_isakmp *h, size_t n)
{
    size_t around = (to->remote.family == 6 ? 40u : 20u) + 8u + (to->marker ? 4u : 0u);
    const struct l2s_v1_sa *sa = l2s_v1_sa_find(e, h->icookie, h->rcookie);

    if (!sa || sa->cfg->fragment == 0 || !(sa->vendors.seen & L2S_VID_FRAGMENTATION))
        return 0;
    size_t most = sa->cfg->fragment;
    if (most < L2S_V1_FRAGMENT_LEAST)
        most = L2S_V1_FRAGMENT_LEAST;
    if (n + around <= most)
        return 0;
    if ((sa->vendors.seen & MAIN_MODE_ONLY) && h->exchange != L2S_EXCHANGE_MAIN)
        return 0;
    return most - around - L2S_ISAKMP_HEADER - HEADER;
}

bool l2s_v1_fragments_emit(struct l2s_ike *e, const struct l2s_v1_path *to, const uint8_t *p, size_t n)
{
    uint8_t out[L2S_V1_FRAGMENT_MAX];
    struct l2s_isakmp h;
    struct l2s_rd body, whole = l2s_rd_init(p, n);

    if (n <= L2S_V1_FRAGMENT_LEAST - 100 || l2s_isakmp_read(whole, &h, &body) != L2TPSEC_DROP_NONE)
        return false;
    size_t size = piece_size(e, to, &h, n);
    if (!size || (n + size - 1) / size > L2S_V1_FRAGMENTS)
        return false;
    h.flags = 0; /* what is encrypted is inside */
    for (uint8_t number = 1; whole.left; number++) {
        size_t take = whole.left < size ? whole.left : size;
        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        size_t start = l2s_isakmp_open(&w, &h);
        out[L2S_ISAKMP_NEXT_AT] = L2S_PT_FRAGMENT;
        l2s_wr_u16(&w, 0);
        l2s_wr_u16(&w, (uint16_t)(HEADER + take));
        l2s_wr_u16(&w, 1); /* everybody's id is 1 */
        l2s_wr_u8(&w, number);
        l2s_wr_u8(&w, take == whole.left ? LAST : 0);
        l2s_wr_bytes(&w, l2s_rd_take(&whole, take), take);
        l2s_isakmp_close(&w, start);
        if (w.bad)
            return false;
        l2s_v1_say(e, 0, "send", "fragment", number);
        e->port.emit(e->port.self, &to->local, &to->remote, to->marker, out, w.len);
    }
    return true;
}
