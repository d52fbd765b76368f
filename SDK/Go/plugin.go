// Package plugin is the ABI of torii/plugin.h for Go: plugins as types with a method for each phase.
//
// A library holds one plugin, and registers it in an init function of its main package:
//
//	type stamp struct{}
//
//	func (stamp) HeaderFilter(request *plugin.Request) (plugin.Action, error) {
//		return plugin.Continue, request.SetHeader(plugin.Response, "X-Stamp", "torii")
//	}
//
//	func init() {
//		plugin.Register(plugin.Description{Name: "stamp", Version: "1.0.0", Priority: 100}, stamp{},
//			func(*plugin.Setup) (plugin.Instance, error) { return stamp{}, nil })
//	}
//
//	func main() {}
//
// Build it with go build -buildmode=c-shared and the version script plugin.map.
//
// # Limits
//
// A process takes one Go runtime, so a worker takes one plugin written in Go: the second one is refused when it starts, and so is
// another build of the first, until the gateway is restarted. Such a library is never unloaded. Methods are called on the
// worker's only thread and must not block; goroutines may run beside them, and reach the request by Handle.Post and
// Handle.Resume only: the host refuses everything else from another thread. A panic in a method is caught and answered with
// 500; a panic in a goroutine, and what Go calls a fatal error, ends the worker.
package plugin

/*
#cgo CFLAGS: -std=gnu11 -Wall -I${SRCDIR}/include -I${SRCDIR}/../C/include
#include <stdlib.h>
#include "glue.h"
*/
import "C"

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unsafe"
)

// Action is what a method wants to happen next.
type Action int32

// What a method may return; see torii/plugin.h.
const (
	Continue Action = 0 // go on; in a body phase with what was emitted, or else with the piece itself
	Pause    Action = 1 // stop here until the plugin resumes, or until the pause times out
	Respond  Action = 2 // answer with what Request.Respond was given
	Done     Action = 3 // body phases: like Continue, and do not call again for more of this body
	Hold     Action = 4 // body phases: let nothing of this piece pass, beyond what was emitted
	End      Action = 5 // BodyFilter: what was emitted ends the body
	// SendAgain: send the request once more, as Request.SendAgain has begun
	SendAgain Action = 6
)

// BodyMode is how an instance wants to see a body.
type BodyMode uint32

// Ways to see a body.
const (
	None    BodyMode = 0 // not at all
	Observe BodyMode = 1 // piece by piece, unchanged
	Stream  BodyMode = 2 // piece by piece, may change it
	Whole   BodyMode = 3 // once, whole, up to a limit
)

// Status is a negative code of the ABI.
type Status int32

// Codes; see torii/plugin.h.
const (
	Stale       Status = -1
	WrongPhase  Status = -2
	WrongThread Status = -3
	Invalid     Status = -4
	NotFound    Status = -5
	Limit       Status = -6
	Unsupported Status = -7
	Memory      Status = -8
	BadConfig   Status = -9
	Sent        Status = -10
	Failed      Status = -11
)

// Error is what the host refused, or why a plugin refuses or fails.
type Error struct {
	Status  Status
	Message string
	Pointer string // for a configuration: JSON Pointer (RFC 6901) to the field at fault
}

func (e *Error) Error() string { return e.Message }

// Refuse says why a configuration is refused.
func Refuse(pointer, message string) error {
	return &Error{Status: BadConfig, Message: message, Pointer: pointer}
}

func check(status C.int32_t) error {
	if status >= 0 {
		return nil
	}
	return &Error{Status: Status(status), Message: fmt.Sprintf("status %d", int32(status))}
}

// Description says what a plugin is.
type Description struct {
	Name     string // as in `plugins: - name:`
	Version  string // Semantic Versioning 2.0.0
	Vendor   string
	Summary  string
	License  string   // SPDX expression
	Schema   string   // JSON Schema of `config`
	Needs    []string // interfaces that it cannot work without, e.g. "torii.headers/1"
	Priority int32    // higher runs first, in every phase

	RequestBody, ResponseBody           BodyMode
	RequestBodyLimit, ResponseBodyLimit uint64
}

// Instance is a plugin with one configuration. The phases it takes part in are those whose interface it implements.
type Instance interface{}

// Accesser is called when the request's head is there and its route known.
type Accesser interface {
	Access(*Request) (Action, error)
}

// RequestBodyFilter is called with request content on its way to the upstream.
type RequestBodyFilter interface {
	RequestBody(*Request, *Piece) (Action, error)
}

// HeaderFilterer is called when the response's head is there.
type HeaderFilterer interface {
	HeaderFilter(*Request) (Action, error)
}

