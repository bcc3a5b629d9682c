/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "accounts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more at the end of an array of n, zeroed; NULL when there is no memory. Capacities are powers of two.
 * What is left behind is wiped, it has secrets in it. */
static void *grow(void **array, size_t n, size_t size)
{
    if ((n & (n - 1)) == 0) {
        void *bigger = calloc(n ? 2 * n : 1, size);
        if (!bigger)
            return NULL;
        if (n > 0) {
            memcpy(bigger, *array, n * size);
            explicit_bzero(*array, n * size);
            free(*array);
        }
        *array = bigger;
    }
    return (char *)*array + n * size;
}

static int read_title(struct psk *k, const char *title, struct problem *p)
{
    size_t host = strcspn(title, "/");
    char text[ADDR_TEXT] = "";
    l2tpsec_addr unused;

    k->kind = PSK_SUBNET;
    if (subnet_parse(title, &k->subnet))
        return 0;
    if (host < sizeof text)
        memcpy(text, title, host);
    if (*title == '\0' || addr_parse(text, &unused))
        return problem(p, "allowed titles: \"%%any\", an address, a subnet as 10.0.0.0/8, or the peer's ID");
    k->kind = strcmp(title, "%any") == 0 ? PSK_ANY : PSK_ID;
    if (k->kind == PSK_ID)
        k->id = strdup(title + (*title == '@')); /* strongSwan's way to say: a name, not to be resolved */
    return k->kind == PSK_ID && !k->id ? problem(p, "no memory") : 0;
}

int accounts_add_psk(struct accounts *a, const char *title, const struct secret *s, struct problem *p)
{
    void *array = a->psks;
    struct psk fresh = {.secret = *s};
    int rc = secret_decode_psk(&fresh.secret, p);

    if (rc == 0)
        rc = read_title(&fresh, title, p);
    if (rc == 0) {
        struct psk *k = grow(&array, a->n_psks, sizeof *k);
        if (k) {
            *k = fresh;
            a->psks = array;
            a->n_psks++;
        } else {
            free(fresh.id);
            rc = problem(p, "no memory");
        }
    }
    secret_wipe(&fresh.secret);
    return rc;
}

int accounts_add_user(struct accounts *a, const char *name, const struct secret *password, const char *pin,
                      struct problem *p)
{
    void *array = a->users;
    l2tpsec_addr address = {.family = 0};

    if (*name == '\0')
        return problem(p, "a user needs a name");
    if (pin && (!addr_parse(pin, &address) || address.family != 4))
        return problem(p, "address: \"%s\"; allowed: an IPv4 address", pin);
    struct user *u = grow(&array, a->n_users, sizeof *u);
    char *copy = strdup(name);
    if (u)
        a->users = array;
    if (!u || !copy) {
        free(copy);
        return problem(p, "no memory");
    }
    u->name = copy;
    u->password = *password;
    u->pin = address;
    a->n_users++;
    return 0;
}

/* Cuts the next word off the line, taking quotes away: 1, 0 at the end or a comment, -1 for a quote that does not end.
 */
static int next_word(char **at, char **word)
{
    char *p = *at + strspn(*at, " \t\r\n");

    if (*p == '\0' || *p == '#')
        return 0;
    if (*p == '"' || *p == '\'') {
        char *end = strchr(p + 1, *p);
        if (!end)
            return -1;
        *word = p + 1;
        *at = end + 1;
        *end = '\0';
        return 1;
    }
    size_t len = strcspn(p, " \t\r\n");
    *word = p;
    *at = p + len + (p[len] != '\0');
    p[len] = '\0';
    return 1;
}

static int read_user(struct accounts *a, char *line, struct problem *p)
{
    char *words[4] = {NULL};
    struct secret password;
    int n = 0, more = 1;

    while (n < 4 && (more = next_word(&line, &words[n])) == 1)
        n++;
    if (more < 0)
        return problem(p, "a quote does not end");
    if (n == 0)
        return 0;
    if (n == 1 || n == 4)
        return problem(p, "allowed: user password [address]");
    if (secret_from_text(words[1], &password, p) != 0)
        return -1;
    int rc = accounts_add_user(a, words[0], &password, words[2], p);
    secret_wipe(&password);
    return rc;
}

