// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"errors"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/tlswrap"
)

// certificates is the service that reads those of the servers again on SIGHUP.
type certificates struct {
	r     *reactor.Reactor
	files []*tlswrap.Reloader
}

// Start does nothing: they were read when the servers were made.
func (c *certificates) Start() *deferred.Deferred[struct{}] {
	return deferred.SucceedOn(c.r, struct{}{})
}

// Stop does nothing.
func (c *certificates) Stop() *deferred.Deferred[struct{}] {
	return deferred.SucceedOn(c.r, struct{}{})
}

// Reload reads all files. Those that cannot be used leave the certificate that there is.
func (c *certificates) Reload() *deferred.Deferred[struct{}] {
	return deferred.ToThread(c.r, func() (struct{}, error) {
		var errs []error
		for _, f := range c.files {
			errs = append(errs, f.Reload())
		}
		return struct{}{}, errors.Join(errs...)
	})
}

// certificateFiles returns those of a server, and of what it wraps.
func certificateFiles(s endpoint.Server) (files []*tlswrap.Reloader) {
	for s != nil {
		switch v := s.(type) {
		case *endpoint.TLSServer:
			if v.Reloader != nil {
				files = append(files, v.Reloader)
			}
			s = v.Inner
		case *endpoint.HAProxyServer:
			s = v.Inner
		case *policy.Server:
			s = v.Inner
		default:
			return files
		}
	}
	return files
}
