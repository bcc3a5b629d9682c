/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Certificates, private key, authorities and revocation lists as the host set them. They are long, so the copies of a profile
 * share them; what is made of them belongs to one copy. */
#ifndef L2S_CORE_PAPERS_H
#define L2S_CORE_PAPERS_H

#include "crypto/provider.h"

enum l2s_paper_kind { L2S_PAPER_CERTIFICATE, L2S_PAPER_KEY, L2S_PAPER_CA, L2S_PAPER_CRL, L2S_PAPER_COUNT };

#define L2S_PAPER_MAX 1048576u /* bytes: revocation lists grow */

struct l2s_paper; /* shared text */

struct l2s_papers {
    struct l2s_crypto *crypto;
    struct l2s_paper *p[L2S_PAPER_COUNT];
    struct l2s_own *own; /* made of them, when they are in use */
    struct l2s_trust *trust;
};

/* Set one, if it fits those that are there: EINVAL, and ENOMEM and what the provider says. No bytes: take it away. */
int l2s_papers_set(struct l2s_papers *s, enum l2s_paper_kind kind, const void *p, size_t n);
/* A copy was made bit by bit: count it, with nothing made of it yet. */
void l2s_papers_share(struct l2s_papers *s);
/* Make own and trust of them. EINVAL: certificate or CA is missing. */
int l2s_papers_open(struct l2s_papers *s);
void l2s_papers_fini(struct l2s_papers *s);

#endif
