/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "config.h"

#include <confuse.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 1024 };

/* Keys of the file which are settings of the library. The preset comes first: it resets the proposals. */
static const struct {
    const char *key, *setting;
} settings[] = {
    {"preset", "preset"},
    {"ike", "ike.proposals"},
    {"esp", "esp.proposals"},
    {"auth", "ppp.auth"},
    {"address", "server.address"},
    {"pool", "server.pool"},
    {"pool6", "server.pool6"},
    {"dns", "server.dns"},
    {"routes", "server.routes"},
    {"domain", "server.domain"},
    {"mtu", "ppp.mtu"},
    {"ca", "ike.ca"},
    {"certificate", "ike.certificate"},
    {"key", "ike.key"},
    {"crl", "ike.crl"},
    {"ppp-ca", "ppp.ca"},
    {"ppp-certificate", "ppp.certificate"},
    {"ppp-key", "ppp.key"},
    {"ppp-crl", "ppp.crl"},
};

/* What is being read. libConfuse hands nothing of ours to its callbacks, so this must be static; one file at a time. */
static struct {
    struct config *config;
    config_set *set;
    void *arg;
    FILE *err;
} reading;

/* "FILE:LINE: MESSAGE", and which keys there are when one is unknown. */
__attribute__((format(printf, 2, 0), nonnull(2))) static void report(cfg_t *cfg, const char *fmt, va_list ap)
{
    FILE *err = reading.err;

    fprintf(err, "%s:%d: ", cfg->filename ? cfg->filename : "configuration", cfg->line);
    vfprintf(err, fmt, ap);
    if (strncmp(fmt, "no such option", 14) == 0) {
        const char *before = "; allowed: ";
        for (const cfg_opt_t *o = cfg->opts; o->name; o++, before = ", ")
            fprintf(err, "%s%s", before, o->name);
    }
    fputc('\n', err);
}

/* A list becomes one text with commas. */
static const char *join(cfg_opt_t *opt, char buf[VALUE_MAX])
{
    size_t len = 0;

    buf[0] = '\0';
    for (unsigned i = 0; i < cfg_opt_size(opt) && len < VALUE_MAX; i++)
        len += (size_t)snprintf(buf + len, VALUE_MAX - len, "%s%s", i ? "," : "", cfg_opt_getnstr(opt, i));
    return buf;
}

static const char *setting_of(const char *key)
{
    for (unsigned i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (strcmp(settings[i].key, key) == 0)
            return settings[i].setting;
    }
    return NULL;
}

/* Called by libConfuse after each value, so that an error has its line. */
static int check_setting(cfg_t *cfg, cfg_opt_t *opt)
{
    char value[VALUE_MAX];
    struct problem p;

    if (reading.set(reading.arg, setting_of(opt->name), join(opt, value), &p) == 0)
        return 0;
    cfg_error(cfg, "%s: %s", opt->name, p.text);
    return -1;
}

static int check_address(cfg_t *cfg, cfg_opt_t *opt)
{
    const char *text = cfg_opt_getstr(opt);

    if (addr_parse(text, &reading.config->address) && reading.config->address.family == 4)
        return check_setting(cfg, opt);
    cfg_error(cfg, "address: \"%s\"; allowed: an IPv4 address, the server's own inside the tunnels", text);
    return -1;
}

static int check_pool(cfg_t *cfg, cfg_opt_t *opt)
{
    const char *text = cfg_opt_getstr(opt);

    if (subnet_parse(text, &reading.config->pool) && reading.config->pool.net.family == 4)
        return check_setting(cfg, opt);
    cfg_error(cfg, "pool: \"%s\"; allowed: an IPv4 subnet such as 10.77.0.0/16", text);
    return -1;
}

/* IPv6 inside is wanted with either of them. */
static int check_address6(cfg_t *cfg, cfg_opt_t *opt)
{
    const char *text = cfg_opt_getstr(opt);

    if (addr_parse(text, &reading.config->address6) && reading.config->address6.family == 6)
        return 0;
    cfg_error(cfg, "address6: \"%s\"; allowed: an IPv6 address, the server's own inside the tunnels", text);
    return -1;
}

