/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/**
 * @file offload.h
 * @brief Large packets: one system call for tens of packets between the host and its TUN device.
 *
 * A TUN device with a header in front of each packet (Linux: IFF_VNET_HDR, TUNSETOFFLOAD) gives and takes TCP and UDP
 * in packets of up to 64 KiB, and leaves it to the program to cut them up and to compute checksums. l2tpsec_segment()
 * turns a large packet into a burst for l2tpsec_output(); l2tpsec_coalesce() turns what @c deliver gives into large
 * packets for the device.
 *
 * These functions know no context: they keep nothing, allocate nothing, call nobody back, and any thread may call them
 * at any time.
 */
#ifndef L2TPSEC_OFFLOAD_H
#define L2TPSEC_OFFLOAD_H

#include <l2tpsec/l2tpsec.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a large packet is made of: VIRTIO_NET_HDR_GSO_ values. */
enum {
    L2TPSEC_GSO_NONE = 0,  /**< not to be cut */
    L2TPSEC_GSO_TCP4 = 1,  /**< TCP segments in IPv4 */
    L2TPSEC_GSO_TCP6 = 4,  /**< TCP segments in IPv6 */
    L2TPSEC_GSO_UDP = 5,   /**< UDP datagrams of one size, the last may be shorter */
    L2TPSEC_GSO_ECN = 0x80 /**< a bit beside a TCP value: the first segment has CWR set */
};

/** Bits of l2tpsec_offload.flags: VIRTIO_NET_HDR_F_ values. Others are not looked at. */
enum {
    L2TPSEC_OFFLOAD_CHECKSUM = 1 /**< compute the checksum; its field holds the sum of the pseudo header */
};

/** Bits for l2tpsec_coalesce(): what the device takes. */
enum {
    L2TPSEC_COALESCE_TCP4 = 1, /**< TUN_F_TSO4 */
    L2TPSEC_COALESCE_TCP6 = 2, /**< TUN_F_TSO6 */
    L2TPSEC_COALESCE_UDP = 4   /**< TUN_F_USO4 and TUN_F_USO6 */
};

/** What is to be done with a large packet. It is laid out as Linux's struct virtio_net_hdr, in the byte order of the
 * machine, so it can be read and written in front of the packet as it is. */
typedef struct l2tpsec_offload {
    uint8_t flags;            /**< L2TPSEC_OFFLOAD_ bits */
    uint8_t gso;              /**< L2TPSEC_GSO_ value */
    uint16_t header_len;      /**< bytes of IP and TCP or UDP header; written, but not read: the packet itself tells */
    uint16_t gso_size;        /**< bytes of TCP or UDP payload of each packet; the last may have less */
    uint16_t checksum_start;  /**< where summing begins: the TCP or UDP header */
    uint16_t checksum_offset; /**< where the checksum stands, counted from there */
} l2tpsec_offload;

/** A part of a large packet, somewhere in memory. */
typedef struct l2tpsec_piece {
    uint8_t *data; /**< first byte */
    size_t len;    /**< bytes */
} l2tpsec_piece;

/** A packet for the device, as l2tpsec_coalesce() makes it: its pieces, one after the other. */
typedef struct l2tpsec_large {
    l2tpsec_id link;         /**< the link all of it came by */
    uint32_t pieces;         /**< how many pieces it has, 1 or more */
    l2tpsec_offload offload; /**< the header for the device */
    uint16_t reserved;       /**< zero */
} l2tpsec_large;

/**
 * Cut a large packet into packets that can go to l2tpsec_output() as one burst, with the headers, lengths and
 * checksums of each set (the IPv4 identification counts up; TCP FIN and PSH are left to the last, CWR to the first).
 *
 * A packet that is not to be cut is given as it is, where it lies and with the room it has; if its checksum is to be
 * computed, that is done in place. Others are copied to @p buf, each with #L2TPSEC_HEADROOM and #L2TPSEC_TAILROOM
 * around it: 64 KiB cut into packets of 1400 bytes take 72 KiB and 49 packets. If there is less room, call it again
 * for the rest.
 *
 * @param o      what the device said of the packet
 * @param large  the packet: data, len, headroom, tailroom and link are read. Everything in it and in @p o is checked
 * @param[in,out] done  bytes of payload cut off so far: 0 at first; large->len when all is done
 * @param buf    room for the packets
 * @param cap    bytes of @p buf
 * @param[out] pkts  the packets; they are valid as long as @p buf and large->data are
 * @param n      room in @p pkts
 * @return how many packets, 1 or more; or
 * @retval L2TPSEC_EINVAL  a pointer is NULL, or the packet is not what @p o says
 * @retval L2TPSEC_EUNSUP  an unknown kind of large packet
 * @retval L2TPSEC_ERANGE  there is not room for one packet
 */
L2TPSEC_API int32_t l2tpsec_segment(const l2tpsec_offload *o, const l2tpsec_packet *large, size_t *done, uint8_t *buf,
                                    size_t cap, l2tpsec_packet *pkts, size_t n);

/**
 * Join packets of a burst that follow each other in one TCP or UDP flow. Cut up again they are the same to the bit,
 * except for the identification of IPv4 packets that must not be fragmented (RFC 6864, 4.1): so packets whose headers
 * differ in more than a large packet can express are not joined, nor are packets whose checksum is wrong. The order
 * within a flow is kept.
 *
 * Nothing is copied: the result is a list of pieces, for writev() and its like, in the memory of the packets. The
 * first header of each large packet is changed in place. All of it is valid as long as the packets are.
 *
 * @param pkts   the packets, as the callback @c deliver gives them
 * @param n      how many
 * @param allow  L2TPSEC_COALESCE_ bits; 0: nothing is joined
 * @param[out] larges  room for @p n: the packets for the device
 * @param[out] pieces  room for @p n, all of which are used: the pieces of the first large packet, then those of the
 *                     next
 * @return how many large packets there are; or
 * @retval L2TPSEC_EINVAL  a pointer is NULL, or @p n is above INT32_MAX
 */
L2TPSEC_API int32_t l2tpsec_coalesce(const l2tpsec_packet *pkts, size_t n, uint32_t allow, l2tpsec_large *larges,
                                     l2tpsec_piece *pieces);

#ifdef __cplusplus
}
#endif

#endif
