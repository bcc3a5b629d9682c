/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A profile: every setting of a link or of the server, as the wings want it. Filled by the table of settings. */
#ifndef L2S_CORE_PROFILE_H
#define L2S_CORE_PROFILE_H

#include "core/papers.h"
#include "esp/esp.h"
#include "ike/v1/ike.h"
#include "l2tp/l2tp.h"
#include "ppp/ppp.h"
#include "wire/dhcp.h"

#include <l2tpsec/l2tpsec.h>

#define L2S_PROFILE_ERROR 256

enum { L2S_IKE_AUTH_PSK = 1, L2S_IKE_AUTH_CERT = 2 };

struct l2s_profile {
    struct l2s_ike_config ike;
    struct l2s_l2tp_config l2tp;
    struct l2s_ppp_config ppp;
    uint16_t ike_port, nat_port, peer_nat_port;
    uint16_t mtu; /* largest inner packet, whatever the peer's MRU */
    uint32_t replay_window;
    uint8_t ike_auth, ike_auth_first;     /* L2S_IKE_AUTH_: accepted by a server; offered by a client */
    bool clock_missing;                   /* the host has no wall clock, so certificates cannot be judged */
    struct l2s_papers papers, ppp_papers; /* of IKE; of EAP-TLS */
    enum l2s_esp_cut sha256_96;           /* LEARN: of peers that look like it */
    uint8_t psk[L2S_PSK_MAX];
    size_t psk_len;
    uint8_t password[L2S_PPP_SECRET_MAX];
    size_t password_len;
    char user[L2S_PPP_NAME_MAX];        /* client: who we are */
    char peer_name[L2S_PPP_NAME_MAX];   /* client: what the server's certificate must name in EAP-TLS */
    char server_name[L2S_PPP_NAME_MAX]; /* server: who we say we are */
    uint8_t address[4];                 /* server: our end inside */
    uint8_t pool[4];                    /* server: first address of the prefix; pool_len 0: none */
    uint8_t pool_len;
    uint8_t pool6[8], pool6_len; /* server: prefix of the clients' prefixes; 0: none */
    uint8_t dns[2][4];
    struct l2s_dhcp_route routes[L2S_DHCP_ROUTES]; /* server: told to clients that ask */
    uint32_t n_routes;
    char domain[64];
    uint32_t reconnect, mss_clamp, links_max, messages, inform;
};

void l2s_profile_init(struct l2s_profile *p);
/* For a link or the server: a copy, which shares what is long, until l2s_profile_fini. */
void l2s_profile_copy(struct l2s_profile *out, const struct l2s_profile *p);
void l2s_profile_fini(struct l2s_profile *p);
/* Before a copy is used: read its certificates and keys, for phase 1 and for EAP-TLS. EINVAL: one that is needed is missing. */
int l2s_profile_open(struct l2s_profile *p, bool server, bool host_signs);

/* Set one setting from text. On failure error (L2S_PROFILE_ERROR bytes) says what is wrong and what is allowed, and the
 * profile is as it was. The codes are those of l2tpsec_profile_set_str. */
int32_t l2s_setting_set(struct l2s_profile *p, const char *name, const char *value, char *error);
int32_t l2s_setting_set_bytes(struct l2s_profile *p, const char *name, const void *value, size_t len, char *error);
int32_t l2s_setting_at(uint32_t index, l2tpsec_setting *out);

#endif
