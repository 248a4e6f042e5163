// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package task

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Runner is a loop that can be run and stopped: a reactor.
type Runner interface {
	protocol.Loop
	// Run blocks until Stop, the end of ctx, or an error.
	Run(ctx context.Context) error
	// Stop makes Run return, after the orderly shutdown. Safe from any goroutine.
	Stop() error
}

// An ExitError is an error of a program's main function that says with which code to exit. It isn't logged. Twisted: SystemExit.
type ExitError struct{ Code int }

// Error tells the code.
func (e *ExitError) Error() string { return fmt.Sprintf("exit status %d", e.Code) }

// React runs r, calls main on it, stops it when what main returned has fired, and returns the exit code for os.Exit: 0 for a value, 1 for an error, which is logged, and
// that of an [*ExitError]. A nil Deferred counts as done. When r is stopped by something else first, a signal or the end of ctx, the code is 0 and main's Deferred isn't
// waited for. An error of Run is logged and gives 1. The log is the Runner's own, if it has a method Logger() *slog.Logger, else slog.Default().
//
//	func main() {
//		r, err := reactor.New(reactor.Config{})
//		...
//		os.Exit(task.React(context.Background(), r, func(r *reactor.Reactor) *deferred.Deferred[struct{}] {
//			return deferred.Go(r, run)
//		}))
//	}
//
// It blocks, on the goroutine that becomes the loop. Twisted: react.
func React[R Runner](ctx context.Context, r R, main func(r R) *deferred.Deferred[struct{}]) int {
	code := 0
	var loop protocol.Loop = r
	log := slog.Default()
	if l, ok := loop.(interface{ Logger() *slog.Logger }); ok && l.Logger() != nil {
		log = l.Logger()
	}
	loop.CallFromThread(func() {
		deferred.ExecuteD(loop, func() *deferred.Deferred[struct{}] { return main(r) }).Done(func(_ struct{}, err error) {
			code = exitCode(log, err)
			if err := r.Stop(); err != nil {
				log.Debug("task: React: the reactor was stopped already", "error", err)
			}
		})
	})
	err := r.Run(ctx)
	if err != nil && !errors.Is(err, context.Cause(ctx)) {
		log.Error("task: React: the reactor failed", "error", err)
		return max(code, 1)
	}
	return code
}

func exitCode(log *slog.Logger, err error) int {
	var exit *ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.Code
	}
	attrs := []any{"error", err}
	var f *deferred.Failure
	if errors.As(err, &f) {
		attrs = append(attrs, "stack", f.Stack.String())
	}
	log.Error("task: main function failed", attrs...)
	return 1
}
