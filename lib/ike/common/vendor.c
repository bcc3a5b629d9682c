/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/common/vendor.h"

#include "base/errors.h"

#define VID(b) (sizeof(b) - 1), (const uint8_t *)(b)

/* In the order in which we write ours: the best first. Bytes as published by their makers; most are MD5 of a phrase. */
static const struct vid {
    uint64_t bit;
    const char *name;
    size_t len; /* of the prefix that tells */
    const uint8_t *bytes;
} table[] = {
    {L2S_VID_NATT_RFC3947, "RFC 3947", VID("\x4a\x13\x1c\x81\x07\x03\x58\x45\x5c\x57\x28\xf2\x0e\x95\x45\x2f")},
    {L2S_VID_NATT_03, "nat-t-ike-03", VID("\x7d\x94\x19\xa6\x53\x10\xca\x6f\x2c\x17\x9d\x92\x15\x52\x9d\x56")},
    {L2S_VID_NATT_02N, "nat-t-ike-02\\n", VID("\x90\xcb\x80\x91\x3e\xbb\x69\x6e\x08\x63\x81\xb5\xec\x42\x7b\x1f")},
    {L2S_VID_NATT_02, "nat-t-ike-02", VID("\xcd\x60\x46\x43\x35\xdf\x21\xf8\x7c\xfd\xb2\xfc\x68\xb6\xa4\x48")},
    {L2S_VID_NATT_01, "nat-t-ike-01", VID("\x16\xf6\xca\x16\xe4\xa4\x06\x6d\x83\x82\x1a\x0f\x0a\xea\xa8\x62")},
    {L2S_VID_NATT_00, "nat-t-ike-00", VID("\x44\x85\x15\x2d\x18\xb6\xbb\xcd\x0b\xe8\xa8\x46\x95\x79\xdd\xcc")},
    {L2S_VID_NATT_08, "nat-t-ike-08", VID("\x8f\x8d\x83\x82\x6d\x24\x6b\x6f\xc7\xa8\xa6\xa4\x28\xc1\x1d\xe8")},
    {L2S_VID_NATT_07, "nat-t-ike-07", VID("\x43\x9b\x59\xf8\xba\x67\x6c\x4c\x77\x37\xae\x22\xea\xb8\xf5\x82")},
    {L2S_VID_NATT_06, "nat-t-ike-06", VID("\x4d\x1e\x0e\x13\x6d\xea\xfa\x34\xc4\xf3\xea\x9f\x02\xec\x72\x85")},
    {L2S_VID_NATT_05, "nat-t-ike-05", VID("\x80\xd0\xbb\x3d\xef\x54\x56\x5e\xe8\x46\x45\xd4\xc8\x5c\xe3\xee")},
    {L2S_VID_NATT_04, "nat-t-ike-04", VID("\x99\x09\xb6\x4e\xed\x93\x7c\x65\x73\xde\x52\xac\xe9\x52\xfa\x6b")},
    {L2S_VID_NATT_APPLE, "nat-t-ike", VID("\x4d\xf3\x79\x28\xe9\xfc\x4f\xd1\xb3\x26\x21\x70\xd5\x15\xc6\x62")},
    {L2S_VID_NATT_SSH, "stenberg-01", VID("\x27\xba\xb5\xdc")},
    {L2S_VID_NATT_SSH, "stenberg-02", VID("\x61\x05\xc4\x22")},
    {L2S_VID_DPD, "DPD", VID("\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57")}, /* + version */
    {L2S_VID_XAUTH, "XAUTH", VID("\x09\x00\x26\x89\xdf\xd6\xb7\x12")},
    {L2S_VID_UNITY, "Cisco Unity", VID("\x12\xf5\xf2\x8c\x45\x71\x68\xa9\x70\x2d\x9f\xe2\x74\xcc")}, /* + version */
    {L2S_VID_FRAGMENTATION, "FRAGMENTATION", VID("\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3")},
    {L2S_VID_MS_NT5, "MS NT5 ISAKMPOAKLEY", VID("\x1e\x2b\x51\x69\x05\x99\x1c\x7d\x7c\x96\xfc\xbf\xb5\x87\xe4\x61")},
    {L2S_VID_MS_KEY_MODULE, "MS key module", VID("\x01\x52\x8b\xbb\xc0\x06\x96\x12\x18\x49\xab\x9a\x1c\x5b\x2a\x51")},
    {L2S_VID_MS_NEGOTIATION_DISCOVERY, "MS-Negotiation Discovery Capable",
     VID("\xfb\x1d\xe3\xcd\xf3\x41\xb7\xea\x16\xb7\xe5\xbe\x08\x55\xf1\x20")},
    {L2S_VID_MS_INITIAL_CONTACT, "Vid-Initial-Contact",
     VID("\x26\x24\x4d\x38\xed\xdb\x61\xb3\x17\x2a\x36\xe3\xd0\xcf\xb8\x19")},
    {L2S_VID_MS_CGA, "IKE CGA version 1", VID("\xe3\xa5\x96\x6a\x76\x37\x9f\xe7\x07\x22\x82\x31\xe5\xce\x86\x52")},
    {L2S_VID_MS_OTHER, "MS-MamieExists", VID("\x21\x4c\xa4\xfa\xff\xa7\xf3\x2d\x67\x48\xe5\x30\x33\x95\xae\x83")},
    {L2S_VID_MS_OTHER, "AuthIP KE group", VID("\x7b\xb9\x38\x67\xd7\x6c\x8d\x80\xdf\x0f\x40\xfa\xe8\xfc\x3b\x19")},
    {L2S_VID_MS_OTHER, "NLBS_PRESENT", VID("\x72\x87\x2b\x95\xfc\xda\x2e\xb7\x08\xef\xe3\x22\x11\x9b\x49\x71")},
    {L2S_VID_MS_OTHER, "MS GSSAPI", VID("\x62\x1b\x04\xbb\x09\x88\x2a\xc1\xe1\x59\x35\xfe\xfa\x24\xae\xee")},
    {L2S_VID_MS_OTHER, "GSS-API for IKE", VID("\xad\x2c\x0d\xd0\xb9\xc3\x20\x83\xcc\xba\x25\xb8\x86\x1e\xc4\x55")},
    {L2S_VID_RACOON, "KAME/racoon", VID("\x70\x03\xcb\xc1\x09\x7d\xbe\x9c\x26\x00\xba\x69\x83\xbc\x8b\x35")},
    {L2S_VID_STRONGSWAN, "strongSwan", VID("\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb")},
    {L2S_VID_CISCO, "Cisco VPN 3000", VID("\x1f\x07\xf7\x0e\xaa\x65\x14\xd3\xb0\xfa\x96\x54\x2a\x50")}, /* + version */
    {L2S_VID_CISCO, "Cisco IOS", VID("\x3e\x98\x40\x48")},
    {L2S_VID_FORTIGATE, "Fortigate", VID("\x1d\x6e\x17\x8f\x6c\x2c\x0b\xe2\x84\x98\x54\x65\x45\x0f\xe9\xd4")},
    {L2S_VID_SONICWALL, "SonicWall", VID("\x5b\x36\x2b\xc8\x20\xf6\x00")}, /* + type */
    {L2S_VID_SONICWALL, "SonicWall", VID("\x5b\x36\x2b\xc8\x20\xf7\x00\x01")},
    {L2S_VID_SONICWALL, "SonicWall", VID("\x40\x4b\xf4\x39\x52\x2c\xa3\xf6")},
    {L2S_VID_SONICWALL, "SonicWall", VID("\xda\x8e\x93\x78\x80\x01\x00\x00")},
    {L2S_VID_JUNIPER, "ScreenOS",
     VID("\x69\x93\x69\x22\x87\x41\xc6\xd4\xca\x09\x4c\x93\xe2\x42\xc9\xde\x19\xe7\xb7\xc6")},
    {L2S_VID_JUNIPER, "SRX", VID("\xfd\x80\x88\x04\xdf\x73\xb1\x51\x50\x70\x9d\x87\x80\x44\xcd\xe0\xac\x1e\xfc\xde")},
    {L2S_VID_CHECKPOINT, "Check Point",
     VID("\xf4\xed\x19\xe0\xc1\x14\xeb\x51\x6f\xaa\xac\x0e\xe3\x7d\xaf\x28\x07\xb4\x38\x1f")},
    {L2S_VID_NETGEAR, "Netgear", VID("\xdb\xfb\x81\xeb\x57\x60\xb0\x78\x85\x62\x06\x7d\xa1\x02\xd7\x55")},
    {L2S_VID_ZYXEL, "ZyXEL", VID("\xb8\x58\xd1\xad")},
    /* MD5 of the name */
    {L2S_VID_OURS, "libl2tpsec", VID("\xc4\x3c\xec\x93\x5b\x7b\xbe\xfa\x27\xd6\xe2\x91\x57\x83\xda\xe6")},
};

