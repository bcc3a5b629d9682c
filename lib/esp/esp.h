/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The face of the ESP wing: SAs in transport mode (RFC 4303) carrying UDP to or from port 1701. It knows SPIs, sequence
 * numbers, the replay window and selectors; addresses and sockets are core's. */
#ifndef L2S_ESP_ESP_H
#define L2S_ESP_ESP_H

#include "base/hash.h"
#include "base/sys.h"
#include "crypto/provider.h"

#include <stdbool.h>
#include <stdint.h>

struct l2s_esp; /* all SAs of one context */
struct l2s_esp_sa;

/* Where HMAC-SHA-256 is cut: at 128 bits (RFC 4868), or at 96 as many kernels of Android 6 to 8 do it. */
enum l2s_esp_cut {
    L2S_ESP_CUT_NEVER,  /* at 128 */
    L2S_ESP_CUT_LEARN,  /* at 128 until a packet fits at 96; one that fits at 128 settles it */
    L2S_ESP_CUT_FOUND,  /* the same, but the pair before was cut at 96: begin there */
    L2S_ESP_CUT_ALWAYS, /* at 96 */
};

struct l2s_esp_params {
    uint32_t spi_in, spi_out;
    struct l2s_esp_suite suite;
    const uint8_t *enc_in, *auth_in, *enc_out, *auth_out; /* borrowed for the call */
    uint16_t local_port, remote_port;                     /* selector ports inside, 0: any; one of the two is 1701 */
    uint32_t replay_window;                               /* packets, a multiple of 64, 64..32768 */
    uint64_t soft_bytes;                                  /* both ways: spent from here on; 0: no limit */
    enum l2s_esp_cut cut;                                 /* without HMAC-SHA-256: no matter */
    void *owner;                                          /* core's: given back with every packet */
};

struct l2s_esp_stats {
    uint64_t packets_in, bytes_in, packets_out, bytes_out;
    uint32_t replayed, forged, malformed, refused; /* drops, by reason; refused: not allowed by the selectors */
};

/* One datagram in a burst to open. In: p, len from the SPI on. Out: reason 0, the inner UDP payload p/len and its
 * ports; else the reason it was dropped (an L2TPSEC_DROP_ value); sa and its owner are set when the SPI was known.
 * Bytes are decrypted in place. */
struct l2s_esp_rx {
    uint8_t *p;
    size_t len;
    struct l2s_esp_sa *sa;
    void *owner;
    uint16_t src_port, dst_port;
    uint32_t reason;
    bool spent;  /* the SA wants a successor: by its bytes, or its sequence numbers */
    bool newest; /* its sequence number is the highest so far: only such a packet may move the peer's address */
};

/* One datagram in a burst to seal. In: sa, and p/len of the inner UDP datagram (header included), with L2S_ESP_HEADROOM
 * bytes in front and L2S_ESP_TAILROOM behind. Out: p/len from the SPI on; or reason; spent. */
struct l2s_esp_tx {
    struct l2s_esp_sa *sa;
    uint8_t *p;
    size_t len;
    uint32_t reason;
    bool spent; /* as above */
};

#define L2S_ESP_HEADROOM (8u + L2S_ESP_IV_MAX)
#define L2S_ESP_PADDING 15u /* bytes at most */
#define L2S_ESP_TAILROOM (L2S_ESP_PADDING + 2u + L2S_ESP_ICV_MAX)
#define L2S_ESP_BURST 64u /* jobs handed to the provider at a time */

int l2s_esp_new(struct l2s_sys *sys, struct l2s_crypto *crypto, struct l2s_esp **out);
void l2s_esp_free(struct l2s_esp *e); /* and every SA left */

/* An inbound SPI that no SA uses (RFC 4303, 2.1: above 255), reserved until the SA is added or it is given back. 0: no chance. */
uint32_t l2s_esp_spi_reserve(struct l2s_esp *e);
void l2s_esp_spi_release(struct l2s_esp *e, uint32_t spi);

int l2s_esp_add(struct l2s_esp *e, const struct l2s_esp_params *p, struct l2s_esp_sa **out);
void l2s_esp_remove(struct l2s_esp *e, struct l2s_esp_sa *sa);

struct l2s_esp_sa *l2s_esp_find(struct l2s_esp *e, uint32_t spi_in);
const struct l2s_esp_stats *l2s_esp_stats(const struct l2s_esp_sa *sa);

bool l2s_esp_is_cut(const struct l2s_esp_sa *sa); /* HMAC-SHA-256 at 96 bits, as things stand */
/* Send at the other length from now on, for the peer does not answer; false: it is settled, or there is none. */
bool l2s_esp_cut_elsewhere(struct l2s_esp_sa *sa);

/* A packet for this SA is going to be sealed. */
void l2s_esp_expect(const struct l2s_esp_sa *sa);

/* Bursts. No allocation, any n; packets of one burst may belong to many SAs. Sealing stops for good at the last sequence
 * number (RFC 4303, 3.3.3): such a packet has L2TPSEC_DROP_SEQUENCE. */
void l2s_esp_open(struct l2s_esp *e, struct l2s_esp_rx *pkts, size_t n);
void l2s_esp_seal(struct l2s_esp *e, struct l2s_esp_tx *pkts, size_t n);

/* Bytes an inner UDP datagram of n bytes grows to on the wire from the SPI on, and the largest inner one that fits room. */
size_t l2s_esp_sealed_len(const struct l2s_esp_suite *s, size_t n);
size_t l2s_esp_room_for(const struct l2s_esp_suite *s, size_t room);

#endif
