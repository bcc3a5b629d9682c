/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* l2tpsec-client: dials an L2TP/IPsec server and gives the link to this host as a TUN device.
 *
 *     l2tpsec-client --server vpn.example --psk-file psk --user alice --password-file password --route 10.0.0.0/8
 *
 * "ready" on stdout says that traffic can flow. SIGTERM hangs up in order. After the first success a lost link is
 * dialled again; before it, the first failure ends the program, and the exit status says where it failed
 * (common/outcome.h). Needs CAP_NET_ADMIN, CAP_NET_RAW and CAP_NET_BIND_SERVICE. */
#include "common/host.h"
#include "common/outcome.h"
#include "common/uplink.h"

#include <getopt.h>
#include <inttypes.h>
#include <netdb.h>
#include <string.h>

struct client {
    struct host host; /* first: the callbacks get it back */
    struct uplink uplink;
    l2tpsec_addr local;
    bool was_up;
    enum outcome outcome;
};

/* The flags. Those with a setting are handed to the library's profile in this order: the preset comes first, as it
 * resets the proposals, and "set" last. */
enum flag {
    FLAG_SERVER,
    FLAG_PSK_FILE,
    FLAG_CA,
    FLAG_CERTIFICATE,
    FLAG_KEY,
    FLAG_CRL,
    FLAG_PEER_ID,
    FLAG_PASSWORD_FILE,
    FLAG_USER,
    FLAG_PRESET,
    FLAG_IKE,
    FLAG_ESP,
    FLAG_AUTH,
    FLAG_PPP_CA,
    FLAG_PPP_CERTIFICATE,
    FLAG_PPP_KEY,
    FLAG_PPP_CRL,
    FLAG_PPP_PEER_NAME,
    FLAG_ENCAP,
    FLAG_IPV6,
    FLAG_MTU,
    FLAG_TUN,
    FLAG_ROUTE,
    FLAG_INFORM,
    FLAG_SCRIPT,
    FLAG_KEYLOG,
    FLAG_TAP,
    FLAG_EVENTS,
    FLAG_SET,
    FLAG_SETTINGS,
    FLAG_VERSION,
    FLAG_HELP,
    FLAG_COUNT
};

static const struct {
    const char *name, *setting, *arg, *help;
} flags[FLAG_COUNT] = {
    [FLAG_SERVER] = {"server", NULL, "ADDR", "name or address of the server"},
    [FLAG_PSK_FILE] = {"psk-file", NULL, "FILE", "holds the pre-shared key; 0x begins hex digits"},
    [FLAG_CA] = {"ca", "ike.ca", "FILE", "authorities that vouch for the server (PEM or DER)"},
    [FLAG_CERTIFICATE] = {"certificate", "ike.certificate", "FILE", "our certificate, instead of a pre-shared key"},
    [FLAG_KEY] = {"key", "ike.key", "FILE", "its private key"},
    [FLAG_CRL] = {"crl", "ike.crl", "FILE", "revocation lists of the authorities"},
    [FLAG_PEER_ID] = {"peer-id", "ike.peer_id", "ID", "what the server must be, as in vpn.example"},
    [FLAG_PASSWORD_FILE] = {"password-file", NULL, "FILE", "holds the password"},
    [FLAG_USER] = {"user", "ppp.user", "NAME", "user name"},
    [FLAG_PRESET] = {"preset", "preset", "NAME", "modern, compatible (default), or legacy"},
    [FLAG_IKE] = {"ike", "ike.proposals", "LIST", "phase 1 proposals, as in aes256-sha256-modp2048"},
    [FLAG_ESP] = {"esp", "esp.proposals", "LIST", "phase 2 proposals, as in aes256gcm16,aes256-sha1"},
    [FLAG_AUTH] = {"auth", "ppp.auth", "LIST", "allowed of mschapv2,eap-tls,eap-mschapv2,chap,eap-md5,pap"},
    [FLAG_PPP_CA] = {"ppp-ca", "ppp.ca", "FILE", "for eap-tls: authorities that vouch for the server"},
    [FLAG_PPP_CERTIFICATE] = {"ppp-certificate", "ppp.certificate", "FILE", "for eap-tls: our certificate"},
    [FLAG_PPP_KEY] = {"ppp-key", "ppp.key", "FILE", "for eap-tls: its private key"},
    [FLAG_PPP_CRL] = {"ppp-crl", "ppp.crl", "FILE", "for eap-tls: revocation lists of the authorities"},
    [FLAG_PPP_PEER_NAME] = {"ppp-peer-name", "ppp.peer_name", "NAME",
                            "for eap-tls: what the server's certificate must name"},
    [FLAG_ENCAP] = {"encap", "esp.encap", "WHEN", "ESP in UDP: auto (default), always, never"},
    [FLAG_IPV6] = {"ipv6", "ppp.ipv6", NULL, "IPv6 inside, too, if the server does it"},
    [FLAG_MTU] = {"mtu", "ppp.mtu", "BYTES", "largest packet to send through the tunnel"},
    [FLAG_TUN] = {"tun", NULL, "NAME", "TUN device to make (l2tp%d: the first free number)"},
    [FLAG_ROUTE] = {"route", NULL, "CIDR", "what goes through the tunnel; repeatable; 0.0.0.0/0 or ::/0 for all"},
    [FLAG_INFORM] = {"inform", "link.inform", NULL, "ask the server for routes, and set those it tells, too"},
    [FLAG_SCRIPT] = {"script", NULL, "PATH", "vpnc-script that sets up address, routes and DNS instead of us"},
    [FLAG_KEYLOG] = {"keylog", NULL, "DIR", "append keys to Wireshark's tables in DIR (for debugging only)"},
    [FLAG_TAP] = {"tap", NULL, "FILE", "write control messages in the clear to a capture file (for debugging only)"},
    [FLAG_EVENTS] = {"events", NULL, "FILE", "append one JSON object a line for each event"},
    [FLAG_SET] = {"set", NULL, "NAME=VALUE", "any setting of the library; repeatable"},
    [FLAG_SETTINGS] = {"settings", NULL, NULL, "list these settings and leave"},
    [FLAG_VERSION] = {"version", NULL, NULL, "print the version and leave"},
    [FLAG_HELP] = {"help", NULL, NULL, "print this and leave"},
};

