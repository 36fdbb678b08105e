/* SPDX-License-Identifier: Apache-2.0 */
/* Networks of the catalogue and the store, as the commands of `relief model` show them. */
#ifndef RELIEF_CLI_MODEL_ENTRY_H
#define RELIEF_CLI_MODEL_ENTRY_H

#include "report.h"

/* The entry of the catalogue with this name or alias; false when there is none. */
bool rl_cli_find_entry(const char *name, relief_catalogue_entry *entry);
/* All that is known of a network: what the catalogue says, and what lies in the store; either may
 * be NULL. */
json_t *rl_cli_entry_json(const relief_catalogue_entry *entry, const relief_store_item *item);
/* "any use", "non-commercial use", "see its licence". */
const char *rl_cli_use_name(relief_use use);

#endif
