/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file l2tpsec.h
 * @brief L2TP/IPsec endpoints, client (LAC) and server (LNS), in user space, inside your program.
 *
 * The library makes every protocol decision: IKEv1, ESP, L2TPv2, PPP. The host owns the sockets, the clock, the timers
 * and the TUN device. One opaque context holds any number of links. Nothing here blocks, starts a thread, keeps a
 * global variable or reads a clock.
 *
 * @par The loop
 * Give what the sockets receive to l2tpsec_input() and what the TUN device gives to l2tpsec_output(), call
 * l2tpsec_tick() when l2tpsec_next_timeout() says so, and do what the callbacks ask.
 *
 * @par Time
 * @c now is microseconds of a clock that does not jump and that goes on while the machine sleeps (CLOCK_BOOTTIME and
 * its like). An earlier time than that of the last call counts as that of the last call.
 *
 * @par Threads
 * A context with its links and profiles may be used from any thread, but by one thread at a time: a lock or a serial
 * queue around every call is enough. Nothing is bound to a thread. Contexts are independent of each other. The
 * functions that take neither a context nor a profile may be called by any thread at any time.
 *
 * @par Reentrancy
 * @c send, @c deliver and @c event run when no state machine is in the middle of a step: from them every function may
 * be called except l2tpsec_input() and l2tpsec_tick(), which return #L2TPSEC_EBUSY. All other callbacks run mid-step,
 * and are called questions below: @c secret, @c new_password, @c sign, @c address, @c wall_clock, @c random, @c log,
 * @c keylog, @c tap, @c alloc and @c release. From a question only the getters (l2tpsec_get_, l2tpsec_engine_name()),
 * the functions that give names and words, l2tpsec_format(), l2tpsec_next_timeout() and l2tpsec_free() may be called;
 * every function that takes a time returns #L2TPSEC_EBUSY, and profiles must not be touched. l2tpsec_free() from
 * inside a callback takes effect when the outermost call returns; but no callback except @c release is called any more.
 *
 * @par Growth
 * Structs that begin with @c size only grow at their end. In those you give, set @c size to sizeof and zero what you
 * do not use; fields named reserved must be zero, or the call is refused. In those the library gives, a field exists
 * if it ends within @c size: a program may run with a library older than its header. Enumerations only grow: ignore
 * values you do not know. A value named _COUNT is how many this header knows. l2tpsec_packet, which is passed in
 * arrays, never changes.
 *
 * @par History
 * 0.1: first interface. Until 1.0 it may still change, each change with an entry in CHANGELOG; from 1.0 on a program
 * runs with every later library of the same soname.
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

/** Bytes to leave free in front of every IP packet given to l2tpsec_output(), so that it is encrypted without a
 * copy. */
#define L2TPSEC_HEADROOM 64u
/** Bytes to leave free behind every IP packet given to l2tpsec_output(), for the same reason. */
#define L2TPSEC_TAILROOM 64u

/** Results of calls. Negative: the call changed nothing. l2tpsec_strerror() has words for each. */
enum {
    L2TPSEC_OK = 0,          /**< Done. */
    L2TPSEC_EINVAL = -1,     /**< An argument is impossible: null pointer, wrong length, a value that is not allowed. */
    L2TPSEC_ENOMEM = -2,     /**< The allocator returned NULL. */
    L2TPSEC_ENOENT = -3,     /**< No such link, setting, secret or row: an id is stale, or never was one. */
    L2TPSEC_EBUSY = -4,      /**< Not allowed from inside this callback. */
    L2TPSEC_EAGAIN = -5,     /**< Returned by a callback: the answer comes later, by l2tpsec_answer() and its like. */
    L2TPSEC_EVERSION = -6,   /**< A struct is longer than this library knows and its extra bytes are not zero. */
    L2TPSEC_ERANGE = -7,     /**< A value is outside what the setting allows. */
    L2TPSEC_ESTATE = -8,     /**< Not possible in this state, such as before a link is up. */
    L2TPSEC_EPROTO = -9,     /**< The peer's bytes make no sense. Inside the library only: the host sees a drop. */
    L2TPSEC_EAUTH = -10,     /**< A proof did not fit. Inside the library only: the host sees a cause. */
    L2TPSEC_EUNSUP = -11,    /**< Known, but not built in or not offered by the crypto provider. */
    L2TPSEC_ERANDOM = -12,   /**< The random callback failed. */
    L2TPSEC_EEXIST = -13,    /**< Already there, or taken by somebody else. */
    L2TPSEC_EINTERNAL = -14, /**< Our fault; the link it happened to has failed. */
    L2TPSEC_EEXPIRED = -15   /**< Returned by the secret callback: the password is right, but must be changed. */
};

/** The layer in which something happened. */
enum {
    L2TPSEC_LAYER_HOST = 0, /**< the embedding program, or the library's own resources */
    L2TPSEC_LAYER_IKE = 1,  /**< Internet Key Exchange, RFC 2409 */
    L2TPSEC_LAYER_ESP = 2,  /**< Encapsulating Security Payload, RFC 4303 */
    L2TPSEC_LAYER_L2TP = 3, /**< Layer Two Tunneling Protocol, RFC 2661 */
    L2TPSEC_LAYER_PPP = 4   /**< Point-to-Point Protocol, RFC 1661 */
};

/** Why a link failed or went down. l2tpsec_cause_name() has a word for each. */
enum {
    L2TPSEC_CAUSE_NONE = 0,            /**< no failure */
    L2TPSEC_CAUSE_CLOSED_BY_HOST = 1,  /**< l2tpsec_close() */
    L2TPSEC_CAUSE_CLOSED_BY_PEER = 2,  /**< the peer hung up in order */
    L2TPSEC_CAUSE_NO_ANSWER = 3,       /**< the peer never answered */
    L2TPSEC_CAUSE_PEER_VANISHED = 4,   /**< the peer answered before, and does no more */
    L2TPSEC_CAUSE_PHASE1_PROPOSAL = 5, /**< IKE: no common phase 1 proposal */
    L2TPSEC_CAUSE_PSK = 6,             /**< IKE: the pre-shared keys differ */
    L2TPSEC_CAUSE_IDENTITY = 7,        /**< IKE: an identity was refused */
    L2TPSEC_CAUSE_PHASE1_REFUSED = 8,  /**< IKE: the peer refused phase 1 for another reason */
    L2TPSEC_CAUSE_PHASE2_PROPOSAL = 9, /**< IKE: no common phase 2 (ESP) proposal */
    L2TPSEC_CAUSE_PHASE2_REFUSED = 10, /**< IKE: phase 2 refused: selectors, mode, policy */
    L2TPSEC_CAUSE_L2TP_REFUSED = 11,   /**< L2TP: the tunnel or the call was refused */
    L2TPSEC_CAUSE_L2TP_AUTH = 12,      /**< L2TP: tunnel authentication failed */
    L2TPSEC_CAUSE_PPP_OPTIONS = 13,    /**< PPP: LCP or IPCP options not agreed */
    L2TPSEC_CAUSE_AUTH_METHOD = 14,    /**< PPP: no authentication method both sides allow */
    L2TPSEC_CAUSE_AUTH_REFUSED = 15,   /**< PPP: user or password refused */
    L2TPSEC_CAUSE_AUTH_MUTUAL = 16,    /**< PPP: the server could not prove that it knows the password */
    L2TPSEC_CAUSE_NO_ADDRESS = 17,     /**< PPP: no address to give, or none given */
    L2TPSEC_CAUSE_NO_SECRET = 18,      /**< the host has no PSK or password for this peer */
    L2TPSEC_CAUSE_NO_MEMORY = 19,      /**< the allocator returned NULL */
    L2TPSEC_CAUSE_NO_RANDOM = 20,      /**< the random callback failed */
    L2TPSEC_CAUSE_EXPIRED = 21,        /**< an SA's lifetime ended and could not be renewed */
    L2TPSEC_CAUSE_REPLACED = 22,       /**< the same peer came back with a new link */
    L2TPSEC_CAUSE_LIMIT = 23,          /**< a configured limit (links, half-open) is reached */
    L2TPSEC_CAUSE_INTERNAL = 24,       /**< a fault of the library or its crypto provider */
    L2TPSEC_CAUSE_CERTIFICATE = 25,    /**< IKE: a certificate or a signature was refused */
    L2TPSEC_CAUSE_COUNT = 26           /**< how many this header knows */
};

