// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import "github.com/torsion-go/torsion/core/deferred"

// A Service is a part of an application that can be started and stopped, more than once: a server, a client, a timer, a group of such. Its methods are
// loop only. Twisted: IService.
//
//   - Start fires when the service is ready, or with the error that keeps it from working. Nothing is left open after an error.
//   - Stop fires when everything that Start began is gone. It is called for a started service only, also while Start is under way, which it then
//     cancels. It must not fail for what is gone already.
//   - Neither blocks: what has to wait waits behind the Deferred.
type Service interface {
	Start() *deferred.Deferred[struct{}]
	Stop() *deferred.Deferred[struct{}]
}

// A Binder is a Service with something to do before the process gives its privileges up, such as opening port 80. Bind is called once before Start, and a
// Stop undoes it, whether or not Start was called in between. Twisted: privilegedStartService.
type Binder interface {
	Service
	Bind() *deferred.Deferred[struct{}]
}

// A Reloader is a Service that can take a changed configuration over without stopping. An error leaves the former configuration in force.
// Groups do not call Reload again before it has fired.
type Reloader interface {
	Service
	Reload() *deferred.Deferred[struct{}]
}

// A Drainer is a Service that can refuse new work and finish what it has accepted. Drain fires when nothing is left under way; Stop after it, or before
// it is done, ends the rest.
type Drainer interface {
	Service
	Drain() *deferred.Deferred[struct{}]
}
