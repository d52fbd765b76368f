package plugin

/*
#include "glue.h"
*/
import "C"

// Map names header fields that the host holds.
type Map uint32

// The maps of a request.
const (
	Client   Map = 1 // as the client sent them; never changes
	Upstream Map = 2 // as they will be sent upstream; changeable in Access and in a whole RequestBody
	Response Map = 3 // as they will be sent to the client; changeable from HeaderFilter until sent
	CallOut  Map = 4 // of the response to a call-out; in its event only
)

// Header is a field to send.
type Header struct{ Name, Value string }

// Request is a request, while a method runs. To reach it later keep its ID, and use the Handle.
type Request struct {
	// ID is never used twice.
	ID       uint64
	instance *instance
}

func (r *Request) id() C.uint64_t     { return C.uint64_t(r.ID) }
func (r *Request) handle() C.uint64_t { return C.uint64_t(r.instance.handle.instance) }

// StateOf is what an instance keeps for a request: made zero when it is first asked for, forgotten after Log.
func StateOf[T any](r *Request) *T {
	if state, is := r.instance.states[r.ID].(*T); is {
		return state
	}
	state := new(T)
	r.instance.states[r.ID] = state
	return state
}

// Header is the first value of a field, its name compared without case.
func (r *Request) Header(m Map, name string) (value string, is bool) { return r.HeaderAt(m, name, 0) }

// HeaderAt is the index-th value of a field.
func (r *Request) HeaderAt(m Map, name string, index uint32) (value string, is bool) {
	var slice C.torii_slice
	p, n := pointer(name)
	if C.torii_go_header_get(r.id(), C.uint32_t(m), p, n, C.uint32_t(index), &slice) < 0 {
		return "", false
	}
	return string(view(slice)), true
}

// Headers are the field lines in order.
func (r *Request) Headers(m Map) []Header {
	var lines []Header
	for position := C.uint32_t(0); ; position++ {
		var name, value C.torii_slice
		if C.torii_go_header_at(r.id(), C.uint32_t(m), position, &name, &value) < 0 {
			return lines
		}
		lines = append(lines, Header{string(view(name)), string(view(value))})
	}
}

func (r *Request) change(m Map, kind C.int, name, value string) C.int32_t {
	p, n := pointer(name)
	q, k := pointer(value)
	return C.torii_go_header_change(r.id(), C.uint32_t(m), kind, p, n, q, k)
}

// SetHeader replaces all fields of that name by one.
func (r *Request) SetHeader(m Map, name, value string) error {
	return check(r.change(m, 0, name, value))
}

// AddHeader adds a field line.
func (r *Request) AddHeader(m Map, name, value string) error {
	return check(r.change(m, 1, name, value))
}

// RemoveHeader removes all fields of that name; that there was none is no error.
func (r *Request) RemoveHeader(m Map, name string) error {
	if status := r.change(m, 2, name, ""); Status(status) != NotFound {
		return check(status)
	}
	return nil
}

// Attributes for Text.
const (
	Method        = 1
	Scheme        = 2
	Host          = 3
	Target        = 4
	Path          = 5
	Query         = 6
	HTTPVersion   = 7
	ClientAddress = 8
	RequestID     = 9
	RouteID       = 10
	RouteName     = 11
	ServiceID     = 12
	ServiceName   = 13
	MatchedPath   = 14
	UpstreamURI   = 15
)

// Text is one of the attributes above, or of TORII_TEXT_… in torii/plugin.h; empty where it does not apply.
func (r *Request) Text(attribute uint32) string {
	var slice C.torii_slice
	if C.torii_go_text_of(r.id(), C.uint32_t(attribute), &slice) < 0 {
		return ""
	}
	return string(view(slice))
}

// Number is one of TORII_NUMBER_… in torii/plugin.h.
func (r *Request) Number(attribute uint32) int64 {
	return int64(C.torii_go_number_of(r.id(), C.uint32_t(attribute)))
}

// Capture is a group of the route's regular expression.
func (r *Request) Capture(name string) (value string, is bool) {
	var slice C.torii_slice
	p, n := pointer(name)
	if C.torii_go_capture(r.id(), p, n, &slice) < 0 {
		return "", false
	}
	return string(view(slice)), true
}

// SetTarget sends the request elsewhere; port 0 is the scheme's.
func (r *Request) SetTarget(scheme, host string, port uint16) error {
	p, n := pointer(scheme)
	q, k := pointer(host)
	return check(C.torii_go_set_target(r.id(), p, n, q, k, C.uint32_t(port)))
}

func (r *Request) setUpstream(kind C.int, text string) error {
	p, n := pointer(text)
	return check(C.torii_go_set_upstream(r.id(), kind, p, n))
}

// SetPath sets the path to send: beginning with '/', already encoded.
func (r *Request) SetPath(path string) error { return r.setUpstream(0, path) }

// SetQuery sets the query to send, without '?'.
func (r *Request) SetQuery(query string) error { return r.setUpstream(1, query) }

// SetMethod sets the method to send.
func (r *Request) SetMethod(method string) error { return r.setUpstream(2, method) }

