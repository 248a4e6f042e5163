// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlrpc

import (
	"fmt"

	"github.com/torsion-go/torsion/core/deferred"
)

// A MethodCall is one of the calls of Multicall.
type MethodCall struct {
	Method string
	Args   []any
}

// Multicall makes several calls in one, by system.multicall, which the server has to know. The results are in the order of the calls; each has its value, or its error: a *rpc.Fault.
func (p *Proxy) Multicall(calls ...MethodCall) *deferred.Deferred[deferred.Results[any]] {
	list := make([]map[string]any, len(calls))
	for i, c := range calls {
		args := c.Args
		if args == nil {
			args = []any{}
		}
		list[i] = map[string]any{"methodName": c.Method, "params": args}
	}
	return deferred.Then(p.Call("system.multicall", list), func(v any) (deferred.Results[any], error) {
		answers, _ := v.([]any)
		if len(answers) != len(calls) {
			return nil, fmt.Errorf("%w: %d results of %d calls", ErrMalformed, len(answers), len(calls))
		}
		results := make(deferred.Results[any], len(calls))
		for i, answer := range answers {
			switch a := answer.(type) {
			case []any:
				if len(a) != 1 {
					return nil, fmt.Errorf("%w: result %d", ErrMalformed, i)
				}
				results[i].Value = a[0]
			default:
				results[i].Err = fault(a)
			}
		}
		return results, nil
	})
}

// ListMethods asks for the names of the server's procedures, by system.listMethods.
func (p *Proxy) ListMethods() *deferred.Deferred[[]string] {
	return Call[[]string](p, "system.listMethods")
}

// MethodHelp asks what a procedure does, by system.methodHelp.
func (p *Proxy) MethodHelp(method string) *deferred.Deferred[string] {
	return Call[string](p, "system.methodHelp", method)
}

// MethodSignature asks for the ways to call a procedure, by system.methodSignature: for each, the type of the result and those of the parameters. It is nil if the server does not say.
func (p *Proxy) MethodSignature(method string) *deferred.Deferred[[][]string] {
	return deferred.Then(p.Call("system.methodSignature", method), func(v any) ([][]string, error) {
		if _, ok := v.(string); ok { // "undef"
			return nil, nil
		}
		return As[[][]string](v)
	})
}
