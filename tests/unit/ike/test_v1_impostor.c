/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Who has a key, as many others may, and claims to be one of them: by the name, and by where that one is. */
#include "unit/ike/v1_rig.h"

#include "base/errors.h"
#include "ike/common/header.h"
#include "ike/common/id.h"
#include "ike/v1/peer.h"

#include <string.h>

/* The client's name is its address, as with most. */
static void name(struct rig_end *e, const l2tpsec_addr *a)
{
    e->cfg.local_id = (struct l2s_ike_id){.type = L2S_ID_IPV4_ADDR, .len = 4};
    memcpy(e->cfg.local_id.data, a->ip, 4);
}

/* Its messages from the fifth on are said to come from the victim, and none come back from there. */
static bool forge_source(struct rig *r, struct rig_packet *pkt, void *arg)
{
    const l2tpsec_addr *victim = arg;

    if (pkt->from == 1)
        return memcmp(pkt->dst.ip, victim->ip, sizeof victim->ip) != 0;
    if (pkt->p[19] & L2S_FLAG_ENCRYPTED)
        pkt->src = *victim;
    return memcmp(r->end[0].at.ip, victim->ip, sizeof victim->ip) != 0;
}

/* That our cookie came back shows who can be reached where message 3 came from. Message 5 may come from another port, behind a NAT;
 * from another address it shows nothing, and whoever sends it computes our answer by himself. */
static void a_proof_from_another_address_replaces_nobody_there(void **state)
{
    struct rig *r = *state;
    struct rig_end *server = &r->end[1];
    l2tpsec_addr victim = r->end[0].at;

    for (unsigned contact = 0; contact < 2; contact++) {
        name(&r->end[0], &victim);
        r->end[0].at = victim;
        rig_up(r);
        uint64_t channel = server->channel;

        rig_restart(r, 0); /* from here on it is the impostor */
        r->end[0].at = rig_addr(66, 500);
        r->end[0].cfg.initial_contact = contact;
        r->tap = forge_source;
        r->tap_arg = &victim;
        assert_int_equal(rig_connect(r), L2TPSEC_OK);
        rig_run(r, 5 * L2S_SECOND);
        assert_int_equal(server->channels_up, 2); /* proven it is, but as somebody else */
        assert_true(server->channel != channel);
        assert_int_equal(server->resets, 0);
        assert_int_equal(server->children_down, 0);
        assert_int_equal(server->n, 1);
        uint32_t at = 0; /* and when the victim renews, it is found itself */
        const struct l2s_v1_peer *true_one = l2s_idtab_next(&server->e->channels, &at);
        const struct l2s_v1_peer *impostor = l2s_idtab_next(&server->e->channels, &at);
        assert_true(true_one->channel == channel && !true_one->hearsay);
        assert_true(impostor->channel == server->channel && impostor->hearsay);
        rig_tear_down(state);
        assert_int_equal(rig_set_up(state), 0);
        r = *state;
        server = &r->end[1];
    }
}

/* Where each client has a key of its own, the name is not enough either. */
static void with_another_key_it_is_another_peer(void **state)
{
    struct rig *r = *state;
    struct rig_end *server = &r->end[1];

    server->psk[1] = "the key of somebody else, who sits behind the same NAT";
    name(&r->end[0], &r->end[0].at);
    rig_up(r);
    uint64_t channel = server->channel;

    rig_restart(r, 0);
    r->end[0].psk[0] = server->psk[1];
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, 5 * L2S_SECOND);
    assert_int_equal(server->channels_up, 2);
    assert_true(server->channel != channel);
    assert_int_equal(server->resets, 0);
    assert_int_equal(server->children_down, 0);

    rig_restart(r, 0); /* with the same one it is the same */
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, 5 * L2S_SECOND);
    assert_int_equal(server->channels_up, 2);
    assert_int_equal(server->resets, 1);
}

/* Who has an SA can have his packets seem to come from where another one is, whose name he took. When that one renews phase 1, two are
 * there by that name: it is the one who can be reached. */
static void what_is_only_said_to_be_there_stands_behind_who_is(void **state)
{
    struct rig *r = *state;
    struct rig_end *server = &r->end[1];
    l2tpsec_addr victim = rig_addr(77, 4500), ours = rig_addr(2, 4500);
    uint32_t at = 0;

    r->end[0].cfg.encap = L2S_ENCAP_ALWAYS;
    r->end[0].cfg.initial_contact = false;
    name(&r->end[0], &victim);
    rig_up(r); /* the impostor, where he is, */
    uint64_t impostor = server->channel;
    rig_restart(r, 0);
    r->end[0].at = rig_addr(77, 500);
    assert_int_equal(rig_connect(r), L2TPSEC_OK); /* and the victim */
    rig_run(r, L2S_SECOND);
    assert_true(server->channel != impostor);
    l2s_ike_moved(server->e, impostor, &ours, &victim);
    assert_int_equal(server->moves, 1);

    rig_restart(r, 0);
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, L2S_SECOND);
    assert_int_equal(server->channels_up, 2);
    for (struct l2s_v1_peer *p; (p = l2s_idtab_next(&server->e->channels, &at)) != NULL;) {
        assert_int_equal(p->hearsay, p->channel == impostor);
        bool two = p->sas.next != p->sas.prev;
        assert_int_equal(two, p->channel != impostor);
    }
}

/* And when that one dials, it does not find itself there already, sharing a channel with who knows whom. */
static void who_dials_is_not_taken_for_who_is_only_said_to_be_there(void **state)
{
    struct rig *r = *state;
    struct rig_end *server = &r->end[1];
    l2tpsec_addr ours = rig_addr(2, 4500);

    for (unsigned encap = 0; encap < 2; encap++) { /* or it is where no NAT is, and stays at port 500 */
        l2tpsec_addr victim = rig_addr((uint8_t)(77 + encap), encap ? 4500 : 500);
        r->end[0].at = rig_addr(1, 500);
        r->end[0].cfg.encap = L2S_ENCAP_ALWAYS;
        r->end[0].cfg.initial_contact = false;
        name(&r->end[0], &victim);
        rig_listen(r);
        assert_int_equal(rig_connect(r), L2TPSEC_OK);
        rig_run(r, L2S_SECOND);
        uint64_t impostor = server->channel;
        l2s_ike_moved(server->e, impostor, &ours, &victim);
        assert_int_equal(server->moves, 1 + encap);

        rig_restart(r, 0);
        r->end[0].at = rig_addr((uint8_t)(77 + encap), 500);
        r->end[0].cfg.encap = encap ? L2S_ENCAP_ALWAYS : L2S_ENCAP_AUTO;
        assert_int_equal(rig_connect(r), L2TPSEC_OK);
        rig_run(r, L2S_SECOND);
        assert_true(server->channel != impostor);
        assert_int_equal(server->channels_up, 2 + 2 * encap);
        rig_restart(r, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CHEAP_RIG(a_proof_from_another_address_replaces_nobody_there),
        WITH_CHEAP_RIG(with_another_key_it_is_another_peer),
        WITH_CHEAP_RIG(what_is_only_said_to_be_there_stands_behind_who_is),
        WITH_CHEAP_RIG(who_dials_is_not_taken_for_who_is_only_said_to_be_there),
    };

    return cmocka_run_group_tests_name("IKEv1, impostors", tests, NULL, NULL);
}
