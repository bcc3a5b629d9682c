/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/text.h"

struct l2s_text l2s_text_init(char *out, size_t cap)
{
    struct l2s_text t = {.out = out, .cap = out ? cap : 0};

    if (t.cap)
        out[0] = '\0';
    return t;
}

/* The last three characters give way to dots, as far as there are three. */
static void cut(struct l2s_text *t)
{
    t->cut = true;
    for (size_t i = 0; i < 3 && i < t->len; i++)
        t->out[t->len - 1 - i] = '.';
}

void l2s_text_char(struct l2s_text *t, char c)
{
    if (t->cut || t->cap == 0)
        return;
    if (t->len + 1 >= t->cap) {
        cut(t);
        return;
    }
    t->out[t->len++] = c;
    t->out[t->len] = '\0';
}

void l2s_text_put(struct l2s_text *t, const char *words)
{
    while (*words)
        l2s_text_char(t, *words++);
}

void l2s_text_number(struct l2s_text *t, uint32_t n)
{
    if (n >= 10)
        l2s_text_number(t, n / 10);
    l2s_text_char(t, (char)('0' + n % 10));
}

void l2s_text_hex(struct l2s_text *t, const uint8_t *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        l2s_text_char(t, digits[p[i] >> 4]);
        l2s_text_char(t, digits[p[i] & 15]);
    }
}
