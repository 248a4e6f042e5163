// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlrpc

import (
	"cmp"
	"errors"
	"mime"
	"reflect"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/rpc"
)

// The codes of faults that are not the application's. Twisted: XMLRPC.NOT_FOUND, FAILURE.
const (
	NotFound = 8001
	Failure  = 8002
)

// A Config holds the options of a [Handler]. Its zero value means the defaults that the fields name.
type Config struct {
	// AllowNil sends nil; without it, a procedure that returns nil fails. Calls may hold it always. Twisted: allowNone.
	AllowNil bool
	// AllowI8 sends integers of more than 32 bits; without it, a procedure that returns one fails. Calls may hold them always.
	AllowI8 bool
	// Location is the time zone of times that say none, as XML-RPC's do; nil means UTC. Twisted: useDateTime.
	Location *time.Location
	// Separator parts the names of Sources within Sources; "" means ".". Twisted: XMLRPC.separator.
	Separator string
	// Introspection adds system.listMethods, system.methodHelp, system.methodSignature and system.multicall. Twisted: addIntrospection.
	Introspection bool

	MaxBody   int64 // bytes of a call; 0 means 1 MiB; beyond it 413
	MaxDepth  int   // of values within values; 0 means 32; beyond it a fault
	MaxValues int   // of a call, those within others too; 0 means 10000; beyond it a fault
	MaxCalls  int   // of one system.multicall; 0 means 100; beyond it a fault
}

// A Handler is a resource that answers XML-RPC calls, for everything below it. Twisted: xmlrpc.XMLRPC.
type Handler struct {
	methods rpc.Source
	config  Config
	encoder encoder
	stats   struct{ calls, faults, failures, refused atomic.Int64 }
}

// New returns a Handler for methods, with a copy of config. It panics if one that methods lists cannot be called.
func New(methods rpc.Source, config Config) *Handler {
	config.Location = cmp.Or(config.Location, time.UTC)
	config.Separator = cmp.Or(config.Separator, ".")
	config.MaxBody = cmp.Or(max(config.MaxBody, 0), 1<<20)
	config.MaxDepth = cmp.Or(max(config.MaxDepth, 0), 32)
	config.MaxValues = cmp.Or(max(config.MaxValues, 0), 10000)
	config.MaxCalls = cmp.Or(max(config.MaxCalls, 0), 100)
	h := &Handler{methods: methods, config: config, encoder: encoder{config.AllowNil, config.AllowI8, config.Location}}
	if config.Introspection {
		h.methods = rpc.WithSystem(methods, config.Separator, rpc.Methods{"system.multicall": rpc.Method{
			Func:       h.multicall,
			Help:       "Makes several calls: structs with methodName and params. Returns an array with a result in an array of one, or a fault, for each.",
			Signatures: [][]string{{"array", "array"}},
		}})
	}
	if err := rpc.Check(h.methods, config.Separator); err != nil {
		panic("xmlrpc: New: " + err.Error())
	}
	return h
}

// Stats counts what a Handler has done.
type Stats struct {
	Calls    int64 // answered, those of a multicall included
	Faults   int64 // among them, of any kind
	Failures int64 // among those, errors and panics that the client was not told of
	Refused  int64 // documents that are malformed or beyond a limit
}

// Stats returns the counters. Safe from any goroutine.
func (h *Handler) Stats() Stats {
	s := &h.stats
	return Stats{s.calls.Load(), s.faults.Load(), s.failures.Load(), s.refused.Load()}
}

// IsLeaf returns true.
func (h *Handler) IsLeaf() bool { return true }

// Render answers a call.
func (h *Handler) Render(r *web.Request) { web.Methods{"POST": h.post}.Render(r) }