#define NATT_DRAFTS_00_03 (L2S_VID_NATT_03 | L2S_VID_NATT_02N | L2S_VID_NATT_02 | L2S_VID_NATT_01 | L2S_VID_NATT_00)

/* What we can say and mean. DPD's prefix lacks its version (major, minor: RFC 3706, 5.1), which is written behind
 * it. */
#define SPOKEN                                                                                                         \
    (L2S_VID_NATT_RFC3947 | NATT_DRAFTS_00_03 | L2S_VIDS_DRAFTS_04_08 | L2S_VID_DPD | L2S_VID_FRAGMENTATION |          \
     L2S_VID_OURS)

static const struct vid *match(struct l2s_rd body)
{
    for (size_t i = 0; i < L2S_COUNT_OF(table); i++)
        if (!body.bad && body.left >= table[i].len && memcmp(body.p, table[i].bytes, table[i].len) == 0)
            return &table[i];
    return NULL;
}

/* The word behind the prefix; 0 when there is none. */
static uint32_t tail(struct l2s_rd body, size_t prefix)
{
    l2s_rd_skip(&body, prefix);
    return l2s_rd_u32(&body);
}

const char *l2s_vendors_note(struct l2s_vendors *v, struct l2s_rd body)
{
    const struct vid *m = match(body);

    if (!m)
        return "unknown";
    v->seen |= m->bit;
    if (m->bit == L2S_VID_MS_NT5)
        v->nt5 = tail(body, m->len);
    else if (m->bit == L2S_VID_FRAGMENTATION)
        v->fragments = tail(body, m->len);
    return m->name;
}

