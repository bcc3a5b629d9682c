/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Certificates in a profile, and their private keys in the vault. */
#ifndef TESTS_SECRETS_PAPERS_H
#define TESTS_SECRETS_PAPERS_H

#include <l2tpsec/l2tpsec.h>

#define PAPERS_KEY "the private key"

/* wing: "ike" or "ppp"; name.pem and name.key below tests/vectors/x509 */
void papers_set(l2tpsec_profile *p, const char *wing, const char *name);

#endif
