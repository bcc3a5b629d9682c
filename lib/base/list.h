/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Intrusive doubly linked ring: the head is a node of its own, an empty ring points to itself. */
#ifndef L2S_BASE_LIST_H
#define L2S_BASE_LIST_H

#include "base/errors.h"

#include <stdbool.h>
#include <stddef.h>

struct l2s_node {
    struct l2s_node *next, *prev;
};

static inline void l2s_list_init(struct l2s_node *n)
{
    n->next = n->prev = n;
}

static inline bool l2s_list_empty(const struct l2s_node *head)
{
    return head->next == head;
}

static inline void l2s_list_add_tail(struct l2s_node *head, struct l2s_node *n)
{
    n->next = head;
    n->prev = head->prev;
    head->prev->next = n;
    head->prev = n;
}

/* The node is a ring of its own afterwards: removing twice does no harm. */
static inline void l2s_list_remove(struct l2s_node *n)
{
    n->prev->next = n->next;
    n->next->prev = n->prev;
    l2s_list_init(n);
}

#define L2S_LIST_ENTRY(node, type, member) L2S_CONTAINER(node, type, member)

/* Safe against removal of the current node, and of it only. */
#define L2S_LIST_EACH(head, it, next_)                                                                                 \
    for (struct l2s_node *it = (head)->next, *next_ = it->next; it != (head); it = next_, next_ = it->next)

#endif