// SendAgain gives up the answer that has come, to send the request once more: from here on, until the method returns the
// action SendAgain, target and upstream fields may be changed, and Emit makes the body. Hosts before 1.1 cannot do that, nor
// can it be done for requests whose body was streamed.
func (r *Request) SendAgain() error { return check(C.torii_go_send_again(r.handle(), r.id())) }

// flat is header fields as C takes them: without pointers of Go's in Go's memory.
func flat(headers []Header) ([]byte, []C.uint32_t) {
	var text []byte
	sizes := make([]C.uint32_t, 0, 2*len(headers)+1)
	for _, field := range headers {
		text = append(append(text, field.Name...), field.Value...)
		sizes = append(sizes, C.uint32_t(len(field.Name)), C.uint32_t(len(field.Value)))
	}
	return text, append(sizes, 0)
}

// Respond sets a response of the plugin's own: return request.Respond(401, …).
func (r *Request) Respond(status uint32, headers []Header, body []byte) (Action, error) {
	text, sizes := flat(headers)
	t, _ := pointerOf(text)
	b, n := pointerOf(body)
	err := check(C.torii_go_respond(r.id(), C.uint32_t(status), t, &sizes[0], C.uint32_t(len(headers)), b, n))
	return Respond, err
}

// SetStatus changes the status of the response: from HeaderFilter until its head is sent.
func (r *Request) SetStatus(status uint32) error {
	return check(C.torii_go_set_status(r.id(), C.uint32_t(status)))
}

// Emit passes bytes on in place of the piece; they are copied.
func (r *Request) Emit(bytes []byte) error {
	p, n := pointerOf(bytes)
	return check(C.torii_go_emit(r.handle(), r.id(), p, n))
}

// Call is a request that the host makes on the plugin's behalf.
type Call struct {
	URL           string // absolute, http or https
	Method        string // "": GET
	Headers       []Header
	Body          []byte
	Timeout       uint32 // milliseconds; 0: 60,000
	ResponseLimit uint32 // bytes; 0: 1 MiB
}

// Call starts a call; Event with what came of it. Usually followed by return Pause, nil.
func (r *Request) Call(call Call, token uint64) (operation uint64, err error) {
	text, sizes := flat(call.Headers)
	m, mn := pointer(call.Method)
	u, un := pointer(call.URL)
	t, _ := pointerOf(text)
	b, bn := pointerOf(call.Body)
	var id C.uint64_t
	err = check(C.torii_go_http(r.handle(), r.id(), m, mn, u, un, t, &sizes[0], C.uint32_t(len(call.Headers)), b, bn,
		C.uint32_t(call.Timeout), C.uint32_t(call.ResponseLimit), C.uint64_t(token), &id))
	return uint64(id), err
}

// Timer brings an Event after so many milliseconds.
func (r *Request) Timer(milliseconds, token uint64) (operation uint64, err error) {
	var id C.uint64_t
	err = check(C.torii_go_timer(r.handle(), r.id(), C.uint64_t(milliseconds), C.uint64_t(token), &id))
	return uint64(id), err
}

// Cancel: no event will come for the operation; false when it has come or is gone.
func (r *Request) Cancel(operation uint64) bool {
	return C.torii_go_cancel(r.handle(), C.uint64_t(operation)) == 0
}

// SetLogValue puts a JSON value at a dotted key of the log record.
func (r *Request) SetLogValue(key, json string) error {
	p, n := pointer(key)
	q, k := pointer(json)
	return check(C.torii_go_log_set(r.id(), p, n, q, k))
}

// Redact keeps a request header's value out of every log record.
func (r *Request) Redact(header string) error {
	p, n := pointer(header)
	return check(C.torii_go_redact(r.id(), p, n))
}

// Record is the whole log record as one JSON object; in Log.
func (r *Request) Record() ([]byte, error) {
	var slice C.torii_slice
	if err := check(C.torii_go_record(r.id(), &slice)); err != nil {
		return nil, err
	}
	return append([]byte(nil), view(slice)...), nil
}

// Log writes one line to the gateway's log.
func (r *Request) Log(level int32, line string) {
	p, n := pointer(line)
	C.torii_go_log(r.handle(), r.id(), C.int32_t(level), p, n)
}

// Piece is a piece of a body as it lies in memory. Valid until the method returns.
type Piece struct {
	Parts      [][]byte
	Last       bool // nothing follows
	TooLarge   bool // a whole body beyond the limit: there are no bytes
	Incomplete bool // with Last: the upstream broke off
}

// Event is what a timer, call-out or post brings. Valid until the method returns.
type Event struct {
	Kind      uint32 // one of the kinds below
	Operation uint64
	Token     uint64
	Status    uint32 // a call-out: of the response; 0 when none came
	Body      []byte // a call-out: the response's content
	Message   string // a call-out that failed: why
}

// Kinds of event.
const (
	TimerEvent        = 1
	CallEvent         = 2
	PostEvent         = 3
	PauseTimeoutEvent = 4
	AbortedEvent      = 5
)
