/*
 * Excel's binary workbooks that are encrypted with the password which Excel
 * itself knows: it writes them where only the structure is protected, and
 * opens them without a question.
 */
#ifndef GATEPOST_FILTER_BIFF_CRYPT_H
#define GATEPOST_FILTER_BIFF_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decrypts the workbook in place, from the record FILEPASS (0x2f) on, which
 * begins there. False where another password is needed, or the method is not
 * known.
 */
bool biff_crypt_open(uint8_t *workbook, size_t len, size_t filepass);

#endif
