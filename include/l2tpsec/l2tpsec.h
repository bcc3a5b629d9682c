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
 * Any thread may use a context, its links and its profiles, one at a time: a lock or a serial queue around every call is
 * enough. Nothing is bound to a thread. Contexts are independent of each other.
 *
 * @par Reentrancy
 * @c send, @c deliver and @c event run when no machine is mid-step: in them every function works but l2tpsec_input() and
 * l2tpsec_tick() (#L2TPSEC_EBUSY). The other callbacks (@c secret, @c new_password, @c sign, @c address, @c wall_clock, @c random, @c log,
 * @c keylog, @c alloc and @c release) are asked mid-step: they may use getters, names, l2tpsec_format() and l2tpsec_next_timeout(), and l2tpsec_free();
 * what takes a time says #L2TPSEC_EBUSY, and profiles are not to be touched. l2tpsec_free() completes when the outer call
 * returns; from then on only @c release is called.
 *
 * @par Growth
 * Structs that begin with @c size only grow at their end. In those you give, set it to sizeof and zero the rest; fields named
 * reserved stay zero, or the call is refused. In those the library gives, a field is there when it ends within @c size: a
 * program may run with a library older than its header. Enumerations only grow: ignore values you do not know; a _COUNT is
 * this header's. Arrays of packets are frozen.
 *
 * @par History
 * 0.1: first interface. Until 1.0 it may still change, each change with an entry in CHANGELOG; from then on a program runs
 * with every later library of its soname.
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
    L2TPSEC_OK = 0,          /**< Done. */
    L2TPSEC_EINVAL = -1,     /**< An argument is impossible: null pointer, wrong length, a value that is not allowed. */
    L2TPSEC_ENOMEM = -2,     /**< The allocator gave nothing. */
    L2TPSEC_ENOENT = -3,     /**< No such link, setting, secret: the id is stale or was never one. */
    L2TPSEC_EBUSY = -4,      /**< Not from inside this callback. */
    L2TPSEC_EAGAIN = -5,     /**< A callback's way to say: the answer comes later, by l2tpsec_answer(). */
    L2TPSEC_EVERSION = -6,   /**< A struct is longer than this library knows and its extra bytes are not zero. */
    L2TPSEC_ERANGE = -7,     /**< A value is outside what the setting allows. */
    L2TPSEC_ESTATE = -8,     /**< Not possible in this state: traffic on a link which is not up. */
    L2TPSEC_EPROTO = -9,     /**< The peer's bytes make no sense (seen inside the library; hosts meet it as a drop). */
    L2TPSEC_EAUTH = -10,     /**< A proof did not fit (seen inside the library; hosts meet it as a cause). */
    L2TPSEC_EUNSUP = -11,    /**< Known, but not built in or not offered by the crypto provider. */
    L2TPSEC_ERANDOM = -12,   /**< The random callback failed. */
    L2TPSEC_EEXIST = -13,    /**< Already there. */
    L2TPSEC_EINTERNAL = -14, /**< Our fault; the link it happened to has failed. */
    L2TPSEC_EEXPIRED =
        -15 /**< The secret callback's way to say: this is the password, but a new one must take its place. */
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
    L2TPSEC_CAUSE_NONE = 0,            /**< no failure */
    L2TPSEC_CAUSE_CLOSED_BY_HOST = 1,  /**< l2tpsec_close() */
    L2TPSEC_CAUSE_CLOSED_BY_PEER = 2,  /**< the peer hung up in order */
    L2TPSEC_CAUSE_NO_ANSWER = 3,       /**< nothing ever came back */
    L2TPSEC_CAUSE_PEER_VANISHED = 4,   /**< the peer answered once and stopped */
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
    L2TPSEC_CAUSE_NO_MEMORY = 19,      /**< the allocator gave nothing */
    L2TPSEC_CAUSE_NO_RANDOM = 20,      /**< the random callback failed */
    L2TPSEC_CAUSE_EXPIRED = 21,        /**< an SA's lifetime ended and could not be renewed */
    L2TPSEC_CAUSE_REPLACED = 22,       /**< the same peer came back with a new link */
    L2TPSEC_CAUSE_LIMIT = 23,          /**< a configured limit (links, half-open) is reached */
    L2TPSEC_CAUSE_INTERNAL = 24,       /**< a fault of the library or its crypto provider */
    L2TPSEC_CAUSE_CERTIFICATE = 25,    /**< IKE: a certificate or a signature was refused */
    L2TPSEC_CAUSE_COUNT = 26           /**< how many this version knows */
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
    L2TPSEC_DROP_DUPLICATE = 14,       /**< a retransmission which was answered or not needed */
    L2TPSEC_DROP_SPOOFED = 15,         /**< inner source address is not the peer's */
    L2TPSEC_DROP_NO_ROUTE = 16,        /**< no link for this inner destination */
    L2TPSEC_DROP_NOT_UP = 17,          /**< the link is not up */
    L2TPSEC_DROP_TOO_BIG = 18,         /**< more than fits the link; an ICMP error went back where allowed */
    L2TPSEC_DROP_NO_MEMORY = 19,       /**< no memory for the state it would need */
    L2TPSEC_DROP_SEQUENCE = 20,        /**< the SA's sequence numbers are used up */
    L2TPSEC_DROP_LIMIT = 21,           /**< rate or table limit for unproven peers */
    L2TPSEC_DROP_PHASE = 22,           /**< network traffic before authentication or IPCP were done */
    L2TPSEC_DROP_INTERNAL = 23,        /**< the crypto provider failed */
    L2TPSEC_DROP_LATE = 24,            /**< numbered L2TP data (RFC 2661, 5.4) that came after its place was given up */
    L2TPSEC_DROP_COUNT = 25            /**< how many this version knows */
};

