/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The face of the L2TP wing: L2TPv2 (RFC 2661) control connections and calls, LAC and LNS in one engine. It is told a
 * secure channel (an opaque number) with every datagram; tunnel and session ids are valid only on the channel that made
 * them. Datagrams here are UDP payloads. */
#ifndef L2S_L2TP_L2TP_H
#define L2S_L2TP_L2TP_H

#include "base/failure.h"
#include "base/sys.h"
#include "crypto/provider.h"
#include "wire/rd.h"

#include <stdbool.h>
#include <stdint.h>

#define L2S_L2TP_PORT 1701u /* of UDP (RFC 2661, 8.1) */

struct l2s_l2tp; /* all tunnels of one context */

struct l2s_l2tp_config {
    char host_name[64];   /* Host Name AVP; "" becomes "l2tpsec" */
    char vendor_name[64]; /* Vendor Name AVP; "": not sent */
    uint8_t secret[64];   /* tunnel authentication (RFC 2661, 5.1.1); secret_len 0: none asked, none answered */
    size_t secret_len;
    bool hide;       /* with the secret, hide AVPs that may be (RFC 2661, 4.3) */
    uint16_t window; /* receive window offered, 1..64; default 8 */
    /* first retransmission, default 1000 (RFC 2661, 5.8; Windows acknowledges late); each wait is a quarter longer, up to 8 s */
    uint32_t retry_ms;
    uint32_t retries;       /* default 9, then the tunnel is dead */
    uint32_t hello_s;       /* Hello after this many seconds without any word from the peer; default 60, 0: never */
    uint32_t setup_s;       /* a half-open tunnel or call is given up after this long; default 60 */
    uint32_t connect_speed; /* Tx Connect Speed of ICCN, bit/s; default 1000000000 */
    bool spare_microsoft; /* LNS with a secret: ask none of a peer whose Vendor Name is "Microsoft" (Windows has none).
                           * Anybody can claim to be that, so it is off unless asked for. */
};

/* A call that came up or went away. Session handles are idtab ids of this wing: stale ones find nothing. From
 * session_up, session_down, failed and channel_idle every function of this face but free may be called; emit and accept
 * are questions put mid-step and must not call back in. */
struct l2s_l2tp_port {
    void *self;
    /* Send a UDP payload on a channel; peer_port is the port inside the SA that the tunnel's peer uses. */
    void (*emit)(void *self, uint64_t channel, uint16_t peer_port, const uint8_t *p, size_t n);
    /* LNS: a peer asks for a tunnel on this channel. Return the configuration to use (borrowed as long as the engine
     * may use it), or NULL to refuse. */
    const struct l2s_l2tp_config *(*accept)(void *self, uint64_t channel);
    /* A call is established: PPP may begin. owner is what connect was given; for an incoming call at the LNS the port
     * puts its own there. Not OK: the call is torn down (CDN, result 4). */
    int (*session_up)(void *self, uint64_t channel, uint64_t session, bool lns, void **owner);
    /* It is gone: by our close (why NULL), by the peer or by failure. owner is not used afterwards. */
    void (*session_down)(void *self, void *owner, const struct l2s_failure *why);
    /* A connect that never reached session_up, and was not closed by us: that is a session_down, too. */
    void (*failed)(void *self, void *owner, const struct l2s_failure *why);
    /* What l2s_l2tp_data_header says is another now. */
    void (*reheaded)(void *self, void *owner);
    /* Frames were waited for in vain, or one came ahead of the session: l2s_l2tp_pull has those behind them, and that one. */
    void (*overdue)(void *self, void *owner, uint64_t session);
    /* The last tunnel on a channel is gone (both ends said so, or time ran out): core may close the SAs below. */
    void (*channel_idle)(void *self, uint64_t channel);
};

int l2s_l2tp_new(struct l2s_sys *sys, struct l2s_crypto *crypto, const struct l2s_l2tp_port *port,
                 struct l2s_l2tp **out);
void l2s_l2tp_free(struct l2s_l2tp *e);

