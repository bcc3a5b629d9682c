/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "faults/inject.h"

#include <assert.h>

enum mode { ONCE, FROM_THEN_ON, EVERY, MODES };

/* Rarer than this it is much as once. */
#define EVERY_MOST 40u

static const char *const modes[] = {"", " and all later ones", " and every so many"};

enum side { CLIENT, SERVER, SIDES };

static const char *const sides[] = {"client", "server"};

#define LIBRARY_ALLOC NET_CALLS /* of the cryptographic library, for whichever side */
#define CALLS (NET_CALLS + 1)

struct kind {
    const char *name;
    unsigned call; /* enum net_call, or the above */
    int32_t answer;
};

static const struct kind kinds[] = {
    {"allocation", NET_ALLOC, 0},
    {"random call", NET_RANDOM, 0},
    {"secret: none", NET_SECRET, L2TPSEC_ENOENT},
    {"secret: error", NET_SECRET, L2TPSEC_EINTERNAL},
    {"secret: never", NET_SECRET, L2TPSEC_EAGAIN},
    {"secret: empty", NET_SECRET, L2TPSEC_OK},
    {"address: none", NET_ADDRESS, L2TPSEC_ENOENT},
    {"address: error", NET_ADDRESS, L2TPSEC_EINTERNAL},
    {"address: never", NET_ADDRESS, L2TPSEC_EAGAIN},
    {"address: empty", NET_ADDRESS, L2TPSEC_OK},
    {"address: taken", NET_ADDRESS, L2TPSEC_EEXIST},
    {"signature: none", NET_SIGN, L2TPSEC_ENOENT},
    {"signature: error", NET_SIGN, L2TPSEC_EINTERNAL},
    {"signature: never", NET_SIGN, L2TPSEC_EAGAIN},
    {"signature: empty", NET_SIGN, L2TPSEC_OK},
    {"new password: refused", NET_NEW_PASSWORD, L2TPSEC_ENOENT},
    {"new password: never", NET_NEW_PASSWORD, L2TPSEC_EAGAIN},
    {"clock", NET_WALL_CLOCK, 0},
    {"datagram", NET_SEND, 0},
    {"allocation of the library", LIBRARY_ALLOC, 0},
};

/* What fails now; nth 0: nothing does. */
static struct {
    bool active; /* the verdict on it is still open */
    const struct kind *kind;
    enum side side;
    enum mode mode;
    uint64_t nth, hits;
    bool was_up; /* the client's link, when it happened */
} fault;

static struct stage stage; /* too large for the stack */
static uint64_t count[SIDES][CALLS];
static bool counting;

static struct {
    uint64_t faults, scenes, seed;
    uint64_t most; /* of a kind; 0: the short form, as the scenes say */
} total;

static bool side_of(const struct host *h, enum side *side)
{
    *side = h == stage.client[0] ? CLIENT : SERVER;
    return h == stage.client[0] || (h >= stage.server && h < stage.server + stage.shards);
}

static bool any_up(const struct stage *s)
{
    for (size_t i = s->bystanders; i < s->n_tracks; i++) {
        if (s->track[i].host == s->client[0] && s->track[i].state == TRACK_UP)
            return true;
    }
    return false;
}

static bool meant(uint64_t n)
{
    return fault.mode == EVERY ? n % fault.nth == 0 : n == fault.nth || (n > fault.nth && fault.mode == FROM_THEN_ON);
}

static bool happens(enum side side, unsigned call)
{
    uint64_t n = ++count[side][call];

    if (!fault.nth || fault.side != side || fault.kind->call != call || !meant(n))
        return false;
    if (fault.hits++ == 0)
        fault.was_up = any_up(&stage);
    return true;
}

bool faults_calloc(void)
{
    return counting && happens(CLIENT, LIBRARY_ALLOC);
}

static bool fails(struct host *h, enum net_call what)
{
    enum side side;

    if (!counting || !side_of(h, &side))
        return false;
    if (what == NET_SEND && memcmp(h->sending->remote.ip, stage.other->address.ip, 4) == 0)
        return false; /* the bystander has a wire of its own */
    if (!happens(side, what))
        return false;
    h->fails_with = fault.kind->answer;
    return true;
}

