/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Who may come in: the pre-shared keys and users of l2tpsec-server. */
#ifndef EXAMPLES_ACCOUNTS_H
#define EXAMPLES_ACCOUNTS_H

#include "addr.h"
#include "secrets.h"

/* Whom a pre-shared key is for, most specific first. An address is a subnet of its full length. */
enum psk_kind { PSK_SUBNET, PSK_ID, PSK_ANY };

struct psk {
    enum psk_kind kind;
    struct subnet subnet;
    char *id;
    struct secret secret;
};

struct user {
    char *name;
    struct secret password;
    l2tpsec_addr pin; /* family 0: any address of the pool */
};

struct accounts {
    struct psk *psks;
    struct user *users;
    size_t n_psks, n_users;
};

/* The title is "%any", an address, a subnet, or the peer's ID. */
int accounts_add_psk(struct accounts *a, const char *title, const struct secret *s, struct problem *p);
/* The pin is an address or NULL. */
int accounts_add_user(struct accounts *a, const char *name, const struct secret *password, const char *pin,
                      struct problem *p);
/* Lines of "name password [address]"; words may be quoted, # begins a comment. */
int accounts_read_users(struct accounts *a, const char *path, struct problem *p);
/* Once after all are added; refuses a name or a pin that is there twice. */
int accounts_sort(struct accounts *a, struct problem *p);
void accounts_free(struct accounts *a);

/* The candidate-th key that fits, most specific first; NULL past the last. An ID that is not known yet (name empty) may
 * turn out to be any. */
const struct secret *accounts_psk(const struct accounts *a, const l2tpsec_addr *remote, const uint8_t *name, size_t len,
                                  uint32_t candidate);
/* By name, or by what follows the backslash of "DOMAIN\name" as Windows sends it. */
const struct user *accounts_user(const struct accounts *a, const uint8_t *name, size_t len);
/* Some user has this address for good. */
bool accounts_pinned(const struct accounts *a, const l2tpsec_addr *address);

#endif
