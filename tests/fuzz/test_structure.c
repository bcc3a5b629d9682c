/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What is changed by the structure-aware edits is still a message that the library can read, unless it was meant not to be; and the
 * mutator makes only inputs that are records. */
#include "fuzz/script.h"

#include "base/errors.h"
#include "ike/common/payload.h"
#include "l2tp/avp.h"
#include "l2tp/header.h"

#include <setjmp.h>
#include <stdarg.h>
/* after the ones above */
#include <cmocka.h>

enum { GROW = 3, SHRINK = 4, DROP = 5, DOUBLE = 6 };

static const struct setup plain = {.blind_macs = true, .blind_digests = true};

static bool reads_as_ike(const uint8_t *p, size_t n)
{
    struct l2s_isakmp h;
    struct l2s_rd body;
    struct l2s_payloads s;

    return l2s_isakmp_read(l2s_rd_init(p, n), &h, &body) == L2TPSEC_DROP_NONE && h.length == n &&
           l2s_payloads_collect(body, h.first, L2S_NATT_NONE, &s) == L2TPSEC_OK;
}

static bool reads_as_control(const uint8_t *p, size_t n)
{
    struct l2s_l2tp_header h;
    struct l2s_l2tp_avp avp;
    int rc;

    if (l2s_l2tp_header_get(p, n, &h) != L2TPSEC_DROP_NONE || !h.control)
        return false;
    do
        rc = l2s_l2tp_avp_next(&h.body, &avp);
    while (rc == 1);
    return rc == 0;
}

/* Drop, double, grow and shrink each part of each message of a session, one at a time. */
static void lengths_and_types_fit_what_was_changed(void **state)
{
    const struct script *s = script_of(&plain);
    static const uint8_t kinds[] = {GROW, SHRINK, DROP, DOUBLE};
    unsigned ike = 0, control = 0;

    (void)state;
    for (size_t l = 0; l < s->n; l++) {
        const struct line *line = &s->line[l];
        if (!line->ike && (!(line->p[0] & 0x80) || line->n == 12))
            continue;
        enum shape shape = line->ike ? SHAPE_ISAKMP : SHAPE_L2TP;
        struct span spans[SPANS_MAX];
        size_t n_spans = structure_spans(shape, line->p, line->n, spans);
        assert_true(n_spans >= 2);
        for (size_t i = 1; i < n_spans; i++) {
            for (size_t k = 0; k < sizeof kinds; k++) {
                uint8_t m[4096], e[EDIT] = {kinds[k]};
                size_t at = kinds[k] == DROP || kinds[k] == DOUBLE ? i : spans[i].end - 1;
                if (line->ike && spans[i].named_at == 0)
                    continue; /* proposals and what is in them have an order and a count, too */
                if (spans[i].end - spans[i].start <= (line->ike ? 4 : 6))
                    continue; /* a header and nothing in it */
                l2s_put16(e + 1, (uint16_t)at);
                e[3] = kinds[k] == GROW ? 5 : 1;
                memcpy(m, line->p, line->n);
                size_t n = structure_edit(shape, m, line->n, sizeof m, e, sizeof e);
                assert_true(n != line->n);
                assert_true(line->ike ? reads_as_ike(m, n) : reads_as_control(m, n));
                ike += line->ike;
                control += !line->ike;
            }
        }
    }
    assert_true(ike > 50 && control > 50);
}

/* Whatever the edit, nothing beyond the buffer is touched: sanitizers see to that. */
static void no_edit_leaves_its_buffer(void **state)
{
    const struct script *s = script_of(&plain);
    uint64_t seed = 1;

    (void)state;
    for (unsigned n = 0; n < 20000; n++) {
        const struct line *line = &s->line[structure_chance(&seed) % s->n];
        size_t cap = line->n + structure_chance(&seed) % 64;
        uint8_t *m = malloc(cap), edits[4 * EDIT];
        assert_non_null(m);
        memcpy(m, line->p, line->n);
        for (size_t i = 0; i < sizeof edits; i++)
            edits[i] = (uint8_t)structure_chance(&seed);
        enum shape shape = (enum shape)(structure_chance(&seed) % (SHAPE_PPP + 1));
        assert_true(structure_edit(shape, m, line->n, cap, edits, sizeof edits) <= cap);
        memcpy(m, line->p, line->n); /* and with no room at all, what is too long already stays no longer */
        assert_true(structure_edit(shape, m, line->n, line->n - 1, edits, sizeof edits) <= line->n);
        free(m);
    }
}

static void the_mutator_keeps_records_whole(void **state)
{
    static const uint8_t shapes[] = {SHAPE_EDITS, SHAPE_BYTES, SHAPE_L2TP};
    static const struct grammar g = {.setup = 3, .ops = sizeof shapes, .shape = shapes};
    uint8_t data[600];
    size_t n = 0, longest = 0;

    (void)state;
    for (unsigned seed = 0; seed < 20000; seed++) {
        n = structure_mutate(&g, data, n, sizeof data, seed);
        assert_true(n >= g.setup && n <= sizeof data);
        const uint8_t *p = data + g.setup;
        size_t left = n - g.setup;
        struct record r;
        while (record_next(&p, &left, &r))
            assert_true(r.op < sizeof shapes);
        assert_int_equal(left, 0);
        longest = n > longest ? n : longest;
    }
    assert_true(longest > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_and_types_fit_what_was_changed),
        cmocka_unit_test(no_edit_leaves_its_buffer),
        cmocka_unit_test(the_mutator_keeps_records_whole),
    };

    return cmocka_run_group_tests_name("structure", tests, NULL, NULL);
}