/* How often the clients' links went down. */
static unsigned downs(const struct stage *s)
{
    unsigned n = 0;

    for (size_t i = s->bystanders; i < s->n_tracks; i++)
        n += s->track[i].dialled ? s->track[i].downs : 0;
    return n;
}

static unsigned links_up(const struct stage *s)
{
    unsigned n = 0;

    for (size_t i = s->bystanders; i < s->n_tracks; i++)
        n += s->track[i].dialled && s->track[i].state == TRACK_UP;
    return n;
}

/* One whole life; how many links were up at its end. */
static unsigned play(const struct scene *scene)
{
    memset(count, 0, sizeof count);
    fault.hits = 0;
    stage_open(&stage, scene);
    for (size_t i = 0; i < stage.net.n_hosts; i++)
        stage.net.host[i].fails = fails;
    counting = true;
    scene->play(&stage);
    stage_settle(&stage);
    counting = false;
    return links_up(&stage);
}

static uint64_t finish(void)
{
    stage_recover(&stage);
    return stage_close(&stage);
}

/* Contexts keep their queues, which double when much is to be said in one call. */
#define QUEUES 16384u

/* What a life is like in which nothing fails. */
struct clean {
    unsigned up, downs;
    uint64_t held;
};

/* Of its own, this side says something of it: an event, a drop that is counted. */
static bool told_by(enum side side)
{
    struct host *h = side == CLIENT ? stage.client[0] : stage.server;
    uint64_t drops[L2TPSEC_DROP_COUNT], n = 0;

    for (uint32_t i = 0; i < (side == CLIENT ? 1 : stage.shards); i++) {
        assert_int_equal(l2tpsec_get_drops(h[i].ctx, 0, drops, L2TPSEC_DROP_COUNT), L2TPSEC_OK);
        n += drops[L2TPSEC_DROP_NO_MEMORY] + drops[L2TPSEC_DROP_INTERNAL] + stage.told[h + i - stage.net.host];
    }
    return n > 0;
}

static bool told_where_it_happened(void)
{
    if (fault.kind->call == LIBRARY_ALLOC)
        return told_by(CLIENT) || told_by(SERVER);
    return told_by(fault.side);
}

static void survive(const struct scene *scene, const struct clean *clean)
{
    fault.active = true;
    unsigned up = play(scene);
    if (fault.hits == 0)
        fail_msg("it did not happen");
    if (up < clean->up && stage.error == L2TPSEC_OK && stage.reports == 0)
        fail_msg("%u links instead of %u, and nobody was told", up, clean->up);
    /* Who is never told the PSK forgets the initiator, as it does with those that never prove themselves. */
    if (up < clean->up && fault.kind->call != NET_SEND && fault.kind->answer != L2TPSEC_EAGAIN &&
        stage.error == L2TPSEC_OK && !told_where_it_happened())
        fail_msg("%u links instead of %u, and the side where it happened says nothing of it", up, clean->up);
    if (up < clean->up && fault.mode == ONCE && (fault.was_up || fault.kind->call == NET_SEND))
        fail_msg("%u links instead of %u, for one fault when it was up, or a lost datagram", up, clean->up);
    if (downs(&stage) > clean->downs && fault.mode == ONCE && fault.was_up)
        fail_msg("one fault took down a link that was up");
    uint64_t held = finish();
    if (held > clean->held + QUEUES)
        fail_msg("at the end %llu bytes more are held", (unsigned long long)(held - clean->held));
    fault.active = false;
    total.faults++;
}

/* As fault_named() says it: number of the kind, side, mode, nth. */
static void set_fault(const char *text)
{
    unsigned kind, side, mode;
    unsigned long long nth;

    assert_int_equal(sscanf(text, "%u:%u:%u:%llu", &kind, &side, &mode, &nth), 4);
    assert_true(kind < sizeof kinds / sizeof *kinds && side < SIDES && mode < MODES && nth);
    fault.kind = &kinds[kind];
    fault.side = (enum side)side;
    fault.mode = (enum mode)mode;
    fault.nth = nth;
}

