/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/common/header.h"

#include "base/errors.h"

uint32_t l2s_isakmp_read(struct l2s_rd datagram, struct l2s_isakmp *out, struct l2s_rd *body)
{
    struct l2s_rd r = datagram;
    uint8_t version;

    memset(out, 0, sizeof *out);
    *body = l2s_rd_init(NULL, 0);
    const uint8_t *cookies =
        r.left < L2S_ISAKMP_HEADER ? NULL : l2s_rd_take(&r, sizeof out->icookie + sizeof out->rcookie);
    if (!cookies)
        return L2TPSEC_DROP_SHORT;

    memcpy(out->icookie, cookies, sizeof out->icookie);
    memcpy(out->rcookie, cookies + sizeof out->icookie, sizeof out->rcookie);
    out->first = l2s_rd_u8(&r);
    version = l2s_rd_u8(&r);
    out->exchange = l2s_rd_u8(&r);
    out->flags = l2s_rd_u8(&r);
    out->message_id = l2s_rd_u32(&r);
    out->length = l2s_rd_u32(&r);

    if (version != L2S_ISAKMP_VERSION)
        return L2TPSEC_DROP_VERSION;
    if (out->length < L2S_ISAKMP_HEADER || out->length - L2S_ISAKMP_HEADER > r.left || l2s_cookie_zero(out->icookie))
        return L2TPSEC_DROP_MALFORMED;
    *body = l2s_rd_sub(&r, out->length - L2S_ISAKMP_HEADER);
    return L2TPSEC_DROP_NONE;
}

size_t l2s_isakmp_open(struct l2s_wr *w, const struct l2s_isakmp *h)
{
    size_t start = w->len;

    l2s_wr_bytes(w, h->icookie, L2S_COOKIE);
    l2s_wr_bytes(w, h->rcookie, L2S_COOKIE);
    l2s_wr_u8(w, L2S_PT_NONE);
    l2s_wr_u8(w, L2S_ISAKMP_VERSION);
    l2s_wr_u8(w, h->exchange);
    l2s_wr_u8(w, h->flags);
    l2s_wr_u32(w, h->message_id);
    l2s_wr_u32(w, 0);
    return start;
}

void l2s_isakmp_close(struct l2s_wr *w, size_t start)
{
    l2s_wr_close32_from(w, start + L2S_ISAKMP_HEADER - 4, start);
}

bool l2s_cookie_zero(const uint8_t cookie[L2S_COOKIE])
{
    uint8_t any = 0;

    for (size_t i = 0; i < L2S_COOKIE; i++)
        any |= cookie[i];
    return any == 0;
}

struct name {
    uint16_t number;
    const char *name;
};

static const struct name exchanges[] = {
    {L2S_EXCHANGE_MAIN, "main mode"},     {L2S_EXCHANGE_AGGRESSIVE, "aggressive mode"},
    {L2S_EXCHANGE_INFO, "informational"}, {L2S_EXCHANGE_TRANSACTION, "transaction"},
    {L2S_EXCHANGE_QUICK, "quick mode"},   {L2S_EXCHANGE_NEW_GROUP, "new group mode"},
};

static const struct name notifies[] = {
    {L2S_N_INVALID_PAYLOAD_TYPE, "INVALID-PAYLOAD-TYPE"},
    {L2S_N_DOI_NOT_SUPPORTED, "DOI-NOT-SUPPORTED"},
    {L2S_N_SITUATION_NOT_SUPPORTED, "SITUATION-NOT-SUPPORTED"},
    {L2S_N_INVALID_COOKIE, "INVALID-COOKIE"},
    {L2S_N_INVALID_MAJOR_VERSION, "INVALID-MAJOR-VERSION"},
    {L2S_N_INVALID_MINOR_VERSION, "INVALID-MINOR-VERSION"},
    {L2S_N_INVALID_EXCHANGE_TYPE, "INVALID-EXCHANGE-TYPE"},
    {L2S_N_INVALID_FLAGS, "INVALID-FLAGS"},
    {L2S_N_INVALID_MESSAGE_ID, "INVALID-MESSAGE-ID"},
    {L2S_N_INVALID_PROTOCOL_ID, "INVALID-PROTOCOL-ID"},
    {L2S_N_INVALID_SPI, "INVALID-SPI"},
    {L2S_N_INVALID_TRANSFORM_ID, "INVALID-TRANSFORM-ID"},
    {L2S_N_ATTRIBUTES_NOT_SUPPORTED, "ATTRIBUTES-NOT-SUPPORTED"},
    {L2S_N_NO_PROPOSAL_CHOSEN, "NO-PROPOSAL-CHOSEN"},
    {L2S_N_BAD_PROPOSAL_SYNTAX, "BAD-PROPOSAL-SYNTAX"},
    {L2S_N_PAYLOAD_MALFORMED, "PAYLOAD-MALFORMED"},
    {L2S_N_INVALID_KEY_INFORMATION, "INVALID-KEY-INFORMATION"},
    {L2S_N_INVALID_ID_INFORMATION, "INVALID-ID-INFORMATION"},
    {L2S_N_INVALID_CERT_ENCODING, "INVALID-CERT-ENCODING"},
    {L2S_N_INVALID_CERTIFICATE, "INVALID-CERTIFICATE"},
    {L2S_N_CERT_TYPE_UNSUPPORTED, "CERT-TYPE-UNSUPPORTED"},
    {L2S_N_INVALID_CERT_AUTHORITY, "INVALID-CERT-AUTHORITY"},
    {L2S_N_INVALID_HASH_INFORMATION, "INVALID-HASH-INFORMATION"},
    {L2S_N_AUTHENTICATION_FAILED, "AUTHENTICATION-FAILED"},
    {L2S_N_INVALID_SIGNATURE, "INVALID-SIGNATURE"},
    {L2S_N_ADDRESS_NOTIFICATION, "ADDRESS-NOTIFICATION"},
    {L2S_N_NOTIFY_SA_LIFETIME, "NOTIFY-SA-LIFETIME"},
    {L2S_N_CERTIFICATE_UNAVAILABLE, "CERTIFICATE-UNAVAILABLE"},
    {L2S_N_UNSUPPORTED_EXCHANGE_TYPE, "UNSUPPORTED-EXCHANGE-TYPE"},
    {L2S_N_UNEQUAL_PAYLOAD_LENGTHS, "UNEQUAL-PAYLOAD-LENGTHS"},
    {L2S_N_CONNECTED, "CONNECTED"},
    {L2S_N_RESPONDER_LIFETIME, "RESPONDER-LIFETIME"},
    {L2S_N_REPLAY_STATUS, "REPLAY-STATUS"},
    {L2S_N_INITIAL_CONTACT, "INITIAL-CONTACT"},
    {L2S_N_R_U_THERE, "R-U-THERE"},
    {L2S_N_R_U_THERE_ACK, "R-U-THERE-ACK"},
};

static const char *find(const struct name *table, size_t n, uint16_t number)
{
    for (size_t i = 0; i < n; i++)
        if (table[i].number == number)
            return table[i].name;
    return "unknown";
}

const char *l2s_exchange_name(uint8_t exchange)
{
    return find(exchanges, L2S_COUNT_OF(exchanges), exchange);
}

const char *l2s_notify_name(uint16_t type)
{
    return find(notifies, L2S_COUNT_OF(notifies), type);
}