func (h *Handler) post(r *web.Request) {
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind {
	case "text/xml", "application/xml":
	default:
		r.Error(415, "A call is a document of type text/xml.")
		return
	}
	d := &decoder{depth: h.config.MaxDepth, values: h.config.MaxValues, location: h.config.Location}
	r.SetMaxBody(h.config.MaxBody)
	r.StreamBody(d.Feed, func(err error) {
		if err != nil {
			h.stats.refused.Add(1)
			return // the client is gone, or gets the status of the error
		}
		if err := d.Close(); err != nil {
			h.stats.refused.Add(1)
			h.send(r, h.encoder.fault(nil, Failure, "malformed call: "+err.Error()))
			return
		}
		web.Later(r, h.call(r, d.method, d.params), func(a answer) {
			if a.fault {
				h.send(r, h.encoder.fault(nil, a.code, a.message))
				return
			}
			h.send(r, h.encoder.response(nil, a.value))
		})
	})
}

func (h *Handler) send(r *web.Request, document []byte) {
	r.ResponseHeader().Set("Content-Type", "text/xml; charset=utf-8")
	r.ResponseHeader().Set("Content-Length", strconv.Itoa(len(document)))
	r.Write(document)
}

// An answer is how a call ended.
type answer struct {
	value   raw
	fault   bool
	code    int
	message string
}

// call makes a call. The Deferred never fails.
func (h *Handler) call(r *web.Request, method string, params []any) *deferred.Deferred[answer] {
	return deferred.ThenBoth(h.result(r, method, params), func(v any, err error) (answer, error) {
		h.stats.calls.Add(1)
		if err == nil {
			var b []byte
			if b, err = h.encoder.value(nil, reflect.ValueOf(v), 0); err == nil {
				return answer{value: b}, nil
			}
		}
		a := answer{fault: true, code: Failure, message: "error"}
		h.stats.faults.Add(1)
		switch rpc.OutcomeOf(err) {
		case rpc.Faulted:
			f, _ := errors.AsType[*rpc.Fault](err)
			a.code, a.message = f.Code, f.Message
		case rpc.NotFound:
			a.code, a.message = NotFound, "procedure "+method+" not found"
		case rpc.BadArguments:
			e, _ := errors.AsType[*rpc.ArgumentError](err)
			a.message = e.Error()
		default:
			if !errors.Is(err, deferred.ErrCancelled) { // as the client's going away does
				h.stats.failures.Add(1)
				r.LogError("xmlrpc: a procedure failed", "procedure", method, "error", err)
			}
		}
		return a, nil
	})
}

// result makes a call as far as the value or error of the procedure.
func (h *Handler) result(r *web.Request, method string, params []any) *deferred.Deferred[any] {
	p, err := rpc.Find(h.methods, method, h.config.Separator)
	if err != nil {
		return deferred.FailOn[any](r.Loop(), err)
	}
	d := p.Call(r, arguments(params))
	if !p.Returns() && !h.config.AllowNil {
		d.AddCallback(func(any) (any, error) { return true, nil })
	}
	return d
}

// multicall is system.multicall: one call after the other.
func (h *Handler) multicall(r *web.Request, calls []any) *deferred.Deferred[[]any] {
	if len(calls) > h.config.MaxCalls {
		h.stats.refused.Add(1)
		return deferred.FailOn[[]any](r.Loop(), &rpc.Fault{Code: Failure, Message: "too many calls"})
	}
	return deferred.Go(r.Loop(), func(co *deferred.Coroutine) ([]any, error) {
		results := make([]any, 0, len(calls))
		for _, c := range calls {
			fields, _ := c.(map[string]any)
			method, ok1 := fields["methodName"].(string)
			params, ok2 := fields["params"].([]any)
			var a answer
			switch {
			case !ok1 || !ok2:
				a = answer{fault: true, code: Failure, message: "a call is a struct with methodName and params"}
			case method == "system.multicall":
				a = answer{fault: true, code: Failure, message: "system.multicall within system.multicall"}
			default:
				a, _ = deferred.Await(co, h.call(r, method, params))
			}
			if a.fault {
				results = append(results, raw(h.encoder.faultValue(nil, a.code, a.message)))
				continue
			}
			results = append(results, []any{a.value})
		}
		return results, nil
	})
}