/** An IP address with a port. Anything but zero where zero is asked for makes it #L2TPSEC_EINVAL. */
typedef struct l2tpsec_addr {
    uint8_t family;   /**< 4, 6, or 0 for none */
    uint8_t reserved; /**< zero */
    uint16_t port;    /**< host byte order */
    uint8_t ip[16];   /**< network byte order; IPv4 in the first four, the rest zero */
} l2tpsec_addr;

/** One context: any number of links, client and server at once. */
typedef struct l2tpsec l2tpsec;
/** A set of settings; links copy what they need when they begin. */
typedef struct l2tpsec_profile l2tpsec_profile;
/** A link, as slot and generation: the id of something gone finds nothing, never something else. 0 is never a link. */
typedef uint64_t l2tpsec_id;

/** How a datagram travels outside. */
enum {
    L2TPSEC_TRANSPORT_UDP = 0, /**< a UDP payload: IKE, ESP in UDP (RFC 3948), NAT keepalive */
    L2TPSEC_TRANSPORT_ESP = 1  /**< IP protocol 50: data begins at the SPI, the host's raw socket adds the IP header */
};

/**
 * One packet of a burst. Frozen: this struct never changes its size.
 *
 * l2tpsec_input(): data, len, transport, local, remote, reserved are read; the bytes are decrypted in place.
 * l2tpsec_output(): data, len, headroom, tailroom, link, reserved are read; the bytes are sealed in place when the room is
 * enough.
 * send: data, len, transport, local, remote are set. deliver: data, len, link are set: one IP packet.
 */
typedef struct l2tpsec_packet {
    uint8_t *data;        /**< first byte */
    size_t len;           /**< bytes from @c data on */
    size_t headroom;      /**< writable bytes in front of @c data (output; #L2TPSEC_HEADROOM is enough) */
    size_t tailroom;      /**< writable bytes behind @c data + @c len (output; #L2TPSEC_TAILROOM is enough) */
    l2tpsec_id link;      /**< output: the link, or 0 to route by inner destination; deliver: the link it came by */
    l2tpsec_addr local;   /**< our address and port outside; for ESP the port is 0 */
    l2tpsec_addr remote;  /**< the peer's address and port outside; for ESP the port is 0 */
    uint32_t transport;   /**< L2TPSEC_TRANSPORT_ value */
    uint32_t drop;        /**< written by input and output: L2TPSEC_DROP_ value, 0 when the packet went on */
    uint64_t reserved[2]; /**< zero */
} l2tpsec_packet;

/**
 * What an event says. Ignore types you do not know.
 *
 * Each link ends with exactly one event of type DOWN or FAILED whose @c retry_in_us is 0; its id is gone then. What was UP
 * ends in DOWN, and so does l2tpsec_close(). UP comes again when the peer negotiated anew: look at the addresses. When there is no
 * memory, DOWN and FAILED are told all the same, and a link that is not up yet and whose UP cannot be told fails; the others may be lost.
 */
enum {
    L2TPSEC_EVENT_PROGRESS = 1, /**< a layer came up on the way: @c layer, @c step; @c text names what was agreed */
    L2TPSEC_EVENT_UP = 2,       /**< IP may pass: @c address, @c peer_address, @c dns, @c mtu */
    L2TPSEC_EVENT_DOWN = 3,     /**< it was up or was closed, and is not any more; @c cause says why */
    L2TPSEC_EVENT_FAILED = 4,   /**< an attempt to bring it up did not succeed, the first or a later one; as DOWN */
    L2TPSEC_EVENT_REFUSED =
        5, /**< server: a peer was refused before it had a link (@c link is 0); @c remote says who */
    L2TPSEC_EVENT_REKEYED = 6, /**< a new pair of ESP SAs is in use */
    L2TPSEC_EVENT_MOVED = 7,   /**< the peer's outer address or port changed: @c remote */
    L2TPSEC_EVENT_LEGACY = 8,  /**< this link uses what is only there for old peers: text says what */
    L2TPSEC_EVENT_IPV6 = 9, /**< IPv6 may pass, too, or the client's prefix came or changed: @c address6, @c prefix6 */
    L2TPSEC_EVENT_ROUTES =
        10 /**< client: the server answered what link.inform asks: l2tpsec_get_routes(), @c domain, @c dns */
};

/** One event. Strings are borrowed for the call and never NULL. */
typedef struct l2tpsec_event {
    uint32_t size;   /**< sizeof this struct, as the library has it */
    uint32_t type;   /**< L2TPSEC_EVENT_ value */
    uint32_t cause;  /**< L2TPSEC_CAUSE_ value */
    uint32_t layer;  /**< L2TPSEC_LAYER_ value */
    l2tpsec_id link; /**< the link; 0 for none */
    uint64_t time;   /**< microseconds, the host's clock */
    uint64_t
        retry_in_us; /**< DOWN and FAILED: dialled again after so long (setting link.reconnect); 0: the link id is gone */
    uint32_t
        peer_code; /**< what the peer said in numbers: IKE notify type, L2TP result code, MS-CHAP error; 0: nothing */
    uint32_t peer_code2; /**< L2TP error code; 0: none */
    uint32_t mtu;        /**< UP: largest IP packet the link carries in one piece */
    uint32_t reserved;   /**< zero */
    const char *step;    /**< where: "main mode, message 5", "SCCRQ", "MS-CHAPv2" */
    const char *text;    /**< one sentence for a person: layer, step, cause, what to change */
    const char *hint;    /**< which setting would help; "" when none would */
    const char *offered; /**< what the peer offered; "" when it does not apply */
    const char *allowed; /**< what we allow; "" when it does not apply */
    const char *message; /**< the peer's own words, printable ASCII; "" when none */
    const char *user;    /**< server: the PPP user name, to show: printable ASCII, cut at 127; "" when not known */
    const char *reserved_text;  /**< NULL */
    l2tpsec_addr local;         /**< our address outside */
    l2tpsec_addr remote;        /**< the peer's address outside */
    l2tpsec_addr address;       /**< our address inside */
    l2tpsec_addr peer_address;  /**< the peer's address inside */
    l2tpsec_addr dns[2];        /**< client: DNS servers given; family 0 for none */
    l2tpsec_addr address6;      /**< our link-local address inside (RFC 5072); family 0: no IPv6 */
    l2tpsec_addr peer_address6; /**< the peer's link-local address inside */
    l2tpsec_addr
        prefix6; /**< prefix of 64 bits that the client has; its address is this with the identifier of @c address6
                           * (RFC 4862); family 0: none */
    uint32_t
        windows_code; /**< DOWN, FAILED, REFUSED: what a Windows user would see, such as 809, 789 or 691; 0: nothing */
    const char *advice; /**< what to do about it, in a sentence (l2tpsec_diagnosis_at()); "" when there is nothing */
    const char
        *fits; /**< a setting that would make it work, as NAME=VALUE ("preset=legacy"); "" when that is not known */
    const char *domain;         /**< ROUTES: the server's domain; "" when it told none */
    const char *reserved_text2; /**< NULL */
} l2tpsec_event;

