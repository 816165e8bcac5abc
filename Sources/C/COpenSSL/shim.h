// The parts of OpenSSL 3 libcrypto that `Secrets` wraps: digests, HMAC, scrypt, AES-GCM, randomness, cleansing.
#pragma once
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
