/*
 * Office documents that are encrypted with a password which Office itself
 * knows (MS-OFFCRYPTO): they open without a question, so what is in them is
 * looked into.
 */
#ifndef GATEPOST_FILTER_OFFICE_CRYPT_H
#define GATEPOST_FILTER_OFFICE_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * The streams "EncryptionInfo" and "EncryptedPackage", by standard and agile
 * encryption; the package is decrypted in place. False where another password
 * is needed, or the method is not known.
 */
bool office_crypt_open(const uint8_t *info, size_t ninfo, struct buf *package);

#endif