/** A route that a server told. */
typedef struct l2tpsec_route {
    uint32_t size;        /**< set to sizeof this struct before the call */
    uint32_t prefix_len;  /**< bits of @c net that count, 0 to 32 */
    l2tpsec_addr net;     /**< where it leads */
    l2tpsec_addr gateway; /**< by whom, inside the tunnel; 0.0.0.0: by the link itself */
} l2tpsec_route;

/** What a secret is asked for. */
enum {
    L2TPSEC_SECRET_PSK = 1,      /**< IKE pre-shared key for @c remote (and @c name, the peer's ID, when known; in
                                     aggressive mode what it claims to be, and this is asked before `ike.psk`) */
    L2TPSEC_SECRET_PASSWORD = 2, /**< server: the password of PPP user @c name; client: our own password for @c name */
    L2TPSEC_SECRET_NEW_PASSWORD =
        3 /**< client: the password has expired, which new one shall take its place? Server, in the
                                         @c new_password callback: this is it. MS-CHAPv2 (RFC 2759, 7) */
};

/** A question for a secret. */
typedef struct l2tpsec_query {
    uint32_t size; /**< sizeof this struct */
    uint32_t kind; /**< L2TPSEC_SECRET_ value */
    uint32_t
        candidate;     /**< PSK, server: 0 at first; asked again with 1, 2, ... when the last one did not fit. Password,
                              client: so many did not fit, and the server takes another one in the same call (RFC 2759,
                              6): `ppp.password` is the first; a person may be asked, for up to three minutes */
    uint32_t reserved; /**< zero */
    uint64_t token;    /**< for l2tpsec_answer() */
    l2tpsec_id link;   /**< the link; 0 when there is none yet */
    l2tpsec_addr local;  /**< our address outside */
    l2tpsec_addr remote; /**< the peer's address outside */
    const uint8_t *name; /**< user name or identity as the peer sent it: not NUL-ended, any byte */
    size_t name_len;     /**< bytes of @c name */
} l2tpsec_query;

/** What a signature is made of, with the private key of the certificate in the question. */
enum {
    /** RSA: PKCS #1 v1.5 padding (block type 1) around the hash alone, without a DigestInfo (RFC 2409, 5.1). "openssl pkeyutl
     * -sign" without a digest does that. */
    L2TPSEC_SIGN_RSA = 1,
    /** ECDSA over the hash as it is: r and s behind each other, each padded to the length of the curve (RFC 4754, 7). */
    L2TPSEC_SIGN_ECDSA = 2
};

/** A question for a signature (setting ike.key is not set). */
typedef struct l2tpsec_sign_query {
    uint32_t size;              /**< sizeof this struct */
    uint32_t kind;              /**< L2TPSEC_SIGN_ value */
    uint64_t token;             /**< for l2tpsec_answer_signature() */
    l2tpsec_id link;            /**< client: the link; 0 when there is none yet */
    l2tpsec_addr local;         /**< our address outside */
    l2tpsec_addr remote;        /**< the peer's address outside */
    const uint8_t *hash;        /**< what to sign: a hash already, not to be hashed again */
    size_t hash_len;            /**< its bytes, 16 to 64 */
    const uint8_t *certificate; /**< whose key is to be used: the first of ike.certificate, in DER */
    size_t certificate_len;     /**< its bytes */
} l2tpsec_sign_query;

/** A question for addresses (server), after the peer is authenticated. */
typedef struct l2tpsec_address_query {
    uint32_t size;          /**< sizeof this struct */
    uint32_t reserved;      /**< zero */
    uint64_t token;         /**< for l2tpsec_answer_address() */
    l2tpsec_id link;        /**< the link */
    const uint8_t *user;    /**< the authenticated name, not NUL-ended; empty when none was asked for */
    size_t user_len;        /**< bytes of @c user */
    l2tpsec_addr remote;    /**< the peer's address outside */
    uint32_t reserved2;     /**< zero */
    l2tpsec_addr candidate; /**< what the pool of the profile would give; family 0 when it has none left */
    uint32_t reserved3;     /**< zero */
} l2tpsec_address_query;

/** The answer to it. Fields left at family 0 are taken from the profile (server.address, server.pool, server.dns). */
typedef struct l2tpsec_addresses {
    uint32_t size;       /**< sizeof this struct */
    uint32_t reserved;   /**< zero */
    l2tpsec_addr local;  /**< our end inside */
    l2tpsec_addr peer;   /**< the peer's end inside */
    l2tpsec_addr dns[2]; /**< DNS servers for the peer */
    l2tpsec_addr
        prefix6; /**< with ppp.ipv6: the peer's IPv6 prefix, of which 64 bits count; family 0: one of server.pool6 */
    uint32_t reserved2; /**< zero */
} l2tpsec_addresses;