struct options {
    const char *value[FLAG_COUNT];
    const char *set[32];
    unsigned n_set;
};

static int print_help(void)
{
    puts("Usage: l2tpsec-client --server ADDR --psk-file FILE --user NAME --password-file FILE [FLAG]...\n"
         "       l2tpsec-client --server ADDR --certificate FILE --key FILE --ca FILE --user NAME ...\n"
         "       l2tpsec-client ... --auth eap-tls --ppp-certificate FILE --ppp-key FILE --ppp-ca FILE ...\n");
    for (unsigned i = 0; i < FLAG_COUNT; i++)
        printf("  --%-15s %-10s  %s\n", flags[i].name, flags[i].arg ? flags[i].arg : "", flags[i].help);
    puts(
        "  -v                             print every step of the protocols on stderr\n\n"
        "Exit status: 0 closed, 1 internal, 2 usage, 3 no answer, 4 phase 1, 5 phase 2, 6 L2TP, 7 authentication,\n"
        "8 PPP, 9 the server hung up. Without --route, only the server's inner address is reached through the tunnel;\n"
        "with --script and no --route, the script decides (the usual one: everything).");
    return OUTCOME_CLOSED;
}

static int print_settings(void)
{
    l2tpsec_setting s = {.size = sizeof s};

    for (uint32_t i = 0; l2tpsec_setting_at(i, &s) == L2TPSEC_OK; i++) {
        if (s.roles & L2TPSEC_ROLE_CLIENT)
            printf("%-20s %s\n%-20s   allowed: %s; default: %s%s%s\n", s.name, s.help, "", s.allowed, s.initial,
                   *s.unit ? " " : "", s.unit);
    }
    return OUTCOME_CLOSED;
}

static int add_list_flag(struct client *c, struct options *o, enum flag flag, const char *value, struct problem *p)
{
    struct uplink *u = &c->uplink;

    if (flag == FLAG_SET) {
        if (!strchr(value, '=') || o->n_set == sizeof o->set / sizeof o->set[0])
            return problem(p, "--set %s: allowed: NAME=VALUE, at most 32 times; --settings lists them", value);
        o->set[o->n_set++] = value;
    } else if (flag == FLAG_ROUTE) {
        if (u->n_routes == UPLINK_ROUTES || !subnet_parse(value, &u->routes[u->n_routes]))
            return problem(p, "--route %s: allowed: a subnet such as 10.0.0.0/8 or 2001:db8::/32, at most %d", value,
                           UPLINK_ROUTES);
        u->n_routes++;
    }
    return 0;
}

