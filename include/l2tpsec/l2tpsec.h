/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file l2tpsec.h
 * @brief L2TP/IPsec endpoints, client (LAC) and server (LNS), in user space, inside your program.
 *
 * The library owns every protocol decision: IKEv1, ESP, L2TPv2, PPP. The host owns sockets, the clock, timers and the TUN
 * device. One opaque context holds any number of links. Nothing here blocks, starts a thread, keeps a global or reads a
 * clock.
 *
 * @par The loop
 * Give what the sockets receive to l2tpsec_input(), what the TUN device gives to l2tpsec_output(), call l2tpsec_tick() when
 * l2tpsec_next_timeout() says so, and do what the callbacks ask.
 *
 * @par Threads
 * A context belongs to one thread at a time; contexts are independent of each other.
 *
 * @par Reentrancy
 * @c send, @c deliver and @c event run when no machine is mid-step: in them every function works but l2tpsec_input() and
 * l2tpsec_tick() (#L2TPSEC_EBUSY); l2tpsec_free() completes when the outer call returns. @c secret, @c address, @c random, @c
 * log and @c keylog are asked mid-step: they may call getters only, everything else says #L2TPSEC_EBUSY.
 *
 * @par Growth
 * Structs that begin with @c size only grow at their end: set it to sizeof, zero the rest. Enumerations only grow: ignore
 * values you do not know. Arrays of packets are frozen.
 *
 * @par History
 * 0.1: first interface. Until 1.0 it may still change, each change with an entry in CHANGELOG.
 */
#ifndef L2TPSEC_L2TPSEC_H
#define L2TPSEC_L2TPSEC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Marks exported functions. */
#if defined(__GNUC__) || defined(__clang__)
#define L2TPSEC_API __attribute__((visibility("default")))
#else
#define L2TPSEC_API
#endif

/** Version of this header: major, minor, patch as 0xMMmmpp. */
#define L2TPSEC_VERSION 0x000100

/** A time that never comes: l2tpsec_next_timeout() when no timer is armed. */
#define L2TPSEC_NEVER UINT64_MAX

/** Bytes to leave free in front of every IP packet given to l2tpsec_output(), for sealing without a copy. */
#define L2TPSEC_HEADROOM 64u
/** Bytes to leave free behind every IP packet given to l2tpsec_output(). */
#define L2TPSEC_TAILROOM 64u

/** Results of calls. Negative: the call did nothing. l2tpsec_strerror() has words for each. */
enum {
    L2TPSEC_OK = 0,         /**< Done. */
    L2TPSEC_EINVAL = -1,    /**< An argument is impossible: null pointer, wrong length, unknown key. */
    L2TPSEC_ENOMEM = -2,    /**< The allocator gave nothing. */
    L2TPSEC_ENOENT = -3,    /**< No such link, setting, secret: the id is stale or was never one. */
    L2TPSEC_EBUSY = -4,     /**< Not from inside this callback. */
    L2TPSEC_EAGAIN = -5,    /**< A callback's way to say: the answer comes later, by l2tpsec_answer(). */
    L2TPSEC_EVERSION = -6,  /**< A struct is longer than this library knows and its extra bytes are not zero. */
    L2TPSEC_ERANGE = -7,    /**< A value is outside what the setting allows. */
    L2TPSEC_ESTATE = -8,    /**< Not possible in this state: traffic on a link which is not up. */
    L2TPSEC_EPROTO = -9,    /**< The peer's bytes make no sense (seen inside the library; hosts meet it as a drop). */
    L2TPSEC_EAUTH = -10,    /**< A proof did not fit (seen inside the library; hosts meet it as a cause). */
    L2TPSEC_EUNSUP = -11,   /**< Known, but not built in or not offered by the crypto provider. */
    L2TPSEC_ERANDOM = -12,  /**< The random callback failed. */
    L2TPSEC_EEXIST = -13,   /**< Already there. */
    L2TPSEC_EINTERNAL = -14 /**< Our fault; the link it happened to has failed. */
};

/** The layer something happened in. */
enum {
    L2TPSEC_LAYER_HOST = 0, /**< the embedding program, or the library's own resources */
    L2TPSEC_LAYER_IKE = 1,  /**< Internet Key Exchange, RFC 2409 */
    L2TPSEC_LAYER_ESP = 2,  /**< Encapsulating Security Payload, RFC 4303 */
    L2TPSEC_LAYER_L2TP = 3, /**< Layer Two Tunneling Protocol, RFC 2661 */
    L2TPSEC_LAYER_PPP = 4   /**< Point-to-Point Protocol, RFC 1661 */
};

/** Why a link failed or went down. l2tpsec_cause_name() has a word for each. */
enum {
    L2TPSEC_CAUSE_NONE = 0,             /**< no failure */
    L2TPSEC_CAUSE_CLOSED_BY_HOST = 1,   /**< l2tpsec_close() */
    L2TPSEC_CAUSE_CLOSED_BY_PEER = 2,   /**< the peer hung up in order */
    L2TPSEC_CAUSE_NO_ANSWER = 3,        /**< nothing ever came back */
    L2TPSEC_CAUSE_PEER_VANISHED = 4,    /**< the peer answered once and stopped */
    L2TPSEC_CAUSE_PHASE1_PROPOSAL = 5,  /**< IKE: no common phase 1 proposal */
    L2TPSEC_CAUSE_PSK = 6,              /**< IKE: the pre-shared keys differ */
    L2TPSEC_CAUSE_IDENTITY = 7,         /**< IKE: an identity was refused */
    L2TPSEC_CAUSE_PHASE1_REFUSED = 8,   /**< IKE: the peer refused phase 1 for another reason */
    L2TPSEC_CAUSE_PHASE2_PROPOSAL = 9,  /**< IKE: no common phase 2 (ESP) proposal */
    L2TPSEC_CAUSE_PHASE2_REFUSED = 10,  /**< IKE: phase 2 refused: selectors, mode, policy */
    L2TPSEC_CAUSE_L2TP_REFUSED = 11,    /**< L2TP: the tunnel or the call was refused */
    L2TPSEC_CAUSE_L2TP_AUTH = 12,       /**< L2TP: tunnel authentication failed */
    L2TPSEC_CAUSE_PPP_OPTIONS = 13,     /**< PPP: LCP or IPCP options not agreed */
    L2TPSEC_CAUSE_AUTH_METHOD = 14,     /**< PPP: no authentication method both sides allow */
    L2TPSEC_CAUSE_AUTH_REFUSED = 15,    /**< PPP: user or password refused */
    L2TPSEC_CAUSE_AUTH_MUTUAL = 16,     /**< PPP: the server could not prove that it knows the password */
    L2TPSEC_CAUSE_NO_ADDRESS = 17,      /**< PPP: no address to give, or none given */
    L2TPSEC_CAUSE_NO_SECRET = 18,       /**< the host has no PSK or password for this peer */
    L2TPSEC_CAUSE_NO_MEMORY = 19,       /**< the allocator gave nothing */
    L2TPSEC_CAUSE_NO_RANDOM = 20,       /**< the random callback failed */
    L2TPSEC_CAUSE_EXPIRED = 21,         /**< an SA's lifetime ended and could not be renewed */
    L2TPSEC_CAUSE_REPLACED = 22,        /**< the same peer came back with a new link */
    L2TPSEC_CAUSE_LIMIT = 23,           /**< a configured limit (links, half-open) is reached */
    L2TPSEC_CAUSE_INTERNAL = 24,        /**< a fault of the library or its crypto provider */
    L2TPSEC_CAUSE_COUNT = 25            /**< how many this version knows */
};

/** Why a packet was dropped; indexes of l2tpsec_stats.drops. l2tpsec_drop_name() has a word for each. */
enum {
    L2TPSEC_DROP_NONE = 0,            /**< not dropped */
    L2TPSEC_DROP_SHORT = 1,           /**< shorter than its fixed header */
    L2TPSEC_DROP_MALFORMED = 2,       /**< lengths or fields that contradict each other */
    L2TPSEC_DROP_VERSION = 3,         /**< a protocol version which is not spoken */
    L2TPSEC_DROP_UNKNOWN_SPI = 4,     /**< ESP for no SA of ours */
    L2TPSEC_DROP_UNKNOWN_COOKIE = 5,  /**< IKE for no SA of ours */
    L2TPSEC_DROP_UNKNOWN_TUNNEL = 6,  /**< L2TP tunnel id not of this channel */
    L2TPSEC_DROP_UNKNOWN_SESSION = 7, /**< L2TP session id not of this tunnel */
    L2TPSEC_DROP_UNKNOWN_PROTOCOL = 8, /**< a protocol or message type that is not handled */
    L2TPSEC_DROP_FORGED = 9,          /**< an ESP ICV or IKE hash that does not fit */
    L2TPSEC_DROP_REPLAYED = 10,       /**< an ESP sequence number seen before or too old */
    L2TPSEC_DROP_SELECTOR = 11,       /**< decrypted, but not what the SA is for */
    L2TPSEC_DROP_CLEARTEXT = 12,      /**< L2TP outside IPsec */
    L2TPSEC_DROP_UNEXPECTED = 13,     /**< the right message at the wrong time */
    L2TPSEC_DROP_DUPLICATE = 14,      /**< a retransmission which was answered or not needed */
    L2TPSEC_DROP_SPOOFED = 15,        /**< inner source address is not the peer's */
    L2TPSEC_DROP_NO_ROUTE = 16,       /**< no link for this inner destination */
    L2TPSEC_DROP_NOT_UP = 17,         /**< the link is not up */
    L2TPSEC_DROP_TOO_BIG = 18,        /**< more than fits the link; an ICMP error went back where allowed */
    L2TPSEC_DROP_NO_MEMORY = 19,      /**< no memory for the state it would need */
    L2TPSEC_DROP_SEQUENCE = 20,       /**< the SA's sequence numbers are used up */
    L2TPSEC_DROP_LIMIT = 21,          /**< rate or table limit for unproven peers */
    L2TPSEC_DROP_PHASE = 22,          /**< network traffic before authentication or IPCP were done */
    L2TPSEC_DROP_INTERNAL = 23,       /**< the crypto provider failed */
    L2TPSEC_DROP_COUNT = 24           /**< how many this version knows */
};

/** An IP address with a port. */
typedef struct l2tpsec_addr {
    uint8_t family;   /**< 4, 6, or 0 for none */
    uint8_t reserved; /**< zero */
    uint16_t port;    /**< host byte order */
    uint8_t ip[16];   /**< network byte order; IPv4 in the first four, the rest zero */
} l2tpsec_addr;

#ifdef __cplusplus
}
#endif

#endif