/** Why a packet was dropped; indexes for l2tpsec_get_drops(). l2tpsec_drop_name() has a word for each. */
enum {
    L2TPSEC_DROP_NONE = 0,             /**< not dropped */
    L2TPSEC_DROP_SHORT = 1,            /**< shorter than its fixed header */
    L2TPSEC_DROP_MALFORMED = 2,        /**< lengths or fields that contradict each other */
    L2TPSEC_DROP_VERSION = 3,          /**< a protocol version which is not spoken */
    L2TPSEC_DROP_UNKNOWN_SPI = 4,      /**< ESP for no SA of ours */
    L2TPSEC_DROP_UNKNOWN_COOKIE = 5,   /**< IKE for no SA of ours */
    L2TPSEC_DROP_UNKNOWN_TUNNEL = 6,   /**< L2TP tunnel id not of this channel */
    L2TPSEC_DROP_UNKNOWN_SESSION = 7,  /**< L2TP session id not of this tunnel */
    L2TPSEC_DROP_UNKNOWN_PROTOCOL = 8, /**< a protocol or message type that is not handled */
    L2TPSEC_DROP_FORGED = 9,           /**< an ESP ICV or IKE hash that does not fit */
    L2TPSEC_DROP_REPLAYED = 10,        /**< an ESP sequence number seen before or too old */
    L2TPSEC_DROP_SELECTOR = 11,        /**< decrypted, but not what the SA is for */
    L2TPSEC_DROP_CLEARTEXT = 12,       /**< L2TP outside IPsec */
    L2TPSEC_DROP_UNEXPECTED = 13,      /**< the right message at the wrong time */
    L2TPSEC_DROP_DUPLICATE = 14,       /**< a retransmission: answered again, or not needed */
    L2TPSEC_DROP_SPOOFED = 15,         /**< inner source address is not the peer's */
    L2TPSEC_DROP_NO_ROUTE = 16,        /**< no link for this inner destination */
    L2TPSEC_DROP_NOT_UP = 17,          /**< the link is not up */
    L2TPSEC_DROP_TOO_BIG = 18,         /**< larger than the link carries; answered by ICMP where that is allowed */
    L2TPSEC_DROP_NO_MEMORY = 19,       /**< no memory for the state it would need */
    L2TPSEC_DROP_SEQUENCE = 20,        /**< the SA's sequence numbers are used up */
    L2TPSEC_DROP_LIMIT = 21,           /**< a rate or table limit for peers not yet authenticated */
    L2TPSEC_DROP_PHASE = 22,           /**< network traffic before authentication or IPCP were done */
    L2TPSEC_DROP_INTERNAL = 23,        /**< the crypto provider failed */
    L2TPSEC_DROP_LATE = 24,            /**< numbered L2TP data (RFC 2661, 5.4) that came after it was given up */
    L2TPSEC_DROP_COUNT = 25            /**< how many this header knows */
};

/** An IP address with a port. Bytes that must be zero and are not make a call #L2TPSEC_EINVAL. */
typedef struct l2tpsec_addr {
    uint8_t family;   /**< 4, 6, or 0 for none */
    uint8_t reserved; /**< zero */
    uint16_t port;    /**< host byte order */
    uint8_t ip[16];   /**< network byte order; IPv4 in the first four, the rest zero */
} l2tpsec_addr;

/** One context: any number of links, client and server at once. */
typedef struct l2tpsec l2tpsec;
/** A set of settings; a link copies what it needs when it begins. */
typedef struct l2tpsec_profile l2tpsec_profile;
/** The id of a link. It is never used again for another one: the id of a link that is gone finds nothing. 0 is never a
 * link. */
typedef uint64_t l2tpsec_id;

/** How a datagram travels in the outer network. */
enum {
    L2TPSEC_TRANSPORT_UDP = 0, /**< a UDP payload: IKE, ESP in UDP (RFC 3948), NAT keepalive */
    L2TPSEC_TRANSPORT_ESP = 1  /**< IP protocol 50: data begins at the SPI, the host's raw socket adds the IP header */
};

/**
 * One packet of a burst. Frozen: this struct never changes its size.
 *
 * l2tpsec_input() reads data, len, transport, local, remote and reserved, and decrypts the bytes in place.
 * l2tpsec_output() reads data, len, headroom, tailroom, link and reserved, and encrypts the bytes in place if there is
 * room. @c send gets data, len, link, transport, local and remote. @c deliver gets data, len and link: one IP packet.
 */
typedef struct l2tpsec_packet {
    uint8_t *data;   /**< first byte */
    size_t len;      /**< bytes from @c data on */
    size_t headroom; /**< writable bytes in front of @c data (output; #L2TPSEC_HEADROOM is enough) */
    size_t tailroom; /**< writable bytes behind @c data + @c len (output; #L2TPSEC_TAILROOM is enough) */
    /** output: the link, or 0 to route by inner destination; send: the link whose packet it is, 0 for control messages;
     * deliver: the link it came by */
    l2tpsec_id link;
    l2tpsec_addr local;   /**< our address and port outside; for ESP the port is 0 */
    l2tpsec_addr remote;  /**< the peer's address and port outside; for ESP the port is 0 */
    uint32_t transport;   /**< L2TPSEC_TRANSPORT_ value */
    uint32_t drop;        /**< written by input and output: L2TPSEC_DROP_ value, 0 when the packet went on */
    uint64_t reserved[2]; /**< zero */
} l2tpsec_packet;

/**
 * What an event says. Ignore types you do not know.
 *
 * Each link ends with exactly one DOWN or FAILED whose @c retry_in_us is 0; its id is gone then. A link that was UP,
 * and one that was closed by l2tpsec_close(), ends with DOWN. UP may come again while a link is up, when the peer
 * negotiated anew: look at the addresses and the MTU again. Without memory DOWN and FAILED are told all the same, and
 * a link whose first UP cannot be told fails; the other events may be lost.
 */
