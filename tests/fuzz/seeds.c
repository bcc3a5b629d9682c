/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* seeds DIRECTORY: writes the inputs that the stateful targets begin with, as seed-* in a folder for each: whole sessions in every setup,
 * and what a real client says in them, message by message. */
#include "fuzz/duel.h"
#include "fuzz/peer.h"
#include "fuzz/ppp_link.h"
#include "fuzz/script.h"

#include <sys/stat.h>

struct seed {
    uint8_t p[16384];
    size_t n;
};

static void put(struct seed *s, unsigned op, unsigned arg, const void *body, size_t n)
{
    s->n = record_put(s->p, s->n, sizeof s->p, (uint8_t)op, (uint8_t)arg, body, n);
}

static void begin(struct seed *s, unsigned a, unsigned b, unsigned c)
{
    s->p[0] = (uint8_t)a;
    s->p[1] = (uint8_t)b;
    s->p[2] = (uint8_t)c;
    s->n = SETUP_BYTES;
}

static void save(const struct seed *s, const char *top, const char *target, const char *what, unsigned number)
{
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/%s", top, target);
    (void)mkdir(path, 0777);
    (void)snprintf(path, sizeof path, "%s/%s/seed-%s-%02u", top, target, what, number);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(s->p, 1, s->n, f) != s->n || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

/* Setups in which each choice is made both ways, and each method of PPP once. */
#define SETUPS 16u

static void setup(struct seed *s, unsigned which)
{
    begin(s, (which & 7) << 4 | (which & 3) << 2, (which & 7) * 5 + which / 3 + (which & 8 ? (which & 7) << 4 : 0),
          which);
}

static void duel_seeds(const char *top, const char *target)
{
    static struct seed s;
    static const uint8_t no_mac[] = {0, 0, 28, 0xff, 0, 0};

    for (unsigned i = 0; i < SETUPS; i++) {
        setup(&s, i);
        for (unsigned n = 0; n < 3; n++)
            put(&s, DUEL_RUN, 7, NULL, 0);
        put(&s, DUEL_ACT, 8, NULL, 0);
        put(&s, DUEL_OTHER, 8, NULL, 0);
        put(&s, DUEL_RUN, 1, NULL, 0);
        put(&s, DUEL_REPLAY, 3, NULL, 0);
        put(&s, DUEL_REFLECT, 0, NULL, 0);
        put(&s, DUEL_REBIND, i, NULL, 0);
        put(&s, DUEL_RUN, 0xff, NULL, 0);
        put(&s, DUEL_WAIT, 0xd4, NULL, 0); /* until keys are to be renewed */
        put(&s, DUEL_RUN, 7, NULL, 0);
        put(&s, i & 1 ? DUEL_ACT : DUEL_OTHER, 2, NULL, 0);
        put(&s, DUEL_RUN, 7, NULL, 0);
        save(&s, top, target, "session", i);
    }
    for (unsigned i = 0; i < 12; i++) { /* the same, with one thing that fails or is changed on the way up */
        setup(&s, i % SETUPS);
        put(&s, DUEL_PASS, i * 2, NULL, 0);
        put(&s, i & 1 ? DUEL_EDIT : DUEL_FAIL, i, no_mac, i & 1 ? sizeof no_mac : 0);
        put(&s, DUEL_RUN, 0x3f, NULL, 0);
        put(&s, DUEL_RUN, 0x3f, NULL, 0);
        save(&s, top, target, "trouble", i);
    }
}

static void peer_seeds(const char *top, const char *target)
{
    static struct seed s;

    for (unsigned i = 0; i < SETUPS; i++) {
        setup(&s, i);
        put(&s, PEER_GO_ON, 63, NULL, 0);
        put(&s, PEER_ANSWER, i, NULL, 0);
        put(&s, PEER_ANSWER, i | 8, NULL, 0);
        put(&s, PEER_WAIT, 0xc0, NULL, 0);
        put(&s, PEER_TURN, 0x27, NULL, 0);
        put(&s, PEER_GO_ON, 12, NULL, 0);
        put(&s, PEER_STORM, 3, NULL, 0);
        put(&s, PEER_FRAGMENTS, 4, NULL, 0);
        put(&s, PEER_ACT, 2, NULL, 0);
        save(&s, top, target, "session", i);
    }
}

/* What stands behind the headers that a peer makes itself. */
static void line_seeds(const char *top, const char *target, bool ike)
{
    static struct seed s;
    uint8_t body[4096];

    for (unsigned i = 0, n = 0; i < 2; i++) {
        setup(&s, i * 3);
        struct setup as = setup_read(s.p, s.n);
        const struct script *script = script_of(&as);
        for (size_t l = 0; l < script->n; l++) {
            const struct line *line = &script->line[l];
            setup(&s, i * 3);
            if (line->ike != ike || line->n < (ike ? 29u : 14u))
                continue;
            put(&s, PEER_GO_ON, 0x80 | (unsigned)l, NULL, 0);
            if (ike) {
                body[0] = line->p[18];
                body[1] = line->p[19];
                body[2] = line->p[16];
                body[3] = (uint8_t)((line->p[8] ? 0 : 1) | (line->p[20] ? 2 : 0) | (line->marked ? 4 : 0));
                memcpy(body + 4, line->p + 28, line->n - 28);
                put(&s, PEER_CHAIN, 0, body, line->n - 24);
            } else if (line->p[0] & 0x80) {
                put(&s, PEER_AVPS, (line->p[4] ? 0 : 1) | (line->p[6] ? 2 : 0), line->p + 12, line->n - 12);
            } else {
                put(&s, PEER_FRAME, 0, line->p + 8, line->n - 8);
            }
            put(&s, ike ? PEER_RAW : PEER_L2TP, 0, line->p, line->n);
            save(&s, top, target, "line", n++);
        }
    }
}

static void ppp_seeds(const char *top)
{
    static struct seed s;

    for (unsigned i = 0; i < 32; i++) {
        begin(&s, (i & 7) | (i >> 3) << 3 | (i & 1) << 7 | (i & 2) << 4, i & 3, i);
        put(&s, PPP_RUN, 3, NULL, 0);
        put(&s, PPP_ACT, 12, NULL, 0);
        put(&s, PPP_ACT, 13, NULL, 0);
        put(&s, PPP_RUN, 0x3f, NULL, 0);
        put(&s, PPP_ANSWER, i & 3, NULL, 0);
        put(&s, PPP_REPLAY, 0, NULL, 0);
        put(&s, PPP_REFLECT, 0, NULL, 0);
        put(&s, PPP_RUN, 3, NULL, 0);
        put(&s, PPP_ACT, 0, NULL, 0);
        put(&s, PPP_RUN, 4, NULL, 0);
        put(&s, PPP_ACT, 1, NULL, 0);
        put(&s, PPP_AGAIN, 0, NULL, 0);
        put(&s, PPP_RUN, 2, NULL, 0);
        put(&s, PPP_ACT, 3, NULL, 0);
        put(&s, PPP_ACT, 7, NULL, 0);
        put(&s, PPP_RUN, 2, NULL, 0);
        save(&s, top, "ppp_link", "session", i);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    duel_seeds(argv[1], "client");
    duel_seeds(argv[1], "server");
    peer_seeds(argv[1], "ike_responder");
    peer_seeds(argv[1], "lns");
    line_seeds(argv[1], "ike_responder", true);
    line_seeds(argv[1], "lns", false);
    ppp_seeds(argv[1]);
    return 0;
}
