/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "steer.h"

#include <linux/filter.h>
#include <sys/socket.h>

#define COUNT(a) ((unsigned short)(sizeof(a) / sizeof(a)[0]))

static void attach(int fd, int option, struct sock_filter *code, unsigned short n)
{
    struct sock_fprog program = {.len = n, .filter = code};

    (void)setsockopt(fd, SOL_SOCKET, option, &program, sizeof program); /* without it packets are handed on */
}

/* Of a raw socket: every worker's has every packet, the filter leaves those whose SPI is in this worker's part. With
 * IPv4 the packet begins with its IP header, which an SPI lies behind. */
static void filter_raw(const struct net_socket *s, uint32_t index, uint32_t count)
{
    bool v4 = s->local.family == 4;
    struct sock_filter code[] = {
        v4 ? (struct sock_filter)BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0)
           : (struct sock_filter)BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0), /* the upper half of the SPI */
        BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, count),
        BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, index, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };

    attach(s->fd, SO_ATTACH_FILTER, code, COUNT(code));
}

/* Of the sockets that share a port: the program names one, by the order they were bound in; a number that none has
 * leaves it to the kernel, by addresses and ports. That is for IKE, which begins with a marker of zeros. */
static void choose_socket(const struct net_socket *s, uint32_t count)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 4, 0),
        BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16), BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, count),
        BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16), BPF_STMT(BPF_RET | BPF_A, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };

    attach(s->fd, SO_ATTACH_REUSEPORT_CBPF, code, COUNT(code));
}

void steer(const struct net *net, unsigned index, unsigned count)
{
    enum { NAT_SOCKET = 1 }; /* of each address: IKE, NAT traversal, perhaps raw ESP */
    unsigned udp = 0;

    for (unsigned i = 0; i < net->n; i++) {
        const struct net_socket *s = &net->sockets[i];
        if (s->transport == L2TPSEC_TRANSPORT_ESP)
            filter_raw(s, index, count);
        else if (udp++ % 2 == NAT_SOCKET && index + 1 == count)
            choose_socket(s, count);
    }
}