// BodyFilterer is called with response content on its way to the client.
type BodyFilterer interface {
	BodyFilter(*Request, *Piece) (Action, error)
}

// Logger is called exactly once for each request, when it is over.
type Logger interface {
	Log(*Request) error
}

// EventHandler is called with timers, call-outs and posts of a request.
type EventHandler interface {
	Event(*Request, *Event) (Action, error)
}

// InstanceEventHandler is called with timers of the instance's own.
type InstanceEventHandler interface {
	InstanceEvent(*Event) error
}

// StateExporter is asked what the instance has learnt, for the one that takes its place in the next generation: of the same
// entity, with another configuration. At most 16 MiB, in a format of your own, which begins with its number; nil: nothing is
// handed over. No request begins between this and the other's ImportState. (Another build of a plugin in Go takes the place of
// the first only in a new worker, which begins without: keep in the SharedStore what must outlive that.)
type StateExporter interface {
	ExportState() ([]byte, error)
}

// StateImporter takes over what another instance of this entity has learnt, before the first request. After an error, which is
// logged, the instance begins without; leave it as it was made.
type StateImporter interface {
	ImportState(state []byte, version string) error
}

// Closer is called when the configuration is no longer used.
type Closer interface {
	Close()
}

type registration struct {
	description Description
	phases      uint32
	exports     bool
	imports     bool
	create      func(*Setup) (Instance, error)
}

var registered *registration

// Register names the library's plugin: what it is, a value of the type that create gives (nil pointers will do), by whose
// methods the phases are known, and what makes an instance of a configuration.
func Register(description Description, prototype Instance, create func(*Setup) (Instance, error)) {
	if registered != nil {
		panic("a library holds one plugin")
	}
	var phases uint32
	note := func(implements bool, phase uint32) {
		if implements {
			phases |= 1 << phase
		}
	}
	_, is := prototype.(Accesser)
	note(is, C.TORII_PHASE_ACCESS)
	_, is = prototype.(RequestBodyFilter)
	note(is, C.TORII_PHASE_REQUEST_BODY)
	_, is = prototype.(HeaderFilterer)
	note(is, C.TORII_PHASE_HEADER_FILTER)
	_, is = prototype.(BodyFilterer)
	note(is, C.TORII_PHASE_BODY_FILTER)
	_, is = prototype.(Logger)
	note(is, C.TORII_PHASE_LOG)
	_, exports := prototype.(StateExporter)
	_, imports := prototype.(StateImporter)
	registered = &registration{description, phases, exports, imports, create}
}

// optional is a constant text, null when it is empty. It is never freed: the descriptor lives as long as the library.
func optional(text string) *C.char {
	if text == "" {
		return nil
	}
	return C.CString(text)
}

//export toriiGoDescribe
func toriiGoDescribe() {
	if registered == nil {
		return
	}
	d := registered.description
	needs := (*[1 << 20]*C.char)(C.calloc(C.size_t(len(d.Needs)+1), C.size_t(unsafe.Sizeof((*C.char)(nil)))))
	for i, need := range d.Needs {
		needs[i] = C.CString(need)
	}
	C.torii_go_set_descriptor(C.CString(d.Name), C.CString(d.Version), optional(d.Vendor), optional(d.Summary),
		optional(d.License), optional(d.Schema), &needs[0], C.uint32_t(registered.phases), C.int32_t(d.Priority),
		C.uint32_t(d.RequestBody), C.uint32_t(d.ResponseBody), C.uint64_t(d.RequestBodyLimit),
		C.uint64_t(d.ResponseBodyLimit), flag(registered.exports), flag(registered.imports))
}

func flag(is bool) C.int {
	if is {
		return 1
	}
	return 0
}

// Setup is what an instance is made from, and what it wants. Valid until create returns.
type Setup struct {
	// Config is JSON, valid by the schema, defaults filled.
	Config []byte
	// Handle is the gateway as this instance speaks to it; to be kept.
	Handle Handle
	// Inspecting: nothing but validation is wanted; open no files and start no goroutines.
	Inspecting bool
	// EntityID is the id of the plugin entity; the others name what it is bound to, or are empty.
	EntityID, EntityName, ServiceID, RouteID, ConsumerID string
	// How this instance wants bodies.
	RequestBody, ResponseBody           BodyMode
	RequestBodyLimit, ResponseBodyLimit uint64
}