void l2s_vendors_read(const struct l2s_payloads *s, struct l2s_vendors *out)
{
    memset(out, 0, sizeof *out);
    for (unsigned i = 0; i < s->count[L2S_PK_VID]; i++)
        (void)l2s_vendors_note(out, l2s_payloads_get(s, L2S_PK_VID, i));
}

/* The best of a set of NAT-T bits, which is the first in the table; but 04 to 08 only for lack of anything else. */
static uint64_t best_natt(uint64_t seen)
{
    uint64_t natt = seen & (L2S_VID_NATT_RFC3947 | NATT_DRAFTS_00_03);

    if (!natt)
        natt = seen & L2S_VIDS_DRAFTS_04_08;
    return natt & (~natt + 1); /* the lowest bit is the best */
}

uint64_t l2s_vendors_answer(const struct l2s_vendors *peer)
{
    return best_natt(peer->seen) | (peer->seen & (L2S_VID_DPD | L2S_VID_FRAGMENTATION));
}

void l2s_vendors_put(struct l2s_chain *c, uint64_t which)
{
    static const uint8_t dpd_version[] = {1, 0};
    static const uint8_t fragments[] = {0x80, 0, 0, 0}; /* of main and aggressive mode, as Apple and racoon say */
    uint64_t left = which & SPOKEN;

    for (size_t i = 0; i < L2S_COUNT_OF(table); i++) {
        if (!(left & table[i].bit))
            continue;
        left &= ~table[i].bit; /* several rows of one bit: the first */
        l2s_chain_open(c, L2S_PT_VID);
        l2s_wr_bytes(c->w, table[i].bytes, table[i].len);
        if (table[i].bit == L2S_VID_DPD)
            l2s_wr_bytes(c->w, dpd_version, sizeof dpd_version);
        else if (table[i].bit == L2S_VID_FRAGMENTATION)
            l2s_wr_bytes(c->w, fragments, sizeof fragments);
        l2s_chain_close(c);
    }
}

enum l2s_natt l2s_vendors_natt(const struct l2s_vendors *peer)
{
    uint64_t best = best_natt(peer->seen);

    if (!best)
        return L2S_NATT_NONE;
    if (best == L2S_VID_NATT_RFC3947)
        return L2S_NATT_RFC3947;
    return best & NATT_DRAFTS_00_03 ? L2S_NATT_DRAFT00 : L2S_NATT_DRAFT04;
}

bool l2s_vendors_short_sha256(const struct l2s_vendors *peer)
{
    uint64_t has = L2S_VID_NATT_RFC3947 | L2S_VID_NATT_00;
    uint64_t lacks = L2S_VID_NATT_03 | L2S_VIDS_DRAFTS_04_08 | L2S_VID_MS_NT5 | L2S_VID_STRONGSWAN | L2S_VID_UNITY;

    return (peer->seen & has) == has && (peer->seen & (L2S_VID_NATT_02 | L2S_VID_NATT_02N)) != 0 &&
           !(peer->seen & lacks);
}
