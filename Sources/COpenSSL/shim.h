// OpenSSL 3, as Debian's libssl-dev installs it.
#pragma once
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
