// OpenSSL 3, as Debian's libssl-dev installs it.
#pragma once
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

// Much of OpenSSL's interface is macros, which Swift does not import: these are the same under names of our own.

static inline long copenssl_ctx_set_mode(SSL_CTX *context, long mode) { return SSL_CTX_set_mode(context, mode); }

/// No renegotiation (RFC 5746; a peer could cause work with it) and no compression (CRIME).
static inline void copenssl_ctx_set_safe_options(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
}

static inline int copenssl_ctx_set_minimum_version(SSL_CTX *context, int version) {
  return (int)SSL_CTX_set_min_proto_version(context, version);
}

static inline int copenssl_ctx_set_maximum_version(SSL_CTX *context, int version) {
  return (int)SSL_CTX_set_max_proto_version(context, version);
}

static inline void copenssl_ctx_set_read_ahead(SSL_CTX *context, int on) { SSL_CTX_set_read_ahead(context, on); }

static inline long copenssl_ctx_set_session_cache_mode(SSL_CTX *context, long mode) {
  return SSL_CTX_set_session_cache_mode(context, mode);
}

static inline int copenssl_ctx_set_ticket_keys(SSL_CTX *context, void *keys, long length) {
  return (int)SSL_CTX_set_tlsext_ticket_keys(context, keys, length);
}

static inline void copenssl_ctx_set_server_name_callback(
    SSL_CTX *context, int (*callback)(SSL *, int *, void *), void *argument) {
  SSL_CTX_set_tlsext_servername_callback(context, callback);
  SSL_CTX_set_tlsext_servername_arg(context, argument);
}

/// Takes over the reference to the certificate when it succeeds.
static inline int copenssl_ctx_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
  return (int)SSL_CTX_add0_chain_cert(context, certificate);
}

static inline int copenssl_set_server_name(SSL *session, const char *name) {
  return (int)SSL_set_tlsext_host_name(session, name);
}

static inline int copenssl_error_library(unsigned long code) { return ERR_GET_LIB(code); }
static inline int copenssl_error_reason(unsigned long code) { return ERR_GET_REASON(code); }

/// Writes a distinguished name as `CN=a, O=b` into a memory BIO.
static inline int copenssl_print_name(BIO *output, const X509_NAME *name) {
  unsigned long flags = (ASN1_STRFLGS_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) | XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN;
  return X509_NAME_print_ex(output, name, 0, flags);
}

/// The bytes of a memory BIO, which stay valid until it is changed.
static inline long copenssl_memory(BIO *bio, const char **bytes) {
  return BIO_get_mem_data(bio, (char **)bytes);
}

// Subject alternative names: an opaque list whose entries are read one by one.
static inline void *copenssl_alternative_names(const X509 *certificate) {
  return X509_get_ext_d2i(certificate, NID_subject_alt_name, 0, 0);
}
static inline int copenssl_alternative_names_count(void *names) {
  return sk_GENERAL_NAME_num((const STACK_OF(GENERAL_NAME) *)names);
}
static inline void copenssl_alternative_names_free(void *names) { GENERAL_NAMES_free((GENERAL_NAMES *)names); }

/// One entry: GEN_DNS or GEN_IPADD with its bytes, or -1 for another kind.
static inline int copenssl_alternative_name(void *names, int index, const unsigned char **bytes, int *length) {
  const GENERAL_NAME *name = sk_GENERAL_NAME_value((const STACK_OF(GENERAL_NAME) *)names, index);
  int type = 0;
  const ASN1_STRING *value = (const ASN1_STRING *)GENERAL_NAME_get0_value(name, &type);
  if (type != GEN_DNS && type != GEN_IPADD) return -1;
  *bytes = ASN1_STRING_get0_data(value);
  *length = ASN1_STRING_length(value);
  return type;
}
