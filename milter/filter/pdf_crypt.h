/*
 * The encryption of PDF (ISO 32000-2, 7.6), as far as it opens with the empty
 * user password: such a file opens for everybody, and only forbids to change
 * or print it.
 */
#ifndef GATEPOST_FILTER_PDF_CRYPT_H
#define GATEPOST_FILTER_PDF_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct pdf_crypt {
	long version, revision, bits;
	uint32_t permissions;
	uint8_t owner[48], user[48], user_key[32]; /* O, U, UE */
	bool standard;				   /* the handler that is known */
	bool aes, strings_aes;
	bool plain_streams;
	bool strings; /* are encrypted, not only streams */
	bool plain_metadata;
	uint8_t key[32];
	size_t nkey; /* 0: not opened */
};

/* Reads the dictionary that begins at the bytes. */
void pdf_crypt_read(struct pdf_crypt *, const uint8_t *, size_t len);
/* Tries the empty password. id is the first half of the file's /ID. False where it does not open.
 */
bool pdf_crypt_open(struct pdf_crypt *, const uint8_t *id, size_t nid);
/* Decrypts a stream's data, or a string. False where they cannot be its cipher text. */
bool pdf_crypt_decrypt(
    const struct pdf_crypt *, uint32_t number, unsigned generation, struct buf *data);
bool pdf_crypt_decrypt_string(
    const struct pdf_crypt *, uint32_t number, unsigned generation, struct buf *data);

#endif