/** What a log record is. */
enum {
    L2TPSEC_RECORD_EDGE = 0,   /**< a machine stepped: a state, b event, c state reached, value result */
    L2TPSEC_RECORD_DROP = 1,   /**< a packet was dropped: a what, value L2TPSEC_DROP_ */
    L2TPSEC_RECORD_NOTE = 2,   /**< a what, b detail */
    L2TPSEC_RECORD_MESSAGE = 3 /**< a "send" or "recv", b the message */
};

/** One structured log record. Strings are constants of the library or NULL, never peer bytes. */
typedef struct l2tpsec_record {
    uint32_t size;        /**< sizeof this struct */
    uint32_t kind;        /**< L2TPSEC_RECORD_ value */
    uint64_t time;        /**< microseconds */
    l2tpsec_id link;      /**< 0: of no link */
    int64_t value;        /**< see the kind */
    const char *wing;     /**< "ike", "esp", "l2tp", "ppp", "core" */
    const char *machine;  /**< which machine, for EDGE */
    const char *a;        /**< see the kind */
    const char *b;        /**< see the kind */
    const char *c;        /**< see the kind */
    const char *reserved; /**< NULL */
} l2tpsec_record;

/** What a tap shows. */
enum {
    L2TPSEC_TAP_IKE =
        0, /**< an ISAKMP message, decrypted, its encryption flag cleared; whole, if it goes in fragments */
    L2TPSEC_TAP_L2TP =
        1 /**< an L2TP message as in RFC 2661, 3.1: control, or data with a control packet of PPP in it */
};

/** A control message in the clear. */
typedef struct l2tpsec_tap {
    uint32_t size;             /**< sizeof this struct */
    uint32_t kind;             /**< L2TPSEC_TAP_ value */
    uint64_t time;             /**< microseconds */
    l2tpsec_id link;           /**< 0: of no link, or of none yet */
    uint64_t len;              /**< bytes at @c data */
    uint32_t sent;             /**< 1: by us; 0: received */
    uint32_t reserved;         /**< zero */
    l2tpsec_addr local;        /**< our end; ports of IKE as on the wire, of L2TP as inside ESP */
    l2tpsec_addr remote;       /**< the peer's */
    const uint8_t *data;       /**< borrowed for the call */
    const void *reserved_data; /**< NULL */
} l2tpsec_tap;

/** Who enciphers the packets of links. What comes out is the same; key exchange is mbedTLS's always. */
enum {
    L2TPSEC_ENGINE_AUTO = 0,     /**< the fastest that was built in and runs on this CPU */
    L2TPSEC_ENGINE_PORTABLE = 1, /**< mbedTLS */
    L2TPSEC_ENGINE_IPSECMB = 2,  /**< Intel ipsec-mb, or l2tpsec_new() says #L2TPSEC_EUNSUP; 420 KB for a context */
    L2TPSEC_ENGINE_COUNT = 3
};

/**
 * What the host does for a context. NULL members are allowed where it says so. Every callback takes the @c user pointer of
 * l2tpsec_new() first.
 */
typedef struct l2tpsec_callbacks {
    uint32_t size;     /**< sizeof this struct, as the host compiled it */
    uint32_t reserved; /**< zero */

    /** Datagrams for the network, in order. Buffers are borrowed for the call. Needed. */
    void (*send)(void *user, const l2tpsec_packet *pkts, size_t n);
    /** Inner IP packets from the peers, checked: the source address is the link's own. Borrowed for the call. Needed. */
    void (*deliver)(void *user, const l2tpsec_packet *pkts, size_t n);
    /** Something happened. May be NULL. */
    void (*event)(void *user, const l2tpsec_event *ev);
    /** A secret is needed that the profile does not hold. Write at most @p cap bytes to @p secret and set @p len.
     * Return #L2TPSEC_OK, #L2TPSEC_EAGAIN (l2tpsec_answer() will be called later; a client waits for three minutes), or
     * #L2TPSEC_ENOENT. A server may say
     * #L2TPSEC_EEXPIRED of a password: who proves it by MS-CHAPv2 is asked for a new one, and refused by any other method.
     * Look at the @c kind: there may be more of them. A secret of no bytes, or of a length that was not set, is none. May be
     * NULL. */
    int32_t (*secret)(void *user, const l2tpsec_query *q, uint8_t *secret, size_t cap, size_t *len);
    /** Server: addresses for an authenticated peer. Return #L2TPSEC_OK, #L2TPSEC_EAGAIN, #L2TPSEC_ENOENT to take the
     * candidate of the profile's pool, or #L2TPSEC_EEXIST when that one is kept for somebody else: then the next is offered.
     * May be NULL: the candidate is taken. */
    int32_t (*address)(void *user, const l2tpsec_address_query *q, l2tpsec_addresses *out);
    /** Fill @p buf with @p len bytes from a cryptographic random source. Return #L2TPSEC_OK; anything else means failure,
     * which is handled. A buffer left as it was counts as failure, too. Needed. */
    int32_t (*random)(void *user, uint8_t *buf, size_t len);
    /** One log record: every state change, every message, every drop; of drops, and of what is said with strangers, so many a
     * second, with a note of how many were left out. May be NULL. */
    void (*log)(void *user, const l2tpsec_record *rec);
    /** A line for one of Wireshark's key tables: @p file is "ikev1_decryption_table" or "esp_sa", @p line has no newline.
     * Whoever has these lines can read the traffic. May be NULL, and should be outside of debugging. */
    void (*keylog)(void *user, const char *file, const char *line);
    /** Memory: like malloc. NULL together with @c release: the C library's. Not called by input and output of packets on
     * links that are up. */
    void *(*alloc)(void *user, size_t n);
    /** Like free; never called with NULL. */
    void (*release)(void *user, void *p);
    /** What time it is, in seconds since 1970-01-01 00:00 UTC: certificates are judged by it. Return #L2TPSEC_OK; anything else
     * means that nobody knows, and certificates are refused. Asked mid-step. NULL: ike.auth cannot be set to cert, and
     * ppp.auth not to eap-tls. */
    int32_t (*wall_clock)(void *user, int64_t *seconds);
    /** A signature is needed, and the profile does not hold ike.key. Write at most @p cap bytes to @p signature and set @p len.
     * Return #L2TPSEC_OK, #L2TPSEC_EAGAIN (l2tpsec_answer_signature() will be called later; what the query points to is gone by
     * then), or #L2TPSEC_ENOENT. Asked mid-step. May be NULL. */
    int32_t (*sign)(void *user, const l2tpsec_sign_query *q, uint8_t *signature, size_t cap, size_t *len);
    /** A control message in the clear, for support: what IKE, L2TP and PPP say and hear. A repetition of what was encrypted is not
     * shown again. Packets of PAP, which hold passwords, are left out, and so is what passes inside of the link; but who has the
     * rest may guess PSKs and passwords at leisure. Asked mid-step. May be NULL, and should be outside of debugging. */
    void (*tap)(void *user, const l2tpsec_tap *t);
    /** Server: the user in the query, whose old password was proven and has expired, wants this one from now on (RFC 2759, 7):
     * UTF-8, not NUL-ended, borrowed for the call. Return #L2TPSEC_OK when it was stored, #L2TPSEC_EAGAIN (l2tpsec_answer() will be
     * called later, with any secret when it was stored, with NULL when it is refused), anything else to refuse it: the peer is told
     * error 709. Asked mid-step. NULL: expired passwords cannot be changed here. */
    int32_t (*new_password)(void *user, const l2tpsec_query *q, const uint8_t *password, size_t len);
    uint32_t engine;    /**< L2TPSEC_ENGINE_ value: who enciphers packets */
    uint32_t reserved2; /**< zero */
} l2tpsec_callbacks;

