#ifndef CONFORMANCE_MEMORY_H
#define CONFORMANCE_MEMORY_H
// What is known of an address that somebody died at; null for nothing.
const char *conformance_describe_address(const void *address);
#endif