// Decode reads Config into a Go value, and refuses what does not fit by name.
func (s *Setup) Decode(value interface{}) error {
	err := json.Unmarshal(s.Config, value)
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		pointer := ""
		if mismatch.Field != "" {
			pointer = "/" + strings.ReplaceAll(mismatch.Field, ".", "/")
		}
		return Refuse(pointer, "a JSON "+mismatch.Value+" does not fit")
	}
	if err != nil {
		return Refuse("", err.Error())
	}
	return nil
}

// Kinds of metric.
const (
	Counter   = 1 // only grows
	Gauge     = 2 // goes up and down
	Histogram = 3 // a distribution
)

// Metric counts; Record may be called from any goroutine.
type Metric uint32

// DefineMetric makes a metric; the same name again gives the same one.
func (s *Setup) DefineMetric(kind uint32, name, help string) (Metric, error) {
	var metric C.uint32_t
	n, nn := pointer(name)
	h, hn := pointer(help)
	err := check(C.torii_go_metric(C.uint32_t(kind), n, nn, h, hn, &metric))
	return Metric(metric), err
}

// DefineHistogram makes a histogram whose buckets end at these bounds, which rise. Hosts before 1.1 use bounds of their own.
func (s *Setup) DefineHistogram(name, help string, bounds []float64) (Metric, error) {
	var metric C.uint32_t
	n, nn := pointer(name)
	h, hn := pointer(help)
	// One more than there are, so that there is a first.
	list := append(append(make([]C.double, 0, len(bounds)+1), doubles(bounds)...), 0)
	err := check(C.torii_go_histogram(n, nn, h, hn, &list[0], C.uint32_t(len(bounds)), &metric))
	return Metric(metric), err
}

func doubles(values []float64) []C.double {
	list := make([]C.double, len(values))
	for i, value := range values {
		list[i] = C.double(value)
	}
	return list
}

// Labelled is the metric with labels, which counts apart; to be called from any goroutine. The same labels in the same order
// give the same one: keep it for as long as they do not change. Hosts before 1.1 count all together.
func (m Metric) Labelled(labels ...Header) (Metric, error) {
	var series C.uint32_t
	text, sizes := flat(labels)
	t, _ := pointerOf(text)
	err := check(C.torii_go_labelled(C.uint32_t(m), t, &sizes[0], C.uint32_t(len(labels)), &series))
	return Metric(series), err
}

// Record adds to a counter, sets a gauge, or lets a histogram observe.
func (m Metric) Record(value float64) { C.torii_go_metric_record(C.uint32_t(m), C.double(value)) }

// Handle is the gateway as one instance speaks to it; to be used from any goroutine.
type Handle struct{ instance uint64 }

// Levels of the gateway's log.
const (
	LevelDebug  = 0
	LevelInfo   = 1
	LevelNotice = 2
	LevelWarn   = 3
	LevelError  = 4
)

// Log writes one line to the gateway's log.
func (h Handle) Log(level int32, line string) {
	p, n := pointer(line)
	C.torii_go_log(C.uint64_t(h.instance), 0, C.int32_t(level), p, n)
}

// Resume continues a request that this instance has paused.
func (h Handle) Resume(request uint64) error {
	return check(C.torii_go_resume(C.uint64_t(h.instance), C.uint64_t(request)))
}

// Post brings an event to the instance, on the request's worker.
func (h Handle) Post(request, token uint64) error {
	return check(C.torii_go_post(C.uint64_t(h.instance), C.uint64_t(request), C.uint64_t(token)))
}

// Timer is one of the instance's own: InstanceEvent after so many milliseconds. On the worker's thread only.
func (h Handle) Timer(milliseconds, token uint64) (operation uint64, err error) {
	var id C.uint64_t
	err = check(C.torii_go_timer(C.uint64_t(h.instance), 0, C.uint64_t(milliseconds), C.uint64_t(token), &id))
	return uint64(id), err
}

// pointer is where a text's bytes lie, for the time of a call.
func pointer(text string) (unsafe.Pointer, C.size_t) {
	if text == "" {
		return nil, 0
	}
	// A string begins with the address of its bytes.
	return *(*unsafe.Pointer)(unsafe.Pointer(&text)), C.size_t(len(text))
}

func pointerOf(bytes []byte) (unsafe.Pointer, C.size_t) {
	if len(bytes) == 0 {
		return nil, 0
	}
	return unsafe.Pointer(&bytes[0]), C.size_t(len(bytes))
}

// view is the bytes of a slice where they lie.
func view(slice C.torii_slice) []byte {
	if slice.data == nil || slice.size == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(slice.data)), int(slice.size))
}

func asError(err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		if known.Status >= 0 {
			return &Error{Status: Failed, Message: known.Message, Pointer: known.Pointer}
		}
		return known
	}
	return &Error{Status: Failed, Message: err.Error()}
}