/** Statistics of a context, or of one link. Those that are not of this moment begin at zero and only grow. */
typedef struct l2tpsec_stats {
    uint32_t size;        /**< set to sizeof this struct before the call */
    uint32_t reserved;    /**< zero */
    uint64_t packets_in;  /**< inner IP packets delivered */
    uint64_t bytes_in;    /**< their bytes */
    uint64_t packets_out; /**< inner IP packets sent */
    uint64_t bytes_out;   /**< their bytes */
    uint64_t copied;      /**< context: packets given to output without the advertised room */
    uint64_t rekeys;      /**< replacements of an ESP SA pair */
    uint64_t links;       /**< context: links at the moment */
    uint64_t links_up;    /**< context: of these, up */
    uint64_t half_open;   /**< context: initiators that brought our cookie back and are not yet proven */
    uint64_t refused;     /**< context: peers refused */
    uint64_t memory;      /**< context: bytes held at the moment, mbedTLS's own not counted */
    uint64_t allocations; /**< context: calls of the allocator so far */
} l2tpsec_stats;

/** A setting's type. */
enum {
    L2TPSEC_TYPE_STR = 0,  /**< text: l2tpsec_profile_set_str() */
    L2TPSEC_TYPE_U64 = 1,  /**< number within a range: either setter, text is decimal */
    L2TPSEC_TYPE_BYTES = 2 /**< bytes, wiped when replaced: l2tpsec_profile_set_bytes(), or text */
};

/** Who uses a setting. */
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
    uint64_t min;              /**< smallest number */
    uint64_t max;              /**< largest number, or most bytes of text */
    const char *name;          /**< "ike.proposals" */
    const char *unit;          /**< "s", "KiB", "" */
    const char *initial;       /**< default, as text */
    const char *allowed;       /**< what may stand there, for error texts */
    const char *help;          /**< one line */
    const char *reserved_text; /**< NULL */
} l2tpsec_setting;

/** One row of the table of what goes wrong; docs/troubleshooting.md is made of it. Strings are constants of the library. */
typedef struct l2tpsec_diagnosis {
    uint32_t size;         /**< set to sizeof this struct before the call */
    uint32_t cause;        /**< L2TPSEC_CAUSE_ value */
    uint32_t layer;        /**< L2TPSEC_LAYER_ value; UINT32_MAX: any */
    uint32_t peer_code;    /**< the number of the peer that it is about; 0: any */
    uint32_t windows_code; /**< what a Windows user would see; 0: nothing of the kind */
    uint32_t reserved;     /**< zero */
    const char *title;     /**< a few words */
    const char *meaning;   /**< what happened, and the usual reasons */
    const char *advice;    /**< what to do */
    const char *settings;  /**< settings that have to do with it, comma separated; "" for none */
} l2tpsec_diagnosis;

/** Version of the library as "0.1.0". */
L2TPSEC_API const char *l2tpsec_version(void);
/** Words for a result code; never NULL. */
L2TPSEC_API const char *l2tpsec_strerror(int32_t rc);
/** A word for a cause, such as "psk"; "unknown" for values this version does not know. */
L2TPSEC_API const char *l2tpsec_cause_name(uint32_t cause);
/** A word for a drop reason, such as "replayed". */
L2TPSEC_API const char *l2tpsec_drop_name(uint32_t drop);
/** A word for a layer: "host", "ike", "esp", "l2tp", "ppp". */
L2TPSEC_API const char *l2tpsec_layer_name(uint32_t layer);
/** A word for an event type, such as "up". */
L2TPSEC_API const char *l2tpsec_event_name(uint32_t type);

/**
 * Make a context.
 *
 * @param[out] out  the context; untouched on failure
 * @param cb    callbacks, copied; @c send, @c deliver and @c random are needed
 * @param user  first argument of every callback
 * @param now   microseconds of a clock that does not jump and goes on while the machine sleeps (CLOCK_BOOTTIME and its like);
 *              later calls with an earlier time are taken at the last one
 * @retval L2TPSEC_EINVAL    a needed pointer is missing, something reserved is not zero, or no such engine is known
 * @retval L2TPSEC_EVERSION  @p cb is longer than this library knows, and not zero there
 * @retval L2TPSEC_EUNSUP    the engine asked for was not built in, or does not run on this CPU
 * @retval L2TPSEC_ENOMEM    no memory
 * @retval L2TPSEC_ERANDOM   the random callback failed
 */
