/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What an input of this target says. Its setup: methods and MPPE, IPv6, sums (0x40: they count), who the victim is (0x80: the client);
 * retries; a seed. */
#ifndef TESTS_FUZZ_PPP_LINK_H
#define TESTS_FUZZ_PPP_LINK_H

#define PPP_SETUP 3u

enum ppp_op {
    PPP_PASS,    /* the next few frames */
    PPP_EDIT,    /* the next one to the victim, changed */
    PPP_DROP,    /* it is lost */
    PPP_REPLAY,  /* one it had before, changed */
    PPP_REFLECT, /* one of its own */
    PPP_FRAME,   /* any bytes */
    PPP_WAIT,
    PPP_RUN,    /* time passes, all is delivered */
    PPP_ANSWER, /* to the victim's last request */
    PPP_ACT,    /* the victim's host */
    PPP_FAIL,
    PPP_AGAIN, /* both ends anew */
    PPP_OPS
};

#endif
