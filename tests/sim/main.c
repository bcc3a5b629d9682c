/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "sim/options.h"
#include "sim/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "sim [OPTION...]: links of many clients over a bad network, in virtual time\n"
    "  --long          1000 clients, 72 hours, 20 seeds; without it 50 clients, 6 hours, 1 seed\n"
    "  --seed N        the first seed (1);            --seeds N      how many, one after the other\n"
    "  --hosts N       clients;                       --hours N      simulated\n"
    "  --loss N --duplicate N --reorder N --corrupt N of 100 datagrams (30, 10, 20, 1)\n"
    "  --traffic S     seconds between the packets of a link, each way (60)\n"
    "  --calm          loss and the like alone: nothing restarts, moves, sleeps\n"
    "  --connects N    dial so often in all, in calm, and hang up each time\n"
    "  --within S      no connect in calm may take longer\n"
    "  --most S        nor 999 in 1000 of them (with --long 60)\n"
    "  --set NAME=VAL  a setting, of clients and servers\n"
    "  --watch N       tell what happens to this client\n"
    "  --violations N  end a run after so many (10)\n";

struct number {
    const char *name;
    void (*set)(struct options *o, uint64_t n);
};

static void set_hosts(struct options *o, uint64_t n)
{
    o->clients = (uint32_t)(n < 1 ? 1 : n > 65535 ? 65535 : n);
}
static void set_hours(struct options *o, uint64_t n)
{
    o->hours = n;
}
static void set_seed(struct options *o, uint64_t n)
{
    o->seed = n;
}
static void set_loss(struct options *o, uint64_t n)
{
    o->loss = (unsigned)n;
}
static void set_duplicate(struct options *o, uint64_t n)
{
    o->duplicate = (unsigned)n;
}
static void set_reorder(struct options *o, uint64_t n)
{
    o->reorder = (unsigned)n;
}
static void set_corrupt(struct options *o, uint64_t n)
{
    o->corrupt = (unsigned)n;
}
static void set_traffic(struct options *o, uint64_t n)
{
    o->traffic = n * SECOND;
}
static void set_connects(struct options *o, uint64_t n)
{
    options_connects(o, n);
}
static void set_within(struct options *o, uint64_t n)
{
    o->within = n * SECOND;
}
static void set_most(struct options *o, uint64_t n)
{
    o->most = n * SECOND;
}
static void set_watch(struct options *o, uint64_t n)
{
    o->watch = (uint32_t)n + 1;
}
static void set_violations(struct options *o, uint64_t n)
{
    o->violations = (unsigned)n;
}

static const struct number numbers[] = {
    {"--hosts", set_hosts},
    {"--hours", set_hours},
    {"--seed", set_seed},
    {"--loss", set_loss},
    {"--duplicate", set_duplicate},
    {"--reorder", set_reorder},
    {"--corrupt", set_corrupt},
    {"--traffic", set_traffic},
    {"--connects", set_connects},
    {"--within", set_within},
    {"--most", set_most},
    {"--watch", set_watch},
    {"--violations", set_violations},
};

static bool take_number(struct options *o, const char *name, const char *value)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(name, numbers[i].name) == 0) {
            numbers[i].set(o, strtoull(value, NULL, 10));
            return true;
        }
    }
    return false;
}

static bool take_set(struct options *o, char *text)
{
    char *value = strchr(text, '=');

    if (!value || o->n_set == sizeof o->set / sizeof o->set[0])
        return false;
    *value++ = 0;
    o->set[o->n_set].name = text;
    o->set[o->n_set++].value = value;
    return true;
}

static void wrong(void)
{
    (void)fputs(usage, stderr);
    exit(2);
}

static double processor(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static unsigned run(const struct options *o)
{
    double from = processor();
    struct tally t;

    tally_run(&t, o);
    tally_report(&t, o, processor() - from);
    bool slow = o->most && tally_part(&t.connect, 9990) > o->most / 1000;
    if (slow)
        printf("# VIOLATION of seed %llu: one in 1000 connects took longer than %llu s\n", (unsigned long long)o->seed,
               (unsigned long long)(o->most / SECOND));
    tally_fini(&t);
    return t.violated + slow;
}

int main(int argc, char **argv)
{
    struct options o = options_short();
    uint64_t seeds = 1, bad = 0;

    for (int i = 1; i < argc; i++) {
        char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--long") == 0) {
            o.clients = 1000;
            o.hours = 72;
            o.most = 60 * SECOND;
            seeds = 20;
        } else if (strcmp(argv[i], "--calm") == 0) {
            options_calm(&o);
        } else if (value && strcmp(argv[i], "--seeds") == 0) {
            seeds = strtoull(argv[++i], NULL, 10);
        } else if (value && strcmp(argv[i], "--set") == 0) {
            if (!take_set(&o, argv[++i]))
                wrong();
        } else if (value && take_number(&o, argv[i], value)) {
            i++;
        } else {
            wrong();
        }
    }
    for (uint64_t i = 0; i < seeds; i++, o.seed++)
        bad += run(&o);
    return bad ? 1 : 0;
}
