package plugin

/*
#include "glue.h"
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// instance is a plugin's instance and what it keeps for requests. Only the worker's thread touches it.
type instance struct {
	plugin Instance
	handle Handle
	states map[uint64]interface{}
}

// Instances by the number that the host hands back.
var (
	instances  = map[uintptr]*instance{}
	lastNumber uintptr
)

//export toriiGoCreate
func toriiGoCreate(args *C.torii_config_create_args, made *C.uintptr_t) (status C.torii_status) {
	refuse := func(err error) C.torii_status {
		known := asError(err)
		p, pn := pointer(known.Pointer)
		m, mn := pointer(known.Message)
		C.torii_go_refuse(args.error, C.int32_t(known.Status), p, pn, m, mn)
		return C.torii_status(known.Status)
	}
	defer func() {
		if problem := recover(); problem != nil {
			status = refuse(fmt.Errorf("panicked: %v", problem))
		}
	}()
	setup := &Setup{
		Config:     append([]byte(nil), view(args.config)...),
		Handle:     Handle{uint64(args.instance)},
		Inspecting: args.flags&C.TORII_START_INSPECT != 0,
		EntityID:   string(view(args.entity_id)), EntityName: string(view(args.entity_name)),
		ServiceID: string(view(args.service_id)), RouteID: string(view(args.route_id)),
		ConsumerID:  string(view(args.consumer_id)),
		RequestBody: BodyMode(args.request_body_mode), ResponseBody: BodyMode(args.response_body_mode),
		RequestBodyLimit: uint64(args.request_body_limit), ResponseBodyLimit: uint64(args.response_body_limit),
	}
	plugin, err := registered.create(setup)
	if err != nil {
		return refuse(err)
	}
	C.torii_go_set_modes(args, C.uint32_t(setup.RequestBody), C.uint32_t(setup.ResponseBody),
		C.uint64_t(setup.RequestBodyLimit), C.uint64_t(setup.ResponseBodyLimit))
	lastNumber++
	instances[lastNumber] = &instance{plugin, setup.Handle, map[uint64]interface{}{}}
	*made = C.uintptr_t(lastNumber)
	return 0
}

//export toriiGoDestroy
func toriiGoDestroy(number C.uintptr_t) {
	found := instances[uintptr(number)]
	delete(instances, uintptr(number))
	defer func() { _ = recover() }()
	if found == nil {
		return
	}
	if closer, is := found.plugin.(Closer); is {
		closer.Close()
	}
}

// guarded calls a method; an error or a panic becomes a status, and a line in the log.
func guarded(number C.uintptr_t, request uint64, call func(*instance, *Request) (Action, error)) (action C.torii_action) {
	found := instances[uintptr(number)]
	if found == nil {
		return C.torii_action(Invalid)
	}
	about := &Request{request, found}
	fail := func(err error) C.torii_action {
		known := asError(err)
		about.Log(LevelError, known.Message)
		return C.torii_action(known.Status)
	}
	defer func() {
		if problem := recover(); problem != nil {
			action = fail(fmt.Errorf("panicked: %v", problem))
		}
	}()
	wanted, err := call(found, about)
	if err != nil {
		return fail(err)
	}
	return C.torii_action(wanted)
}

//export toriiGoPhase
func toriiGoPhase(number C.uintptr_t, request C.uint64_t, phase C.uint32_t) C.torii_action {
	return guarded(number, uint64(request), func(found *instance, about *Request) (Action, error) {
		switch phase {
		case C.TORII_PHASE_ACCESS:
			return found.plugin.(Accesser).Access(about)
		case C.TORII_PHASE_HEADER_FILTER:
			return found.plugin.(HeaderFilterer).HeaderFilter(about)
		default:
			return Continue, found.plugin.(Logger).Log(about)
		}
	})
}

//export toriiGoBody
func toriiGoBody(number C.uintptr_t, request C.uint64_t, phase C.uint32_t, parts *C.torii_slice, count C.uint32_t, flags C.uint32_t) C.torii_action {
	return guarded(number, uint64(request), func(found *instance, about *Request) (Action, error) {
		piece := &Piece{
			Last: flags&C.TORII_BODY_LAST != 0, TooLarge: flags&C.TORII_BODY_TOO_LARGE != 0,
			Incomplete: flags&C.TORII_BODY_INCOMPLETE != 0,
		}
		if parts != nil && count > 0 {
			piece.Parts = make([][]byte, 0, int(count))
			for _, part := range unsafe.Slice(parts, int(count)) {
				piece.Parts = append(piece.Parts, view(part))
			}
		}
		if phase == C.TORII_PHASE_REQUEST_BODY {
			return found.plugin.(RequestBodyFilter).RequestBody(about, piece)
		}
		return found.plugin.(BodyFilterer).BodyFilter(about, piece)
	})
}

//export toriiGoEvent
func toriiGoEvent(number C.uintptr_t, args *C.torii_event_args) C.torii_action {
	return guarded(number, uint64(args.request), func(found *instance, about *Request) (Action, error) {
		event := &Event{
			Kind: uint32(args.kind), Operation: uint64(args.operation), Token: uint64(args.token),
			Body: view(args.body), Message: string(view(args.message)),
		}
		if args.status == 0 {
			event.Status = uint32(args.http_status)
		}
		if about.ID == 0 {
			if handler, is := found.plugin.(InstanceEventHandler); is {
				return Continue, handler.InstanceEvent(event)
			}
			return Continue, nil
		}
		if handler, is := found.plugin.(EventHandler); is {
			return handler.Event(about, event)
		}
		return Continue, nil
	})
}

//export toriiGoExport
func toriiGoExport(number C.uintptr_t, args *C.torii_state_export_args) C.torii_status {
	return handingOver(number, args.error, func(found *instance) error {
		state, err := found.plugin.(StateExporter).ExportState()
		if err != nil {
			return err
		}
		if len(state) == 0 {
			return &Error{Status: NotFound, Message: "there is nothing to hand over"}
		}
		p, n := pointerOf(state)
		return check(C.torii_go_write_state(args, p, n))
	})
}

//export toriiGoImport
func toriiGoImport(number C.uintptr_t, args *C.torii_state_import_args) C.torii_status {
	return handingOver(number, args.error, func(found *instance) error {
		state := append([]byte(nil), view(args.state)...)
		return found.plugin.(StateImporter).ImportState(state, string(view(args.version)))
	})
}

// handingOver calls a method; an error or a panic is written into the host's buffer.
func handingOver(number C.uintptr_t, report *C.torii_error, call func(*instance) error) (status C.torii_status) {
	refuse := func(err error) C.torii_status {
		known := asError(err)
		m, mn := pointer(known.Message)
		C.torii_go_refuse(report, C.int32_t(known.Status), nil, 0, m, mn)
		return C.torii_status(known.Status)
	}
	found := instances[uintptr(number)]
	if found == nil {
		return C.torii_status(Invalid)
	}
	defer func() {
		if problem := recover(); problem != nil {
			status = refuse(fmt.Errorf("panicked: %v", problem))
		}
	}()
	if err := call(found); err != nil {
		return refuse(err)
	}
	return 0
}

//export toriiGoEnd
func toriiGoEnd(number C.uintptr_t, request C.uint64_t) {
	if found := instances[uintptr(number)]; found != nil {
		delete(found.states, uint64(request))
	}
}
