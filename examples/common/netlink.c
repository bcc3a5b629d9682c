/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

/* One message under construction. */
struct message {
    _Alignas(struct nlmsghdr) char bytes[1024];
    struct nlmsghdr *head;
};

static uint8_t family_of(const l2tpsec_addr *a)
{
    return a->family == 6 ? AF_INET6 : AF_INET;
}

/* Begins a message; returns its fixed part, zeroed. */
static void *begin(struct message *m, uint16_t type, uint16_t flags, size_t fixed)
{
    m->head = mnl_nlmsg_put_header(m->bytes);
    m->head->nlmsg_type = type;
    m->head->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    return mnl_nlmsg_put_extra_header(m->head, fixed);
}

static void put_addr(struct message *m, uint16_t attribute, const l2tpsec_addr *a)
{
    mnl_attr_put(m->head, attribute, addr_len(a), a->ip);
}

/* Sends it and reads answers until the one that ends them. */
static int ask(struct netlink *nl, struct message *m, mnl_cb_t each, void *arg)
{
    char answer[8192];
    int more = MNL_CB_OK;

    m->head->nlmsg_seq = ++nl->seq;
    if (mnl_socket_sendto(nl->socket, m->head, m->head->nlmsg_len) < 0)
        return -1;
    while (more > MNL_CB_STOP) {
        ssize_t len = mnl_socket_recvfrom(nl->socket, answer, sizeof answer);
        if (len < 0)
            return -1;
        more = mnl_cb_run(answer, (size_t)len, nl->seq, mnl_socket_get_portid(nl->socket), each, arg);
    }
    return more < 0 ? -1 : 0;
}

int netlink_open(struct netlink *nl)
{
    memset(nl, 0, sizeof *nl);
    nl->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (!nl->socket)
        return -1;
    return mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID);
}

void netlink_close(struct netlink *nl)
{
    if (nl->socket)
        mnl_socket_close(nl->socket);
    nl->socket = NULL;
}

static struct ifinfomsg *begin_link(struct message *m, unsigned index)
{
    struct ifinfomsg *info = begin(m, RTM_NEWLINK, NLM_F_ACK, sizeof *info);

    info->ifi_index = (int)index;
    return info;
}

static int no_link_local(struct netlink *nl, unsigned index)
{
    struct message m;

    (void)begin_link(&m, index);
    struct nlattr *spec = mnl_attr_nest_start(m.head, IFLA_AF_SPEC);
    struct nlattr *inet6 = mnl_attr_nest_start(m.head, AF_INET6);
    mnl_attr_put_u8(m.head, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
    mnl_attr_nest_end(m.head, inet6);
    mnl_attr_nest_end(m.head, spec);
    return ask(nl, &m, NULL, NULL);
}

static int set_number(struct netlink *nl, unsigned index, uint16_t attribute, uint32_t value)
{
    struct message m;

    (void)begin_link(&m, index);
    mnl_attr_put_u32(m.head, attribute, value);
    return ask(nl, &m, NULL, NULL);
}

int netlink_link_up(struct netlink *nl, unsigned index, const struct link_size *size)
{
    struct message m;

    (void)no_link_local(nl, index); /* a kernel without IPv6 refuses, and needs it not */
    (void)set_number(nl, index, IFLA_TXQLEN, size->queue);
    if (size->large)
        (void)set_number(nl, index, IFLA_GSO_MAX_SIZE, size->large);
    struct ifinfomsg *info = begin_link(&m, index);
    info->ifi_change = info->ifi_flags = IFF_UP;
    mnl_attr_put_u32(m.head, IFLA_MTU, size->mtu);
    return ask(nl, &m, NULL, NULL);
}

static int change_address(struct netlink *nl, uint16_t type, uint16_t flags, unsigned index, const l2tpsec_addr *a,
                          const l2tpsec_addr *peer, unsigned prefix)
{
    struct message m;
    struct ifaddrmsg *info = begin(&m, type, (uint16_t)(NLM_F_ACK | flags), sizeof *info);

    info->ifa_family = family_of(a);
    info->ifa_prefixlen = (uint8_t)prefix;
    info->ifa_index = index;
    put_addr(&m, IFA_LOCAL, a);
    put_addr(&m, IFA_ADDRESS, peer ? peer : a);
    return ask(nl, &m, NULL, NULL);
}

int netlink_address_add(struct netlink *nl, unsigned index, const l2tpsec_addr *a, const l2tpsec_addr *peer,
                        unsigned prefix)
{
    return change_address(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, index, a, peer, prefix);
}

int netlink_address_del(struct netlink *nl, unsigned index, const l2tpsec_addr *a, const l2tpsec_addr *peer,
                        unsigned prefix)
{
    return change_address(nl, RTM_DELADDR, 0, index, a, peer, prefix);
}

static int change_route(struct netlink *nl, uint16_t type, uint16_t flags, const struct route *r)
{
    struct message m;
    struct rtmsg *info = begin(&m, type, (uint16_t)(NLM_F_ACK | flags), sizeof *info);

    info->rtm_family = family_of(&r->to.net);
    info->rtm_dst_len = (uint8_t)r->to.prefix;
    info->rtm_table = RT_TABLE_MAIN;
    info->rtm_protocol = RTPROT_STATIC;
    info->rtm_scope = r->gateway.family ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    info->rtm_type = RTN_UNICAST;
    put_addr(&m, RTA_DST, &r->to.net);
    if (r->gateway.family)
        put_addr(&m, RTA_GATEWAY, &r->gateway);
    mnl_attr_put_u32(m.head, RTA_OIF, r->index);
    return ask(nl, &m, NULL, NULL);
}

int netlink_route_add(struct netlink *nl, const struct route *r)
{
    return change_route(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, r);
}

int netlink_route_del(struct netlink *nl, const struct route *r)
{
    return change_route(nl, RTM_DELROUTE, 0, r);
}

/* The kernel's answer to netlink_route_get(), attribute by attribute. */
static int read_attribute(const struct nlattr *a, void *arg)
{
    struct route *r = arg;
    uint16_t type = mnl_attr_get_type(a), len = mnl_attr_get_payload_len(a);

    if (type == RTA_OIF && len == sizeof r->index) {
        r->index = mnl_attr_get_u32(a);
    } else if (type == RTA_GATEWAY && len == addr_len(&r->to.net)) {
        r->gateway.family = r->to.net.family;
        memcpy(r->gateway.ip, mnl_attr_get_payload(a), len);
    }
    return MNL_CB_OK;
}

static int read_route(const struct nlmsghdr *head, void *arg)
{
    const struct rtmsg *info = mnl_nlmsg_get_payload(head);

    if (info->rtm_type != RTN_UNICAST) { /* the address is this host's own, or unreachable */
        errno = EHOSTUNREACH;
        return MNL_CB_ERROR;
    }
    return mnl_attr_parse(head, sizeof *info, read_attribute, arg) < 0 ? MNL_CB_ERROR : MNL_CB_STOP;
}

int netlink_route_get(struct netlink *nl, const l2tpsec_addr *to, struct route *out)
{
    struct message m;
    struct rtmsg *info = begin(&m, RTM_GETROUTE, 0, sizeof *info);

    memset(out, 0, sizeof *out);
    out->to.net = *to;
    out->to.net.port = 0;
    out->to.prefix = (unsigned)addr_len(to) * 8;
    info->rtm_family = family_of(to);
    info->rtm_dst_len = (uint8_t)out->to.prefix;
    put_addr(&m, RTA_DST, to);
    return ask(nl, &m, read_route, out);
}
