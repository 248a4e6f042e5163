// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
)

// A Stack is a recorded call stack. Twisted: the traceback of a Failure.
type Stack []uintptr

// String returns one function and one file:line a call, as a panic does.
func (s Stack) String() string {
	if len(s) == 0 {
		return ""
	}
	var b strings.Builder
	for frames := runtime.CallersFrames(s); ; {
		f, more := frames.Next()
		fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
		if !more {
			return b.String()
		}
	}
}

// maxStack bounds a recorded stack, in calls.
const maxStack = 64

// callers returns the stack without the skip innermost functions above the caller's own.
func callers(skip int) Stack {
	var pcs [maxStack]uintptr
	n := runtime.Callers(skip+2, pcs[:])
	return append(Stack(nil), pcs[:n]...)
}

// A Failure is an error with the stack of the place where it arose. A panic in a callback becomes one. errors.Is and errors.As see the error within: errors.As
// is Twisted's trap and check. With %+v it prints the stack too. Twisted: Failure.
type Failure struct {
	Err   error
	Stack Stack
	Panic any // the value given to panic; nil if the failure is no panic
}

// NewFailure returns err with the caller's stack. If err has a Failure in its chain already, err itself is kept: the origin is what matters.
func NewFailure(err error) error {
	if err == nil || errors.As(err, new(*Failure)) {
		return err
	}
	return &Failure{Err: err, Stack: callers(1)}
}

// Recovered returns the Failure of a panic. It is called in the deferred function that recovered v, which must not be nil.
func Recovered(v any) *Failure {
	f := &Failure{Stack: callers(2), Panic: v}
	err, ok := v.(error)
	if !ok {
		err = fmt.Errorf("%v", v)
	}
	f.Err = err
	return f
}

// Error returns the error's text, without the stack.
func (f *Failure) Error() string {
	if f.Panic != nil {
		return "panic: " + f.Err.Error()
	}
	return f.Err.Error()
}

// Unwrap returns the error.
func (f *Failure) Unwrap() error { return f.Err }

// Traceback returns the text and the stack.
func (f *Failure) Traceback() string { return f.Error() + "\n\n" + f.Stack.String() }

// Format prints the Failure; the verb %+v adds the stack.
func (f *Failure) Format(s fmt.State, verb rune) {
	text := f.Error()
	if verb == 'v' && s.Flag('+') {
		text = f.Traceback()
	}
	if verb == 'q' {
		text = fmt.Sprintf("%q", text)
	}
	io.WriteString(s, text)
}

// protect calls f and makes a Failure of a panic.
func protect[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = Recovered(p)
		}
	}()
	return f()
}

// protect1 is protect for a function of one argument, so that callers need no closure.
func protect1[T, U any](f func(T) (U, error), arg T) (v U, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = Recovered(p)
		}
	}()
	return f(arg)
}
