/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Text for events, built piece by piece into a caller's buffer: always NUL ended, cut with "..." where it does not
 * fit. */
#ifndef L2S_BASE_TEXT_H
#define L2S_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct l2s_text {
    char *out;
    size_t cap; /* with the NUL */
    size_t len;
    bool cut;
};

struct l2s_text l2s_text_init(char *out, size_t cap); /* cap 0: nothing is ever written */
void l2s_text_put(struct l2s_text *t, const char *words);
void l2s_text_char(struct l2s_text *t, char c);
void l2s_text_number(struct l2s_text *t, uint32_t n);
void l2s_text_hex(struct l2s_text *t, const uint8_t *p, size_t n);

#endif
