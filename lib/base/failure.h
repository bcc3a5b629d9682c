/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Why something did not come up or went away, in the form the host's event needs: layer, step, cause, both sides' offers.
 * Only our own constants and text rendered from closed tables get in here; never raw peer bytes. */
#ifndef L2S_BASE_FAILURE_H
#define L2S_BASE_FAILURE_H

#include <stdint.h>

#define L2S_FAILURE_TEXT 384

struct l2s_failure {
    uint32_t layer;                 /* L2TPSEC_LAYER_* */
    uint32_t cause;                 /* L2TPSEC_CAUSE_* */
    const char *step;               /* "main mode, message 5", "SCCRQ", "IPCP": a constant string */
    const char *hint;               /* which setting would help; a constant string or NULL */
    const char *fits;               /* "preset=legacy": a constant string or NULL */
    uint32_t peer_code;             /* notify type, L2TP result code, PPP code the peer sent; 0: none */
    uint32_t peer_code2;            /* L2TP error code, MS-CHAP E= */
    uint32_t windows_code;          /* where the diagnosis of the cause has another; 0: that */
    char offered[L2S_FAILURE_TEXT]; /* what the peer offered or asked for, rendered; "" when it does not apply */
    char allowed[L2S_FAILURE_TEXT]; /* what we allow */
    char message[128];              /* the peer's own words, printable ASCII only (l2s_failure_say), "" when none */
    char detail[192]; /* what exactly was found, our words around printable ASCII; "" when the cause says all */
};

/* Copy peer words, every byte outside 0x20..0x7e turned into '?', cut at the buffer. */
void l2s_failure_say(struct l2s_failure *f, const void *words, unsigned long n);

#endif
