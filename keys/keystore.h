/*
 * The private keys: keys_dir/<domain>/<selector>.pem, PKCS#8 or PKCS#1, RSA
 * of 1024 to 8192 bits or Ed25519. Only the signer and gatepost-keys use it.
 *
 * Loading reads every file and keeps its raw bytes; a key is decoded when it
 * first signs, and a bounded number of decoded ones is kept.
 *
 * Key ids come from the content (public part, domain and selector), so that a
 * message which began before a reload still finds the key it began with.
 */
#ifndef GATEPOST_KEYS_KEYSTORE_H
#define GATEPOST_KEYS_KEYSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "catalog.h"

#define KEYSTORE_MAX_SIG 1024 /* bytes: RSA of 8192 bits */
#define KEYSTORE_DIGEST 32

struct keystore_options {
	unsigned threads; /* for loading; 0: one for each core */
	unsigned cache;	  /* decoded keys kept; 0: 4096 */
	uid_t reader;	  /* account that will read the keys: ownership is judged for it */
	gid_t reader_group;
};

struct keystore;

/*
 * Loads a folder of keys. prev, if not NULL, is an earlier load of the same
 * folder: files unchanged since (device, inode, size, times) are shared with
 * it and not read again, and its keys stay usable by id in the new one until
 * the load after the next (so a message in flight over a reload finds them).
 * Returns NULL when anything is wrong with any file: one line for each in
 * err (at most 20, then "... and N more"), each naming path, owner and mode
 * where they matter, and the command that mends it. An empty folder is fine.
 */
struct keystore *keystore_load(
    const char *dir, const struct keystore *prev, const struct keystore_options *, struct buf *err);
void keystore_free(struct keystore *);
size_t keystore_domains(const struct keystore *);
size_t keystore_keys(const struct keystore *);
/* A sealed memory file for catalog_open(); the caller closes it. -1 and errno on failure. */
int keystore_catalog(const struct keystore *);

enum keystore_result {
	KEYSTORE_OK,
	KEYSTORE_UNKNOWN, /* no key of that id */
	KEYSTORE_BAD_KEY, /* the file's bytes do not decode to a usable key */
	KEYSTORE_FAILED	  /* OpenSSL could not sign */
};
/*
 * Signs a SHA-256 digest: RSASSA-PKCS1-v1_5 (RFC 6376 §3.3.1, RFC 8017), or
 * Ed25519 over the digest (RFC 8463 §3). Safe from many threads at once.
 */
enum keystore_result keystore_sign(struct keystore *, uint64_t id,
    const uint8_t digest[KEYSTORE_DIGEST], uint8_t sig[KEYSTORE_MAX_SIG], size_t *siglen);

#endif
