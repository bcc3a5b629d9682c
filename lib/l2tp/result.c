/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "l2tp/result.h"

#include "base/errors.h"

static const char *const stop_words[] = {
    [1] = "the tunnel was cleared",
    [2] = "general error",
    [3] = "a control channel exists already",
    [4] = "not authorised to open a control channel",
    [5] = "the protocol version is not supported",
    [6] = "the peer is being shut down",
    [7] = "finite state machine error",
};

static const char *const cdn_words[] = {
    [1] = "loss of carrier",
    [2] = "general error",
    [3] = "disconnected for administrative reasons",
    [4] = "no facilities available at the moment",
    [5] = "no facilities available at all",
    [6] = "invalid destination",
    [7] = "no carrier detected",
    [8] = "busy signal detected",
    [9] = "no dial tone",
    [10] = "the call was not established in time",
    [11] = "no appropriate framing was detected",
};

static const char *const error_words[] = {
    [0] = "no general error",
    [1] = "no control connection exists yet",
    [2] = "a length is wrong",
    [3] = "a field value was out of range",
    [4] = "insufficient resources at the moment",
    [5] = "the session id is invalid",
    [6] = "vendor-specific error",
    [7] = "try another server",
    [8] = "unknown mandatory AVP",
};

static const char *const disconnect_words[] = {
    [0] = "no information available",
    [1] = "administrative disconnect",
    [2] = "LCP renegotiation is disabled at the LNS",
    [3] = "normal disconnection",
    [4] = "compulsory encryption was refused",
    [5] = "LCP timed out",
    [6] = "no recognizable LCP packets were received",
    [7] = "the link is looped back",
    [8] = "LCP echo timed out",
    [9] = "unexpected endpoint discriminator",
    [10] = "unexpected MRRU",
    [11] = "unexpected short sequence number option",
    [12] = "compulsory call-back was refused",
    [13] = "authentication timed out",
    [14] = "unexpected authenticated name",
    [15] = "authentication protocol unacceptable",
    [16] = "authentication failed",
    [17] = "network control protocol timed out",
    [18] = "no network control protocol available",
    [19] = "no acceptable addresses",
    [20] = "not permitted to use any address",
};

static const char *look_up(const char *const *table, size_t n, uint16_t code)
{
    return code < n && table[code] ? table[code] : "unknown";
}

const char *l2s_l2tp_stop_words(uint16_t result)
{
    return look_up(stop_words, L2S_COUNT_OF(stop_words), result);
}

const char *l2s_l2tp_cdn_words(uint16_t result)
{
    return look_up(cdn_words, L2S_COUNT_OF(cdn_words), result);
}

const char *l2s_l2tp_error_words(uint16_t error)
{
    return look_up(error_words, L2S_COUNT_OF(error_words), error);
}

const char *l2s_l2tp_disconnect_words(uint16_t code)
{
    return look_up(disconnect_words, L2S_COUNT_OF(disconnect_words), code);
}

void l2s_l2tp_blame(struct l2s_failure *f, uint32_t cause, const char *step, const char *hint)
{
    memset(f, 0, sizeof *f);
    f->layer = L2TPSEC_LAYER_L2TP;
    f->cause = cause;
    f->step = step;
    f->hint = hint;
}

/* Result 2 says only: look at the error code (both messages have it so). */
static const char *words_for(const struct l2s_l2tp_msg *m)
{
    if (l2s_l2tp_msg_has(m, L2S_AVP_DISCONNECT) && m->disconnect)
        return l2s_l2tp_disconnect_words(m->disconnect);
    if (m->result == L2S_L2TP_CDN_ERROR && m->result_error)
        return l2s_l2tp_error_words(m->result_error);
    if (!m->result)
        return "";
    return m->type == L2S_L2TP_STOPCCN ? l2s_l2tp_stop_words(m->result) : l2s_l2tp_cdn_words(m->result);
}

static uint32_t cause_of(const struct l2s_l2tp_msg *m, bool was_up)
{
    if (m->type == L2S_L2TP_CDN && l2s_l2tp_msg_has(m, L2S_AVP_DISCONNECT) &&
        m->disconnect == L2S_L2TP_DISCONNECT_AUTH && m->disconnect_at == 1)
        return L2TPSEC_CAUSE_AUTH_REFUSED; /* "authentication of peer identity by local system": of us, by the sender */
    if (was_up)
        return L2TPSEC_CAUSE_CLOSED_BY_PEER;
    if (m->type == L2S_L2TP_STOPCCN && m->result == L2S_L2TP_STOP_UNAUTHORISED)
        return L2TPSEC_CAUSE_L2TP_AUTH;
    return L2TPSEC_CAUSE_L2TP_REFUSED;
}

void l2s_l2tp_blame_peer(struct l2s_failure *f, const struct l2s_l2tp_msg *m, bool was_up)
{
    l2s_l2tp_blame(f, cause_of(m, was_up), l2s_l2tp_msg_name(m->type), NULL);
    if (f->cause == L2TPSEC_CAUSE_L2TP_AUTH)
        f->hint = "l2tp.secret";
    f->peer_code = m->result;
    f->peer_code2 = m->result_error;
    const char *ours = words_for(m);
    if (m->words.left)
        l2s_failure_say(f, m->words.p, m->words.left);
    else
        l2s_failure_say(f, ours, strlen(ours));
}