L2TPSEC_API int32_t l2tpsec_new(l2tpsec **out, const l2tpsec_callbacks *cb, void *user, uint64_t now);

/** Who enciphers this context's packets: "mbedtls" or "ipsecmb"; "" for NULL. A constant of the library. */
L2TPSEC_API const char *l2tpsec_engine_name(const l2tpsec *ctx);

/**
 * Free a context, its links and profiles. Says nothing on the wire: l2tpsec_close() with link 0 does.
 *
 * @param ctx  NULL is allowed. From inside a callback the work is done when the outer call returns. Nothing but @c release is
 *             called back from now on.
 */
L2TPSEC_API void l2tpsec_free(l2tpsec *ctx);

/** Most contexts that one address can be shared by. */
#define L2TPSEC_SHARDS_MAX 64u
/** The packet is for no context in particular: give it to whichever is nearest. */
#define L2TPSEC_SHARD_ANY UINT32_MAX

/**
 * Many cores: several contexts, each with a thread of its own, behind the same addresses. This says which of them this one is. The
 * SPIs, the IKE cookies and the L2TP tunnel ids that it chooses tell so from then on, and of server.pool it gives away its part, so
 * that l2tpsec_shard_of() and l2tpsec_shard_of_inner() find it again. Give all of them the same settings. Limits such as
 * link.max hold for each.
 *
 * @param ctx    the context, before the first l2tpsec_connect() or l2tpsec_listen(). A server.pool6 must then be of 56 bits or fewer
 * @param index  from 0 to @p count - 1, another for each context
 * @param count  how many there are, 1 to #L2TPSEC_SHARDS_MAX; 1: as if this had not been called
 * @retval L2TPSEC_EINVAL  a number out of its range, or no context
 * @retval L2TPSEC_ESTATE  too late
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_set_shard(l2tpsec *ctx, uint32_t index, uint32_t count);

/**
 * Which of @p count contexts a datagram is for: a pure function of its bytes, its transport and its addresses. It may be called from
 * every thread at any time; it takes a few nanoseconds. Hand the datagram on once and give it to l2tpsec_input() there: the answer is
 * the same wherever it is asked.
 *
 * ESP goes by its SPI. IKE goes by the cookie that we chose, which @c local helps to tell from the peer's; when a peer begins, there is none of ours yet, and it goes by the
 * address it comes from, without the port, of IPv6 by the first 64 bits. So all peers behind one NAT are in one context, and so is
 * what a peer begins anew, from that address, when its keys or its links are to be renewed. docs/embedding.md has what follows
 * from that.
 *
 * @param pkt    as for l2tpsec_input(), which does not have to have accepted it: @c data, @c len, @c transport, @c local and @c remote
 *               are read, nothing is written
 * @param count  as for l2tpsec_set_shard()
 * @return its index; or #L2TPSEC_SHARD_ANY: a NAT keepalive, something that no context would take, or impossible arguments
 */
L2TPSEC_API uint32_t l2tpsec_shard_of(const l2tpsec_packet *pkt, uint32_t count);

/**
 * The same for an inner IP packet, by its destination: whose part of server.pool or server.pool6 that is in. An address that the
 * address callback gave may be anybody's: the host must know. Threads as l2tpsec_shard_of().
 *
 * @param pkt    as for l2tpsec_output(): @c data and @c len are read
 * @param count  as for l2tpsec_set_shard()
 * @return the index; or #L2TPSEC_SHARD_ANY: no IP packet, or impossible arguments
 */
L2TPSEC_API uint32_t l2tpsec_shard_of_inner(const l2tpsec_packet *pkt, uint32_t count);

/** The same for an inner address or IPv6 prefix, as in @c peer_address and @c prefix6 of an event. */
L2TPSEC_API uint32_t l2tpsec_shard_of_address(const l2tpsec_addr *inside, uint32_t count);

/**
 * Make a profile with every setting at its default.
 *
 * @param ctx  the context it belongs to; l2tpsec_free() frees it, too, and it must not be used or freed after that
 * @param[out] out  the profile
 * @retval L2TPSEC_EINVAL  a pointer is NULL
 * @retval L2TPSEC_ENOMEM  no memory
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_profile_new(l2tpsec *ctx, l2tpsec_profile **out);

/** Free a profile, NULL allowed. Links that use it keep what they need. */
L2TPSEC_API void l2tpsec_profile_free(l2tpsec_profile *p);

/**
 * Set one setting from text. docs/settings.md lists them; l2tpsec_setting_at() enumerates them. "preset" sets the proposals:
 * whoever sets both sets it first.
 *
 * @param p      the profile
 * @param name   such as "ike.proposals"
 * @param value  UTF-8, NUL-ended; numbers in decimal
 * @retval L2TPSEC_ENOENT  no such setting
 * @retval L2TPSEC_EINVAL  not what this setting allows; l2tpsec_profile_error() says what is
 * @retval L2TPSEC_ERANGE  a number outside the range, or a text too long
 * @retval L2TPSEC_EUNSUP  an algorithm which is not built in
 * @retval L2TPSEC_ESTATE  ike.auth is to be cert or ppp.auth eap-tls, and the context has no wall_clock callback
 * @retval L2TPSEC_ENOMEM  no memory for a certificate
 */