enum {
    L2TPSEC_EVENT_PROGRESS = 1, /**< a layer came up: @c layer, @c step; @c text says what was agreed */
    L2TPSEC_EVENT_UP = 2,       /**< IP may pass: @c address, @c peer_address, @c dns, @c mtu */
    L2TPSEC_EVENT_DOWN = 3,     /**< the link was up or was closed by the host, and is down now; @c cause says why */
    L2TPSEC_EVENT_FAILED = 4,   /**< an attempt to bring it up failed, the first or a later one; fields as for DOWN */
    /** server: a peer was refused before it had a link (@c link is 0); @c remote says who */
    L2TPSEC_EVENT_REFUSED = 5,
    L2TPSEC_EVENT_REKEYED = 6, /**< a new pair of ESP SAs is in use */
    L2TPSEC_EVENT_MOVED = 7,   /**< the peer's outer address or port changed: @c remote */
    L2TPSEC_EVENT_LEGACY = 8,  /**< the link uses weak algorithms or aggressive mode: @c text says what */
    L2TPSEC_EVENT_IPV6 = 9,    /**< IPv6 may pass, or the client's prefix came or changed: @c address6, @c prefix6 */
    L2TPSEC_EVENT_ROUTES = 10  /**< client: the server answered link.inform: l2tpsec_get_routes(), @c domain, @c dns */
};

/** One event. Strings are borrowed for the call and never NULL, except the reserved ones. */
typedef struct l2tpsec_event {
    uint32_t size;   /**< sizeof this struct, as the library has it */
    uint32_t type;   /**< L2TPSEC_EVENT_ value */
    uint32_t cause;  /**< L2TPSEC_CAUSE_ value */
    uint32_t layer;  /**< L2TPSEC_LAYER_ value */
    l2tpsec_id link; /**< the link; 0 for none */
    uint64_t time;   /**< microseconds, of the host's clock */
    /** DOWN, FAILED: microseconds until it is dialled again (setting link.reconnect); 0: the link is gone, with its
     * id */
    uint64_t retry_in_us;
    /** the number the peer gave: IKE notify type (RFC 2408, 3.14.1), L2TP result code (RFC 2661, 4.4.2), MS-CHAPv2
     * error (RFC 2759, 6); 0: none */
    uint32_t peer_code;
    uint32_t peer_code2; /**< L2TP error code (RFC 2661, 4.4.2); 0: none */
    uint32_t mtu;        /**< UP: bytes of the largest IP packet that the link carries in one piece */
    uint32_t reserved;   /**< zero */
    const char *step;    /**< where it happened: "main mode, message 5", "SCCRQ", "MS-CHAPv2" */
    const char *text;    /**< one sentence for a person: layer, step, cause, what both sides want, hint */
    const char *hint;    /**< which setting would help; "" when none would */
    const char *offered; /**< what the peer offered; "" when it does not apply */
    const char *allowed; /**< what we allow; "" when it does not apply */
    const char *message; /**< the peer's own words, printable ASCII; "" when none */
    /** PPP user name, of a server the peer's, of a client ours: printable ASCII, cut at 127; "" when unknown */
    const char *user;
    const char *reserved_text;  /**< NULL */
    l2tpsec_addr local;         /**< our address outside */
    l2tpsec_addr remote;        /**< the peer's address outside */
    l2tpsec_addr address;       /**< our address inside */
    l2tpsec_addr peer_address;  /**< the peer's address inside */
    l2tpsec_addr dns[2];        /**< client: DNS servers given; family 0 for none */
    l2tpsec_addr address6;      /**< our link-local address inside (RFC 5072); family 0: no IPv6 */
    l2tpsec_addr peer_address6; /**< the peer's link-local address inside */
    /** the client's IPv6 prefix, 64 bits: its address is this with the lower half of its link-local address (RFC 4862);
     * family 0: none */
    l2tpsec_addr prefix6;
    /** DOWN, FAILED, REFUSED: the error a Windows user would see, such as 809, 789 or 691; 0: none */
    uint32_t windows_code;
    const char *advice; /**< what to do about it, in a sentence (l2tpsec_diagnosis_at()); "" when there is nothing */
    const char *fits;   /**< a setting that would make it work, as NAME=VALUE ("preset=legacy"); "" when unknown */
    const char *domain; /**< ROUTES: the server's DNS domain; "" when it gave none */
    const char *reserved_text2; /**< NULL */
} l2tpsec_event;

/** A route that a server told its client (RFC 3442). */
typedef struct l2tpsec_route {
    uint32_t size;        /**< set to sizeof this struct before the call */
    uint32_t prefix_len;  /**< bits of @c net that count, 0 to 32 */
    l2tpsec_addr net;     /**< destination */
    l2tpsec_addr gateway; /**< next hop inside the tunnel; 0.0.0.0: the link itself */
} l2tpsec_route;

/** What a secret is asked for. */
enum {
    /** IKE pre-shared key for @c remote and, if it is known, @c name, the peer's identity. In aggressive mode that is
     * what the peer claims, and this is asked before ike.psk is used */
    L2TPSEC_SECRET_PSK = 1,
    /** server: the password of PPP user @c name; client: our password, as @c name */
    L2TPSEC_SECRET_PASSWORD = 2,
    /** client: the password has expired, and a new one is needed (RFC 2759, 7); server, in the callback
     * @c new_password: this is the new one */
    L2TPSEC_SECRET_NEW_PASSWORD = 3
};

/** A question for a secret. */
typedef struct l2tpsec_query {
    uint32_t size; /**< sizeof this struct, as the library has it */
    uint32_t kind; /**< L2TPSEC_SECRET_ value */
    /** PSK, server: 0 at first, then 1, 2, ... each time the last one did not fit. Password, client: how many the
     * server refused so far in this call, while it takes another (RFC 2759, 6); ppp.password counts as the first. A
     * person may be asked: there are three minutes */
    uint32_t candidate;
    uint32_t reserved;   /**< zero */
    uint64_t token;      /**< for l2tpsec_answer() */
    l2tpsec_id link;     /**< the link; 0 when there is none yet */
    l2tpsec_addr local;  /**< our address outside */
    l2tpsec_addr remote; /**< the peer's address outside */
    const uint8_t *name; /**< user name or identity as the peer sent it: not NUL-ended, any byte */
    size_t name_len;     /**< bytes of @c name */
} l2tpsec_query;

/** How to sign, with the private key of the certificate in the question. */
enum {
    /** RSA: PKCS #1 v1.5 padding (block type 1) around the hash alone, without a DigestInfo (RFC 2409, 5.1), as
     * "openssl pkeyutl -sign" without a digest does it. The signature is as long as the modulus. */
    L2TPSEC_SIGN_RSA = 1,
    /** ECDSA of the hash as it is: r, then s, each padded to the length of the curve (RFC 4754, 7). */
    L2TPSEC_SIGN_ECDSA = 2
};

