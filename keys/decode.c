#include "decode.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

/* In the order of pem_rsa_numbers(). */
static const char *const names[PEM_RSA_NUMBERS] = {
    OSSL_PKEY_PARAM_RSA_N,
    OSSL_PKEY_PARAM_RSA_E,
    OSSL_PKEY_PARAM_RSA_D,
    OSSL_PKEY_PARAM_RSA_FACTOR1,
    OSSL_PKEY_PARAM_RSA_FACTOR2,
    OSSL_PKEY_PARAM_RSA_EXPONENT1,
    OSSL_PKEY_PARAM_RSA_EXPONENT2,
    OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

static EVP_PKEY *
from_params(OSSL_PARAM *params)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *ctx;

	ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *
from_numbers(BIGNUM *const bn[PEM_RSA_NUMBERS])
{
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;
	OSSL_PARAM_BLD *b;
	int i;

	b = OSSL_PARAM_BLD_new();
	for (i = 0; b != NULL && i < PEM_RSA_NUMBERS; i++)
		if (bn[i] == NULL || OSSL_PARAM_BLD_push_BN(b, names[i], bn[i]) != 1)
			break;
	if (i == PEM_RSA_NUMBERS)
		params = OSSL_PARAM_BLD_to_param(b);
	if (params != NULL)
		key = from_params(params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	return key;
}

/* OpenSSL's own decoder takes several times as long as a signature. */
static EVP_PKEY *
decode_rsa(const struct pem_key *from)
{
	struct pem_number numbers[PEM_RSA_NUMBERS];
	BIGNUM *bn[PEM_RSA_NUMBERS];
	EVP_PKEY *key;
	int i;

	if (!pem_rsa_numbers(from->secret, from->len, numbers))
		return NULL;
	for (i = 0; i < PEM_RSA_NUMBERS; i++)
		bn[i] = BN_bin2bn(numbers[i].p, (int)numbers[i].n, BN_secure_new());
	key = from_numbers(bn);
	for (i = 0; i < PEM_RSA_NUMBERS; i++)
		BN_clear_free(bn[i]);
	return key;
}

EVP_PKEY *
decode_key(const struct pem_key *from)
{
	EVP_PKEY *key;

	if (from->alg == KEY_RSA)
		key = decode_rsa(from);
	else
		key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, from->secret, from->len);
	if (key == NULL)
		ERR_clear_error();
	return key;
}