L2TPSEC_API int32_t l2tpsec_profile_set_str(l2tpsec_profile *p, const char *name, const char *value);
/** Set a number; errors as l2tpsec_profile_set_str(). */
L2TPSEC_API int32_t l2tpsec_profile_set_u64(l2tpsec_profile *p, const char *name, uint64_t value);
/** Set bytes (a binary PSK); errors as l2tpsec_profile_set_str(). */
L2TPSEC_API int32_t l2tpsec_profile_set_bytes(l2tpsec_profile *p, const char *name, const void *value, size_t len);
/** What was wrong with the last setter: the key, the word, what is allowed. "" when it succeeded. Owned by the profile. */
L2TPSEC_API const char *l2tpsec_profile_error(const l2tpsec_profile *p);

/**
 * One row of the table of settings.
 *
 * @param index  from 0 on
 * @param[out] out  filled as far as its @c size goes
 * @retval L2TPSEC_ENOENT  past the end
 */
L2TPSEC_API int32_t l2tpsec_setting_at(uint32_t index, l2tpsec_setting *out);

/**
 * One row of the table of what goes wrong.
 *
 * @param index  from 0 on
 * @param[out] out  filled as far as its @c size goes
 * @retval L2TPSEC_ENOENT  past the end
 */
L2TPSEC_API int32_t l2tpsec_diagnosis_at(uint32_t index, l2tpsec_diagnosis *out);

/**
 * Dial a server (LAC). The outcome comes as #L2TPSEC_EVENT_UP or #L2TPSEC_EVENT_FAILED.
 *
 * @param ctx     the context
 * @param p       settings, copied
 * @param local   our address as the network sees it leave this host (NAT detection hashes it); port 0 means the setting ike.port
 * @param remote  the server; port 0 means 500
 * @param now     see l2tpsec_new()
 * @param[out] link  the new link
 * @retval L2TPSEC_EINVAL  an address is missing or the families differ; no user name; ike.auth is cert, and ike.certificate or
 *                         ike.ca is not set, or ike.key is not and there is no sign callback; ppp.auth has eap-tls, and
 *                         ppp.certificate, ppp.key or ppp.ca is not set
 * @retval L2TPSEC_EUNSUP  the client role is not built in, or no proposal is left that the crypto provider has
 * @retval L2TPSEC_ENOMEM  no memory
 * @retval L2TPSEC_ERANDOM the random callback failed
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_connect(l2tpsec *ctx, const l2tpsec_profile *p, const l2tpsec_addr *local,
                                    const l2tpsec_addr *remote, uint64_t now, l2tpsec_id *link);

/**
 * Answer clients (LNS) with these settings; again to change them for new clients.
 *
 * @param ctx  the context
 * @param p    settings, copied; NULL: answer no new clients, links stay
 * @param now  see l2tpsec_new()
 * @retval L2TPSEC_EINVAL  server.address or server.pool is missing and there is no address callback; server.pool6 is too long for
 *                         shards; or as with l2tpsec_connect() something certificates need
 * @retval L2TPSEC_EUNSUP  the server role is not built in, or no proposal is left that the crypto provider has
 * @retval L2TPSEC_ENOMEM  no memory
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_listen(l2tpsec *ctx, const l2tpsec_profile *p, uint64_t now);

/**
 * Hang up in order: PPP, then L2TP, then IPsec. #L2TPSEC_EVENT_DOWN comes for each link when all is said, at most a few
 * seconds later. To end a server: l2tpsec_listen() with NULL, this with 0, and go on until l2tpsec_stats.links is 0.
 *
 * @param ctx   the context
 * @param link  the link; 0: all of them
 * @param now   see l2tpsec_new()
 * @retval L2TPSEC_ENOENT  no such link
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_close(l2tpsec *ctx, l2tpsec_id link, uint64_t now);

/**
 * The network under a client's link changed: another address (Wi-Fi to mobile), or the same by another way. The link asks at once
 * whether it still carries (RFC 1661, 5.8), from the new address where ESP goes in UDP; what brings no answer within two seconds,
 * and ESP without UDP whose address changed, is dialled anew without waiting (#L2TPSEC_EVENT_DOWN with @c retry_in_us, then
 * UP), asking for the same address inside. A link that waits to be dialled is dialled now, and begins its back-off anew.
 *
 * @param ctx    the context
 * @param link   a client's link; 0: all of them
 * @param local  our address as the network sees it leave this host now, its port is not looked at; NULL: the same as before. With
 *               link 0 it is for links to servers of its family, the others ask from where they are
 * @param now    see l2tpsec_new()
 * @retval L2TPSEC_ENOENT  no such link, or a server's
 * @retval L2TPSEC_EINVAL  not an address, or not of the server's family
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_network_changed(l2tpsec *ctx, l2tpsec_id link, const l2tpsec_addr *local, uint64_t now);

/** The machine slept: l2tpsec_network_changed() with link 0 and no address. Call it before the first l2tpsec_tick() after it. */
L2TPSEC_API int32_t l2tpsec_resume(l2tpsec *ctx, uint64_t now);

/**
 * Answer a secret question that was left open with #L2TPSEC_EAGAIN.
 *
 * @param ctx     the context
 * @param token   of the query
 * @param secret  the secret, copied; NULL: there is none
 * @param len     its bytes
 * @param now     see l2tpsec_new()
 * @retval L2TPSEC_ENOENT  nobody waits for this answer any more
 * @retval L2TPSEC_ERANGE  longer than 256 bytes
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_answer(l2tpsec *ctx, uint64_t token, const void *secret, size_t len, uint64_t now);

/**
 * Answer the question for a user's password that was left open with #L2TPSEC_EAGAIN: this is it, but it has expired
 * (#L2TPSEC_EEXPIRED). Errors as l2tpsec_answer(), and #L2TPSEC_EINVAL for a PSK and for @p password NULL.
 */
L2TPSEC_API int32_t l2tpsec_answer_expired(l2tpsec *ctx, uint64_t token, const void *password, size_t len,
                                           uint64_t now);