static int read_options(struct client *c, struct options *o, int argc, char **argv, struct problem *p)
{
    struct option longs[FLAG_COUNT + 1] = {{.name = NULL}};
    int got = 0;

    for (int i = 0; i < FLAG_COUNT; i++)
        longs[i] = (struct option){flags[i].name, flags[i].arg ? required_argument : no_argument, NULL, 256 + i};
    while ((got = getopt_long(argc, argv, "v", longs, NULL)) != -1) {
        if (got == 'v') {
            c->host.verbose = true;
        } else if (got < 256) {
            return problem(p, "--help lists what is allowed");
        } else {
            o->value[got - 256] = optarg ? optarg : "1";
            if (add_list_flag(c, o, (enum flag)(got - 256), optarg, p) != 0)
                return -1;
        }
    }
    return optind == argc ? 0 : problem(p, "%s: not a flag; --help lists what is allowed", argv[optind]);
}

static int apply_secret(struct client *c, const char *path, const char *setting, struct problem *p)
{
    struct secret s;
    int rc = secret_read(path, &s, p);

    if (rc == 0 && strcmp(setting, "ike.psk") == 0)
        rc = secret_decode_psk(&s, p);
    if (rc == 0)
        rc = host_set_secret(&c->host, setting, &s, p);
    secret_wipe(&s);
    return rc;
}

static int apply_options(struct client *c, const struct options *o, struct problem *p)
{
    static const enum flag needed[] = {FLAG_SERVER, FLAG_PSK_FILE, FLAG_USER, FLAG_PASSWORD_FILE};
    bool cert = o->value[FLAG_CERTIFICATE] != NULL, eap_tls = o->value[FLAG_PPP_CERTIFICATE] != NULL;
    struct problem inner;
    char name[64];

    for (unsigned i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        bool spared = needed[i] == FLAG_PSK_FILE ? cert : needed[i] != FLAG_SERVER && eap_tls;
        if (!o->value[needed[i]] && !spared)
            return problem(p, "--%s: missing: %s", flags[needed[i]].name, flags[needed[i]].help);
    }
    if ((o->value[FLAG_PSK_FILE] && apply_secret(c, o->value[FLAG_PSK_FILE], "ike.psk", p) != 0) ||
        (cert && host_set(&c->host, "ike.auth", "cert", p) != 0) ||
        (o->value[FLAG_PASSWORD_FILE] && apply_secret(c, o->value[FLAG_PASSWORD_FILE], "ppp.password", p) != 0) ||
        host_set(&c->host, "link.reconnect", "1", p) != 0)
        return -1;
    for (unsigned i = 0; i < FLAG_COUNT; i++) {
        if (flags[i].setting && o->value[i] && host_set(&c->host, flags[i].setting, o->value[i], &inner) != 0)
            return problem(p, "--%s: %s", flags[i].name, inner.text);
    }
    for (unsigned i = 0; i < o->n_set; i++) {
        const char *equals = strchr(o->set[i], '=');
        snprintf(name, sizeof name, "%.*s", (int)(equals - o->set[i]), o->set[i]);
        if (host_set(&c->host, name, equals + 1, &inner) != 0)
            return problem(p, "--set %s: %s", name, inner.text);
    }
    return 0;
}

/* The first address of the server that this host has a way to, and our own address on that way. */
static int find_server(struct client *c, const char *name, struct problem *p)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *list = NULL;
    int error = getaddrinfo(name, NULL, &hints, &list);

    if (error)
        return problem(p, "--server %s: %s", name, gai_strerror(error));
    int rc = -1;
    for (const struct addrinfo *a = list; a && rc != 0; a = a->ai_next) {
        struct sockaddr_storage sa = {.ss_family = AF_UNSPEC};
        memcpy(&sa, a->ai_addr, a->ai_addrlen < sizeof sa ? a->ai_addrlen : sizeof sa);
        addr_from_sockaddr(&sa, &c->uplink.server);
        rc = net_local_address(&c->uplink.server, &c->local, p);
    }
    freeaddrinfo(list);
    return rc;
}

static void on_up(struct client *c, const l2tpsec_event *ev)
{
    struct problem p;

    if (uplink_up(&c->uplink, ev, &p) != 0) {
        events_say(&c->host.events, "%s", p.text);
        c->outcome = OUTCOME_INTERNAL;
        host_close(&c->host);
        return;
    }
    if (!c->was_up && ev->dns[0].family && !c->uplink.script.path)
        events_say(&c->host.events, "the server's DNS is left to you: a --script would set it up");
    if (!c->was_up) {
        puts("ready");
        fflush(stdout);
    }
    c->was_up = true;
}

