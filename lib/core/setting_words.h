/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Settings whose text means something: what is read from it, and where that goes in the profile. */
#ifndef L2S_CORE_SETTING_WORDS_H
#define L2S_CORE_SETTING_WORDS_H

#include "core/profile.h"

/* A part of a setting's text. */
struct l2s_word {
    const char *text;
    size_t len;
};

/* Store what the text says: L2TPSEC_OK, or the profile is as it was. If one word is at fault, *bad names it, and else is as it
 * was. L2TPSEC_EINVAL: that is not allowed; L2TPSEC_EUNSUP: it is left out of this build; L2TPSEC_ESTATE: it needs a clock. */
typedef int l2s_setting_store(struct l2s_profile *p, const char *value, struct l2s_word *bad);

l2s_setting_store l2s_store_preset, l2s_store_ike_proposals, l2s_store_esp_proposals, l2s_store_ike_auth,
    l2s_store_local_id, l2s_store_peer_id, l2s_store_vendor_ids, l2s_store_mode, l2s_store_encap, l2s_store_sha256_96,
    l2s_store_ppp_auth, l2s_store_mppe, l2s_store_address, l2s_store_pool, l2s_store_pool6, l2s_store_dns,
    l2s_store_routes;

#endif