/** A question for a signature, asked when the setting ike.key is not set. */
typedef struct l2tpsec_sign_query {
    uint32_t size;              /**< sizeof this struct, as the library has it */
    uint32_t kind;              /**< L2TPSEC_SIGN_ value */
    uint64_t token;             /**< for l2tpsec_answer_signature() */
    l2tpsec_id link;            /**< client: the link; 0 when there is none yet */
    l2tpsec_addr local;         /**< our address outside */
    l2tpsec_addr remote;        /**< the peer's address outside */
    const uint8_t *hash;        /**< what to sign: it is a hash and must not be hashed again */
    size_t hash_len;            /**< its bytes, 16 to 64 */
    const uint8_t *certificate; /**< whose key to sign with: the first of ike.certificate, in DER */
    size_t certificate_len;     /**< its bytes */
} l2tpsec_sign_query;

/** A server's question for the inner addresses of a peer, asked when the peer is authenticated. */
typedef struct l2tpsec_address_query {
    uint32_t size;          /**< sizeof this struct, as the library has it */
    uint32_t reserved;      /**< zero */
    uint64_t token;         /**< for l2tpsec_answer_address() */
    l2tpsec_id link;        /**< the link */
    const uint8_t *user;    /**< the authenticated name, not NUL-ended; none when ppp.auth is none */
    size_t user_len;        /**< bytes of @c user */
    l2tpsec_addr remote;    /**< the peer's address outside */
    uint32_t reserved2;     /**< zero */
    l2tpsec_addr candidate; /**< what server.pool would give; family 0 when it has none left */
    uint32_t reserved3;     /**< zero */
} l2tpsec_address_query;

/** The answer to it. What is left at family 0 is taken from the profile (server.address, server.pool, server.dns). */
typedef struct l2tpsec_addresses {
    uint32_t size;        /**< sizeof this struct; the callback finds it set, by the library's own */
    uint32_t reserved;    /**< zero */
    l2tpsec_addr local;   /**< our end inside */
    l2tpsec_addr peer;    /**< the peer's end inside */
    l2tpsec_addr dns[2];  /**< DNS servers for the peer */
    l2tpsec_addr prefix6; /**< with ppp.ipv6: the peer's IPv6 prefix, 64 bits; family 0: one of server.pool6 */
    uint32_t reserved2;   /**< zero */
} l2tpsec_addresses;

/** What a log record is. */
enum {
    /** a state machine stepped: @c a old state, @c b event, @c c new state, @c value result */
    L2TPSEC_RECORD_EDGE = 0,
    L2TPSEC_RECORD_DROP = 1,   /**< a packet was dropped: @c a which, @c value L2TPSEC_DROP_ */
    L2TPSEC_RECORD_NOTE = 2,   /**< anything else: @c a what, @c b detail, @c value a number */
    L2TPSEC_RECORD_MESSAGE = 3 /**< a control message: @c a "send" or "recv", @c b which */
};

/** One structured log record. Strings are constants of the library or NULL; a peer's bytes are never in them. */
typedef struct l2tpsec_record {
    uint32_t size;        /**< sizeof this struct, as the library has it */
    uint32_t kind;        /**< L2TPSEC_RECORD_ value */
    uint64_t time;        /**< microseconds, of the host's clock */
    l2tpsec_id link;      /**< the link; 0: of none */
    int64_t value;        /**< see the kind */
    const char *wing;     /**< which part of the library: "ike", "esp", "l2tp", "ppp", "core" */
    const char *machine;  /**< EDGE: which state machine */
    const char *a;        /**< see the kind */
    const char *b;        /**< see the kind */
    const char *c;        /**< see the kind */
    const char *reserved; /**< NULL */
} l2tpsec_record;

/** What a tap shows. */
enum {
    /** an ISAKMP message, decrypted, with its encryption flag cleared; one that goes in fragments is shown whole */
    L2TPSEC_TAP_IKE = 0,
    /** an L2TP message (RFC 2661, 3.1): control, or data that carries a control packet of PPP */
    L2TPSEC_TAP_L2TP = 1
};

/** A control message in the clear. */
typedef struct l2tpsec_tap {
    uint32_t size;             /**< sizeof this struct, as the library has it */
    uint32_t kind;             /**< L2TPSEC_TAP_ value */
    uint64_t time;             /**< microseconds, of the host's clock */
    l2tpsec_id link;           /**< the link; 0: there is none, or none yet */
    uint64_t len;              /**< bytes at @c data */
    uint32_t sent;             /**< 1: by us; 0: received */
    uint32_t reserved;         /**< zero */
    l2tpsec_addr local;        /**< our outer address; the port for IKE as on the wire, for L2TP as inside ESP */
    l2tpsec_addr remote;       /**< the peer's, likewise */
    const uint8_t *data;       /**< borrowed for the call */
    const void *reserved_data; /**< NULL */
} l2tpsec_tap;

/** Which engine encrypts the packets of links. The result is the same; key exchange is always done by mbedTLS. */
enum {
    L2TPSEC_ENGINE_AUTO = 0,     /**< the fastest that was built in and runs on this CPU */
    L2TPSEC_ENGINE_PORTABLE = 1, /**< mbedTLS */
    L2TPSEC_ENGINE_IPSECMB = 2,  /**< Intel ipsec-mb, or l2tpsec_new() says #L2TPSEC_EUNSUP; 420 KB for each context */
    L2TPSEC_ENGINE_COUNT = 3     /**< how many this header knows */
};

/**
 * What the host does for a context. Members may be NULL where it says so. Every callback gets the @c user pointer of
 * l2tpsec_new() first, and runs in the thread that called the library. What a callback is given is valid during that
 * call only.
 */
