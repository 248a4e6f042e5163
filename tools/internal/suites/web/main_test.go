// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package web_test has tests of module web that wait for sockets and for other programs, written with package trial. They are here and not beside what they test because a module
// that names trial in its go.mod, if only for its tests, hands it to all its users' module graphs; this module has no users.
package web_test

import (
	"context"
	"fmt"
	"os/exec"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/web"
)

func TestMain(m *testing.M) { trial.Main(m) }

// listen serves f on loopback while the test runs, and returns host and port.
func listen(tc *trial.Case, f protocol.Factory) string {
	tc.Helper()
	port, err := tc.Reactor().ListenTCP("127.0.0.1:0", f, reactor.ListenOptions{})
	assert.NoError(tc, err)
	trial.CleanupD(tc, port.StopListening)
	return port.Addr().String()
}

// serve is listen for a site.
func serve(tc *trial.Case, root web.Resource) string {
	tc.Helper()
	return listen(tc, web.NewSite(root, web.Config{Logger: tc.Logger()}))
}

// run returns what a program prints, which may talk to the reactor of the test meanwhile, and how it ended.
func run(tc *trial.Case, name string, args ...string) (string, error) {
	tc.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		tc.Skip(name + " is not installed")
	}
	var out []byte // which a Deferred that fails cannot carry
	_, err = trial.Await(tc, deferred.FromFunc(tc.Context(), tc.Reactor(), func(ctx context.Context) (_ struct{}, err error) {
		out, err = exec.CommandContext(ctx, path, args...).CombinedOutput()
		return
	}))
	if err != nil {
		err = fmt.Errorf("%s %q: %w: %s", name, args, err, out)
	}
	return string(out), err
}

// curl is run for a call that has to succeed.
func curl(tc *trial.Case, args ...string) string {
	tc.Helper()
	out, err := run(tc, "curl", append([]string{"-sS", "--max-time", "60", "--noproxy", "*"}, args...)...)
	assert.NoError(assert.Check(tc), err)
	return out
}