/**
 * Answer a signature question that was left open with #L2TPSEC_EAGAIN.
 *
 * @param ctx        the context
 * @param token      of the query
 * @param signature  as the query's kind says, copied; NULL: there is none
 * @param len        its bytes
 * @param now        see l2tpsec_new()
 * @retval L2TPSEC_ENOENT  nobody waits for this answer any more
 * @retval L2TPSEC_ERANGE  longer than 1024 bytes
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_answer_signature(l2tpsec *ctx, uint64_t token, const void *signature, size_t len,
                                             uint64_t now);

/** Answer an address question that was left open; @p a NULL: there is none, the link fails. Errors as l2tpsec_answer(), and
 * #L2TPSEC_EINVAL and #L2TPSEC_EVERSION for @p a as for other structs. */
L2TPSEC_API int32_t l2tpsec_answer_address(l2tpsec *ctx, uint64_t token, const l2tpsec_addresses *a, uint64_t now);

/**
 * Process datagrams received from the network, decrypting each in place.
 *
 * Forged, stale or malformed datagrams are counted and dropped; they are not errors. Sends, deliveries and events are
 * called back before this returns, in groups as large as the burst allows; buffers stay the caller's.
 *
 * @param ctx   the context
 * @param pkts  the burst; @c drop of each is written
 * @param n     how many
 * @param now   see l2tpsec_new()
 * @retval L2TPSEC_EINVAL  a pointer is NULL, an address is none, something reserved is not zero; nothing was processed
 * @retval L2TPSEC_EBUSY   called from inside one of this context's callbacks
 */
L2TPSEC_API int32_t l2tpsec_input(l2tpsec *ctx, l2tpsec_packet *pkts, size_t n, uint64_t now);

/**
 * Send inner IP packets. Each is sealed where it lies when it has the advertised room; else it is copied once, and counted:
 * that way is for hosts that cannot do better, four packets at a time, and none of more than 1920 bytes.
 *
 * What does not fit the link is dropped, and an ICMP "fragmentation needed" or Packet Too Big delivered to the host for it.
 *
 * @param ctx   the context
 * @param pkts  the burst; @c link 0 routes by inner destination; @c drop of each is written
 * @param n     how many
 * @param now   see l2tpsec_new()
 * @retval L2TPSEC_EINVAL  a pointer is NULL, something reserved is not zero; nothing was processed
 * @retval L2TPSEC_EBUSY   called from a question
 */
L2TPSEC_API int32_t l2tpsec_output(l2tpsec *ctx, l2tpsec_packet *pkts, size_t n, uint64_t now);

/** Do what is due at @p now. Call when l2tpsec_next_timeout() says so; more often does no harm. */
L2TPSEC_API int32_t l2tpsec_tick(l2tpsec *ctx, uint64_t now);

/** When l2tpsec_tick() must be called next, on the host's clock; #L2TPSEC_NEVER when nothing is armed. Changes with every call;
 * may have passed already. */
L2TPSEC_API uint64_t l2tpsec_next_timeout(const l2tpsec *ctx);

/** Statistics of the context, or of one link when @p link is not 0. #L2TPSEC_ENOENT for a stale id, #L2TPSEC_EINVAL when @c
 * size is not set. */
L2TPSEC_API int32_t l2tpsec_get_stats(const l2tpsec *ctx, l2tpsec_id link, l2tpsec_stats *out);

/**
 * Packets dropped so far, by reason.
 *
 * @param ctx   the context
 * @param link  0: of the whole context; else of this link: what it could be told to be of
 * @param[out] out  @p n counters, by L2TPSEC_DROP_ value; zero for values this library does not know
 * @param n     #L2TPSEC_DROP_COUNT as a rule
 * @retval L2TPSEC_ENOENT  no such link
 */
L2TPSEC_API int32_t l2tpsec_get_drops(const l2tpsec *ctx, l2tpsec_id link, uint64_t *out, size_t n);

/** What a link is like now, in the form of an UP event; #L2TPSEC_ESTATE when it is not up, #L2TPSEC_EINVAL when @c size is not
 * set. Strings are valid until this is called again. */
L2TPSEC_API int32_t l2tpsec_get_link(l2tpsec *ctx, l2tpsec_id link, l2tpsec_event *out);

/**
 * The last control messages of a link, and those it dropped, oldest first: what the setting link.messages keeps. While the event
 * callback tells that a link failed or is down, those of that link can still be had. Records have no @c machine and no @c c.
 *
 * @param ctx   the context
 * @param link  the link
 * @param[out] out  room for @p n records; set @c size of the first to sizeof(l2tpsec_record) before the call
 * @param n     may be 0: how many are there?
 * @return how many there are, which may be more than @p n: then the last @p n were given; or
 * @retval L2TPSEC_ENOENT  no such link
 * @retval L2TPSEC_EINVAL  a pointer is NULL, @c size is not set
 */
L2TPSEC_API int32_t l2tpsec_get_messages(const l2tpsec *ctx, l2tpsec_id link, l2tpsec_record *out, size_t n);

/**
 * What the server told a client to reach through the tunnel (RFC 3442), when the setting link.inform had it ask: #L2TPSEC_EVENT_ROUTES
 * says that it came.
 *
 * @param ctx   the context
 * @param link  the link
 * @param[out] out  room for @p n routes; set @c size of the first to sizeof(l2tpsec_route) before the call
 * @param n     may be 0: how many are there?
 * @return how many there are, which may be more than @p n: then the first @p n were given; or
 * @retval L2TPSEC_ENOENT  no such link
 * @retval L2TPSEC_EINVAL  a pointer is NULL, @c size is not set
 */
L2TPSEC_API int32_t l2tpsec_get_routes(const l2tpsec *ctx, l2tpsec_id link, l2tpsec_route *out, size_t n);

/** A log record as one line of text, cut at @p cap; returns the bytes written without the NUL. */
L2TPSEC_API size_t l2tpsec_format(const l2tpsec_record *rec, char *out, size_t cap);

#ifdef __cplusplus
}
#endif

#endif
