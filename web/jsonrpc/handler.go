// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonrpc

import (
	"cmp"
	"encoding/json"
	"errors"
	"mime"
	"reflect"
	"strconv"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/rpc"
)

// The codes of errors that are not the application's.
const (
	ParseError     = -32700
	InvalidRequest = -32600
	MethodNotFound = -32601
	InvalidParams  = -32602
	InternalError  = -32603
)

// maxName bounds the name of a method, which may go into a log.
const maxName = 256

// A Config holds the options of a [Handler]. Its zero value means the defaults that the fields name.
type Config struct {
	// Separator parts the names of Sources within Sources; "" means ".".
	Separator string
	// Introspection adds system.listMethods, system.methodHelp and system.methodSignature.
	Introspection bool

	MaxBody   int64 // bytes of a call or a batch; 0 means 1 MiB; beyond it 413
	MaxDepth  int   // of arrays and objects within others; 0 means 32; beyond it InvalidRequest
	MaxValues int   // of a call or a batch, those within others and names of members too; 0 means 10000; beyond it InvalidRequest
	MaxBatch  int   // calls; 0 means 100; beyond it InvalidRequest
}

// A Handler is a resource that answers JSON-RPC calls, for everything below it.
type Handler struct {
	methods rpc.Source
	config  Config
	stats   struct{ calls, faults, failures, refused atomic.Int64 }
}

// New returns a Handler for methods, with a copy of config. It panics if one that methods lists cannot be called.
func New(methods rpc.Source, config Config) *Handler {
	config.Separator = cmp.Or(config.Separator, ".")
	config.MaxBody = cmp.Or(max(config.MaxBody, 0), 1<<20)
	config.MaxDepth = cmp.Or(max(config.MaxDepth, 0), 32)
	config.MaxValues = cmp.Or(max(config.MaxValues, 0), 10000)
	config.MaxBatch = cmp.Or(max(config.MaxBatch, 0), 100)
	if config.Introspection {
		methods = rpc.WithSystem(methods, config.Separator, nil)
	}
	if err := rpc.Check(methods, config.Separator); err != nil {
		panic("jsonrpc: New: " + err.Error())
	}
	return &Handler{methods: methods, config: config}
}

// Stats counts what a Handler has done.
type Stats struct {
	Calls    int64 // answered, and notifications
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

// Render answers a call or a batch.
func (h *Handler) Render(r *web.Request) { web.Methods{"POST": h.post}.Render(r) }

func (h *Handler) post(r *web.Request) {
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind {
	case "application/json", "application/json-rpc", "application/jsonrequest":
	default:
		r.Error(415, "A call is a document of type application/json.")
		return
	}
	r.SetMaxBody(h.config.MaxBody)
	r.ReadBody(func(body []byte, err error) {
		if err != nil {
			h.stats.refused.Add(1)
			return // the client is gone, or gets the status of the error
		}
		h.answer(r, body)
	})
}

func (h *Handler) answer(r *web.Request, body []byte) {
	if !json.Valid(body) {
		h.refuse(r, ParseError, "the call is not JSON")
		return
	}
	if err := within(body, h.config.MaxDepth, h.config.MaxValues); err != nil {
		h.refuse(r, InvalidRequest, err.Error())
		return
	}
	batch, isBatch, err := calls(body)
	switch {
	case err != nil:
		h.refuse(r, ParseError, "the call is not JSON")
		return
	case len(batch) == 0:
		h.refuse(r, InvalidRequest, "the batch is empty")
		return
	case len(batch) > h.config.MaxBatch:
		h.refuse(r, InvalidRequest, "too many calls")
		return
	}
	replies := make([]*deferred.Deferred[[]byte], len(batch))
	for i, text := range batch {
		replies[i] = h.reply(r, parse(text))
	}
	web.Later(r, deferred.Gather(replies...), func(replies [][]byte) {
		var out []byte
		for _, reply := range replies {
			if reply == nil {
				continue
			}
			if out != nil {
				out = append(out, ',')
			}
			out = append(out, reply...)
		}
		switch {
		case out == nil:
			r.SetStatus(204)
			return
		case isBatch:
			out = append(append([]byte{'['}, out...), ']')
		}
		send(r, out)
	})
}

func (h *Handler) refuse(r *web.Request, code int, message string) {
	h.stats.refused.Add(1)
	b, _ := json.Marshal(response{Version: "2.0", Error: &fault{Code: code, Message: message}, ID: json.RawMessage("null")}) // cannot fail
	send(r, b)
}

func send(r *web.Request, document []byte) {
	document = append(document, '\n')
	r.ResponseHeader().Set("Content-Type", "application/json")
	r.ResponseHeader().Set("Content-Length", strconv.Itoa(len(document)))
	r.Write(document)
}

// response is a response object.
type response struct {
	Version string          `json:"jsonrpc"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *fault          `json:"error,omitempty"`
	ID      json.RawMessage `json:"id"`
}

type fault struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

// arguments are the parameters of a call; an object is the only one.
type arguments []json.RawMessage

// Len returns their number.
func (a arguments) Len() int { return len(a) }

// Scan reads one of them.
func (a arguments) Scan(i int, into reflect.Value) error {
	return json.Unmarshal(a[i], into.Addr().Interface())
}

// reply makes a call. The Deferred never fails; it has the response object, or nil for a notification.
func (h *Handler) reply(r *web.Request, c call) *deferred.Deferred[[]byte] {
	return deferred.ThenBoth(h.result(r, c), func(v any, err error) ([]byte, error) {
		h.stats.calls.Add(1)
		res := response{Version: "2.0", ID: c.id}
		if err == nil {
			res.Result, err = json.Marshal(v)
		}
		if err != nil {
			h.stats.faults.Add(1)
			res.Error = h.fault(r, c, err)
		}
		if c.notify {
			return nil, nil
		}
		b, err := json.Marshal(res)
		if err != nil { // the data of the fault
			h.failed(r, c, err)
			res.Error.Data = nil
			b, _ = json.Marshal(res)
		}
		return b, nil
	})
}

func (h *Handler) result(r *web.Request, c call) *deferred.Deferred[any] {
	if c.err != nil {
		return deferred.FailOn[any](r.Loop(), &rpc.Fault{Code: c.err.Code, Message: c.err.Message})
	}
	p, err := rpc.Find(h.methods, c.method, h.config.Separator)
	if err != nil {
		return deferred.FailOn[any](r.Loop(), err)
	}
	return p.Call(r, c.args)
}

// fault returns what the client is told of err.
func (h *Handler) fault(r *web.Request, c call, err error) *fault {
	switch rpc.OutcomeOf(err) {
	case rpc.Faulted:
		f, _ := errors.AsType[*rpc.Fault](err)
		return &fault{f.Code, f.Message, f.Data}
	case rpc.NotFound:
		return &fault{Code: MethodNotFound, Message: "method not found"}
	case rpc.BadArguments:
		e, _ := errors.AsType[*rpc.ArgumentError](err)
		return &fault{Code: InvalidParams, Message: e.Error()}
	}
	if !errors.Is(err, deferred.ErrCancelled) { // as the client's going away does
		h.failed(r, c, err)
	}
	return &fault{Code: InternalError, Message: "internal error"}
}

func (h *Handler) failed(r *web.Request, c call, err error) {
	h.stats.failures.Add(1)
	r.LogError("jsonrpc: a procedure failed", "procedure", c.method, "error", err)
}