typedef struct l2tpsec_callbacks {
    uint32_t size;     /**< sizeof this struct, as the host compiled it */
    uint32_t reserved; /**< zero */

    /** Datagrams for the network, in order: send each from its @c local to its @c remote. Not NULL. */
    void (*send)(void *user, const l2tpsec_packet *pkts, size_t n);
    /** IP packets that came through links, for the TUN device. A server's are from the address given to that peer, or
     * were dropped. Not NULL. */
    void (*deliver)(void *user, const l2tpsec_packet *pkts, size_t n);
    /** Something happened to a link. May be NULL. */
    void (*event)(void *user, const l2tpsec_event *ev);
    /** A secret is needed that the profile does not hold. Write at most @p cap bytes to @p secret and their number to
     * @p len. Return #L2TPSEC_OK, #L2TPSEC_EAGAIN (l2tpsec_answer() will be called later; a client waits for three
     * minutes), or #L2TPSEC_ENOENT when there is none. For a password a server may return #L2TPSEC_EEXPIRED: a user
     * who proves it by MS-CHAPv2 is asked for a new one, by any other method refused. Look at the @c kind, and return
     * #L2TPSEC_ENOENT for those you do not know. A secret of no bytes, or whose length was not set, is none. May be
     * NULL: there are none. */
    int32_t (*secret)(void *user, const l2tpsec_query *q, uint8_t *secret, size_t cap, size_t *len);
    /** Server: which addresses does an authenticated peer get? Return #L2TPSEC_OK with @p out filled (it comes zeroed),
     * #L2TPSEC_EAGAIN (l2tpsec_answer_address() will be called later), #L2TPSEC_ENOENT to take the candidate of
     * server.pool, or #L2TPSEC_EEXIST when the candidate is reserved for somebody else: then the next one is offered.
     * Anything else: none, and the link fails. May be NULL: the candidate is taken. */
    int32_t (*address)(void *user, const l2tpsec_address_query *q, l2tpsec_addresses *out);
    /** Fill @p buf with @p len bytes from a cryptographic random source. Return #L2TPSEC_OK; anything else is a
     * failure, and what needed the bytes fails with it. A buffer that was left as it was counts as a failure, too. Not
     * NULL. */
    int32_t (*random)(void *user, uint8_t *buf, size_t len);
    /** One log record: every state change, every control message, every drop. Drops (32 a second for each reason) and
     * the messages that belong to no link (256 a second) are limited; a note says how many were left out. May be
     * NULL. */
    void (*log)(void *user, const l2tpsec_record *rec);
    /** A line for one of Wireshark's key tables: @p file is "ikev1_decryption_table" or "esp_sa", @p line has no
     * newline. Whoever has these lines can read the traffic. May be NULL, and should be NULL unless you are
     * debugging. */
    void (*keylog)(void *user, const char *file, const char *line);
    /** Memory, as malloc() gives it. NULL together with @c release: the C library's are used. Not called for packets
     * that pass through links that are up. */
    void *(*alloc)(void *user, size_t n);
    /** Gives memory back, as free() does; never called with NULL. */
    void (*release)(void *user, void *p);
    /** The time by which certificates are judged, in seconds since 1970-01-01 00:00 UTC. Return #L2TPSEC_OK; anything
     * else means that the time is not known, and certificates are refused. May be NULL: then ike.auth cannot be set to
     * cert, nor ppp.auth to eap-tls. */
    int32_t (*wall_clock)(void *user, int64_t *seconds);
    /** A signature is needed, and the profile does not hold ike.key. Write at most @p cap bytes to @p signature and
     * their number to @p len. Return #L2TPSEC_OK, #L2TPSEC_EAGAIN (l2tpsec_answer_signature() will be called later:
     * copy what the query points to), or #L2TPSEC_ENOENT. May be NULL: then ike.key is needed where ike.auth is
     * cert. */
    int32_t (*sign)(void *user, const l2tpsec_sign_query *q, uint8_t *signature, size_t cap, size_t *len);
    /** A control message of IKE, L2TP or PPP in the clear, sent or received. A retransmission of an encrypted message
     * is not shown again. Packets of PAP, which hold passwords, and the traffic of the link are left out; but whoever
     * has the rest can try to guess PSKs and passwords. May be NULL, and should be NULL unless you are debugging. */
    void (*tap)(void *user, const l2tpsec_tap *t);
    /** Server: the user in the query has proven the old password, which has expired, and wants this one from now on
     * (RFC 2759, 7). @p password is UTF-8 and not NUL-ended. Return #L2TPSEC_OK when it was stored; #L2TPSEC_EAGAIN to
     * say so later by l2tpsec_answer(), with any secret when it was stored and with NULL when it is refused; anything
     * else refuses it, and the peer is told error 709. May be NULL: then expired passwords cannot be changed. */
    int32_t (*new_password)(void *user, const l2tpsec_query *q, const uint8_t *password, size_t len);
    uint32_t engine;    /**< L2TPSEC_ENGINE_ value: which engine encrypts packets */
    uint32_t reserved2; /**< zero */
} l2tpsec_callbacks;

/** Statistics of a context, or of one link, for which those marked "context" are zero. Counters begin at zero and only
 * grow; "now" marks those that are no counters. */
typedef struct l2tpsec_stats {
    uint32_t size;        /**< set to sizeof this struct before the call */
    uint32_t reserved;    /**< zero */
    uint64_t packets_in;  /**< inner IP packets delivered */
    uint64_t bytes_in;    /**< their bytes */
    uint64_t packets_out; /**< inner IP packets sent */
    uint64_t bytes_out;   /**< their bytes */
    uint64_t copied;      /**< context: packets that l2tpsec_output() had to copy, for want of room around them */
    uint64_t rekeys;      /**< replacements of an ESP SA pair */
    uint64_t links;       /**< context, now: links */
    uint64_t links_up;    /**< context, now: links that are up */
    uint64_t half_open;   /**< context, now: IKE initiators that returned our cookie and are not yet authenticated */
    uint64_t refused;     /**< context: peers refused by the server */
    uint64_t memory;      /**< context, now: bytes allocated, without what mbedTLS allocates itself */
    uint64_t allocations; /**< context: calls of the allocator */
} l2tpsec_stats;

/** A setting's type. */
enum {
    L2TPSEC_TYPE_STR = 0,  /**< text: l2tpsec_profile_set_str() */
    L2TPSEC_TYPE_U64 = 1,  /**< a number: l2tpsec_profile_set_u64(), or l2tpsec_profile_set_str() in decimal */
    L2TPSEC_TYPE_BYTES = 2 /**< bytes, wiped when replaced: l2tpsec_profile_set_bytes(), or l2tpsec_profile_set_str() */
};

/** Bits for who uses a setting. */
enum {
    L2TPSEC_ROLE_CLIENT = 1, /**< l2tpsec_connect() */
    L2TPSEC_ROLE_SERVER = 2  /**< l2tpsec_listen() */
};

/** One row of the table of settings. Strings are constants of the library. */
typedef struct l2tpsec_setting {
    uint32_t size;             /**< set to sizeof this struct before the call */
    uint32_t type;             /**< L2TPSEC_TYPE_ value */
    uint32_t roles;            /**< L2TPSEC_ROLE_ bits */
    uint32_t reserved;         /**< zero */
    uint64_t min;              /**< smallest number; of bytes the fewest */
    uint64_t max;              /**< largest number; of text and bytes the most bytes */
    const char *name;          /**< such as "ike.proposals" */
    const char *unit;          /**< of a number: "s", "ms", "KiB", "bytes", "packets", or "" */
    const char *initial;       /**< the default, as text */
    const char *allowed;       /**< what the value may be, in words */
    const char *help;          /**< what it does, in one line */
    const char *reserved_text; /**< NULL */
} l2tpsec_setting;

/** One row of the table of what can go wrong, from which docs/troubleshooting.md is made. Strings are constants of the
 * library. */
typedef struct l2tpsec_diagnosis {
    uint32_t size;         /**< set to sizeof this struct before the call */
    uint32_t cause;        /**< L2TPSEC_CAUSE_ value */
    uint32_t layer;        /**< L2TPSEC_LAYER_ value; UINT32_MAX: any */
    uint32_t peer_code;    /**< as in an event, when the row is about one number only; 0: any */
    uint32_t windows_code; /**< the error a Windows user would see; 0: none */
    uint32_t reserved;     /**< zero */
    const char *title;     /**< a few words */
    const char *meaning;   /**< what happened, and the usual reasons */
    const char *advice;    /**< what to do */
    const char *settings;  /**< settings that matter, separated by ", "; "" for none */
} l2tpsec_diagnosis;

