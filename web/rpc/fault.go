// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package rpc

import "fmt"

// A Fault is an error that the client is told of. Twisted: xmlrpc.Fault.
type Fault struct {
	Code    int
	Message string
	Data    any // more about it, for protocols that send such; may be nil
}

// Error returns "rpc: fault code: message".
func (f *Fault) Error() string { return fmt.Sprintf("rpc: fault %d: %s", f.Code, f.Message) }

// An ArgumentError tells that the parameters of a call are not those of the procedure. It is the client's mistake, and may be told to it.
type ArgumentError struct {
	Index int // of the parameter, from 0; -1 if their number is wrong
	Err   error
}

// Error returns "rpc: parameter n: what is wrong with it", counted from 1.
func (e *ArgumentError) Error() string {
	if e.Index < 0 {
		return "rpc: parameters: " + e.Err.Error()
	}
	return fmt.Sprintf("rpc: parameter %d: %v", e.Index+1, e.Err)
}

// Unwrap returns Err.
func (e *ArgumentError) Unwrap() error { return e.Err }