/* LAC: tunnel and call in one go (SCCRQ, SCCRP, SCCCN, ICRQ, ICRP, ICCN). cfg is borrowed until the tunnel is gone. */
int l2s_l2tp_connect(struct l2s_l2tp *e, const struct l2s_l2tp_config *cfg, uint64_t channel, void *owner,
                     uint64_t *session);

/* Close a call, and its tunnel when it was the last: CDN, then StopCCN, delivered reliably. session_down follows later,
 * or at once when nothing can be sent; it always comes exactly once. result: CDN's (RFC 2661, 4.4.2), with these words. */
void l2s_l2tp_close(struct l2s_l2tp *e, uint64_t session, uint16_t result, const char *words);

/* Close it likewise if that has not begun, and forget its owner at once: session_down is not called. For a host that
 * will not wait any longer. */
void l2s_l2tp_abandon(struct l2s_l2tp *e, uint64_t session);

/* The channel below is gone: everything on it ends without a word, to the peer or to the port. */
void l2s_l2tp_channel_down(struct l2s_l2tp *e, uint64_t channel);

enum l2s_l2tp_kind {
    L2S_L2TP_CONTROL,
    L2S_L2TP_DATA,
    L2S_L2TP_HELD, /* data that waits for data it has overtaken (RFC 2661, 5.4): l2s_l2tp_pull will have it */
    L2S_L2TP_DROP
};

enum { L2S_L2TP_PULL_NONE, L2S_L2TP_PULL_BEFORE, L2S_L2TP_PULL_BEHIND };

struct l2s_l2tp_rx {
    void *owner; /* DATA: owner of the session */
    uint64_t session;
    struct l2s_rd frame; /* DATA: the PPP frame, in place */
    bool plain;          /* DATA: what looks like this one is of the same session, too (l2tp/plain.h) */
    unsigned pull;       /* DATA: others have waited, and belong before or behind this one: l2s_l2tp_pull has them */
    uint32_t reason;     /* DROP: an L2TPSEC_DROP_ value */
};

/* One datagram from a channel. src_port is the peer's port inside the SA. Only the T bit decides: data never queues. */
enum l2s_l2tp_kind l2s_l2tp_input(struct l2s_l2tp *e, uint64_t channel, uint16_t src_port, const uint8_t *p, size_t n,
                                  struct l2s_l2tp_rx *out);

#define L2S_L2TP_FRAME_MAX 1600u

/* The next frame of this session that waits no longer, copied (to be opened in place); false: there is none. */
bool l2s_l2tp_pull(struct l2s_l2tp *e, uint64_t session, uint8_t out[L2S_L2TP_FRAME_MAX], struct l2s_l2tp_rx *rx);

/* The header in front of every data message of this session (RFC 2661, 3.1): constant bytes but for the length, and for
 * Ns when ns_at is not 0. Core fills both in; it counts the messages of a session, from 0. */
struct l2s_l2tp_data_header {
    uint8_t bytes[12];
    uint8_t len;
    uint8_t room; /* len at its longest, as far as is known */
    uint8_t length_at, ns_at;
    uint16_t peer_port;
};

#define L2S_L2TP_DATA_PLAIN 8u /* room without numbers */

/* false: a stale session, or one that is not up */
bool l2s_l2tp_data_header(const struct l2s_l2tp *e, uint64_t session, struct l2s_l2tp_data_header *out);

/* Data of this session is going to come: have at hand what is known of it, in steps from 0, each when what it looks at
 * is there. */
#define L2S_L2TP_EXPECT_STEPS 3u
void l2s_l2tp_expect(const struct l2s_l2tp *e, uint64_t session, unsigned step);

/* Whose session it is; NULL: there is none, or nobody's yet. */
void *l2s_l2tp_owner(const struct l2s_l2tp *e, uint64_t session);

/* Both are calls of one tunnel. */
bool l2s_l2tp_same_tunnel(const struct l2s_l2tp *e, uint64_t a, uint64_t b);

/* An upper bound of the round trip to the peer of this session, microseconds; 0: not known. */
uint64_t l2s_l2tp_round_trip(const struct l2s_l2tp *e, uint64_t session);

/* Anything valid came in on this channel: no Hello needed for a while: any traffic is a sign of life. */
void l2s_l2tp_alive(struct l2s_l2tp *e, uint64_t session);

#endif
