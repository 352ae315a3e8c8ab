/*
 * Whose keys lie in the folder of keys, by the names of folders and files
 * only: a command that is told nothing by the signer knows so which domains
 * are ours, without reading a key.
 */
#ifndef GATEPOST_COMMANDS_KEY_NAMES_H
#define GATEPOST_COMMANDS_KEY_NAMES_H

#include "base/buf.h"
#include "keys/catalog.h"

/*
 * A catalog of the domains that have a key in use; nothing can be signed with
 * it. NULL with the reason in err where the folder cannot be read. A folder
 * that does not exist holds no keys. For catalog_unref().
 */
struct catalog *key_names(const char *keys_dir, struct buf *err);

#endif
