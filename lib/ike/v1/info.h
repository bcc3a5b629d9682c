/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Informational exchanges (RFC 2409, 5.7): notify and delete. Once there are keys only those with a valid HASH(1) count; before,
 * clear ones are no more than hints. */
#ifndef L2S_IKE_V1_INFO_H
#define L2S_IKE_V1_INFO_H

#include "ike/v1/main_mode.h"

void l2s_v1_info_input(struct l2s_v1_sa *sa, struct l2s_v1_message *m);

/* Under an IKE SA's keys. spi 0: about the IKE SA, else about an ESP SA. */
void l2s_v1_info_notify(struct l2s_v1_sa *sa, uint16_t notify, uint32_t spi);
int l2s_v1_info_write_notify(struct l2s_v1_sa *sa, uint16_t notify, uint32_t spi,
                             struct l2s_wr *out); /* into the engine's buffer */
void l2s_v1_info_delete_esp(struct l2s_v1_sa *sa, uint32_t spi_in);
void l2s_v1_info_delete_ike(struct l2s_v1_sa *sa);
void l2s_v1_info_dpd(struct l2s_v1_sa *sa, uint16_t notify, uint32_t sequence);

/* In clear text, to a stranger: few a second, and smaller than what they answer. */
void l2s_v1_info_clear(struct l2s_ike *e, const struct l2s_v1_message *m, uint16_t notify);
void l2s_v1_info_clear_sa(struct l2s_v1_sa *sa, const struct l2s_v1_path *to, uint16_t notify);

#endif