static int check_pool6(cfg_t *cfg, cfg_opt_t *opt)
{
    const char *text = cfg_opt_getstr(opt);

    if (subnet_parse(text, &reading.config->pool6) && reading.config->pool6.net.family == 6)
        return check_setting(cfg, opt);
    cfg_error(cfg, "pool6: \"%s\"; allowed: an IPv6 prefix such as 2001:db8::/48", text);
    return -1;
}

static int check_mtu(cfg_t *cfg, cfg_opt_t *opt)
{
    if (check_setting(cfg, opt) != 0)
        return -1;
    reading.config->mtu = (uint32_t)strtoul(cfg_opt_getstr(opt), NULL, 10);
    return 0;
}

static int check_set(cfg_t *cfg, cfg_opt_t *opt)
{
    const char *text = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1), *equals = strchr(text, '=');
    char name[64];
    struct problem p;

    if (!equals || (size_t)(equals - text) >= sizeof name) {
        cfg_error(cfg, "set: \"%s\"; allowed: \"name=value\", a setting of the library as in \"ike.dpd=30\"", text);
        return -1;
    }
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    if (reading.set(reading.arg, name, equals + 1, &p) == 0)
        return 0;
    cfg_error(cfg, "set: %s", p.text);
    return -1;
}

static int check_listen(cfg_t *cfg, cfg_opt_t *opt)
{
    const char *text = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
    l2tpsec_addr unused;

    if (cfg_opt_size(opt) > CONFIG_LISTEN) {
        cfg_error(cfg, "listen: at most %d addresses", CONFIG_LISTEN);
        return -1;
    }
    if (addr_parse(text, &unused))
        return 0;
    cfg_error(cfg, "listen: \"%s\"; allowed: addresses of this host, \"0.0.0.0\" for all of IPv4, \"::\" of IPv6",
              text);
    return -1;
}

static int check_tun(cfg_t *cfg, cfg_opt_t *opt)
{
    const char *name = cfg_opt_getstr(opt);
    size_t len = strlen(name);

    if (len > 0 && len < sizeof reading.config->tun && len == strcspn(name, "/ \t:"))
        return 0;
    cfg_error(cfg, "tun: \"%s\"; allowed: an interface name of 1 to %zu letters", name, sizeof reading.config->tun - 1);
    return -1;
}

static int check_workers(cfg_t *cfg, cfg_opt_t *opt)
{
    long n = cfg_opt_getnint(opt, 0);

    if (n >= 1 && n <= CONFIG_WORKERS)
        return 0;
    cfg_error(cfg, "workers: %ld; allowed: 1 to %d threads", n, CONFIG_WORKERS);
    return -1;
}

static int check_users_file(cfg_t *cfg, cfg_opt_t *opt)
{
    struct problem p;

    if (accounts_read_users(&reading.config->accounts, cfg_opt_getstr(opt), &p) == 0)
        return 0;
    cfg_error(cfg, "%s", p.text);
    return -1;
}

/* Takes a secret out of a section: a text under one key, or a file under the other. The text is wiped. */
static int take_secret(cfg_t *sec, const char *text_key, const char *file_key, struct secret *out, struct problem *p)
{
    char *text = cfg_getstr(sec, text_key);
    const char *file = file_key ? cfg_getstr(sec, file_key) : NULL;

    if (!text == !file)
        return problem(p, "%s: %s %s%s%s", text_key, text ? "allowed is only one of" : "missing; allowed:", text_key,
                       file_key ? " and " : "", file_key ? file_key : "");
    int rc = text ? secret_from_text(text, out, p) : secret_read(file, out, p);
    if (text)
        explicit_bzero(text, strlen(text));
    return rc;
}

static int check_psk(cfg_t *cfg, cfg_opt_t *opt)
{
    cfg_t *sec = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
    struct secret s;
    struct problem p;
    int rc = take_secret(sec, "secret", "secret-file", &s, &p);

    if (rc == 0)
        rc = accounts_add_psk(&reading.config->accounts, cfg_title(sec), &s, &p);
    secret_wipe(&s);
    if (rc != 0)
        cfg_error(cfg, "psk \"%s\": %s", cfg_title(sec), p.text);
    return rc;
}