/* All of them, or in the short form some evenly, others with every seed. */
static uint64_t stride(const struct scene *scene, uint64_t n, uint64_t *first)
{
    uint64_t most = total.most ? total.most : scene->most ? scene->most : FAULTS_MOST, step = (n + most - 1) / most;

    *first = step ? 1 + total.seed++ % step : 1;
    return step;
}

/* One kind at one side, in each mode; how many there would be. */
static uint64_t each_of_kind(const struct scene *scene, const struct clean *clean, const struct kind *kind,
                             enum side side, uint64_t n)
{
    uint64_t points = 0, first;

    for (unsigned mode = 0; mode < MODES; mode++) {
        uint64_t most = mode == EVERY && n > EVERY_MOST ? EVERY_MOST : n, step = stride(scene, most, &first);
        points += most;
        for (uint64_t nth = first; nth <= most; nth += step) {
            fault.kind = kind;
            fault.side = side;
            fault.mode = (enum mode)mode;
            fault.nth = nth;
            survive(scene, clean);
        }
    }
    return points;
}

static void each_fault_is_survived(void **state)
{
    const struct scene *scene = *state;
    const char *only = getenv("L2TPSEC_FAULT");
    uint64_t n[SIDES][CALLS], before = total.faults, points = 0;

    fault.nth = 0;
    struct clean clean = {.up = play(scene)};
    memcpy(n, count, sizeof n);
    clean.downs = downs(&stage);
    clean.held = finish();
    assert_int_equal(clean.up, scene->stays_up);
    if (only) {
        set_fault(only);
        survive(scene, &clean);
        return;
    }
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        for (unsigned side = 0; side < SIDES; side++)
            points += each_of_kind(scene, &clean, &kinds[k], (enum side)side, n[side][kinds[k].call]);
    }
    total.scenes++;
    print_message("# %s: %llu faults injected of %llu (allocations %llu + %llu, random calls %llu + %llu, datagrams "
                  "%llu + %llu, each once, from then on, and every so many)\n",
                  scene->name, (unsigned long long)(total.faults - before), (unsigned long long)points,
                  (unsigned long long)n[CLIENT][NET_ALLOC], (unsigned long long)n[SERVER][NET_ALLOC],
                  (unsigned long long)n[CLIENT][NET_RANDOM], (unsigned long long)n[SERVER][NET_RANDOM],
                  (unsigned long long)n[CLIENT][NET_SEND], (unsigned long long)n[SERVER][NET_SEND]);
}

static int fault_named(void **state)
{
    if (fault.active)
        print_message("# the fault was: %s %llu%s of the %s; again: L2TPSEC_SCENE='%s' L2TPSEC_FAULT=%u:%u:%u:%llu\n",
                      fault.kind->name, (unsigned long long)fault.nth, modes[fault.mode], sides[fault.side],
                      ((const struct scene *)*state)->name, (unsigned)(fault.kind - kinds), (unsigned)fault.side,
                      (unsigned)fault.mode, (unsigned long long)fault.nth);
    fault.active = counting = false;
    return 0;
}

static int begin(void **state)
{
    const char *form = getenv("L2TPSEC_LONG"), *seed = getenv("L2TPSEC_SEED");

    (void)state;
    total.most = form ? strtoull(form, NULL, 0) : 0;
    if (total.most == 1)
        total.most = UINT32_MAX; /* all of them */
    total.seed = seed ? strtoull(seed, NULL, 0) : 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    print_message("# %s form: %llu faults injected in %llu scenarios\n",
                  total.most == UINT32_MAX ? "long"
                  : total.most             ? "sampled"
                                           : "short",
                  (unsigned long long)total.faults, (unsigned long long)total.scenes);
    return 0;
}

int faults_run(const char *name, const struct scene *scenes, size_t n)
{
    const char *only = getenv("L2TPSEC_SCENE");
    struct CMUnitTest tests[FAULTS_SCENES];
    size_t used = 0;

    assert(n <= FAULTS_SCENES);
    for (size_t i = 0; i < n; i++)
        if (!only || strcmp(only, scenes[i].name) == 0)
            tests[used++] = (struct CMUnitTest){scenes[i].name, each_fault_is_survived, NULL, fault_named,
                                                (void *)(uintptr_t)&scenes[i]};
    return _cmocka_run_group_tests(name, tests, used, begin, end);
}
