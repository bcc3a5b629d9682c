/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The public headers alone, by every language level that hosts use. */
#include <l2tpsec/offload.h>

/* Sizes are part of the ABI, for both sizes of pointers; no struct has a hole in it. */
#define POINTERS(n) ((n) * sizeof(void *))
#define SIZE_IS(type, n) typedef char type##_has_its_size[sizeof(type) == (n) ? 1 : -1]

SIZE_IS(l2tpsec_addr, 20);
SIZE_IS(l2tpsec_packet, POINTERS(4) + 72);
SIZE_IS(l2tpsec_event, POINTERS(12) + 240);
SIZE_IS(l2tpsec_route, 48);
SIZE_IS(l2tpsec_query, POINTERS(2) + 72);
SIZE_IS(l2tpsec_address_query, POINTERS(2) + 72);
SIZE_IS(l2tpsec_addresses, 112);
SIZE_IS(l2tpsec_record, POINTERS(6) + 32);
SIZE_IS(l2tpsec_callbacks, POINTERS(14) + 16);
SIZE_IS(l2tpsec_tap, POINTERS(2) + 80);
SIZE_IS(l2tpsec_sign_query, POINTERS(4) + 64);
SIZE_IS(l2tpsec_stats, 104);
SIZE_IS(l2tpsec_diagnosis, POINTERS(4) + 24);
SIZE_IS(l2tpsec_setting, POINTERS(6) + 32);
SIZE_IS(l2tpsec_offload, 10);
SIZE_IS(l2tpsec_piece, POINTERS(2));
SIZE_IS(l2tpsec_large, 24);

int32_t use(l2tpsec_packet_has_its_size *p);
int32_t use(l2tpsec_packet_has_its_size *p)
{
    return p ? L2TPSEC_OK : L2TPSEC_EINVAL;
}
