/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Keys for those who debug: lines of Wireshark's tables ikev1_decryption_table and esp_sa, if the host wants them. */
#ifndef L2S_CORE_KEYLOG_H
#define L2S_CORE_KEYLOG_H

#include "core/context.h"

void l2s_keylog_ike(struct l2tpsec *c, const uint8_t icookie[8], const uint8_t *key, size_t len);
void l2s_keylog_esp(struct l2tpsec *c, const struct l2s_ike_child *child);

#endif