int accounts_read_users(struct accounts *a, const char *path, struct problem *p)
{
    FILE *f = fopen(path, "re");
    struct problem inner;
    size_t cap = 0;
    char *line = NULL;
    int rc = 0;

    if (!f)
        return problem(p, "users-file %s: %s", path, strerror(errno));
    for (unsigned number = 1; rc == 0 && getline(&line, &cap, f) >= 0; number++) {
        rc = read_user(a, line, &inner);
        if (rc != 0)
            problem(p, "%s:%u: %s", path, number, inner.text);
    }
    if (line)
        explicit_bzero(line, cap);
    free(line);
    fclose(f);
    return rc;
}

static int by_rank(const void *left, const void *right)
{
    const struct psk *a = left, *b = right;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->subnet.prefix != b->subnet.prefix)
        return a->subnet.prefix > b->subnet.prefix ? -1 : 1;
    return 0;
}

static int by_name(const void *left, const void *right)
{
    const struct user *a = left, *b = right;

    return strcmp(a->name, b->name);
}

static int by_pin(const void *left, const void *right)
{
    const struct user *a = left, *b = right;

    return memcmp(&a->pin, &b->pin, sizeof a->pin);
}

int accounts_sort(struct accounts *a, struct problem *p)
{
    char text[ADDR_TEXT];

    if (a->n_psks > 1)
        qsort(a->psks, a->n_psks, sizeof *a->psks, by_rank);
    if (a->n_users < 2)
        return 0;
    qsort(a->users, a->n_users, sizeof *a->users, by_pin);
    for (size_t i = 1; i < a->n_users; i++) {
        if (a->users[i].pin.family && by_pin(&a->users[i - 1], &a->users[i]) == 0)
            return problem(p, "address %s is pinned by two users: %s and %s", addr_text(&a->users[i].pin, text),
                           a->users[i - 1].name, a->users[i].name);
    }
    qsort(a->users, a->n_users, sizeof *a->users, by_name);
    for (size_t i = 1; i < a->n_users; i++) {
        if (by_name(&a->users[i - 1], &a->users[i]) == 0)
            return problem(p, "user %s is there twice", a->users[i].name);
    }
    return 0;
}

void accounts_free(struct accounts *a)
{
    for (size_t i = 0; i < a->n_psks; i++) {
        free(a->psks[i].id);
        secret_wipe(&a->psks[i].secret);
    }
    for (size_t i = 0; i < a->n_users; i++) {
        free(a->users[i].name);
        secret_wipe(&a->users[i].password);
    }
    free(a->psks);
    free(a->users);
    memset(a, 0, sizeof *a);
}

static bool psk_fits(const struct psk *k, const l2tpsec_addr *remote, const uint8_t *name, size_t len)
{
    switch (k->kind) {
    case PSK_SUBNET:
        return subnet_has(&k->subnet, remote);
    case PSK_ID:
        return len == 0 || (strlen(k->id) == len && memcmp(k->id, name, len) == 0);
    default:
        return true;
    }
}

const struct secret *accounts_psk(const struct accounts *a, const l2tpsec_addr *remote, const uint8_t *name, size_t len,
                                  uint32_t candidate)
{
    for (size_t i = 0; i < a->n_psks; i++) {
        if (psk_fits(&a->psks[i], remote, name, len) && candidate-- == 0)
            return &a->psks[i].secret;
    }
    return NULL;
}

/* As strcmp(), of a name which is no string: its bytes may be any. */
static int compare(const uint8_t *name, size_t len, const char *with)
{
    size_t have = strlen(with);
    int order = memcmp(name, with, len < have ? len : have);

    return order != 0 ? order : (len > have) - (len < have);
}

static const struct user *find_user(const struct accounts *a, const uint8_t *name, size_t len)
{
    size_t low = 0, high = a->n_users;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(name, len, a->users[middle].name);
        if (order == 0)
            return &a->users[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct user *accounts_user(const struct accounts *a, const uint8_t *name, size_t len)
{
    const struct user *u = len ? find_user(a, name, len) : NULL;
    const uint8_t *backslash = len ? memchr(name, '\\', len) : NULL;

    if (!u && backslash)
        u = find_user(a, backslash + 1, len - (size_t)(backslash + 1 - name));
    return u;
}

bool accounts_pinned(const struct accounts *a, const l2tpsec_addr *address)
{
    for (size_t i = 0; address->family && i < a->n_users; i++) {
        if (a->users[i].pin.family == address->family &&
            memcmp(a->users[i].pin.ip, address->ip, sizeof address->ip) == 0)
            return true;
    }
    return false;
}