static void on_routes(struct client *c, const l2tpsec_event *ev)
{
    enum { MOST = 32 };
    l2tpsec_route routes[MOST] = {{.size = sizeof routes[0]}};
    int32_t n = l2tpsec_get_routes(c->host.ctx, ev->link, routes, MOST);
    struct problem p;

    if (n > 0 && uplink_routes(&c->uplink, routes, n < MOST ? (size_t)n : MOST, &p) != 0)
        events_say(&c->host.events, "%s", p.text);
}

static void on_ipv6(struct client *c, const l2tpsec_event *ev)
{
    struct problem p;

    if (uplink_ipv6(&c->uplink, ev, &p) != 0) /* IPv4 goes on */
        events_say(&c->host.events, "IPv6: %s", p.text);
}

static void on_event(struct host *h, const l2tpsec_event *ev)
{
    struct client *c = (struct client *)h;

    if (h->closing)
        return;
    if (ev->type == L2TPSEC_EVENT_UP)
        on_up(c, ev);
    if (ev->type == L2TPSEC_EVENT_ROUTES)
        on_routes(c, ev);
    if (ev->type == L2TPSEC_EVENT_IPV6)
        on_ipv6(c, ev);
    if (ev->type != L2TPSEC_EVENT_FAILED && ev->type != L2TPSEC_EVENT_DOWN)
        return;
    if (c->was_up && ev->retry_in_us) /* the library dials again; device, address and routes wait for it */
        return;
    c->outcome = outcome_of(ev->cause, ev->layer);
    host_close(h);
}

static const struct program program = {.name = "l2tpsec-client", .event = on_event};

static int run(struct client *c, const struct options *o, struct problem *p)
{
    struct host *h = &c->host;
    const char *name = o->value[FLAG_TUN] ? o->value[FLAG_TUN] : "l2tp%d";
    l2tpsec_id link = 0;

    c->uplink.tun = &h->tun;
    c->uplink.script.path = o->value[FLAG_SCRIPT];
    if (events_open(&h->events, o->value[FLAG_EVENTS], o->value[FLAG_KEYLOG], p) != 0 ||
        tapfile_open(&h->tap, o->value[FLAG_TAP], p) != 0 || net_open(&h->net, &c->local, &h->ports, p) != 0 ||
        tun_open(&h->tun, name, p) != 0 || uplink_init(&c->uplink, p) != 0)
        return -1;
    int32_t rc = l2tpsec_connect(h->ctx, h->profile, &c->local, &c->uplink.server, host_now(), &link);
    if (rc != L2TPSEC_OK)
        return problem(p, "cannot dial: %s", l2tpsec_strerror(rc));
    int result = host_run(h, p);
    if (c->outcome == OUTCOME_NO_ANSWER && h->net.counters.unsent)
        events_say(&h->events, "datagrams that could not be sent: %" PRIu64 ", last error: %s", h->net.counters.unsent,
                   strerror(h->net.counters.last_error));
    return result;
}

int main(int argc, char **argv)
{
    static struct client client; /* its buffers are too large for the stack */
    struct client *c = &client;
    struct options o = {.n_set = 0};
    struct problem p;
    enum outcome failed = OUTCOME_INTERNAL;
    int rc = host_init(&c->host, &program, &p);

    if (rc == 0) {
        failed = OUTCOME_USAGE;
        rc = read_options(c, &o, argc, argv, &p);
    }
    if (rc == 0 && o.value[FLAG_HELP])
        return print_help();
    if (rc == 0 && o.value[FLAG_SETTINGS])
        return print_settings();
    if (rc == 0 && o.value[FLAG_VERSION])
        return printf("l2tpsec-client %s\n", l2tpsec_version()) < 0;
    if (rc == 0)
        rc = apply_options(c, &o, &p);
    if (rc == 0) {
        failed = OUTCOME_NO_ANSWER;
        rc = find_server(c, o.value[FLAG_SERVER], &p);
    }
    if (rc == 0) {
        failed = OUTCOME_INTERNAL;
        rc = run(c, &o, &p);
    }
    if (rc != 0) {
        events_say(&c->host.events, "%s", p.text);
        c->outcome = failed;
    }
    uplink_fini(&c->uplink);
    host_fini(&c->host);
    return (int)c->outcome;
}
