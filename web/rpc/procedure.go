// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package rpc

import (
	"errors"
	"fmt"
	"reflect"
	"sync"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
)

// A Procedure is a function that was found.
type Procedure struct {
	method Method
	fn     reflect.Value
	*shape
}

// shape is what there is to know of a type of functions.
type shape struct {
	in       []reflect.Type // without the request; the last is the element's if variadic
	out      reflect.Type   // nil if there is none
	request  bool
	variadic bool
	fails    bool // the last result is an error
}

// Arguments are the parameters of a call. Scan reads one of them into a variable, as its type wants it.
type Arguments interface {
	Len() int
	Scan(i int, into reflect.Value) error
}

// A forker is a Deferred of any type.
type forker interface {
	Fork() *deferred.Deferred[any]
}

var (
	requestType = reflect.TypeFor[*web.Request]()
	errorType   = reflect.TypeFor[error]()
	forkerType  = reflect.TypeFor[forker]()
	shapes      sync.Map // of reflect.Type to *shape: as many as the program has types
)

func newProcedure(v any) (*Procedure, error) {
	m, ok := v.(Method)
	if !ok {
		m.Func = v
	}
	p := &Procedure{method: m, fn: reflect.ValueOf(m.Func)}
	if p.fn.Kind() != reflect.Func || p.fn.IsNil() {
		return nil, fmt.Errorf("%T is no function", m.Func)
	}
	if s, ok := shapes.Load(p.fn.Type()); ok {
		p.shape = s.(*shape)
		return p, nil
	}
	s, err := shapeOf(p.fn.Type())
	if err != nil {
		return nil, err
	}
	shapes.Store(p.fn.Type(), s)
	p.shape = s
	return p, nil
}

func shapeOf(t reflect.Type) (*shape, error) {
	s := &shape{variadic: t.IsVariadic()}
	for i := range t.NumIn() {
		in := t.In(i)
		if i == 0 && in == requestType {
			s.request = true
			continue
		}
		if s.variadic && i == t.NumIn()-1 {
			in = in.Elem()
		}
		s.in = append(s.in, in)
	}
	n := t.NumOut()
	if n > 0 && t.Out(n-1) == errorType {
		s.fails = true
		n--
	}
	switch n {
	case 0:
	case 1:
		s.out = t.Out(0)
	default:
		return nil, fmt.Errorf("%v returns too much: want nothing, a value, an error, or a value and an error", t)
	}
	return s, nil
}

// Returns reports whether the procedure has a value to return, be it nil.
func (p *Procedure) Returns() bool { return p.out != nil }

// Params returns the number of parameters, and whether the last one may come any number of times.
func (p *Procedure) Params() (n int, variadic bool) { return len(p.in), p.variadic }

// Call calls the procedure. The Deferred has its value; an *[ArgumentError] if the arguments are not those that it wants, which is known before it is called; what it returned for an error; or a
// *deferred.Failure of its panic. Loop only.
func (p *Procedure) Call(r *web.Request, args Arguments) (d *deferred.Deferred[any]) {
	defer func() {
		if v := recover(); v != nil {
			d = deferred.FailOn[any](r.Loop(), deferred.Recovered(v))
		}
	}()
	in, err := p.arguments(r, args)
	if err != nil {
		return deferred.FailOn[any](r.Loop(), err)
	}
	out := p.fn.Call(in)
	if p.fails {
		if err, _ := out[len(out)-1].Interface().(error); err != nil {
			return deferred.FailOn[any](r.Loop(), err)
		}
	}
	if p.out == nil {
		return deferred.SucceedOn[any](r.Loop(), nil)
	}
	if p.out.Implements(forkerType) || p.out.Kind() == reflect.Interface {
		if f, ok := out[0].Interface().(forker); ok {
			return f.Fork()
		}
	}
	return deferred.SucceedOn(r.Loop(), out[0].Interface())
}

func (p *Procedure) arguments(r *web.Request, args Arguments) ([]reflect.Value, error) {
	n, want := args.Len(), len(p.in)
	switch {
	case p.variadic && n < want-1:
		return nil, &ArgumentError{-1, fmt.Errorf("%d instead of at least %d", n, want-1)}
	case !p.variadic && n != want:
		return nil, &ArgumentError{-1, fmt.Errorf("%d instead of %d", n, want)}
	}
	in := make([]reflect.Value, 0, n+1)
	if p.request {
		in = append(in, reflect.ValueOf(r))
	}
	for i := range n {
		v := reflect.New(p.in[min(i, want-1)]).Elem()
		if err := args.Scan(i, v); err != nil {
			return nil, &ArgumentError{i, err}
		}
		in = append(in, v)
	}
	return in, nil
}

// An Outcome is how a call ended, as far as clients are concerned.
type Outcome int

// The outcomes.
const (
	Succeeded    Outcome = iota
	Faulted              // with a *Fault
	NotFound             // ErrNotFound
	BadArguments         // with an *ArgumentError
	Failed               // with an error that is not the client's business
)

// OutcomeOf sorts what a call ended with.
func OutcomeOf(err error) Outcome {
	_, fault := errors.AsType[*Fault](err)
	_, argument := errors.AsType[*ArgumentError](err)
	switch {
	case err == nil:
		return Succeeded
	case fault:
		return Faulted
	case argument:
		return BadArguments
	case errors.Is(err, ErrNotFound):
		return NotFound
	}
	return Failed
}
