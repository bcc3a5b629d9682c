/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Distinguished names (RFC 5280, 4.1.2.4) in DER, and as people write them: "C=XX, O=Example, CN=vpn.example". */
#ifndef L2S_IKE_COMMON_DN_H
#define L2S_IKE_COMMON_DN_H

#include "base/text.h"
#include "wire/rd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The same attributes in the same order; strings without regard to their type and to ASCII case (RFC 4945, 3.1.5). */
bool l2s_dn_equal(struct l2s_rd a, struct l2s_rd b);

/* Nothing is written, and false, when there are attributes without a short name or characters that would need quotes. */
bool l2s_dn_text(struct l2s_rd dn, struct l2s_text *t);

/* L2TPSEC_OK, L2TPSEC_EINVAL, or L2TPSEC_ERANGE: longer than cap. */
int l2s_dn_parse(const char *text, uint8_t *out, size_t cap, size_t *len);

#endif