/** Version of the library, such as "0.1.0". Like all words of this and the next functions a constant of the library,
 * never NULL. */
L2TPSEC_API const char *l2tpsec_version(void);
/** Words for a result code. */
L2TPSEC_API const char *l2tpsec_strerror(int32_t rc);
/** A word for an L2TPSEC_CAUSE_ value, such as "psk"; "unknown" for values the library does not know. */
L2TPSEC_API const char *l2tpsec_cause_name(uint32_t cause);
/** A word for an L2TPSEC_DROP_ value, such as "replayed"; "unknown" likewise. */
L2TPSEC_API const char *l2tpsec_drop_name(uint32_t drop);
/** A word for an L2TPSEC_LAYER_ value: "host", "ike", "esp", "l2tp" or "ppp"; "unknown" likewise. */
L2TPSEC_API const char *l2tpsec_layer_name(uint32_t layer);
/** A word for an L2TPSEC_EVENT_ value, such as "up"; "unknown" likewise. */
L2TPSEC_API const char *l2tpsec_event_name(uint32_t type);

/**
 * Make a context.
 *
 * @param[out] out  the context; untouched on failure
 * @param cb    the callbacks, copied; @c send, @c deliver and @c random are needed
 * @param user  first argument of every callback
 * @param now   the time in microseconds, see "Time" above
 * @retval L2TPSEC_EINVAL    a needed pointer is NULL, only one of @c alloc and @c release is given, @c size is
 *                           impossible, something reserved is not zero, or the engine is not known
 * @retval L2TPSEC_EVERSION  @p cb is longer than this library knows, and not zero there
 * @retval L2TPSEC_EUNSUP    the engine is not built in, or does not run on this CPU
 * @retval L2TPSEC_ENOMEM    no memory
 * @retval L2TPSEC_ERANDOM   the random callback failed
 */
L2TPSEC_API int32_t l2tpsec_new(l2tpsec **out, const l2tpsec_callbacks *cb, void *user, uint64_t now);

/** Which engine encrypts this context's packets: "mbedtls" or "ipsecmb"; "" for NULL. A constant of the library. */
L2TPSEC_API const char *l2tpsec_engine_name(const l2tpsec *ctx);

/**
 * Free a context, its links and its profiles. Nothing is sent to the peers: call l2tpsec_close() with link 0 before,
 * if they are to know.
 *
 * @param ctx  NULL is allowed. From inside a callback it takes effect when the outermost call returns. No callback but
 *             @c release is called from now on.
 */
L2TPSEC_API void l2tpsec_free(l2tpsec *ctx);

/** The most contexts that can share an address. */
#define L2TPSEC_SHARDS_MAX 64u
/** The packet belongs to no context in particular: give it to any. */
#define L2TPSEC_SHARD_ANY UINT32_MAX

/**
 * For many cores: several contexts, each with a thread of its own, share the same addresses, and this tells a context
 * which of them it is. From then on the SPIs, the IKE cookies and the L2TP tunnel ids that it chooses lead back to it,
 * and it gives away its own part of server.pool, so that l2tpsec_shard_of() and l2tpsec_shard_of_inner() find it. Give
 * all of the contexts the same settings. Limits such as link.max hold for each of them.
 *
 * @param ctx    the context, before its first l2tpsec_connect() or l2tpsec_listen(). With more than one, server.pool6
 *               must be of 56 bits or fewer
 * @param index  from 0 to @p count - 1, a different one for each context
 * @param count  how many contexts there are, 1 to #L2TPSEC_SHARDS_MAX; 1: as if this had not been called
 * @retval L2TPSEC_EINVAL  a number is out of its range, or @p ctx is NULL
 * @retval L2TPSEC_ESTATE  too late
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_set_shard(l2tpsec *ctx, uint32_t index, uint32_t count);

/**
 * Which of @p count contexts a datagram is for: a pure function of its bytes, its transport and its addresses, which
 * takes a few nanoseconds and may be called by any thread at any time. Hand the datagram to that context's
 * l2tpsec_input(): the answer is the same wherever it is asked, so nothing is handed on twice.
 *
 * ESP goes by its SPI. IKE goes by the cookie that we chose (@c local helps to tell it from the peer's). A peer's
 * first message has no cookie of ours yet: it goes by the address it comes from, without the port, and of an IPv6
 * address by the first 64 bits. So all peers behind one NAT belong to one context, and so does what a peer begins anew
 * from the same address, to renew its keys or its links. docs/embedding.md says what follows from that.
 *
 * @param pkt    as for l2tpsec_input(), unchecked: @c data, @c len, @c transport, @c local and @c remote are read,
 *               nothing is written
 * @param count  as for l2tpsec_set_shard()
 * @return the index; or #L2TPSEC_SHARD_ANY: a NAT keepalive, something that no context would take, or impossible
 * arguments
 */
L2TPSEC_API uint32_t l2tpsec_shard_of(const l2tpsec_packet *pkt, uint32_t count);

/**
 * The same for an inner IP packet, by its destination: in whose part of server.pool or server.pool6 it lies. For an
 * address that the @c address callback gave from elsewhere the host itself must know. Any thread may call it at any
 * time.
 *
 * @param pkt    as for l2tpsec_output(): @c data and @c len are read
 * @param count  as for l2tpsec_set_shard()
 * @return the index; or #L2TPSEC_SHARD_ANY: not an IP packet, or impossible arguments
 */
L2TPSEC_API uint32_t l2tpsec_shard_of_inner(const l2tpsec_packet *pkt, uint32_t count);

/** The same for an inner address or IPv6 prefix, as in @c peer_address and @c prefix6 of an event; any thread may call
 * it. */
L2TPSEC_API uint32_t l2tpsec_shard_of_address(const l2tpsec_addr *inside, uint32_t count);

/**
 * Make a profile with every setting at its default.
 *
 * @param ctx  the context it belongs to: l2tpsec_free() frees the profile, too, and it must not be used or freed after
 *             that
 * @param[out] out  the profile
 * @retval L2TPSEC_EINVAL  a pointer is NULL
 * @retval L2TPSEC_ENOMEM  no memory
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_profile_new(l2tpsec *ctx, l2tpsec_profile **out);

/** Free a profile; NULL is allowed. Links that were made from it keep what they need. Not to be called from a
 * question. */
L2TPSEC_API void l2tpsec_profile_free(l2tpsec_profile *p);

/**
 * Set one setting from text. docs/settings.md lists them all, and l2tpsec_setting_at() enumerates them. The setting
 * "preset" replaces both lists of proposals: to change one of them, set "preset" first. Not to be called from a
 * question.
 *
 * @param p      the profile
 * @param name   such as "ike.proposals"
 * @param value  UTF-8, NUL-ended, copied; numbers in decimal
 * @retval L2TPSEC_ENOENT  no such setting
 * @retval L2TPSEC_EINVAL  a pointer is NULL, or not what this setting allows: l2tpsec_profile_error() says what is
 * @retval L2TPSEC_ERANGE  a number out of its range, or too many bytes
 * @retval L2TPSEC_EUNSUP  something that is not built in
 * @retval L2TPSEC_ESTATE  ike.auth is to be cert or ppp.auth eap-tls, and the context has no @c wall_clock callback
 * @retval L2TPSEC_ENOMEM  no memory for a certificate
 */
