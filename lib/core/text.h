/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Text for people: addresses, and sentences put together from constants. */
#ifndef L2S_CORE_TEXT_H
#define L2S_CORE_TEXT_H

#include <l2tpsec/l2tpsec.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Dotted quad of exactly n characters. */
bool l2s_text_ipv4(const char *text, size_t n, uint8_t out[4]);
/* "10.0.0.0/8", or an address alone, which is all 32 bits; bits behind the prefix are cleared. */
bool l2s_text_prefix(const char *text, size_t n, uint8_t net[4], uint8_t *len);

const char *l2s_text_cause(uint32_t cause); /* a clause: "the pre-shared keys differ" */
const char *l2s_text_error(int32_t rc);
const char *l2s_name_cause(uint32_t cause);
const char *l2s_name_drop(uint32_t drop);
const char *l2s_name_layer(uint32_t layer);
const char *l2s_name_event(uint32_t type);

#endif
