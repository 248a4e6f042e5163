// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sasl

import (
	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Step is what [Server.Next] returns.
type Step struct {
	Challenge []byte
	Done      bool
}

// A Refusal is an error of [Server.Next] with the challenge that may be sent before the refusal, nil for none.
type Refusal struct {
	Challenge []byte
	Err       error
}

// Error returns the text of Err.
func (r *Refusal) Error() string { return r.Err.Error() }

// Unwrap returns Err.
func (r *Refusal) Unwrap() error { return r.Err }

// NextIn calls s.Next(response) in workers, for a ServerConfig.Keys that blocks, such as that of scram.File: so it never blocks the loop, and strangers keep only so many
// look-ups waiting; one more fails with cred.ErrBusy. Other errors are a *Refusal. Until the Deferred fires, cancelled or not, nothing else may be done with s, and a login
// whose step was cancelled is over. Loop only.
func NextIn(workers *cred.Workers, loop protocol.Loop, s Server, response []byte) *deferred.Deferred[Step] {
	return cred.Run(workers, loop, func() (Step, error) {
		challenge, done, err := s.Next(response)
		if err != nil {
			return Step{}, &Refusal{challenge, err}
		}
		return Step{challenge, done}, nil
	})
}
