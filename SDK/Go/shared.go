package plugin

/*
#include "glue.h"
*/
import "C"

import "encoding/binary"

// SharedStore is torii.shared/1: bytes by key that all workers see, and that outlive reloads and the death of workers, though
// not the gateway. To be used from any goroutine.
//
// The keys are the plugin's own, whatever its version and instance: 1 to 256 bytes each, with values of at most 64 KiB. Each call
// is atomic. All of them fail with Unsupported where the host has no store (one of ABI 1.0, or while inspecting), and with Failed
// when another process holds it up: then do what is done without. Let the key contain the number of the value's format, for
// older and newer builds run side by side.
type SharedStore struct{ instance uint64 }

// Shared is what all workers see and what outlives reloads.
func (h Handle) Shared() SharedStore { return SharedStore{h.instance} }

// Shared is what all workers see and what outlives reloads.
func (r *Request) Shared() SharedStore { return r.instance.handle.Shared() }

// SharedValue is a value as it was when it was read.
type SharedValue struct {
	Bytes    []byte
	Revision uint64 // another with every write, and never that of an earlier value of this key; 0: there is none
	Expires  uint64 // nanoseconds of the host's monotonic clock; 0: never
}

// Number is the number that Add keeps; false when the value is not of eight bytes.
func (v SharedValue) Number() (number int64, is bool) {
	if len(v.Bytes) != 8 {
		return 0, false
	}
	// In the machine's order, which is little-endian on all that the gateway runs on.
	return int64(binary.LittleEndian.Uint64(v.Bytes)), true
}

// Get reads a value; one that is not there has no bytes and Revision 0.
func (s SharedStore) Get(key string) (SharedValue, error) {
	k, kn := pointer(key)
	var entry C.torii_shared_entry
	var status C.int32_t
	// Most values are small. A larger one is asked for once more, and again if it has grown since.
	buffer := make([]byte, 256)
	for tries := 0; tries < 8; tries++ {
		b, n := pointerOf(buffer)
		status = C.torii_go_shared_get(C.uint64_t(s.instance), k, kn, b, n, &entry)
		if Status(status) != Limit {
			break
		}
		buffer = make([]byte, int(entry.size))
	}
	if Status(status) == NotFound {
		return SharedValue{}, nil
	}
	if err := check(status); err != nil {
		return SharedValue{}, err
	}
	return SharedValue{buffer[:int(entry.size)], uint64(entry.revision), uint64(entry.expires)}, nil
}

func (s SharedStore) put(key string, value []byte, lifetime uint64, has C.int, revision uint64) C.int32_t {
	k, kn := pointer(key)
	v, vn := pointerOf(value)
	return C.torii_go_shared_put(C.uint64_t(s.instance), k, kn, v, vn, C.uint64_t(lifetime), has, C.uint64_t(revision))
}

// Put sets a value for so many milliseconds; 0: until it is replaced or removed. Memory is limited: give a lifetime to whatever
// need not stay.
func (s SharedStore) Put(key string, value []byte, lifetime uint64) error {
	return check(s.put(key, value, lifetime, 0, 0))
}

// Replace is as Put, but only in place of the value of this revision, 0 being none. False: there is another; read it and try
// again.
func (s SharedStore) Replace(key string, value []byte, lifetime, revision uint64) (replaced bool, err error) {
	status := s.put(key, value, lifetime, 1, revision)
	if Status(status) == Stale {
		return false, nil
	}
	return status >= 0, check(status)
}

// Remove removes a value; false when there was none.
func (s SharedStore) Remove(key string) (removed bool, err error) {
	k, kn := pointer(key)
	status := C.torii_go_shared_remove(C.uint64_t(s.instance), k, kn, 0, 0)
	if Status(status) == NotFound {
		return false, nil
	}
	return status >= 0, check(status)
}

// RemoveRevision removes a value of this revision; false when there was none.
func (s SharedStore) RemoveRevision(key string, revision uint64) (removed bool, err error) {
	k, kn := pointer(key)
	status := C.torii_go_shared_remove(C.uint64_t(s.instance), k, kn, 1, C.uint64_t(revision))
	if Status(status) == NotFound || Status(status) == Stale {
		return false, nil
	}
	return status >= 0, check(status)
}

// Add adds to a number, and gives the sum. One that is not there is 0, and lives for so many milliseconds from now on (0: until it
// is replaced or removed); one that is there keeps its end.
func (s SharedStore) Add(key string, addend int64, lifetime uint64) (sum int64, err error) {
	k, kn := pointer(key)
	var total C.int64_t
	err = check(C.torii_go_shared_add(C.uint64_t(s.instance), k, kn, C.int64_t(addend), C.uint64_t(lifetime), &total))
	return int64(total), err
}
