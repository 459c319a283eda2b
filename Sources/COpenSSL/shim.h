// SHA-256's own calls count as old in OpenSSL 3; their state is a plain value, which those of EVP cannot give.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>