static int check_user(cfg_t *cfg, cfg_opt_t *opt)
{
    cfg_t *sec = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
    struct secret s;
    struct problem p;
    int rc = take_secret(sec, "password", NULL, &s, &p);

    if (rc == 0)
        rc = accounts_add_user(&reading.config->accounts, cfg_title(sec), &s, cfg_getstr(sec, "address"), &p);
    secret_wipe(&s);
    if (rc != 0)
        cfg_error(cfg, "user \"%s\": %s", cfg_title(sec), p.text);
    return rc;
}

static cfg_opt_t psk_keys[] = {CFG_STR("secret", NULL, CFGF_NODEFAULT), CFG_STR("secret-file", NULL, CFGF_NODEFAULT),
                               CFG_END()};
static cfg_opt_t user_keys[] = {CFG_STR("password", NULL, CFGF_NODEFAULT), CFG_STR("address", NULL, CFGF_NODEFAULT),
                                CFG_END()};
static char everywhere[] = "{0.0.0.0}"; /* libConfuse wants it writable */
static cfg_opt_t keys[] = {CFG_STR_LIST("listen", everywhere, CFGF_NONE),
                           CFG_STR("tun", "l2tp0", CFGF_NONE),
                           CFG_STR("address", NULL, CFGF_NODEFAULT),
                           CFG_STR("pool", NULL, CFGF_NODEFAULT),
                           CFG_STR("address6", NULL, CFGF_NODEFAULT),
                           CFG_STR("pool6", NULL, CFGF_NODEFAULT),
                           CFG_STR_LIST("dns", NULL, CFGF_NODEFAULT),
                           CFG_STR_LIST("routes", NULL, CFGF_NODEFAULT),
                           CFG_STR("domain", NULL, CFGF_NODEFAULT),
                           CFG_STR("preset", NULL, CFGF_NODEFAULT),
                           CFG_STR("ike", NULL, CFGF_NODEFAULT),
                           CFG_STR("esp", NULL, CFGF_NODEFAULT),
                           CFG_STR_LIST("auth", NULL, CFGF_NODEFAULT),
                           CFG_STR("mtu", NULL, CFGF_NODEFAULT),
                           CFG_INT("workers", 1, CFGF_NONE),
                           CFG_STR("ca", NULL, CFGF_NODEFAULT),
                           CFG_STR("certificate", NULL, CFGF_NODEFAULT),
                           CFG_STR("key", NULL, CFGF_NODEFAULT),
                           CFG_STR("crl", NULL, CFGF_NODEFAULT),
                           CFG_STR("ppp-ca", NULL, CFGF_NODEFAULT),
                           CFG_STR("ppp-certificate", NULL, CFGF_NODEFAULT),
                           CFG_STR("ppp-key", NULL, CFGF_NODEFAULT),
                           CFG_STR("ppp-crl", NULL, CFGF_NODEFAULT),
                           CFG_SEC("psk", psk_keys, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
                           CFG_SEC("user", user_keys, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
                           CFG_STR("users-file", NULL, CFGF_NODEFAULT),
                           CFG_STR("events", NULL, CFGF_NODEFAULT),
                           CFG_STR("keylog", NULL, CFGF_NODEFAULT),
                           CFG_STR("tap", NULL, CFGF_NODEFAULT),
                           CFG_STR_LIST("set", NULL, CFGF_NODEFAULT),
                           CFG_END()};

static const struct {
    const char *key;
    cfg_validate_callback_t check;
} checks[] = {
    {"listen", check_listen},   {"tun", check_tun},
    {"address", check_address}, {"routes", check_setting},
    {"domain", check_setting},  {"address6", check_address6},
    {"pool6", check_pool6},     {"pool", check_pool},
    {"dns", check_setting},     {"preset", check_setting},
    {"ike", check_setting},     {"esp", check_setting},
    {"auth", check_setting},    {"mtu", check_mtu},
    {"ca", check_setting},      {"certificate", check_setting},
    {"key", check_setting},     {"crl", check_setting},
    {"ppp-ca", check_setting},  {"ppp-certificate", check_setting},
    {"ppp-key", check_setting}, {"ppp-crl", check_setting},
    {"psk", check_psk},         {"user", check_user},
    {"set", check_set},         {"users-file", check_users_file},
    {"workers", check_workers},
};

static int missing(cfg_t *cfg, const char *text)
{
    fprintf(reading.err, "%s: %s\n", cfg->filename, text);
    return -1;
}

/* Sets everything once more, the preset first and "set" last: in the file they may stand in any order. */
static int apply(cfg_t *cfg, struct problem *p)
{
    char value[VALUE_MAX];

    for (unsigned i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (cfg_size(cfg, settings[i].key) > 0 &&
            reading.set(reading.arg, settings[i].setting, join(cfg_getopt(cfg, settings[i].key), value), p) != 0)
            return -1;
    }
    if ((cfg_size(cfg, "address6") > 0 || cfg_size(cfg, "pool6") > 0) &&
        reading.set(reading.arg, "ppp.ipv6", "1", p) != 0)
        return -1;
    if (cfg_size(cfg, "certificate") > 0 &&
        reading.set(reading.arg, "ike.auth", reading.config->accounts.n_psks ? "psk, cert" : "cert", p) != 0)
        return -1;
    for (unsigned i = 0; i < cfg_size(cfg, "set"); i++) {
        const char *text = cfg_getnstr(cfg, "set", i), *equals = strchr(text, '=');
        snprintf(value, sizeof value, "%.*s", (int)(equals - text), text);
        if (reading.set(reading.arg, value, equals + 1, p) != 0)
            return -1;
    }
    return 0;
}

/* What no single line can tell. */
static int finish(cfg_t *cfg, struct config *c)
{
    const char *events = cfg_getstr(cfg, "events"), *keylog = cfg_getstr(cfg, "keylog"), *tap = cfg_getstr(cfg, "tap");
    struct problem p;

    if (c->pool.net.family == 0)
        return missing(cfg, "pool: missing; allowed: an IPv4 subnet such as 10.77.0.0/16, for the clients");
    if (c->address.family == 0)
        return missing(cfg, "address: missing; allowed: an IPv4 address, the server's own inside the tunnels");
    if (c->accounts.n_psks == 0 && !cfg_size(cfg, "certificate"))
        return missing(cfg, "psk: missing; allowed: sections as psk \"%any\" { secret = \"...\" }, or a certificate");
    while (c->n_listen < cfg_size(cfg, "listen")) {
        addr_parse(cfg_getnstr(cfg, "listen", c->n_listen), &c->listen[c->n_listen]);
        c->n_listen++;
    }
    snprintf(c->tun, sizeof c->tun, "%s", cfg_getstr(cfg, "tun"));
    c->workers = (unsigned)cfg_getint(cfg, "workers");
    c->events = events ? strdup(events) : NULL;
    c->keylog = keylog ? strdup(keylog) : NULL;
    c->tap = tap ? strdup(tap) : NULL;
    if (apply(cfg, &p) != 0 || accounts_sort(&c->accounts, &p) != 0)
        return missing(cfg, p.text);
    return 0;
}

int config_read(struct config *c, const char *path, config_set *set, void *arg, FILE *err)
{
    cfg_t *cfg = cfg_init(keys, CFGF_NONE);
    int rc = -1;

    memset(c, 0, sizeof *c);
    if (!cfg)
        return -1;
    reading.config = c;
    reading.set = set;
    reading.arg = arg;
    reading.err = err;
    cfg_set_error_function(cfg, report);
    for (unsigned i = 0; i < sizeof checks / sizeof checks[0]; i++)
        cfg_set_validate_func(cfg, checks[i].key, checks[i].check);
    int result = cfg_parse(cfg, path);
    if (result == CFG_FILE_ERROR)
        fprintf(err, "%s: %s\n", path, strerror(errno));
    else if (result == CFG_SUCCESS)
        rc = finish(cfg, c);
    cfg_free(cfg);
    if (rc != 0)
        config_free(c);
    return rc;
}

void config_free(struct config *c)
{
    free(c->events);
    free(c->keylog);
    free(c->tap);
    accounts_free(&c->accounts);
    memset(c, 0, sizeof *c);
}