L2TPSEC_API int32_t l2tpsec_profile_set_str(l2tpsec_profile *p, const char *name, const char *value);
/** Set a number; errors and threads as for l2tpsec_profile_set_str(). */
L2TPSEC_API int32_t l2tpsec_profile_set_u64(l2tpsec_profile *p, const char *name, uint64_t value);
/** Set a setting of type #L2TPSEC_TYPE_BYTES, such as a binary PSK or a certificate in DER; @p value is copied. Errors
 * as for l2tpsec_profile_set_str(); #L2TPSEC_EINVAL for settings of another type. */
L2TPSEC_API int32_t l2tpsec_profile_set_bytes(l2tpsec_profile *p, const char *name, const void *value, size_t len);
/** Why the last setter failed: the name, the word that is wrong, what is allowed; "" if it succeeded. Valid until the
 * next setter or l2tpsec_profile_free(). */
L2TPSEC_API const char *l2tpsec_profile_error(const l2tpsec_profile *p);

/**
 * One row of the table of settings. Any thread may call it at any time.
 *
 * @param index  from 0 on
 * @param[out] out  filled as far as its @c size goes
 * @retval L2TPSEC_ENOENT  past the end
 * @retval L2TPSEC_EINVAL  @p out is NULL, or its @c size is not set
 */
L2TPSEC_API int32_t l2tpsec_setting_at(uint32_t index, l2tpsec_setting *out);

/**
 * One row of the table of what can go wrong. Any thread may call it at any time.
 *
 * @param index  from 0 on
 * @param[out] out  filled as far as its @c size goes
 * @retval L2TPSEC_ENOENT  past the end
 * @retval L2TPSEC_EINVAL  @p out is NULL, or its @c size is not set
 */
L2TPSEC_API int32_t l2tpsec_diagnosis_at(uint32_t index, l2tpsec_diagnosis *out);

/**
 * Dial a server (LAC). The outcome comes as #L2TPSEC_EVENT_UP or #L2TPSEC_EVENT_FAILED.
 *
 * @param ctx     the context
 * @param p       the settings, copied
 * @param local   the address from which the datagrams leave this host (NAT detection hashes it); port 0: the setting
 *                ike.port
 * @param remote  the server; port 0: 500
 * @param now     the time in microseconds
 * @param[out] link  the new link; untouched on failure
 * @retval L2TPSEC_EINVAL  a pointer is NULL, an address is missing or the families differ; ppp.user is not set, and no
 *                         certificate for EAP-TLS names a user; ike.auth is cert, and ike.certificate or ike.ca is not
 *                         set, or ike.key is not and there is no @c sign callback; ppp.auth has eap-tls, and
 *                         ppp.certificate, ppp.key or ppp.ca is not set
 * @retval L2TPSEC_EUNSUP  the client role is not built in, or the crypto provider has none of the algorithms proposed
 * @retval L2TPSEC_ENOMEM  no memory
 * @retval L2TPSEC_ERANDOM the random callback failed
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_connect(l2tpsec *ctx, const l2tpsec_profile *p, const l2tpsec_addr *local,
                                    const l2tpsec_addr *remote, uint64_t now, l2tpsec_id *link);

/**
 * Answer clients (LNS) with these settings. Call it again to change the settings for new clients.
 *
 * @param ctx  the context
 * @param p    the settings, copied; NULL: answer no new clients, while links stay
 * @param now  the time in microseconds
 * @retval L2TPSEC_EINVAL  @p ctx is NULL; server.address or server.pool is not set and there is no @c address
 *                         callback; server.pool6 is longer than 56 bits and the context is one of several shards; or
 *                         something that certificates need is not set, as for l2tpsec_connect()
 * @retval L2TPSEC_EUNSUP  the server role is not built in, or the crypto provider has none of the algorithms proposed
 * @retval L2TPSEC_ENOMEM  no memory
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_listen(l2tpsec *ctx, const l2tpsec_profile *p, uint64_t now);

/**
 * Hang up in order: PPP, then L2TP, then IPsec. #L2TPSEC_EVENT_DOWN comes for each link when that is done, at most a
 * few seconds later. To end a server, call l2tpsec_listen() with NULL and this with 0, and go on until
 * l2tpsec_stats.links is 0.
 *
 * @param ctx   the context
 * @param link  the link; 0: all of them
 * @param now   the time in microseconds
 * @retval L2TPSEC_EINVAL  @p ctx is NULL
 * @retval L2TPSEC_ENOENT  no such link
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_close(l2tpsec *ctx, l2tpsec_id link, uint64_t now);

/**
 * The network under a client's link changed: another address (Wi-Fi to mobile), or the same one by another way. A link
 * that is up sends LCP Echo-Requests (RFC 1661, 5.8) at once, from the new address if its ESP goes in UDP. If none is
 * answered within two seconds, or if its ESP goes without UDP and the address changed, it is dialled again without
 * waiting: #L2TPSEC_EVENT_DOWN with @c retry_in_us, then UP, with the same inner address if the server agrees. A link
 * that waits to be dialled is dialled now, and its back-off begins anew.
 *
 * @param ctx    the context
 * @param link   a client's link; 0: all of them
 * @param local  the address from which datagrams leave this host now, its port is ignored; NULL: the same as before.
 *               With link 0 it holds for links to servers of its family, and the others keep theirs
 * @param now    the time in microseconds
 * @retval L2TPSEC_ENOENT  no such link, or one of the server
 * @retval L2TPSEC_EINVAL  @p ctx is NULL, @p local is not an address, or not of the family of the link's server
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_network_changed(l2tpsec *ctx, l2tpsec_id link, const l2tpsec_addr *local, uint64_t now);

/** The machine slept: as l2tpsec_network_changed() with link 0 and no address. Call it before the first l2tpsec_tick()
 * after the sleep. */
L2TPSEC_API int32_t l2tpsec_resume(l2tpsec *ctx, uint64_t now);

/**
 * Answer a question of the callbacks @c secret or @c new_password that was left open with #L2TPSEC_EAGAIN.
 *
 * @param ctx     the context
 * @param token   of the query; it serves once
 * @param secret  the secret, copied; NULL: there is none
 * @param len     its bytes
 * @param now     the time in microseconds
 * @retval L2TPSEC_EINVAL  @p ctx is NULL, or @p secret is and @p len is not 0
 * @retval L2TPSEC_ENOENT  nobody waits for this answer any more
 * @retval L2TPSEC_ERANGE  longer than 256 bytes
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_answer(l2tpsec *ctx, uint64_t token, const void *secret, size_t len, uint64_t now);

/**
 * Answer a question for a user's password that was left open with #L2TPSEC_EAGAIN: this is it, but it has expired
 * (#L2TPSEC_EEXPIRED). Errors as for l2tpsec_answer(), and #L2TPSEC_EINVAL if a PSK was asked for or @p password is
 * NULL.
 */
