// OpenSSL 3, as Debian's libssl-dev installs it.
#pragma once
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <errno.h>
#include <sys/socket.h>

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

// OpenSSL's own socket BIO writes with write(2), which raises SIGPIPE when the peer is gone: this one sends without.
static inline int copenssl_socket_write(BIO *bio, const char *bytes, int length) {
  int descriptor = -1;
  BIO_get_fd(bio, &descriptor);
  BIO_clear_retry_flags(bio);
  errno = 0;
  int count = (int)send(descriptor, bytes, (size_t)length, MSG_NOSIGNAL);
  if (count <= 0 && BIO_sock_should_retry(count)) BIO_set_retry_write(bio);
  return count;
}

/// A method that lives as long as the process; NULL when memory is short.
static inline BIO_METHOD *copenssl_make_socket_method(void) {
  const BIO_METHOD *original = BIO_s_socket();
  BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOCKET, "socket without SIGPIPE");
  if (!method) return 0;
  BIO_meth_set_write(method, copenssl_socket_write);
  BIO_meth_set_read(method, BIO_meth_get_read(original));
  BIO_meth_set_ctrl(method, BIO_meth_get_ctrl(original));
  BIO_meth_set_create(method, BIO_meth_get_create(original));
  BIO_meth_set_destroy(method, BIO_meth_get_destroy(original));
  return method;
}

/// Lets a session read and write a socket that it does not own.
static inline int copenssl_set_socket(SSL *session, const BIO_METHOD *method, int descriptor) {
  BIO *bio = method ? BIO_new(method) : 0;
  if (!bio) return 0;
  BIO_set_fd(bio, descriptor, BIO_NOCLOSE);
  SSL_set_bio(session, bio, bio);
  return 1;
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