L2TPSEC_API int32_t l2tpsec_answer_expired(l2tpsec *ctx, uint64_t token, const void *password, size_t len,
                                           uint64_t now);

/**
 * Answer a question of the callback @c sign that was left open with #L2TPSEC_EAGAIN.
 *
 * @param ctx        the context
 * @param token      of the query; it serves once
 * @param signature  as the query's @c kind says, copied; NULL: there is none
 * @param len        its bytes
 * @param now        the time in microseconds
 * @retval L2TPSEC_EINVAL  @p ctx is NULL, or @p signature is and @p len is not 0
 * @retval L2TPSEC_ENOENT  nobody waits for this answer any more
 * @retval L2TPSEC_ERANGE  longer than 1024 bytes
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_answer_signature(l2tpsec *ctx, uint64_t token, const void *signature, size_t len,
                                             uint64_t now);

/** Answer a question of the callback @c address that was left open with #L2TPSEC_EAGAIN; @p a is copied, NULL: there is
 * none, and the link fails. Errors as for l2tpsec_answer(), #L2TPSEC_EINVAL for an impossible @c size or address in
 * @p a, #L2TPSEC_EVERSION as for l2tpsec_new(). */
L2TPSEC_API int32_t l2tpsec_answer_address(l2tpsec *ctx, uint64_t token, const l2tpsec_addresses *a, uint64_t now);

/**
 * Process datagrams received from the network, decrypting each in place.
 *
 * Forged, stale or malformed datagrams are counted and dropped; they are not errors. The callbacks @c send, @c deliver
 * and @c event are called before this returns, with groups as large as the burst allows. The buffers stay the
 * caller's.
 *
 * @param ctx   the context
 * @param pkts  the burst; @c drop of each is written
 * @param n     how many
 * @param now   the time in microseconds
 * @retval L2TPSEC_EINVAL  a pointer is NULL, an address is missing or the families differ, or something reserved is
 *                         not zero; nothing was processed
 * @retval L2TPSEC_EBUSY   called from inside one of this context's callbacks
 */
L2TPSEC_API int32_t l2tpsec_input(l2tpsec *ctx, l2tpsec_packet *pkts, size_t n, uint64_t now);

/**
 * Send IP packets through links. A packet with #L2TPSEC_HEADROOM and #L2TPSEC_TAILROOM around it is encrypted where it
 * lies. Any other is copied once, and counted. That is for hosts that cannot do better: such packets are encrypted
 * four at a time only, and none may have more than 1920 bytes.
 *
 * A packet that is too large for the link is dropped, and an ICMP "fragmentation needed" (RFC 792) or Packet Too Big
 * (RFC 4443, 3.2) for it is given to @c deliver.
 *
 * @param ctx   the context
 * @param pkts  the burst; @c link 0 routes by inner destination; @c drop of each is written
 * @param n     how many
 * @param now   the time in microseconds
 * @retval L2TPSEC_EINVAL  a pointer is NULL, something reserved is not zero; nothing was processed
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_output(l2tpsec *ctx, l2tpsec_packet *pkts, size_t n, uint64_t now);

/** Do what is due at @p now. Call it when l2tpsec_next_timeout() says so; more often does no harm. #L2TPSEC_EINVAL if
 * @p ctx is NULL, #L2TPSEC_EBUSY from inside any callback. */
L2TPSEC_API int32_t l2tpsec_tick(l2tpsec *ctx, uint64_t now);

/** When l2tpsec_tick() is to be called next, on the host's clock; #L2TPSEC_NEVER when no timer is armed. Every other
 * call may change it, and it may have passed already. */
L2TPSEC_API uint64_t l2tpsec_next_timeout(const l2tpsec *ctx);

/** Statistics of the context, or of one link if @p link is not 0. #L2TPSEC_ENOENT: no such link; #L2TPSEC_EINVAL: a
 * pointer is NULL, or @c size is not set. */
L2TPSEC_API int32_t l2tpsec_get_stats(const l2tpsec *ctx, l2tpsec_id link, l2tpsec_stats *out);

/**
 * Packets dropped so far, by reason.
 *
 * @param ctx   the context
 * @param link  0: those of the whole context; else of this link, as far as a packet is known to be its own
 * @param[out] out  @p n counters, indexed by L2TPSEC_DROP_ value; zero for values this library does not know
 * @param n     room in @p out, usually #L2TPSEC_DROP_COUNT
 * @retval L2TPSEC_EINVAL  a pointer is NULL
 * @retval L2TPSEC_ENOENT  no such link
 */
L2TPSEC_API int32_t l2tpsec_get_drops(const l2tpsec *ctx, l2tpsec_id link, uint64_t *out, size_t n);

/** What a link is like now, in the form of an UP event. Strings are valid until this is called again for any link.
 * #L2TPSEC_ENOENT: no such link; #L2TPSEC_ESTATE: it is not up; #L2TPSEC_EINVAL: a pointer is NULL, or @c size is not
 * set. */
L2TPSEC_API int32_t l2tpsec_get_link(l2tpsec *ctx, l2tpsec_id link, l2tpsec_event *out);

/**
 * The last control messages of a link, and those it dropped, oldest first: as many as the setting link.messages keeps.
 * They can be had until the end of the event callback that tells DOWN or FAILED. The records have no @c machine and no
 * @c c.
 *
 * @param ctx   the context
 * @param link  the link
 * @param[out] out  room for @p n records; set @c size of the first to sizeof(l2tpsec_record) before the call
 * @param n     0, with @p out NULL: only count them
 * @return how many there are. If that is more than @p n, the last @p n were given; or
 * @retval L2TPSEC_ENOENT  no such link
 * @retval L2TPSEC_EINVAL  a pointer is NULL, @c size is not set
 */
L2TPSEC_API int32_t l2tpsec_get_messages(const l2tpsec *ctx, l2tpsec_id link, l2tpsec_record *out, size_t n);

/**
 * The routes that a server gave to a client with the setting link.inform (DHCPINFORM, RFC 3442). #L2TPSEC_EVENT_ROUTES
 * tells that they are there.
 *
 * @param ctx   the context
 * @param link  the link
 * @param[out] out  room for @p n routes; set @c size of the first to sizeof(l2tpsec_route) before the call
 * @param n     0, with @p out NULL: only count them
 * @return how many there are. If that is more than @p n, the first @p n were given; or
 * @retval L2TPSEC_ENOENT  no such link
 * @retval L2TPSEC_EINVAL  a pointer is NULL, @c size is not set
 */
L2TPSEC_API int32_t l2tpsec_get_routes(const l2tpsec *ctx, l2tpsec_id link, l2tpsec_route *out, size_t n);

/** A log record as one line of text, NUL-ended and cut to fit @p cap bytes. Returns its length without the NUL; 0 if a
 * pointer is NULL or @p cap is 0. Any thread may call it at any time. */
L2TPSEC_API size_t l2tpsec_format(const l2tpsec_record *rec, char *out, size_t cap);

#ifdef __cplusplus
}
#endif

#endif
